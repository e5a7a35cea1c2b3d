package dispatcher_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	. "github.com/stagecraft-go/stagecraft/dispatcher"
)

func mod(count int) func(int) int { return func(n int) int { return n % count } }

// byName sends n to names[n mod len], discards multiples of 7, sends 13 to a
// partition that does not exist and adds 100 to what is above 50.
func byName[K comparable](unknown K, names ...K) Factory[int] {
	return PartitionBy(names, func(n int) (int, K, bool) {
		switch {
		case n%7 == 0:
			return 0, unknown, false
		case n == 13:
			return n, unknown, true
		case n > 50:
			return n + 100, names[n%len(names)], true
		default:
			return n, names[n%len(names)], true
		}
	})
}

func TestPartition(t *testing.T) {
	two := Partition(2, mod(2))
	named := byName("x", "c", "a", "b")
	runScripts(t, []script{
		{"nobody", both, two, `
			push 1..3 -> left [1 2 3]
			capacity -> 0
			queued -> 0
			info i -> info i`},
		{"in ascending order", both, two, `
			sub b partition=1
			sub a partition=0
			ask b 3 -> demand 3
			ask a 3 -> demand 3
			capacity -> 6
			push 1..7 -> a gets [2 4 6]; b gets [1 3 5]; left [7]`},
		{"all to one", both, two, `
			sub a partition=0
			ask a 3 -> demand 3
			push 2,4,6,8 -> a gets [2 4 6]; left [8]`},
		{"names in ascending order", both, named, `
			sub A partition=a
			sub B partition=b
			sub C partition=c
			ask C 3 -> demand 3
			ask B 3 -> demand 3
			ask A 3 -> demand 3
			push 1,2,3,4,5,6,51 -> A gets [1 4]; B gets [2 5]; C gets [3 6 151]`},
		{"no hash for one partition", both, Partition[int](1, nil), `
			sub a partition=0
			ask a 3 -> demand 3
			push 1..4 -> a gets [1 2 3]; left [4]`},
		{"no hash for one name", both, PartitionBy[int]([]string{"a"}, nil), `
			sub a partition=a
			ask a 3 -> demand 3
			push 1..4 -> a gets [1 2 3]; left [4]`},
		{"queue is served, and the full ask goes upstream", both, two, `
			sub a partition=0
			sub b partition=1
			ask a 2 -> demand 2
			ask b 4 -> demand 4
			push 2,4,6,8,10 -> a gets [2 4]
			queued -> 3
			ask a 2 -> a gets [6 8]; demand 2
			ask a 3 -> a gets [10]; demand 3
			capacity -> 6
			push 12,1,14,3 -> a gets [12 14]; b gets [1 3]
			queued -> 0`},
		{"queue of several batches is one message", both, two, `
			sub b partition=1
			ask b 9 -> demand 9
			push 2
			push 4,6
			push 8
			sub a partition=0
			ask a 3 -> a gets [2 4 6]; demand 3
			push 10
			ask a 3 -> a gets [8 10]; demand 3`},
		{"G15", both, two, `
			sub a partition=0
			ask a 4 -> demand 4
			push 2,4,6,8,10,12,1,3 -> a gets [2 4 6 8]; left [10 12 1 3]
			ask a 4 -> demand 4
			push 10,12,1,3 -> a gets [10 12]
			queued -> 2
			info i
			sub b partition=1
			ask b 1 -> b gets [1]; demand 1
			ask b 2 -> b gets [3]; info i; demand 2`},
		{"G16 the queue is lost", exact, two, `
			sub a partition=0
			sub b partition=1
			ask a 2 -> demand 2
			ask b 9 -> demand 9
			push 2,4,6,8,10,12 -> a gets [2 4]
			cancel a -> demand 4
			queued -> 0
			sub c partition=0
			ask c 3 -> demand 3
			capacity -> 12
			push 14 -> c gets [14]`},
		{"G16 the queue is kept", mended, two, `
			sub a partition=0
			sub b partition=1
			ask a 2 -> demand 2
			ask b 9 -> demand 9
			push 2,4,6,8 -> a gets [2 4]
			info i
			push 10,12
			cancel a
			queued -> 4
			push 14
			sub c partition=0
			ask c 9 -> c gets [6 8]; info i; c gets [10 12 14]; demand 9
			push 16 -> c gets [16]`},
		{"open demand of the dead is owed", both, two, `
			sub a partition=0
			ask a 5 -> demand 5
			cancel a
			capacity -> 5
			sub b partition=1
			ask b 4
			ask b 4 -> demand 3
			push 1 -> b gets [1]`},
		{"G17 discarded events stop the flow", exact, named, `
			sub a partition=a
			ask a 2 -> demand 2
			push 7,14,21,28
			capacity -> 2`},
		{"G17 discarded events are asked for again", mended, named, `
			sub a partition=a
			ask a 2 -> demand 2
			push 7,14 -> discarded 2
			capacity -> 2
			push 1,21,28,4,5 -> a gets [1 4]; left [5]; discarded 2`},
		{"unknown partition", mended, named, `
			sub a partition=a
			ask a 3 -> demand 3
			push 1,13,13,4 -> error: event hashed to an unknown partition partition=x allowed="a", "b", "c" events=2; a gets [1 4]; discarded 2
			capacity -> 1
			push 10 -> a gets [10]`},
		{"unknown partition", exact, named, `
			sub a partition=a
			push 13 -> left [13]
			ask a 1 -> demand 1
			push 13 -> panic: event hashed to an unknown partition`},
		{"unknown index", mended, Partition(2, func(n int) int { return n }), `
			sub a partition=0
			ask a 3 -> demand 3
			push -1,0,2,1 -> error: event hashed to an unknown partition partition=-1 allowed=0, 1 events=2; a gets [0]; discarded 2`},
		{"unknown index", exact, Partition(2, func(n int) int { return n }), `
			sub a partition=0
			ask a 3 -> demand 3
			push 2 -> panic: event hashed to an unknown partition`},
		{"bad subscriptions", mended, two, `
			sub a -> error: partition missing
			sub a partition=2 -> error: no such partition
			sub a partition=x -> error: no such partition
			sub a partition=unhashable -> error: no such partition
			sub a partition=0
			sub b partition=0 -> error: partition is taken
			cancel b
			ask b 5
			ask a 1 -> demand 1
			push 2 -> a gets [2]
			cancel a
			sub b partition=0`},
		{"missing", exact, two, `sub a -> panic: partition missing`},
		{"unknown", exact, two, `sub a partition=2 -> panic: no such partition`},
		{"taken", exact, two, `
			sub a partition=1
			sub b partition=1 -> panic: partition is taken`},
		{"an ask for nothing", both, two, `
			sub a partition=0
			sub b partition=1
			ask a 0
			ask b 4 -> demand 4
			push 2
			ask a 0
			queued -> 1`},
		{"info without queue", both, two, `
			sub a partition=0
			ask a 2 -> demand 2
			push 2 -> a gets [2]
			info i -> info i`},
		{"info splits a delivery", both, two, `
			sub b partition=1
			ask b 9 -> demand 9
			push 2,4
			info i
			info j
			push 6
			sub a partition=0
			ask a 4 -> a gets [2 4]; info i; info j; a gets [6]; demand 4`},
		{"info waits for all queues", both, Partition(3, mod(3)), `
			sub a partition=0
			ask a 9 -> demand 9
			push 1,4,2
			info i
			sub b partition=1
			sub c partition=2
			ask b 3 -> b gets [1 4]; demand 3
			ask c 3 -> c gets [2]; info i; demand 3`},
		{"info needs one more demand", exact, two, `
			sub b partition=1
			ask b 9 -> demand 9
			push 2
			info i
			sub a partition=0
			ask a 1 -> a gets [2]; demand 1
			ask a 0
			ask a 1 -> info i; demand 1`},
		{"info needs no more demand", mended, two, `
			sub b partition=1
			ask b 9 -> demand 9
			push 2
			info i
			sub a partition=0
			ask a 1 -> a gets [2]; info i; demand 1`},
		{"info waits on exhausted partition", exact, two, `
			sub a partition=0
			ask a 1 -> demand 1
			push 0 -> a gets [0]
			info i
			cancel a -> info i
			info j -> info j`},
		{"info does not wait on exhausted partition", mended, two, `
			sub a partition=0
			ask a 1 -> demand 1
			push 0 -> a gets [0]
			info i -> info i`},
		{"cancel releases infos", exact, two, `
			sub a partition=0
			ask a 1 -> demand 1
			ask a 3 -> demand 3
			push 2,4,6,8 -> a gets [2 4 6 8]
			sub b partition=1
			ask b 4 -> demand 4
			push 10
			info i
			push 12
			info j
			cancel a -> info i; info j; demand 2`},
	})
}

