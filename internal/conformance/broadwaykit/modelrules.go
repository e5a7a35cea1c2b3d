package broadwaykit

import "slices"

// apply does to one message what a rule says, and returns what it raised.
func (w *world) apply(stage string, r *Rule, m *letter) *failure {
	switch r.Do {
	case "kill":
		w.dead = true
	case "raise", "throw", "exit":
		return &failure{raised, r.Reason}
	case "garbage", "garbage_element", "linked_await":
		return &errGarbage
	case "add":
		m.data.ID += r.K
	case "put_data":
		m.data = *r.Value
	case "batcher":
		m.batcher = r.Name
	case "batcher_by_mod":
		m.batcher = r.Names[m.data.ID%len(r.Names)]
	case "unknown_batcher":
		m.batcher = unknownBatcher
	case "batch_key":
		m.key = r.batchKey(m.data)
	case "flush", "bulk":
		m.flush = r.Do == "flush"
	case "ack_now":
		return w.ackNow(stage, []*letter{m})
	case "configure_ack":
		return w.configure(stage, r, m)
	default:
		r.judge(m)
	}
	return nil
}

// judge changes the status of a message.
func (r *Rule) judge(m *letter) {
	switch {
	case r.Do == "fail", r.Do == "reason", r.Do == "fail_if_ok" && m.ok():
		m.status, m.data.unmarked = failure{failed, r.Reason}, false
	case r.Do == "clear_failure":
		m.status = failure{}
	case r.Do == "mark_ok":
		m.data.unmarked = true
	}
}

// applyAll does to a list what rules say. A message may be in it twice, but
// changes once.
func (w *world) applyAll(stage string, rules []Rule, list []*letter) (_ []*letter, err *failure) {
	for i := range rules {
		if list, err = w.applyTo(stage, &rules[i], list); err != nil {
			return nil, err
		}
	}
	return list, nil
}

func (w *world) applyTo(stage string, r *Rule, list []*letter) ([]*letter, *failure) {
	matches := slices.DeleteFunc(once(list), func(m *letter) bool { return !r.When.holds(m.data) })
	switch r.Do {
	case "reverse":
		slices.Reverse(list)
	case "drop":
		return slices.DeleteFunc(list, func(m *letter) bool { return r.When.holds(m.data) }), nil
	case "duplicate":
		return append(list, w.twins(matches)...), nil
	case "ack_now_all":
		return list, w.ackNow(stage, once(list))
	case "ack_now":
		return list, w.ackNow(stage, matches)
	default:
		for _, m := range matches {
			if err := w.apply(stage, r, m); err != nil {
				return nil, err
			}
		}
	}
	return list, nil
}

// twins are messages to return once more. In Broadway these are others.
func (w *world) twins(of []*letter) (all []*letter) {
	if w.rules.once {
		return of
	}
	for _, m := range of {
		twin := *m
		all = append(all, &twin)
	}
	return all
}

// once leaves out what is in a list again.
func once(list []*letter) (all []*letter) {
	for _, m := range list {
		if !slices.Contains(all, m) {
			all = append(all, m)
		}
	}
	return all
}
