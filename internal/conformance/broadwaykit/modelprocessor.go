package broadwaykit

import (
	"maps"
	"slices"

	"github.com/stagecraft-go/stagecraft/telemetry"
)

// theProcessor is the only one of the model.
const theProcessor = "Processor_default_0"

// process handles a chunk.
func (w *world) process(given []*letter) {
	w.happened(telemetry.ProcessorStart{})
	defer w.happened(telemetry.ProcessorStop{})
	good, bad := w.prepare(given)
	var done []*letter
	for _, m := range good {
		if fine := w.handle(m); w.dead {
			return
		} else if fine {
			done = append(done, m)
		} else {
			bad = append(bad, m)
		}
	}
	bad = w.handleFailed("processor", bad)
	if len(w.Config.Batchers) == 0 {
		w.acknowledge("processor", done, bad)
		return
	}
	w.acknowledge("processor", nil, bad)
	for i := range w.Config.Batchers {
		b := &w.Config.Batchers[i]
		w.collect(b, slices.DeleteFunc(slices.Clone(done), func(m *letter) bool { return m.batcherName() != b.Name }))
	}
}

// happened notes an event of telemetry.
func (w *world) happened(e telemetry.Event) { w.events = append(w.events, e) }

func (m *letter) batcherName() string {
	if m.batcher == "" {
		return "default"
	}
	return m.batcher
}

// prepare calls prepare_messages. If that fails, all have failed.
func (w *world) prepare(given []*letter) (prepared, bad []*letter) {
	if w.Rules.Prepare == nil {
		return given, nil
	}
	w.prepared = append(w.prepared, chunk{theProcessor, lettersData(given)})
	before := copies(given)
	list, err := w.applyAll("processor", w.Rules.Prepare, slices.Clone(given))
	if err == nil && len(list) != len(given) {
		err = &errGarbage
	}
	if err == nil {
		return list, nil
	}
	w.restore(given, before, err)
	return nil, given
}

// handle calls handle_message. It tells whether the message is all right.
func (w *world) handle(m *letter) bool {
	w.messages = append(w.messages, handled{theProcessor, m.data})
	w.happened(telemetry.MessageStart{})
	before := *m
	var err *failure
	for i := 0; i < len(w.Rules.Message) && err == nil; i++ {
		if r := &w.Rules.Message[i]; r.When.holds(m.data) {
			err = w.apply("processor", r, m)
		}
		if w.dead {
			w.killed = append(w.killed, [2]any{theProcessor, before.data})
			return false
		}
	}
	known := slices.ContainsFunc(w.Config.Batchers, func(b BatcherConfig) bool { return b.Name == m.batcherName() })
	if err == nil && m.ok() && len(w.Config.Batchers) > 0 && !known {
		err = &errGarbage
	}
	if err != nil {
		w.restore([]*letter{m}, []letter{before}, err)
		w.happened(telemetry.MessageException{})
	} else {
		w.happened(telemetry.MessageStop{})
	}
	return m.ok()
}

func (m *letter) ok() bool { return m.status == failure{} }

// restore makes messages what they were before a callback that raised.
func (w *world) restore(messages []*letter, before []letter, err *failure) {
	for i, m := range messages {
		acked := m.acked
		*m = before[i]
		m.status = *err
		if w.rules.once {
			m.acked = acked
		}
	}
}

func copies(of []*letter) (all []letter) {
	for _, m := range of {
		all = append(all, *m)
	}
	return all
}

func lettersData(of []*letter) (all []Data) {
	for _, m := range of {
		all = append(all, m.data)
	}
	return all
}

// handleFailed calls handle_failed, and returns what is failed after it.
func (w *world) handleFailed(stage string, bad []*letter) []*letter {
	if w.Rules.Failed == nil || len(bad) == 0 {
		return bad
	}
	call := failedCall{stage: stage}
	for _, m := range bad {
		call.messages = append(call.messages, receipt{data: m.data, status: m.status})
	}
	w.record.failed = append(w.record.failed, call)
	w.happened(telemetry.HandleFailedStart{})
	before := copies(bad)
	list, err := w.applyAll(stage, w.Rules.Failed, slices.Clone(bad))
	if err != nil {
		for i, m := range bad {
			*m = before[i]
		}
		w.happened(telemetry.HandleFailedException{})
		return bad
	}
	w.happened(telemetry.HandleFailedStop{})
	if w.rules.failedStay {
		return bad
	}
	return list
}

// acknowledge calls the acknowledgers.
func (w *world) acknowledge(stage string, ok, bad []*letter) {
	calls := make(map[string]*ack)
	var order []*ack
	add := func(m *letter, to func(a *ack) *[]receipt) {
		if m.acked {
			return
		}
		ref := w.Config.ref(m.born)
		if calls[ref] == nil {
			calls[ref] = &ack{stage: stage, ref: ref, atStop: w.stopping}
			order = append(order, calls[ref])
		}
		receipts := to(calls[ref])
		*receipts = append(*receipts, m.receipt())
		m.acked = w.rules.once
	}
	for _, m := range ok {
		add(m, func(a *ack) *[]receipt { return &a.ok })
	}
	for _, m := range bad {
		add(m, func(a *ack) *[]receipt { return &a.failed })
	}
	for _, a := range order {
		w.acks = append(w.acks, *a)
	}
}

func (m *letter) receipt() receipt {
	r := receipt{m.born, m.data, m.status, m.options}
	if m.ok() || m.data.unmarked {
		r.status = failure{kind: success}
	}
	return r
}

// ackNow acknowledges messages in a callback. A raise of the acknowledger is the
// caller's.
func (w *world) ackNow(stage string, messages []*letter) (err *failure) {
	var ok, bad []*letter
	for _, m := range messages {
		if !m.acked && w.Config.ref(m.born) == boom {
			err = &errGarbage
		}
		if m.ok() {
			ok = append(ok, m)
		} else {
			bad = append(bad, m)
		}
	}
	w.acknowledge(stage, ok, bad)
	for _, m := range messages {
		m.acked = true
	}
	return err
}

// configure gives a message options.
func (w *world) configure(stage string, r *Rule, m *letter) *failure {
	if w.Config.BareAcker || m.acked && !w.rules.lateConfigure {
		return &errGarbage
	}
	w.configured = append(w.configured, configured{stage, w.Config.ref(m.born), r.Options})
	options := maps.Clone(m.options)
	if options == nil {
		options = make(map[string]any)
	}
	maps.Copy(options, r.Options)
	m.options = options
	return nil
}