func TestPartitionOptions(t *testing.T) {
	hash := func(n int) (int, string, bool) { return n, "", true }
	cases := []struct {
		name    string
		factory Factory[int]
		kind    error
		text    string
	}{
		{"no partitions", Partition(0, mod(1)), ErrNoPartitions,
			"dispatcher: option partitions is 0, allowed is 1 or more"},
		{"negative", Partition[int](-1, nil), ErrNoPartitions,
			"dispatcher: option partitions is -1, allowed is 1 or more"},
		{"no names", PartitionBy(nil, hash), ErrNoPartitions,
			"dispatcher: option partitions is none, allowed is 1 or more"},
		{"no hash", Partition[int](2, nil), ErrHashRequired,
			"dispatcher: option hash is nil, allowed is a function, since there are 2 partitions"},
		{"no hash for names", PartitionBy[int]([]string{"a", "b"}, nil), ErrHashRequired,
			"dispatcher: option hash is nil, allowed is a function, since there are 2 partitions"},
		{"name twice", PartitionBy([]string{"a", "a"}, hash), nil,
			`dispatcher: option partitions is "a", "a", allowed is each name once`},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			_, err := c.factory(Config{})
			var option *OptionError
			if !errors.As(err, &option) || !errors.Is(option.Kind, c.kind) {
				t.Fatalf("got %#v", err)
			}
			if err.Error() != c.text {
				t.Errorf("got text %q", err)
			}
		})
	}
}

