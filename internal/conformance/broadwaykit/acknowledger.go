package broadwaykit

import (
	"context"
	"maps"

	"github.com/stagecraft-go/stagecraft/broadway"
)

// ackID identifies a message to its acknowledger.
type ackID struct {
	born    Data
	options map[string]any
}

// options are what configure_ack gives, and where.
type options struct {
	stage  string
	values map[string]any
}

// bareAcker is the acknowledger of a reference. It cannot be configured.
type bareAcker struct {
	report func(a ack)
	*bench
	ref string
}

// Ack implements broadway.Acknowledger.
func (a *bareAcker) Ack(ctx context.Context, successful, failed []broadway.Receipt[ackID]) error {
	a.report(ack{stage: stageOf(ctx), ref: a.ref, ok: receipts(successful), failed: receipts(failed)})
	if a.ref == boom {
		panic("the acknowledger raises")
	}
	return nil
}

func receipts(of []broadway.Receipt[ackID]) (all []receipt) {
	for _, r := range of {
		data, known := broadway.DataOf[Data](r)
		if !known {
			data = r.ID.born
		}
		all = append(all, receipt{r.ID.born, data, statusOf(r, data), r.ID.options})
	}
	return all
}

// statusOf is the status of a message at its end. One that handle_failed has
// marked as ok has to be among the failed ones, and to have its reason still;
// recordings have ok there.
func statusOf(r broadway.Receipt[ackID], data Data) failure {
	if r.Err == nil || r.Outcome == broadway.Failed && data.unmarked {
		return failure{kind: success}
	}
	return failureOf(r.Err)
}

// acker is one that can be configured.
type acker struct{ bareAcker }

// Configure implements broadway.Configurer.
func (a *acker) Configure(id ackID, o options) (ackID, error) {
	a.journal.note(func(r *record) { r.configured = append(r.configured, configured{o.stage, a.ref, o.values}) })
	values := maps.Clone(id.options)
	if values == nil {
		values = make(map[string]any)
	}
	maps.Copy(values, o.values)
	return ackID{id.born, values}, nil
}

// ackers are the acknowledgers of a pipeline by reference.
type ackers map[string]broadway.Acknowledger[ackID]

// acker makes the acknowledger of a reference.
func (b *bench) acker(ref string, report func(a ack)) broadway.Acknowledger[ackID] {
	bare := bareAcker{report, b, ref}
	if b.scenario.Config.BareAcker {
		return &bare
	}
	return &acker{bare}
}

// noteAck notes a call of an acknowledger.
func (b *bench) noteAck(a ack) {
	b.journal.note(func(r *record) {
		a.atStop = r.stopping
		r.acks = append(r.acks, a)
	})
}
