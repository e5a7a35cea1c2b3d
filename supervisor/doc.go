// Package supervisor starts processes, stages and functions in an order, starts
// again those that fail, and stops them in reverse order: OTP's supervisors.
//
//	sup, err := supervisor.Start(ctx, []supervisor.Spec{
//		supervisor.Func("metrics", serveMetrics),
//		supervisor.Tree("ingest", []supervisor.Option{supervisor.Strategy(supervisor.RestForOne)},
//			supervisor.Stage("orders", startOrders),
//			supervisor.Stage("billing", startBilling),
//		),
//	})
//
// There are three kinds. [Start] starts a [Supervisor]: children in a fixed
// order, restarted alone or together ([Strategy]). [StartDynamic] starts a
// [Dynamic]: any number of children that come and go. [StartConsumerSupervisor]
// starts a [ConsumerSupervisor]: a stage with one child for each event, bounded
// by demand.
//
// A child is described by a [Spec]: how it is started, after which ends it is
// started again ([Restart]) and how it is stopped ([Shutdown]). Too many restarts
// in a short time ([Intensity]) end the supervisor, and the one above decides.
//
// A supervisor is a process that traps exits and is linked to its children. It
// does one thing at a time: requests, deaths and retries wait in its queue. The
// methods that take a ctx are such requests: beside what each says they fail with a
// *process.ExitError when the supervisor has ended or ends first, and with the
// error of ctx when that ends; what was asked for is done all the same then. The
// rules are OTP's, and are compared with recordings of it; [Backoff], [OnEvent],
// the functions of [Func] and the picture of [Supervisor.Tree] are additions.
//
// No goroutine can be stopped from outside. What it means here that a child was
// killed, and what that asks of you, is in docs/supervision.md.
package supervisor
