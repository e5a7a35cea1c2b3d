package broadwaykit

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
)

// generator makes scenarios of the kinds that the random recordings are of, as
// far as the model knows what Broadway gives for them.
type generator struct{ *rand.Rand }

// newScenario makes the scenario of a seed.
func newScenario(seed uint64) *Scenario {
	g := generator{rand.New(rand.NewPCG(seed, 1))}
	s := &Scenario{ID: fmt.Sprintf("generated-%d", seed), Rule: "generated"}
	s.Config.Processors = g.processors()
	s.Config.Batchers = g.batchers()
	s.Config.Refs = 1 + g.IntN(3)*g.IntN(2)
	s.Rules = g.rules(&s.Config)
	s.Config.Producer.Kind = "push"
	if g.IntN(3) > 0 {
		s.Config.Producer.Kind = "list"
		s.Config.Producer.Lists = [][]Data{g.data(1, g.IntN(25))}
		s.Script = append(s.Script, Step{Do: "settle", MS: 50})
	}
	for n := 1; g.IntN(3) > 0; n += 20 {
		s.Script = append(s.Script, g.step(100+n), Step{Do: "settle", MS: 50})
	}
	s.Script = append(s.Script, Step{Do: "stop"})
	s.expectModel()
	return s
}

// expectModel lets a scenario expect what Broadway gives.
func (s *Scenario) expectModel() {
	s.Compare = map[string]string{
		"status": "seq", "messages": "seq", "failed_calls": "seq", "prepared": "seq", "demands": "seq", "lost": "seq",
		"acks": "seq", "acks_at_stop": "multiset", "batches": "seq", "batches_at_stop": "multiset", "all_acks": "multiset",
		"configured": "multiset", "telemetry_counts": "seq",
	}
	if s.Config.Refs > 1 {
		delete(s.Compare, "acks") // their order within a chunk is open
		delete(s.Compare, "failed_calls")
	}
	s.expect()
}

func (s *Scenario) expect() {
	gives := s.model(semantics{})
	s.Expect = make(map[string]any)
	for name := range s.Compare {
		s.Expect[name] = gives[name]
	}
	s.Text, _ = json.Marshal(struct {
		Config
		Rules
		Script []Step
	}{s.Config, s.Rules, s.Script})
}

func (g generator) some(words ...string) string { return words[g.IntN(len(words))] }

func (g generator) data(from, n int) (all []Data) {
	for i := range n {
		all = append(all, Data{ID: from + i})
	}
	if g.IntN(3) == 0 {
		g.Shuffle(n, func(i, j int) { all[i], all[j] = all[j], all[i] })
	}
	if g.IntN(4) == 0 {
		for i := range all {
			all[i].User, all[i].object = g.IntN(7), true
		}
	}
	return all
}

func (g generator) processors() ProcessorsConfig {
	c := ProcessorsConfig{Concurrency: new(1)}
	if g.IntN(3) > 0 {
		c.MaxDemand = new(1 + g.IntN(13))
		if g.IntN(2) == 0 {
			c.MinDemand = new(g.IntN(*c.MaxDemand))
		}
	}
	return c
}

func (g generator) batchers() (all []BatcherConfig) {
	if g.IntN(4) == 0 {
		return nil
	}
	for _, name := range []string{"default", "a", "b"}[:1+g.IntN(3)] {
		b := BatcherConfig{Name: name, Size: new(1 + g.IntN(7)), Timeout: new(600_000), Concurrency: new(1)}
		b.MaxDemand = new(1)
		if g.IntN(4) == 0 {
			b.Size = nil
			b.Func = &BatchFunc{Rule: g.some("weight", "until_mult", "grow"), Limit: 1 + g.IntN(40), K: 2 + g.IntN(5), Start: 1 + g.IntN(3)}
		}
		all = append(all, b)
	}
	if len(all) == 1 && g.IntN(2) == 0 {
		all[0].MaxDemand = new(1000)
	}
	return all
}

func (g generator) cond() *Cond {
	switch g.IntN(5) {
	case 0:
		return nil
	case 1:
		k := 2 + g.IntN(6)
		return &Cond{Mod: k, Eq: g.IntN(k)}
	case 2:
		return &Cond{Gt: new(g.IntN(30))}
	case 3:
		return &Cond{User: new(g.IntN(7))}
	default:
		c := &Cond{IDs: []int{}}
		for range 1 + g.IntN(4) {
			c.IDs = append(c.IDs, 1+g.IntN(25)+100*g.IntN(2))
		}
		return c
	}
}

