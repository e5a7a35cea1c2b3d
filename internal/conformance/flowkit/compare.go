package flowkit

import (
	"encoding/json"
	"fmt"
	"slices"
)

// difference compares what a scenario should give with what it gave, and says
// where they differ, or "".
func (s *Scenario) difference(want, got Expect) string {
	switch {
	case want.Error != "" || got.Error != "":
		return differ("error", refusal(want.Error), refusal(got.Error))
	case want.Exit != got.Exit:
		return differ("exit", want.Exit, got.Exit)
	case !same(want.Events, got.Events, s.Compare == "multiset"):
		return differ("events", want.Events, got.Events)
	case !same(want.Sunk, got.Sunk, s.Compare == "multiset"):
		return differ("sunk", want.Sunk, got.Sunk)
	case !same(want.Tapped, got.Tapped, true):
		return differ("tapped", want.Tapped, got.Tapped)
	case !same(want.OnInit, got.OnInit, true):
		return differ("on_init", want.OnInit, got.OnInit)
	}
	return ""
}

// refusal is an error without the difference between a mistake that is found
// while a flow is built and one that is found when it starts.
func refusal(kind string) string {
	if kind == "start" {
		return "config"
	}
	return kind
}

// same compares values as JSON, in which pairs and lists are alike.
func same(want, got []Value, anyOrder bool) bool {
	w, g := jsons(want), jsons(got)
	if anyOrder {
		slices.Sort(w)
		slices.Sort(g)
	}
	return slices.Equal(w, g)
}

func jsons(values []Value) (all []string) {
	for _, v := range values {
		all = append(all, v.String())
	}
	return all
}

func differ(what string, want, got any) string {
	w, g := fmt.Sprint(want), fmt.Sprint(got)
	if w == g {
		return ""
	}
	return fmt.Sprintf("%s differ\n  want %s\n  got  %s", what, w, g)
}

// String is the flow of a scenario as JSON.
func (s *Scenario) String() string {
	out, err := json.Marshal(s.Flow)
	if err != nil {
		return err.Error()
	}
	return string(out)
}
