package broadwaykit

import (
	"slices"

	"github.com/stagecraft-go/stagecraft/broadway"
	"github.com/stagecraft-go/stagecraft/internal/conformance"
)

// crashes says that something is killed, or ends by itself.
func (s *Scenario) crashes() bool {
	kills := func(r Rule) bool { return r.Do == "kill" }
	return slices.ContainsFunc(s.Rules.Message, kills) || slices.ContainsFunc(s.Rules.Batch, kills) ||
		s.Config.Producer.TransformRaise != nil ||
		slices.ContainsFunc(s.Script, func(step Step) bool { return step.Do == "kill" || step.Do == "emit" && step.How == "stop" })
}

// Rules about crashes.
const (
	ruleFails      = "begun-fails"         // what a killed worker had begun to handle fails; in Broadway it is lost
	ruleRedelivers = "waiting-redelivered" // what waited for it goes to another one; in Broadway it is lost, or flushed
)

// survived replaces what a crash changes by what was observed, if that is as it
// should be: no message is lost, and nothing else differs.
func (e *expectation) survived(s *Scenario, got map[string]any) (applied []string) {
	if !s.crashes() || got["error"] != nil {
		return nil
	}
	c := newCrash(s, e, got)
	if !c.settles() {
		return nil
	}
	checks := c.checks()
	for name, mode := range s.Compare {
		if check := checks[name]; check != nil && !same(name, mode, e.observations[name], got[name]) && check() {
			e.observations[name] = got[name]
			c.regrouped = c.regrouped || name != "status"
		}
	}
	if len(c.failed) > 0 {
		applied = append(applied, ruleFails)
	}
	if c.regrouped && len(c.moved) > 0 || len(c.redelivered) > 0 {
		applied = append(applied, ruleRedelivers)
	}
	return applied
}

// crash compares two worlds after a crash.
type crash struct {
	s         *Scenario
	want, got map[string]any
	// By the id of the message, as numbers of JSON:
	failed      map[any]bool // here, with their worker
	redelivered map[any]bool // lost in Broadway, and not here
	moved       map[any]bool // both, and what was handled more often here
	regrouped   bool
}

func newCrash(s *Scenario, e *expectation, got map[string]any) *crash {
	return &crash{
		s: s, want: e.observations, got: got,
		failed: map[any]bool{}, redelivered: map[any]bool{}, moved: map[any]bool{},
	}
}

// settles sorts the messages by their status. It is false if that is not as it
// should be: what was lost has failed with its worker, or is what it would be
// without a crash; all else is as recorded.
func (c *crash) settles() bool {
	want, _ := c.want["status"].([]any)
	got, _ := c.got["status"].([]any)
	unharmed := c.s.unharmed()
	if len(want) != len(got) {
		return false
	}
	for i := range want {
		id, end := want[i].([]any)[0], got[i].([]any)
		switch {
		case want[i].([]any)[1] != none:
			if !equal(want[i], end) {
				return false
			}
		case end[1] == none:
			if !c.ends() && !c.inSource(id) {
				return false
			}
		case end[1] == failed && end[3] == own[broadway.ErrWorkerDown]:
			c.failed[id], c.moved[id] = true, true
		case equal(unharmed[i], end):
			c.redelivered[id], c.moved[id] = true, true
		default:
			return false
		}
	}
	c.handledAgain()
	return c.killedFailed()
}

func equal(a, b any) bool { return conformance.Comparisons{}.Equal(merged(a), merged(b)) }

// unharmed is how messages end if nothing is killed.
func (s *Scenario) unharmed() []any {
	calm := *s
	kills := func(r Rule) bool { return r.Do == "kill" }
	calm.Rules.Message = slices.DeleteFunc(slices.Clone(s.Rules.Message), kills)
	calm.Rules.Batch = slices.DeleteFunc(slices.Clone(s.Rules.Batch), kills)
	return calm.model(ours)["status"].([]any)
}

// inSource says that a message has never left its source.
func (c *crash) inSource(id any) bool {
	return c.s.Config.Producer.Kind == "list" &&
		!slices.ContainsFunc(c.got["all_messages"].([]any), func(d any) bool { return idOf(d) == id })
}

