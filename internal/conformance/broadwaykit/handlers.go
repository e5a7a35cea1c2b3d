package broadwaykit

import (
	"context"
	"slices"

	"github.com/stagecraft-go/stagecraft/broadway"
)

// handler handles messages as the rules say.
type handler struct{ bench *bench }

// HandleMessage implements broadway.MessageHandler.
func (h handler) HandleMessage(ctx context.Context, m *message) (Data, error) {
	b, worker, data := h.bench, workerOf(ctx), m.Data
	b.journal.note(func(r *record) { r.messages = append(r.messages, handled{worker, data}) })
	for i := range b.scenario.Rules.Message {
		r := &b.scenario.Rules.Message[i]
		if r.When.holds(m.Data) {
			b.apply(ctx, r, m)
			b.disturb(ctx, r, data)
		}
	}
	return m.Data, nil
}

// preparer sees chunks.
type preparer struct{ bench *bench }

// PrepareMessages implements broadway.Preparer.
func (p preparer) PrepareMessages(ctx context.Context, messages []*message) ([]*message, error) {
	b, worker := p.bench, workerOf(ctx)
	data := dataOf(messages)
	b.journal.note(func(r *record) { r.prepared = append(r.prepared, chunk{worker, data}) })
	return b.applyAll(ctx, b.scenario.Rules.Prepare, messages), nil
}

// failureHandler sees what failed.
type failureHandler struct{ bench *bench }

// HandleFailed implements broadway.FailureHandler.
func (f failureHandler) HandleFailed(ctx context.Context, messages []*message) error {
	b, stage := f.bench, stageOf(ctx)
	var seen []receipt
	for _, m := range messages {
		seen = append(seen, receipt{data: m.Data, status: failureOf(m.Failure())})
	}
	b.journal.note(func(r *record) { r.failed = append(r.failed, failedCall{stage, seen}) })
	b.applyAll(ctx, b.scenario.Rules.Failed, messages)
	return nil
}

// batchHandler handles batches.
type batchHandler struct{ bench *bench }

// HandleBatch implements broadway.BatchHandler.
func (h batchHandler) HandleBatch(ctx context.Context, in *broadway.Batch[Data]) ([]*message, error) {
	b := h.bench
	got := batch{
		batcher: in.Batcher, worker: workerOf(ctx), key: in.Key, partition: in.Partition,
		trigger: in.Trigger.String(), data: dataOf(in.Messages),
	}
	b.journal.note(func(r *record) {
		got.atStop = r.stopping
		r.batches = append(r.batches, got)
	})
	var rules []Rule
	for _, r := range b.scenario.Rules.Batch {
		if r.Batcher == "" || r.Batcher == in.Batcher {
			rules = append(rules, r)
		}
	}
	return b.applyAll(ctx, rules, in.Messages), nil
}

// applyAll does to a list what rules say.
func (b *bench) applyAll(ctx context.Context, rules []Rule, given []*message) []*message {
	list, data := slices.Clone(given), dataOf(given)
	for i := range rules {
		list = b.applyTo(ctx, &rules[i], list, data)
	}
	return list
}

// applyTo does to a list what a rule says. A message may be in it twice, but
// changes once.
func (b *bench) applyTo(ctx context.Context, r *Rule, list []*message, given []Data) []*message {
	var matches []*message
	for _, m := range list {
		if r.When.holds(m.Data) && !slices.Contains(matches, m) {
			matches = append(matches, m)
		}
	}
	switch r.Do {
	case "reverse":
		slices.Reverse(list)
	case "drop":
		return slices.DeleteFunc(list, func(m *message) bool { return slices.Contains(matches, m) })
	case "duplicate":
		return append(list, matches...)
	case "ack_now_all":
		b.ackNow(ctx, list...)
	case "ack_now":
		b.ackNow(ctx, matches...)
	default:
		for _, m := range matches {
			b.apply(ctx, r, m)
		}
		if len(matches) > 0 {
			b.disturb(ctx, r, given)
		}
	}
	return list
}

func dataOf(messages []*message) (data []Data) {
	for _, m := range messages {
		data = append(data, m.Data)
	}
	return data
}

// messageHandler has the callbacks that there are rules for.
func (b *bench) messageHandler() broadway.MessageHandler[Data, Data] {
	prepares, fails := b.scenario.Rules.Prepare != nil, b.scenario.Rules.Failed != nil
	switch {
	case prepares && fails:
		return struct {
			handler
			preparer
			failureHandler
		}{handler{b}, preparer{b}, failureHandler{b}}
	case prepares:
		return struct {
			handler
			preparer
		}{handler{b}, preparer{b}}
	case fails:
		return struct {
			handler
			failureHandler
		}{handler{b}, failureHandler{b}}
	}
	return handler{b}
}

// batchHandler is nil if the scenario has none.
func (b *bench) batchHandler() broadway.BatchHandler[Data] {
	switch given := b.scenario.Config.HandleBatch; {
	case given != nil && !*given:
		return nil
	case b.scenario.Rules.Failed == nil:
		return batchHandler{b}
	}
	return struct {
		batchHandler
		failureHandler
	}{batchHandler{b}, failureHandler{b}}
}