func (g generator) rule(words ...string) Rule {
	return Rule{
		Do: g.some(words...), When: g.cond(), Reason: fmt.Sprintf("r%d", g.IntN(10)), K: []int{10, 100, 1000}[g.IntN(3)],
		Mod: 1 + g.IntN(4), User: g.IntN(4) == 0, Options: map[string]any{g.some("a", "b"): g.IntN(3)}, Value: &Data{ID: 7000},
		Name: "default",
	}
}

// list makes rules, or none; nil if there is no such callback.
func (g generator) list(n int, words ...string) []Rule {
	if g.IntN(2) == 0 {
		return nil
	}
	rules := []Rule{}
	for range g.IntN(n + 1) {
		rules = append(rules, g.rule(words...))
	}
	return rules
}

func (g generator) rules(c *Config) Rules {
	r := Rules{
		Message: g.list(5, "add", "fail", "fail_if_ok", "clear_failure", "raise", "throw", "exit", "put_data", "ack_now", "configure_ack",
			"unknown_batcher", "garbage", "linked_crash", "linked_await", "batch_key", "flush", "bulk", "batcher"),
		Prepare: g.list(3, "none", "add", "fail", "flush", "reverse", "drop", "raise", "throw", "exit"),
		Batch: g.list(4, "fail", "raise", "throw", "exit", "drop", "duplicate", "reverse", "add", "ack_now", "ack_now_all", "configure_ack",
			"garbage", "garbage_element", "linked_crash"),
		Failed: g.list(3, "none", "add", "reason", "mark_ok", "configure_ack", "raise", "throw", "exit", "drop", "garbage"),
	}
	if len(c.Batchers) > 1 && g.IntN(5) > 0 {
		all := Rule{Do: "batcher_by_mod"}
		for _, b := range c.Batchers {
			all.Names = append(all.Names, b.Name)
		}
		r.Message = append([]Rule{all}, r.Message...)
	}
	return r
}

// step brings messages in. They are handled before the next step.
func (g generator) step(from int) Step {
	s := Step{Do: "push", Data: g.data(from, 1+g.IntN(15)), Mode: g.some("bulk", "bulk", "flush"), API: g.some("", "", "test_batch", "test_message")}
	if g.IntN(4) == 0 {
		return Step{Do: "emit", Data: s.Data, How: g.some("info", "cast", "call")}
	}
	if s.API == "test_message" {
		s.Data = s.Data[:1]
	}
	return s
}

// newCrashScenario makes a scenario in which a worker is killed while it handles
// messages.
func newCrashScenario(seed uint64) *Scenario {
	g := generator{rand.New(rand.NewPCG(seed, 2))}
	s := &Scenario{ID: fmt.Sprintf("crash-%d", seed), Rule: "generated"}
	s.Config.Producer.Kind = "push"
	s.Config.Processors.Concurrency = new(1)
	s.Compare = map[string]string{"status": "seq", "killed": "seq"}
	if g.IntN(2) == 0 {
		n := 3 + g.IntN(20)
		s.Config.Batchers = []BatcherConfig{{Name: "default", Size: new(1 + g.IntN(4)), Timeout: new(600_000), Concurrency: new(1)}}
		s.Rules.Batch = []Rule{{Do: "kill", When: &Cond{IDs: []int{1 + g.IntN(n), 1 + g.IntN(n)}}}}
		s.Script = []Step{{Do: "push", Data: g.data(1, n)}, {Do: "settle", MS: 200}}
	} else {
		s.Config.Processors = g.processors()
		s.Rules.Message = []Rule{{Do: "kill", When: &Cond{IDs: []int{100}}}}
		for i := range g.IntN(7) {
			s.Script = append(s.Script, Step{Do: "push", Data: []Data{{ID: 1 + i}}}, Step{Do: "settle", MS: 20})
		}
		s.Script = append(s.Script, Step{Do: "push", Data: g.data(100, 1+g.IntN(12))}, Step{Do: "settle", MS: 200},
			Step{Do: "push", Data: g.data(200, 1+g.IntN(4))}, Step{Do: "settle", MS: 100})
		s.Compare["all_messages"] = "seq"
	}
	s.Script = append(s.Script, Step{Do: "stop"})
	s.expect()
	return s
}