// ends says that the crashes end the pipeline.
func (c *crash) ends() bool {
	return slices.ContainsFunc(c.s.Script, func(step Step) bool { return step.Do == "wait_down" })
}

// handledAgain looks for messages that were handled more often here: they waited
// for a worker that was killed.
func (c *crash) handledAgain() {
	want, recorded := c.want["all_messages"].([]any)
	if !recorded {
		return
	}
	more := make(map[string]int)
	for _, d := range want {
		more[conformance.Text(d)]--
	}
	got := c.got["all_messages"].([]any)
	for _, d := range got {
		more[conformance.Text(d)]++
	}
	for _, d := range got {
		if more[conformance.Text(d)] > 0 {
			c.moved[idOf(d)] = true
		}
	}
}

// idOf is the id of data in JSON.
func idOf(data any) any {
	if o, ok := data.(map[string]any); ok {
		return o["id"]
	}
	return data
}

// killedFailed: what a worker was killed with has failed, and what has failed so
// was in the chunk of such a message, or in its batch.
func (c *crash) killedFailed() bool {
	begun := 0
	for _, k := range c.got["killed"].([]any) {
		with := k.([]any)[1]
		ids, isBatch := with.([]any)
		if !isBatch {
			ids = []any{with}
			w := &world{Scenario: c.s}
			begun += w.max() - w.min()
		} else {
			begun += len(ids)
		}
		for _, d := range ids {
			if !c.failed[idOf(d)] {
				return false
			}
		}
	}
	return len(c.failed) <= begun
}

// checks are the observations that a crash may change.
func (c *crash) checks() map[string]func() bool {
	return map[string]func() bool{
		"status":       func() bool { return true },
		"lost":         func() bool { return true },
		"killed":       c.killsAgain,
		"all_messages": c.messagesMoved,
		"all_batches":  c.batchesWhole,
	}
}

// killsAgain: who was killed in the recording is killed here, in that order.
// Beyond that, only workers with messages that were redelivered.
func (c *crash) killsAgain() bool {
	want, _ := c.want["killed"].([]any)
	for _, k := range c.got["killed"].([]any) {
		switch {
		case len(want) > 0 && conformance.Text(want[0]) == conformance.Text(k):
			want = want[1:]
		case len(c.without([]any{k}, 1)) > 0:
			return false
		}
	}
	return len(want) == 0
}

// messagesMoved: without the messages that a crash concerned, all were handled
// in the same order. Those that are through were handled.
func (c *crash) messagesMoved() bool {
	for id := range c.redelivered {
		if !slices.ContainsFunc(c.got["all_messages"].([]any), func(d any) bool { return idOf(d) == id }) {
			return false
		}
	}
	return same("all_messages", c.s.Compare["all_messages"],
		c.without(c.want["all_messages"], -1), c.without(c.got["all_messages"], -1))
}

// without is a list without the messages that a crash concerned. At is where in
// an element the data is, -1 if that is the element.
func (c *crash) without(of any, at int) []any {
	list, _ := of.([]any)
	return slices.DeleteFunc(slices.Clone(list), func(e any) bool {
		if at >= 0 {
			e = e.([]any)[at]
		}
		if batch, ok := e.([]any); ok {
			return slices.ContainsFunc(batch, func(d any) bool { return c.moved[idOf(d)] })
		}
		return c.moved[idOf(e)]
	})
}

// batchesWhole: the messages are in batches of their size, each message that is
// through in one.
func (c *crash) batchesWhole() bool {
	in := make(map[any]int)
	for _, b := range c.got["all_batches"].([]any) {
		b := b.(map[string]any)
		i := slices.IndexFunc(c.s.Config.Batchers, func(config BatcherConfig) bool { return config.Name == b["batcher"] })
		if i < 0 {
			return false
		}
		size := float64(value(c.s.Config.Batchers[i].Size))
		if b["trigger"] == "size" && b["size"] != size || b["trigger"] != "size" && b["size"].(float64) >= size {
			return false
		}
		for _, d := range b["data"].([]any) {
			in[idOf(d)]++
		}
	}
	for _, s := range c.got["status"].([]any) {
		if id := s.([]any)[0]; s.([]any)[1] == success && in[id] != 1 {
			return false
		}
	}
	return len(in) == len(c.got["status"].([]any))-len(c.got["lost"].([]any))
}
