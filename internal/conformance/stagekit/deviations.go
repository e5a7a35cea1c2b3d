package stagekit

import "slices"

// rule is a way in which we differ from GenStage on purpose, even with
// stage.Exact. docs/deviations.md has the list for users.
type rule struct {
	id string
	// apply looks at step i, or at the start for atStart. If the rule applies
	// there, it rewrites what was recorded into what we do instead.
	apply func(s *Scenario, i int) bool
}

const atStart = -1

var rules = []rule{
	{"untyped-option", untypedOption},
	{"malformed-ask", malformedAsk},
	{"foreign-ask", foreignAsk},
	{"unknown-down", unknownDown},
	{"demand-mode-of-producer-consumer", demandModeOfProducerConsumer},
	{"no-hibernation", noHibernation},
	{"end-announced-with-last-item", announcedEnd},
	{"supervisor-without-init", withoutInit},
	{"cast-to-supervisor", castToSupervisor},
}

// applyRules rewrites a scenario, and returns the rules that applied.
func applyRules(s *Scenario) (applied []string) {
	for i := atStart; i < len(s.Steps); i++ {
		for _, r := range rules {
			if r.apply(s, i) && !slices.Contains(applied, r.id) {
				applied = append(applied, r.id)
			}
		}
	}
	return applied
}

// cutAfter ends a scenario where the two worlds part for good.
func (s *Scenario) cutAfter(i int) {
	s.Steps, s.Trace.Steps = s.Steps[:i+1], s.Trace.Steps[:i+1]
}

// untypedOption: Go's types exclude options of the wrong type, of the wrong kind
// of stage, and those that do not exist. GenStage refuses them, to no effect.
func untypedOption(s *Scenario, i int) bool {
	refused := entry{"error": errUnwritable.Error()}
	if i == atStart {
		err := s.SUT.writable()
		if err == nil || !has(s.Trace.Start.Result, "bad_opts") {
			return false
		}
		s.Trace.Start = Record{Result: refused, Stage: dead}
		s.cutAfter(atStart)
		return true
	}
	step, record := &s.Steps[i], &s.Trace.Steps[i]
	if _, err := subscribeOptions(step.As, step.Opts); !step.isSubscribe() || err == nil {
		return false
	}
	record.Result, record.Logs, record.Order = refused, nil, nil
	return true
}

// writable tells whether Go has words for the options of the start.
func (s *SUT) writable() (err error) {
	if s.Type == "consumer_supervisor" {
		_, _, err = superviseOptions(s.Options)
	} else {
		_, err = startOptions(s.Options)
	}
	if err == nil {
		_, err = s.subscriptions()
	}
	return err
}

func (s *Step) isSubscribe() bool { return s.Op == "sut_subscribe" || s.Op == "sut_resubscribe" }

// malformedAsk: an ask that is not a number is no ask for GenStage, and goes to
// handle_info. The only malformed ask of Go is negative. It is refused, and the
// subscription with it.
func malformedAsk(s *Scenario, i int) bool {
	if i == atStart || s.Steps[i].Op != "ask" || !has(s.Trace.Steps[i].Callbacks, "raw_ask") {
		return false
	}
	probe, ref := s.Steps[i].Probe, s.Steps[i].Ref
	reason := entry{"error": entry{"bad_opts": entry{"option": "ask"}}}
	s.Trace.Steps[i] = Record{
		Callbacks: []any{entry{"cb": "handle_cancel", "kind": "cancel", "from": []any{probe, ref}, "reason": reason}},
		Probes:    map[string][]any{probe: {entry{"msg": "cancel", "ref": ref, "reason": reason}}},
		Order:     []string{probe, tokenCallback},
	}
	s.cutAfter(i)
	return true
}

// foreignAsk: whoever asks on a subscription asks for its subscriber. GenStage's
// demand and broadcast dispatchers send the events to the process that asked.
func foreignAsk(s *Scenario, i int) bool {
	if i == atStart || s.Steps[i].Op != "ask" {
		return false
	}
	asker, ref := s.Steps[i].Probe, s.Steps[i].Ref
	owner := s.subscriber(ref, i)
	dispatcher, _ := s.SUT.Options["dispatcher"].(map[string]any)
	if owner == "" || owner == asker || dispatcher["type"] == "partition" {
		return false
	}
	for _, log := range s.Trace.Steps[i].Logs {
		log.(map[string]any)["from"] = owner
	}
	for j := i; j < len(s.Steps); j++ {
		if j > i && s.Steps[j].Op == "ask" && s.Steps[j].Ref == ref {
			break // GenStage follows the last one who asked
		}
		s.Trace.Steps[j].redirect(ref, asker, owner)
	}
	return true
}

// subscriber is the probe that holds a subscription before step i, as far as the
// callbacks tell.
func (s *Scenario) subscriber(ref string, i int) (probe string) {
	for _, record := range s.Trace.Steps[:i] {
		for _, e := range record.Callbacks {
			callback := e.(map[string]any)
			from, _ := callback["from"].([]any)
			switch {
			case len(from) < 2 || from[1] != ref:
			case callback["cb"] == "handle_subscribe":
				probe = from[0].(string)
			case callback["cb"] == "handle_cancel":
				probe = ""
			}
		}
	}
	return probe
}

