package dispatcher_test

import (
	"errors"
	"testing"

	. "github.com/stagecraft-go/stagecraft/dispatcher"
)

func TestBroadcast(t *testing.T) {
	runScripts(t, []script{
		{"nobody", both, Broadcast[int](), `
			push 1..3 -> left [1 2 3]
			capacity -> 0
			info i -> info i`},
		{"minimum of demands", both, Broadcast[int](), `
			sub a
			sub b
			ask a 5
			capacity -> 0
			push 1 -> left [1]
			ask b 2 -> demand 2
			capacity -> 2
			push 1..3 -> b shares [1 2]; a shares [1 2]; left [3]
			ask b 9 -> demand 3
			push 3..5 -> b shares [3 4 5]; a shares [3 4 5]
			ask a 1 -> demand 1`},
		{"who asked last is served first", both, Broadcast[int](), `
			sub a
			sub b
			sub c
			ask a 1
			ask b 1
			ask c 1 -> demand 1
			ask a 1
			push 1 -> a shares [1]; c shares [1]; b shares [1]`},
		{"G13", both, Broadcast[int](), `
			sub a
			sub b
			ask a 4
			ask b 4 -> demand 4
			push 1..6 -> b shares [1 2 3 4]; a shares [1 2 3 4]; left [5 6]
			ask a 4
			ask b 4 -> demand 4
			push 5..8 -> b shares [5 6 7 8]; a shares [5 6 7 8]`},
		{"G14", mended, Broadcast[int](), `
			sub e selector=even
			sub a
			ask e 4
			ask a 4 -> demand 4
			push 1,3 -> a shares [1 3]; e asks again 2
			ask e 2
			push 5 -> e asks again 1; a shares [5]
			ask e 1
			ask a 3 -> demand 3
			push 2,4,6 -> a shares [2 4 6]; e gets [2 4 6]`},
		{"G14", exact, Broadcast[int](), `
			sub e selector=even
			sub a
			ask e 4
			ask a 4 -> demand 4
			push 1,3 -> a shares [1 3]; e asks again 2; e gets []
			ask e 2
			push 5 -> e asks again 1; e gets []; a shares [5]`},
		{"a late subscriber holds back", both, Broadcast[int](), `
			sub a
			ask a 4 -> demand 4
			sub b
			capacity -> 0
			push 1 -> left [1]
			ask b 3
			capacity -> 3
			push 1..4 -> b shares [1 2 3]; a shares [1 2 3]; left [4]`},
		{"the leave of the slowest frees demand", both, Broadcast[int](), `
			sub a
			sub b
			ask a 4
			cancel b -> demand 4
			push 1 -> a shares [1]`},
		{"what was requested is remembered when all leave", both, Broadcast[int](), `
			sub a
			ask a 4 -> demand 4
			cancel a
			capacity -> 0
			sub b
			ask b 6 -> demand 2
			push 1..7 -> b shares [1 2 3 4 5 6]; left [7]`},
		{"late events are still expected", exact, Broadcast[int](), `
			sub a
			ask a 4 -> demand 4
			sub b
			push 1..4 -> left [1 2 3 4]
			ask b 4`},
		{"late events have arrived", mended, Broadcast[int](), `
			sub a
			ask a 4 -> demand 4
			sub b
			push 1..3 -> left [1 2 3]
			ask b 4 -> demand 3
			push 1..4 -> b shares [1 2 3 4]; a shares [1 2 3 4]`},
		{"bad selector", mended, Broadcast[int](), `
			sub a selector=nofunc -> error: bad selector
			sub a selector=otherway -> error: bad selector
			sub a
			ask a 1 -> demand 1`},
		{"bad selector", exact, Broadcast[int](), `
			sub a selector=nofunc -> panic: bad selector`},
		{"same process again", mended, Broadcast[int](), `
			sub a process=p
			sub b process=p -> error: already subscribed
			sub c process=p -> error: already subscribed
			cancel a
			sub d process=p`},
		{"same process again", exact, Broadcast[int](), `
			sub a process=p
			sub b process=p -> error: already subscribed
			sub c process=p
			ask a 2
			ask c 1 -> demand 1
			push 1,2 -> c shares [1]; a shares [1]; left [2]`},
		{"a panic in a selector concerns one consumer", mended, Broadcast[int](), `
			sub a
			sub b selector=panics
			ask a 9
			ask b 3 -> demand 3
			push 3..5 -> b is cancelled: dispatcher: selector panicked: no fours; a shares [3 4 5]
			ask b 2 -> demand 2
			push 6 -> a shares [6]
			cancel b -> demand 4
			push 7..10 -> a shares [7 8 9 10]`},
		{"events stay for others if all selectors panicked", mended, Broadcast[int](), `
			sub b selector=panics
			ask b 3 -> demand 3
			push 4 -> b is cancelled: dispatcher: selector panicked: no fours
			capacity -> 0
			push 5 -> left [5]
			cancel b
			sub c
			ask c 2 -> demand 1
			push 5 -> c shares [5]`},
		{"a panic in a selector", exact, Broadcast[int](), `
			sub b selector=panics
			ask b 3 -> demand 3
			push 4 -> panic: no fours`},
		{"strangers are ignored", mended, Broadcast[int](), `
			ask x 3
			cancel x
			capacity -> 0`},
		{"strangers become consumers", exact, Broadcast[int](), `
			cancel x
			ask x 3 -> demand 3
			sub a
			ask a 1
			push 1 -> a shares [1]; x shares [1]
			cancel x`},
	})
}

func TestSelectorError(t *testing.T) {
	cause := errors.New("cause")
	err := error(&SelectorError{Value: cause})
	if !errors.Is(err, cause) {
		t.Error("an error that was the value of the panic is not unwrapped")
	}
	if errors.Unwrap(&SelectorError{Value: "text"}) != nil {
		t.Error("a text was unwrapped")
	}
}

func TestBroadcastErrorTexts(t *testing.T) {
	d, err := Broadcast[int]()(Config{})
	if err != nil {
		t.Fatal(err)
	}
	for got, selector := range map[string]any{
		"7":                   7,
		"a func(string) bool": func(string) bool { return true },
	} {
		_, err = d.Subscribe(&consumer{process: "p1"}, Options{Selector: selector})
		want := "dispatcher: cannot subscribe p1: bad selector: got " + got + ", allowed is a func(int) bool"
		if err == nil || err.Error() != want {
			t.Errorf("got %v", err)
		}
	}
}
