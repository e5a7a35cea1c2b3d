// Package broadway builds ingestion pipelines that lose nothing: messages come
// from sources under back-pressure, are handled by concurrent processors, maybe
// collected to batches, and acknowledged when they are through. It is Elixir's
// Broadway for Go.
//
//	p, err := broadway.Start(ctx, broadway.Config[Order, Row]{
//		Producers: []broadway.Producer[Order]{{Source: orders}},
//		Handler:   broadway.MessageFunc[Order, Row](parse),
//		Batchers:  []broadway.Batcher[Row]{{Handler: broadway.BatchFunc[Row](insert), Size: 500}},
//	})
//
// A pipeline is a value. Its processes are stages under supervisors: producers,
// processors, and for each [Batcher] one that collects and some that handle
// batches. The pipeline itself keeps a ledger of the messages that are in it, so
// that a worker that crashes takes none along: what it had begun to handle has
// failed, what waited for it is given to another one.
//
// A message ends with an [Outcome], and its source hears of it through its
// [Acknowledger], once. Failures can be tried again ([Retry]) and end as dead
// letters ([Config].DeadLetter).
//
// [Handle.Stop] drains: sources bring no more in, what is there is handled, and
// all of it takes no longer than [Config].Shutdown. The [Report] says what was
// not done by then.
package broadway