// redirect gives the events of a subscription to another probe, which gets
// nothing else in this step.
func (r *Record) redirect(ref, from, to string) {
	isEvents := func(e any) bool {
		m := e.(map[string]any)
		return m["msg"] == "events" && m["ref"] == ref
	}
	if !slices.ContainsFunc(r.Probes[from], isEvents) {
		return
	}
	next := 0
	for i, token := range r.Order {
		if token == from {
			if isEvents(r.Probes[from][next]) {
				r.Order[i] = to
			}
			next++
		}
	}
	for _, e := range r.Probes[from] {
		if isEvents(e) {
			r.Probes[to] = append(r.Probes[to], e)
		}
	}
	r.Probes[from] = slices.DeleteFunc(r.Probes[from], isEvents)
	if len(r.Probes[from]) == 0 {
		delete(r.Probes, from)
	}
}

// unknownDown: a process drops a DOWN notice that it does not expect. In
// GenStage it goes to handle_info.
func unknownDown(s *Scenario, i int) bool {
	if i == atStart || s.Steps[i].Op != "send_down" {
		return false
	}
	s.Trace.Steps[i] = Record{Stage: s.Trace.Steps[i].Stage}
	return true
}

// demandModeOfProducerConsumer: who asks for it gets an error. GenStage's
// producer_consumer crashes.
func demandModeOfProducerConsumer(s *Scenario, i int) bool {
	if i == atStart || s.Steps[i].Op != "get_demand" || s.SUT.Type != "producer_consumer" ||
		s.Trace.Steps[i].Stage == dead {
		return false
	}
	s.Trace.Steps[i] = Record{Result: entry{"error": "not_a_producer"}}
	s.cutAfter(i)
	return true
}

// noHibernation: there is none. In GenStage the flag in the result of
// handle_cancel crashes a producer, and keeps a consumer from stopping.
func noHibernation(s *Scenario, i int) bool {
	if i == atStart || !s.SUT.Params.Hibernate || !has(s.Trace.Steps[i].Callbacks, "kind") {
		return false
	}
	record := &s.Trace.Steps[i]
	if s.SUT.Type == "producer" {
		record.Callbacks = record.Callbacks[:1]
		record.Order = record.Order[:len(record.Order)-1] // but for the call of terminate
		record.Stage = nil
		s.cutAfter(i)
		return true
	}
	cancelled := record.Callbacks[0].(map[string]any)
	reason, from := cancelled["reason"], cancelled["from"].([]any)
	if s.cancelMode(from[1].(string)) != "permanent" {
		return false
	}
	record.Callbacks = append(record.Callbacks, entry{"cb": "terminate", "reason": reason})
	record.Logs = []any{map[string]any{"log": "stopping_after_cancel", "from": from[0], "reason": reason}}
	record.Order = []string{tokenCallback, tokenLog, tokenCallback}
	record.Stage = entry{"exit": reason}
	s.cutAfter(i)
	return true
}

// cancelMode is that of a subscription of the stage under test.
func (s *Scenario) cancelMode(as string) any {
	for _, step := range s.Steps {
		if step.As == as && step.Opts["cancel"] != nil {
			return step.Opts["cancel"]
		}
	}
	return "permanent"
}

// announcedEnd: a sequence of Go says that it is at its end when it is asked for
// more. One of Elixir may say so with its last item.
func announcedEnd(s *Scenario, i int) bool {
	take := s.SUT.Enumerable.Take
	if i == atStart || take == nil || s.Steps[i].Op != "ask" || s.asked(i) != *take {
		return false
	}
	end := s.Trace.Steps[i].Stage
	s.Trace.Steps[i].Stage = nil
	if i+1 == len(s.Steps) || s.Steps[i+1].Op != "ask" {
		s.cutAfter(i)
		return true
	}
	s.Trace.Steps[i+1] = Record{Stage: end}
	s.cutAfter(i + 1)
	return true
}

// withoutInit: a consumer_supervisor has no callback that could decide what it
// starts with.
func withoutInit(s *Scenario, i int) bool {
	if i != atStart || s.SUT.Type != "consumer_supervisor" || s.SUT.Init == nil {
		return false
	}
	s.Trace.Start = Record{Result: entry{"error": errUnwritable.Error()}, Stage: dead}
	s.cutAfter(atStart)
	return true
}

// castToSupervisor: a cast that nobody handles is logged. A consumer_supervisor of
// GenStage has a handler that drops all without a word.
func castToSupervisor(s *Scenario, i int) bool {
	if i == atStart || s.SUT.Type != "consumer_supervisor" || s.Steps[i].Op != "cast" || s.Trace.Steps[i].Stage == dead {
		return false
	}
	record := &s.Trace.Steps[i]
	record.Logs = append(record.Logs, map[string]any{"log": "undefined_handle_cast"})
	return true
}

// asked is how much has been asked for, up to step i.
func (s *Scenario) asked(i int) (sum int) {
	for _, step := range s.Steps[:i+1] {
		if n, ok := wholeNumber(step.N); ok && step.Op == "ask" {
			sum += n
		}
	}
	return sum
}

// has tells whether a key occurs anywhere in a part of a record.
func has(tree any, key string) bool {
	switch tree := tree.(type) {
	case map[string]any:
		for k, v := range tree {
			if k == key || has(v, key) {
				return true
			}
		}
	case []any:
		return slices.ContainsFunc(tree, func(v any) bool { return has(v, key) })
	}
	return false
}
