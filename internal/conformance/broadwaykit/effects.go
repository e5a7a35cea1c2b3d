package broadwaykit

import (
	"context"
	"time"

	"github.com/stagecraft-go/stagecraft/broadway"
)

// message is a message of a pipeline. What handlers return has the same type.
type message = broadway.Message[Data]

// unknownBatcher is the name of none.
const unknownBatcher = "nobody"

// apply does to one message what a rule says.
func (b *bench) apply(ctx context.Context, r *Rule, m *message) {
	switch r.Do {
	case "add":
		m.Data.ID += r.K
	case "put_data":
		m.Data = *r.Value
	case "batcher":
		m.Batcher = r.Name
	case "batcher_by_mod":
		m.Batcher = r.Names[m.Data.ID%len(r.Names)]
	case "unknown_batcher":
		m.Batcher = unknownBatcher
	case "batch_key":
		m.BatchKey = r.batchKey(m.Data)
	case "flush":
		m.BatchMode = broadway.Flush
	case "bulk":
		m.BatchMode = broadway.Bulk
	case "ack_now":
		b.ackNow(ctx, m)
	case "configure_ack":
		b.configure(ctx, r, m)
	default:
		b.judge(r, m)
	}
}

// judge changes the status of a message.
func (b *bench) judge(r *Rule, m *message) {
	switch {
	case r.Do == "fail", r.Do == "reason", r.Do == "fail_if_ok" && m.Failure() == nil:
		m.Fail(failure{failed, r.Reason})
		m.Data.unmarked = false
	case r.Do == "clear_failure":
		m.Unfail()
	case r.Do == "mark_ok":
		m.Unfail()
		m.Data.unmarked = true
	}
}

// disturb does what a rule says to the whole callback: it may not come back.
// With is what the callback got.
func (b *bench) disturb(ctx context.Context, r *Rule, with any) {
	switch r.Do {
	case "raise", "throw", "exit":
		panic(failure{r.Do, r.Reason})
	case "garbage", "garbage_element":
		panic(errGarbage)
	case "kill":
		b.die(ctx, with)
	case "gate":
		b.gates.pass(r.Name)
	case "sleep":
		time.Sleep(time.Duration(r.MS) * time.Millisecond)
	case "linked_crash":
		b.help(ctx)
	case "linked_await":
		<-b.help(ctx).Done()
		panic(errGarbage)
	}
}

// ackNow acknowledges messages now. A raise of the acknowledger is the caller's.
func (b *bench) ackNow(ctx context.Context, messages ...*message) {
	if err := broadway.AckNow(ctx, messages...); err != nil {
		panic(errGarbage)
	}
}

func (b *bench) configure(ctx context.Context, r *Rule, m *message) {
	if err := broadway.ConfigureAck[ackID](m, options{stageOf(ctx), r.Options}); err != nil {
		panic(errGarbage)
	}
}
