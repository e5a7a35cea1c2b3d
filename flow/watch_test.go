package flow_test

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/stagecraft-go/stagecraft/flow"
	"github.com/stagecraft-go/stagecraft/stage"
	"github.com/stagecraft-go/stagecraft/trace"
)

// watched runs a flow and tells how many events each stage has sent.
func watched(w *world, run func(opts ...flow.RunOption) error) map[string]int {
	w.Helper()
	rec := trace.New(trace.Limit(1_000_000))
	assert.NoError(w, run(w.in, flow.Watch(rec.Watch)))
	sent := make(map[string]int)
	for _, e := range rec.Entries() {
		sent[e.From] += 0
		if e.Kind == stage.ObservedEvents {
			sent[e.From] += e.N
		}
	}
	return sent
}

// Those who watch a flow see all its stages under the names of the operations.
func TestWatchingAFlow(t *testing.T) {
	numbers := flow.FromSlice(upTo(1, 1000)).Filter(isEven)
	shuffled := numbers.Shuffle(flow.Stages(2))
	for name, c := range map[string]struct {
		run   func(opts ...flow.RunOption) error
		wants []string
	}{
		"run": {
			func(opts ...flow.RunOption) error { return shuffled.Run(background, opts...) },
			[]string{"Filter/0", "Filter/1", "FromSlice", "Shuffle/0", "Shuffle/1", "Start"},
		},
		"collect": {
			func(opts ...flow.RunOption) error {
				_, err := shuffled.Collect(background, opts...)
				return err
			},
			[]string{"All", "Filter/0", "Filter/1", "FromSlice", "Shuffle/0", "Shuffle/1"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			inWorld(t, func(w *world) {
				sent := watched(w, c.run)
				assert.Equal(w, c.wants, slices.Sorted(maps.Keys(sent)))
				assert.Equal(w, 1000, sent["FromSlice"])
				assert.Equal(w, 500, sent["Filter/0"]+sent["Filter/1"])
			})
		})
	}
}

// What the function gives is an option like any other.
func TestWatchingWithoutAnOption(t *testing.T) {
	inWorld(t, func(w *world) {
		refused := new(stage.OptionError)
		err := one(1).Run(background, w.in, flow.Watch(func(string) stage.Option { return nil }))
		assert.ErrorAs(w, err, &refused)
		assert.NoError(w, one(1).Run(background, w.in, flow.Watch(nil)), "nobody watches")
	})
}

// A recorder of package trace names the stages of a flow after its operations.
func ExampleWatch() {
	rec := trace.New()
	words := flow.FromSlice([]string{"a", "b", "a"})
	counts := flow.Reduce(flow.Partition(words, flow.Stages(2)), func() map[string]int { return make(map[string]int) },
		func(counts map[string]int, word string) map[string]int {
			counts[word]++
			return counts
		})
	if err := flow.Entries(counts).Run(context.Background(), flow.Watch(rec.Watch)); err != nil {
		fmt.Println(err)
	}

	var subscribed []string
	for _, e := range rec.Entries() {
		if e.Kind == stage.ObservedSubscribe {
			subscribed = append(subscribed, e.From+" to "+e.To)
		}
	}
	slices.Sort(subscribed)
	fmt.Println(strings.Join(subscribed, "\n"))
	// Output:
	// Partition/0 to FromSlice
	// Partition/1 to FromSlice
	// Start to Partition/0
	// Start to Partition/1
}
