package flow_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/stagecraft-go/stagecraft/flow"
)

// globally is what a trigger finds in the global window.
func globally(trigger string, events ...int) fired {
	return fired{trigger: trigger, events: append([]int{}, events...)}
}

func TestEveryKeepsTheState(t *testing.T) {
	for _, opts := range asks() {
		inWorld(t, func(w *world) {
			f := firings(one(5, opts...).Window(flow.Global[int]().Every(2)), false)
			assert.Equal(w, []fired{
				globally("every 2", 1, 2),
				globally("every 2", 1, 2, 3, 4),
				globally(flow.Done, 1, 2, 3, 4, 5),
			}, collect(w, f))
		})
	}
}

func TestOnTriggerCanReplaceTheState(t *testing.T) {
	for _, opts := range asks() {
		inWorld(t, func(w *world) {
			f := firings(one(5, opts...).Window(flow.Global[int]().Every(2)), true)
			assert.Equal(w, []fired{
				globally("every 2", 1, 2),
				globally("every 2", 3, 4),
				globally(flow.Done, 5),
			}, collect(w, f))
		})
	}
}

func TestEveryAtTheLastEvent(t *testing.T) {
	inWorld(t, func(w *world) {
		f := firings(one(2).Window(flow.Global[int]().Every(1)), true)
		assert.Equal(w, []fired{globally("every 1", 1), globally("every 1", 2), globally(flow.Done)}, collect(w, f))
	})
}

func TestEveryCountsInEachWindow(t *testing.T) {
	inWorld(t, func(w *world) {
		every := func(n int64, events ...int) fired {
			f := counted(n, events...)
			f.trigger = "every 2"
			return f
		}
		f := firings(one(6).Window(flow.Count[int](3).Every(2)), false)
		assert.Equal(w, []fired{
			every(0, 1, 2), counted(0, 1, 2, 3),
			every(1, 4, 5), counted(1, 4, 5, 6),
			counted(2),
		}, collect(w, f))
	})
}

// What the reducer emits before a trigger comes before what the trigger emits.
func TestTriggersKeepTheOrderOfEvents(t *testing.T) {
	for _, opts := range asks() {
		inWorld(t, func(w *world) {
			f := flow.EmitAndReduce(one(5, opts...).Window(flow.Global[int]().Every(2)), zero, func(n, event int, emit func(string)) int {
				emit(fmt.Sprint("event ", event))
				return n + 1
			}).OnTrigger(func(n int, by flow.Firing) ([]string, int) {
				return []string{fmt.Sprint(by.Trigger, " after ", n)}, n
			})
			assert.Equal(w, []string{
				"event 1", "event 2", "every 2 after 2",
				"event 3", "event 4", "every 2 after 4",
				"event 5", "done after 5",
			}, collect(w, f))
		})
	}
}

// splitAt is a trigger at each number that a function chooses, which is cut
// out.
func splitAt(at func(int) bool) func() func([]int) flow.Cut[int] {
	return func() func([]int) flow.Cut[int] {
		return func(events []int) flow.Cut[int] {
			for i, n := range events {
				if at(n) {
					return flow.Cut[int]{Trigger: fmt.Sprint("at ", n), Before: events[:i], After: events[i+1:]}
				}
			}
			return flow.Cut[int]{Before: events}
		}
	}
}

func TestATriggerOfYourOwn(t *testing.T) {
	for _, opts := range asks() {
		inWorld(t, func(w *world) {
			third := splitAt(func(n int) bool { return n%3 == 0 })
			f := firings(one(7, opts...).Window(flow.Global[int]().Trigger(third)), true)
			assert.Equal(w, []fired{
				globally("at 3", 1, 2),
				globally("at 6", 4, 5),
				globally(flow.Done, 7),
			}, collect(w, f))
		})
	}
}

func TestATriggerCanReplaceEvents(t *testing.T) {
	inWorld(t, func(w *world) {
		twice := func() func([]int) flow.Cut[int] {
			return func(events []int) flow.Cut[int] {
				return flow.Cut[int]{Before: append(append([]int{}, events...), events...)}
			}
		}
		f := firings(one(3).Window(flow.Global[int]().Trigger(twice)), false)
		assert.Equal(w, []fired{globally(flow.Done, 1, 2, 3, 1, 2, 3)}, collect(w, f))
		none := func() func([]int) flow.Cut[int] {
			return func([]int) flow.Cut[int] { return flow.Cut[int]{} }
		}
		f = firings(one(3).Window(flow.Global[int]().Trigger(none)), false)
		assert.Equal(w, []fired{globally(flow.Done)}, collect(w, f))
	})
}

