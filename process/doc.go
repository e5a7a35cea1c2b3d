// Package process gives Go the processes of Erlang/OTP. A process is an actor
// of protoactor-go with a [Behaviour]: Init, Handle for each message, Terminate.
// It has its state to itself, and others reach it by messages only.
//
//   - [System.Start] starts a process and waits for its Init, as start_link does
//     (with [LinkTo]). Its context is the lifetime of the process.
//   - [Process.Send] casts, [Ask] calls, [Request] calls with a message of your
//     own, [Process.Stop] stops in order.
//   - [Self.Monitor] asks for a [*Down] message, [Self.Link] ties two fates
//     together, [Self.TrapExit] turns exit signals into [*Exit] messages.
//   - Exit reasons are errors: [Normal], [Shutdown], [ShutdownWith], [Killed],
//     [*Crash], or whatever a callback returned.
//
// So a program has lines such as
//
//	p, err := process.Default().Start(ctx, &Counter{}, process.WithName("counter"))
//	p.Send(increment{})                        // a cast
//	n, err := process.Ask[int](ctx, p, read{}) // a call
//	err = p.Stop(ctx, process.Shutdown)
//
// Three rules hold everywhere. A process dies in one way: a returned error, a
// panic, runtime.Goexit and a signal take the same path, and nobody else is
// harmed. Its death is told by ordinary messages behind all that it sent
// before. And whoever sees [Process.Done] closed knows that its name is free
// and all notices are queued.
//
// Two things differ from Erlang, because goroutines do. A running callback
// can't be stopped: exit signals wait until it returns, and [Process.Kill]
// abandons it. Blocking callbacks should therefore heed [Self.Context]. And
// messages are not copied: what is sent should not be changed afterwards.
//
// A process waits without a goroutine and costs less than 1 KB. Plain
// protoactor actors take part through [System.ActorSystem]: they send to a
// process, watch it and stop it by its PID, and can be monitored by it.
package process
