package main

import (
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/stagecraft-go/stagecraft/dispatcher"
	"github.com/stagecraft-go/stagecraft/dispatcher/dispatchertest"
)

// The kit plays the stage, and checks the contract.
func TestContract(t *testing.T) {
	dispatchertest.Run(t, Priority[int](), dispatchertest.Setup{})
	dispatchertest.Run(t, Priority[int](), dispatchertest.Setup{
		Consumers: 7,
		Options:   func(place int) dispatcher.Options { return ranked(place % 3) },
	})
}

func FuzzContract(f *testing.F) {
	f.Add([]byte{0, 0, 0, 1, 10, 9, 40, 5, 80, 3})
	f.Fuzz(func(t *testing.T, ops []byte) {
		dispatchertest.Drive(t, Priority[int](), dispatchertest.Setup{Options: ranked}, ops)
	})
}

func ranked(rank int) dispatcher.Options {
	return dispatcher.Options{Extra: map[string]string{rankKey: strconv.Itoa(rank)}}
}

// TestRanks checks what the contract leaves open: who gets what.
func TestRanks(t *testing.T) {
	d, low, high := twoConsumers(t)
	require.Equal(t, 3, d.Ask(low, 3))
	require.Equal(t, 2, d.Ask(high, 2))
	left, discarded := d.Dispatch([]int{1, 2, 3})
	require.Empty(t, left)
	require.Zero(t, discarded)
	require.Equal(t, []int{1, 2}, high.got)
	require.Equal(t, []int{3}, low.got)

	require.Equal(t, 1, d.Ask(high, 1))
	left, _ = d.Dispatch([]int{4, 5, 6, 7})
	require.Equal(t, []int{7}, left)
	require.Equal(t, []int{1, 2, 4}, high.got)
	require.Equal(t, []int{3, 5, 6}, low.got)
}

// TestCancel: upstream was asked for 5 and owes them, whoever gets them.
func TestCancel(t *testing.T) {
	d, low, high := twoConsumers(t)
	require.Equal(t, 5, d.Ask(high, 5))
	require.Zero(t, d.Cancel(high))
	require.Zero(t, d.Capacity(), "nobody has asked")
	require.Zero(t, d.Ask(low, 3), "3 of the 5 that will come anyway")
	require.Equal(t, 1, d.Ask(low, 3), "2 of them, and 1 more")
}

func TestEqualRanksShare(t *testing.T) {
	d, a, _ := twoConsumers(t)
	b := &consumer{name: "b"}
	_, err := d.Subscribe(b, ranked(1))
	require.NoError(t, err)
	d.Ask(a, 2)
	d.Ask(b, 3)
	d.Dispatch([]int{1, 2, 3, 4})
	require.Equal(t, []int{1, 2, 3}, b.got)
	require.Equal(t, []int{4}, a.got)
}

func TestBadRankIsRefused(t *testing.T) {
	d, _, _ := twoConsumers(t)
	opts := dispatcher.Options{Extra: map[string]string{rankKey: "first"}}
	_, err := d.Subscribe(&consumer{name: "c"}, opts)
	var refused *RankError
	require.ErrorAs(t, err, &refused)
	require.EqualError(t, err, `priority: rank of c is "first", allowed is a whole number`)
}

func twoConsumers(t *testing.T) (d dispatcher.Dispatcher[int], low, high *consumer) {
	t.Helper()
	d, err := Priority[int]()(dispatcher.Config{})
	require.NoError(t, err)
	low, high = &consumer{name: "low"}, &consumer{name: "high"}
	for rank, c := range []*consumer{1: low, 2: high} {
		if c != nil {
			_, err := d.Subscribe(c, ranked(rank))
			require.NoError(t, err)
		}
	}
	return d, low, high
}

// consumer keeps what it gets.
type consumer struct {
	name string
	got  []int
}

func (c *consumer) Send(events []int)       { c.got = append(c.got, events...) }
func (c *consumer) SendCopy(events []int)   { c.Send(events) }
func (c *consumer) SendShared(events []int) { c.Send(events) }
func (*consumer) AskAgain(int)              {}
func (*consumer) Cancel(error)              {}
func (c *consumer) Process() string         { return c.name }