// A trigger that fires at each list is not asked about an empty rest.
func TestATriggerForEachList(t *testing.T) {
	inWorld(t, func(w *world) {
		each := func() func([]int) flow.Cut[int] {
			return func(events []int) flow.Cut[int] {
				assert.NotEmpty(w, events)
				return flow.Cut[int]{Trigger: "list", Before: events}
			}
		}
		f := firings(one(5, flow.MaxDemand(2), flow.MinDemand(0)).Window(flow.Global[int]().Trigger(each)), true)
		assert.Equal(w, []fired{
			globally("list", 1, 2), globally("list", 3, 4), globally("list", 5), globally(flow.Done),
		}, collect(w, f))
	})
}

func TestATriggerIsMadeForEachWindow(t *testing.T) {
	inWorld(t, func(w *world) {
		made := 0
		once := func() func([]int) flow.Cut[int] {
			made++
			return func(events []int) flow.Cut[int] { return flow.Cut[int]{Before: events} }
		}
		collect(w, firings(one(7).Window(flow.Count[int](2).Trigger(once)), false))
		assert.Equal(w, 4, made)
	})
}

// The events of a trigger see a filter as well as those without one.
func TestTriggersComeBeforeTheOperations(t *testing.T) {
	inWorld(t, func(w *world) {
		f := one(6).Window(flow.Global[int]().Every(3)).Filter(isEven)
		assert.Equal(w, []fired{
			globally("every 3", 2), globally("every 3", 2, 4, 6), globally(flow.Done, 2, 4, 6),
		}, collect(w, firings(f, false)))
	})
}

// A trigger that fires and fires, and leaves all events for later.
func TestATriggerWithoutProgress(t *testing.T) {
	inWorld(t, func(w *world) {
		stuck := func() func([]int) flow.Cut[int] {
			return func(events []int) flow.Cut[int] { return flow.Cut[int]{Trigger: "stuck", After: events} }
		}
		err := firings(one(3).Window(flow.Global[int]().Trigger(stuck)), false).Run(background, w.in)
		assert.ErrorIs(w, err, flow.ErrNoProgress)
		var op *flow.OpError
		assert.ErrorAs(w, err, &op)
		assert.Equal(w, "Window", op.Op)
	})
}

// It may fire several times at the same place.
func TestATriggerThatFiresTwice(t *testing.T) {
	inWorld(t, func(w *world) {
		twice := func() func([]int) flow.Cut[int] {
			n := 0
			return func(events []int) flow.Cut[int] {
				if n++; n <= 2 {
					return flow.Cut[int]{Trigger: "first", After: events}
				}
				return flow.Cut[int]{Before: events}
			}
		}
		f := firings(one(3).Window(flow.Global[int]().Trigger(twice)), false)
		assert.Equal(w, []fired{globally("first"), globally("first"), globally(flow.Done, 1, 2, 3)}, collect(w, f))
	})
}

func TestTheNamesOfTriggers(t *testing.T) {
	assert.Equal(t, "every 100", flow.TriggerEvery(100))
	assert.Equal(t, "every 10s", flow.TriggerPeriodically(10*time.Second))
}

// A trigger of one's own has its lists for itself.
func TestATriggerMayWriteToItsEvents(t *testing.T) {
	inWorld(t, func(w *world) {
		items := upTo(1, 3000)
		odd := flow.Global[int]().Trigger(func() func([]int) flow.Cut[int] {
			return func(events []int) flow.Cut[int] {
				return flow.Cut[int]{Before: append(slices.DeleteFunc(events, isEven), 0)}
			}
		})
		got := collect(w, flow.FromSlice(items, flow.Stages(1)).Window(odd).Filter(func(n int) bool { return n > 0 }))
		assert.Equal(w, upTo(1, 3000), items)
		assert.Len(w, got, 1500)
	})
}
