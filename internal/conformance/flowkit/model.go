package flowkit

import (
	"errors"
	"math/rand/v2"
	"runtime"
)

// model computes what a scenario gives, without processes. Where the README of
// the recordings leaves it open which stage gets an element, in which lists
// elements travel, or in which order those of several producers arrive, the
// model takes chances.
type model struct {
	rules  semantics
	chance *rand.Rand
	tapped []Value
	inits  []Value
}

// feed is what one stage sends on.
type feed struct {
	items []item
	// source says that it is a list without operations: then the lists in which
	// it travels are known.
	source bool
}

// item is an element on its way.
type item struct {
	Value
	right bool // of the two sides of a join

	// What a departition needs to know: the trigger that made the element.
	window *pane
	name   Value
	marker bool // no element: the stage is done with the window
}

// refusalError is the refusal of a scenario: "config" or "start".
type refusalError string

func (r refusalError) Error() string { return string(r) }

// modelled says whether the model knows what a scenario gives: it has no clock,
// and no end of what has none. Mistakes are found by types, or by package flow,
// and not by the model.
func (s *Scenario) modelled() bool {
	for i := range s.Flow {
		switch s.Flow[i].Op {
		case "from_cycle", "from_timed":
			return false
		}
	}
	return s.Drive.How != "take"
}

// modelRun is one of the ways in which a scenario can go.
func modelRun(s *Scenario, rules semantics, seed uint64) (gives Expect) {
	m := &model{rules: rules, chance: rand.New(rand.NewPCG(seed, 0))}
	defer func() {
		if reason := recover(); reason != nil {
			gives = s.failed(reason)
		}
	}()
	use := collects
	if s.Drive.drops() {
		use = drops
	}
	events := m.merged(m.flow(s.Flow, use))
	gives = Expect{Tapped: m.tapped, OnInit: m.inits}
	if s.Drive.exits() {
		gives.Exit = exitOf(nil)
	}
	switch {
	case s.Drive.How == "into":
		gives.Sunk = events
	case !s.Drive.drops():
		gives.Events = events
	}
	return gives
}

// failed is what a scenario gives that has panicked.
func (s *Scenario) failed(reason any) Expect {
	err, isError := reason.(error)
	if _, isBug := reason.(runtime.Error); isBug || !isError {
		panic(reason)
	}
	if s.Drive.exits() {
		return Expect{Exit: exitOf(err)}
	}
	var refused refusalError
	if errors.As(err, &refused) {
		return Expect{Error: string(refused)}
	}
	return Expect{Error: "crash"}
}

// merged are the elements of several stages in some order.
func (m *model) merged(feeds []feed) (events []Value) {
	for _, a := range m.arrivals(feeds, func(f feed) [][]item { return m.cut(f.items) }) {
		for _, it := range a.batch {
			events = append(events, it.Value)
		}
	}
	return events
}