func TestPartitionErrorTexts(t *testing.T) {
	w := newWorld(t, Partition(20, mod(20)), false)
	_, err := w.d.Subscribe(&consumer{process: "p1"}, Options{Partition: "0"})
	want := `dispatcher: cannot subscribe p1: no such partition: got "0", ` +
		`allowed is 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, ... (20 in all)`
	if err == nil || err.Error() != want {
		t.Errorf("got %v", err)
	}
	_, err = w.d.Subscribe(&consumer{process: "p1"}, Options{})
	if want := "dispatcher: cannot subscribe p1: partition missing: got nil, allowed is 0, "; err == nil || !strings.HasPrefix(err.Error(), want) {
		t.Errorf("got %v", err)
	}
	lost := error(&HashError{Partition: 9, Allowed: "0, 1"})
	if want := "dispatcher: event hashed to an unknown partition: got 9, allowed is 0, 1"; lost.Error() != want {
		t.Errorf("got %v", lost)
	}
}

// A panic of the hash leaves no trace, should somebody recover from it.
func TestPartitionHashPanics(t *testing.T) {
	w := newWorld(t, Partition(2, func(n int) int {
		if n == 4 {
			panic("no fours")
		}
		return n % 2
	}), false)
	for _, step := range [][2]string{
		{"sub a partition=0", ""}, {"ask a 3", "demand 3"},
		{"push 2,4", "panic: no fours"}, {"push 6,1", "a gets [6]"},
	} {
		if got := w.do(strings.Fields(step[0])); got != step[1] {
			t.Errorf("%s: %s", step[0], got)
		}
	}
}

func TestPartitionOrder(t *testing.T) {
	type region string
	checkOrder(t, 20, 3, 100)
	checkOrder(t, uint8(200), 3, 100)
	checkOrder(t, 1.5, -2, 0.25)
	checkOrder(t, region("b"), "a", "c")
	checkOrder[any](t, "b", 2, "a", 1)
	checkOrder(t, true, false)
}

// checkOrder sends one event to each partition and compares the order.
func checkOrder[K comparable](t *testing.T, names ...K) {
	t.Helper()
	w := newWorld(t, PartitionBy(names, func(n int) (int, K, bool) { return n, names[n], true }), true)
	var events []int
	for i, name := range names {
		c := &consumer{name: fmt.Sprint(name), write: w.write}
		if _, err := w.d.Subscribe(c, Options{Partition: name}); err != nil {
			t.Fatal(err)
		}
		w.d.Ask(c, 1)
		events = append(events, i)
	}
	w.d.Dispatch(events)
	t.Logf("%v: %v", names, w.effects)
	want := map[string]string{
		"[20 3 100]":    "[3 gets [1] 20 gets [0] 100 gets [2]]",
		"[200 3 100]":   "[3 gets [1] 100 gets [2] 200 gets [0]]",
		"[1.5 -2 0.25]": "[-2 gets [1] 0.25 gets [2] 1.5 gets [0]]",
		"[b a c]":       "[a gets [1] b gets [0] c gets [2]]",
		"[b 2 a 1]":     "[1 gets [3] 2 gets [1] a gets [2] b gets [0]]",
		"[true false]":  "[true gets [0] false gets [1]]",
	}[fmt.Sprint(names)]
	if got := fmt.Sprint(w.effects); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestHashValue(t *testing.T) {
	hash, again := HashValue[string](4), HashValue[string](4)
	var counts [4]int
	for i := range 4000 {
		event := fmt.Sprint("event ", i)
		index := hash(event)
		if again(event) != index {
			t.Fatal("not the same for equal events")
		}
		counts[index]++
	}
	for i, n := range counts {
		if n < 800 || n > 1200 {
			t.Errorf("partition %d got %d of 4000", i, n)
		}
	}
	if HashValue[int](0)(7) != 0 {
		t.Error("a count of 0 does not count as 1")
	}
}

func TestIndexes(t *testing.T) {
	if got := Indexes(3); !slices.Equal(got, []int{0, 1, 2}) {
		t.Errorf("got %v", got)
	}
	if got := Indexes(-1); len(got) != 0 {
		t.Errorf("got %v", got)
	}
}
