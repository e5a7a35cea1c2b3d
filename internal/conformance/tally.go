package conformance

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
)

// Verdict is what became of a scenario.
type Verdict int

// The verdicts.
const (
	Identical Verdict = iota
	Deviation         // differs on purpose, and does what the rule says instead
	Different
	verdicts
)

// Outcome is a verdict and its reason: the difference, or the rules.
type Outcome struct {
	Verdict Verdict
	Detail  string
}

// Judge is the outcome of a replay by its first difference, "" if there was none,
// and the rules that the scenario deviates by.
func Judge(difference string, rules []string) Outcome {
	switch {
	case difference != "":
		return Outcome{Different, difference}
	case len(rules) > 0:
		return Outcome{Deviation, strings.Join(rules, ", ")}
	}
	return Outcome{}
}

// tally collects the outcomes of one file.
type tally struct {
	mu  sync.Mutex
	all [verdicts][]result
}

type result struct{ title, detail string }

func (r result) String() string { return r.title + ": " + r.detail }

func (c *tally) add(title string, o Outcome) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.all[o.Verdict] = append(c.all[o.Verdict], result{title, o.Detail})
}

const maxShown = 10

// report prints the line of a file and judges it.
func (c *tally) report(t *testing.T, kind, file string, maxDeviations int) {
	deviations := c.sorted(Deviation)
	identical, deviate, differ := len(c.all[Identical]), len(deviations), len(c.all[Different])
	replayed := identical + deviate + differ
	fmt.Printf("conformance %s %s: %d scenarios, %d identical, %d deviations, %d different\n",
		kind, file, replayed, identical, deviate, differ)
	for _, deviation := range deviations {
		t.Log("deviation in", deviation)
	}
	c.reportDifferent(t)
	if limit := replayed * maxDeviations / 100; file != curated && deviate > limit {
		t.Errorf("%d deviations, at most %d (%d %%) are allowed", deviate, limit, maxDeviations)
	}
}

func (c *tally) reportDifferent(t *testing.T) {
	different := c.sorted(Different)
	for _, difference := range different[:min(len(different), maxShown)] {
		t.Error(difference)
	}
	if more := len(different) - maxShown; more > 0 {
		t.Errorf("... and %d more", more)
	}
}

func (c *tally) sorted(v Verdict) []result {
	slices.SortFunc(c.all[v], func(a, b result) int { return cmp.Compare(a.title, b.title) })
	return c.all[v]
}
