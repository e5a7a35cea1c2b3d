package dispatcher_test

import (
	"errors"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"

	. "github.com/stagecraft-go/stagecraft/dispatcher"
)

func TestDemand(t *testing.T) {
	runScripts(t, []script{
		{"nobody", both, Demand[int](), `
			push 1..3 -> left [1 2 3]
			capacity -> 0
			info i -> info i`},
		{"asks pass through", both, Demand[int](), `
			sub a
			push 1 -> left [1]
			ask a 10 -> demand 10
			capacity -> 10
			push 1..4 -> a gets [1 2 3 4]
			capacity -> 6
			push 5..12 -> a gets [5 6 7 8 9 10]; left [11 12]
			push 11 -> left [11]`},
		{"largest first, equals by age", both, Demand[int](), `
			sub a
			sub b
			sub c
			ask b 4 -> demand 4
			ask a 4 -> demand 4
			ask c 3 -> demand 3
			push 1 -> b gets [1]
			push 2 -> a gets [2]
			push 3 -> c gets [3]
			push 4 -> b gets [4]
			push 5..14 -> a gets [5 6 7]; c gets [8 9]; b gets [10 11]; left [12 13 14]`},
		{"an empty ask goes behind its equals", both, Demand[int](MaxDemand(5)), `
			sub a
			sub b
			ask a 2 -> demand 2
			ask b 2 -> demand 2
			ask a 0
			push 1 -> b gets [1]`},
		{"G6", both, Demand[int](), `
			sub a
			sub b
			sub c
			ask a 10 -> demand 10
			ask b 10 -> demand 10
			ask c 10 -> demand 10
			push 1..4 -> a gets [1 2 3 4]
			push 1..4 -> b gets [1 2 3 4]
			push 1..4 -> c gets [1 2 3 4]
			push 1..25 -> a gets [1 2 3 4 5 6]; b gets [7 8 9 10 11 12]; c gets [13 14 15 16 17 18]; left [19 20 21 22 23 24 25]`},
		{"G7 demand of the dead is owed, unless it is buffered", both, Demand[int](), `
			sub a
			ask a 10 -> demand 10
			cancel a
			capacity -> 0
			sub b
			ask b 4
			ask b 4
			ask b 4 -> demand 2`},
		{"G7 with pushes", both, Demand[int](), `
			sub a
			ask a 10 -> demand 10
			cancel a
			push 1..3 -> left [1 2 3]
			sub b
			ask b 10 -> demand 3
			push 1..3 -> b gets [1 2 3]`},
		{"G8", both, Demand[int](), `
			sub a
			ask a 7 -> demand 7
			push 1..10 -> a gets [1 2 3 4 5 6 7]; left [8 9 10]
			cancel a
			sub b
			ask b 7 -> demand 7
			push 8..10 -> b gets [8 9 10]`},
		{"strangers are ignored", both, Demand[int](), `
			ask x 3
			cancel x
			capacity -> 0`},
		{"greedy asks are logged each time", exact, Demand[int](), `
			sub a
			sub b
			ask a 2 -> demand 2
			ask b 3 -> warn: ask above max demand n=3 max=2 consumer=b; demand 3
			ask b 4 -> warn: ask above max demand n=4 max=2 consumer=b; demand 4
			ask a 2 -> demand 2`},
		{"greedy asks are logged once", mended, Demand[int](), `
			sub a
			sub b
			ask a 0
			ask a 2 -> demand 2
			ask b 3 -> warn: ask above max demand n=3 max=2 consumer=b; demand 3
			ask b 4 -> demand 4
			ask a 9 -> warn: ask above max demand n=9 max=2 consumer=a; demand 9`},
		{"an empty first ask sets the maximum", exact, Demand[int](), `
			sub a
			ask a 0
			ask a 1 -> warn: ask above max demand n=1 max=0 consumer=a; demand 1`},
		{"max demand given", both, Demand[int](MaxDemand(5)), `
			sub a
			ask a 5 -> demand 5
			ask a 6 -> warn: ask above max demand n=6 max=5 consumer=a; demand 6`},
	})
}

func TestDemandOptions(t *testing.T) {
	_, err := Demand[int](MaxDemand(0))(Config{})
	var option *OptionError
	if !errors.As(err, &option) || option.Option != "MaxDemand" || option.Value != "0" {
		t.Fatalf("got %v", err)
	}
	if want := "dispatcher: option MaxDemand is 0, allowed is 1 or more"; err.Error() != want {
		t.Errorf("got text %q", err)
	}
}

func TestDemandShuffle(t *testing.T) {
	first := map[string]int{}
	r := rand.New(rand.NewPCG(1, 2))
	for range 300 {
		w := newWorld(t, Demand[int](ShuffleWith(r)), false)
		for _, line := range []string{"sub a", "sub b", "sub c", "sub d", "ask a 2", "ask b 2", "ask c 2", "ask d 1"} {
			w.do(strings.Fields(line))
		}
		got := w.do([]string{"push", "1..7"})
		if !strings.HasSuffix(got, "d gets [7]") {
			t.Fatalf("equals only may change places, got %s", got)
		}
		first[got[:1]]++
		// Only the first dispatch is in random order.
		for _, line := range []string{"ask a 1", "ask b 1"} {
			w.do(strings.Fields(line))
		}
		if got := w.do([]string{"push", "8,9"}); got != "a gets [8]; b gets [9]" {
			t.Fatalf("second dispatch: %s", got)
		}
	}
	for _, name := range []string{"a", "b", "c"} {
		if n := first[name]; n < 60 || n > 140 {
			t.Errorf("%s came first %d times of 300", name, n)
		}
	}
	w := newWorld(t, Demand[int](ShuffleFirst()), true)
	if got := w.do([]string{"push", "1"}); got != "left [1]" {
		t.Errorf("got %s", got)
	}
}

// The levels must stay in order when many distinct ones come and go.
func TestDemandManyLevels(t *testing.T) {
	w := newWorld(t, Demand[int](MaxDemand(1000)), false)
	r := rand.New(rand.NewPCG(3, 4))
	order := r.Perm(500)
	for _, n := range order {
		name := strconv.Itoa(n + 1)
		w.do([]string{"sub", name})
		w.do([]string{"ask", name, name})
	}
	for n := 500; n > 0; n-- {
		name := strconv.Itoa(n)
		if n%3 == 0 {
			w.do([]string{"cancel", name})
			continue
		}
		events := make([]int, n)
		w.effects = nil
		if left, _ := w.d.Dispatch(events); len(left) > 0 {
			t.Fatalf("left %v", left)
		}
		if len(w.effects) != 1 || !strings.HasPrefix(w.effects[0], name+" ") {
			t.Fatalf("want %s served alone, got %v", name, w.effects)
		}
	}
	if n := w.d.Capacity(); n != 0 {
		t.Errorf("capacity %d", n)
	}
}
