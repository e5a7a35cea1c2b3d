package dispatcher_test

import (
	"errors"
	"fmt"

	"github.com/stagecraft-go/stagecraft/dispatcher"
)

// printer is a consumer that prints. A stage's consumers send messages.
type printer[T any] struct{ name string }

func (p *printer[T]) Send(events []T)       { fmt.Println(p.name, "gets", events) }
func (p *printer[T]) SendCopy(events []T)   { fmt.Println(p.name, "gets", events) }
func (p *printer[T]) SendShared(events []T) { fmt.Println(p.name, "gets", events) }
func (p *printer[T]) AskAgain(n int)        { fmt.Println(p.name, "asks again for", n) }
func (p *printer[T]) Cancel(reason error)   { fmt.Println(p.name, "is cancelled:", reason) }
func (p *printer[T]) Process() string       { return p.name }

// The consumer that waits for most is served first.
func ExampleDemand() {
	d, _ := dispatcher.Demand[int]()(dispatcher.Config{})

	a, b := &printer[int]{name: "a"}, &printer[int]{name: "b"}
	d.Subscribe(a, dispatcher.Options{})
	d.Subscribe(b, dispatcher.Options{})
	fmt.Println("upstream", d.Ask(a, 3))
	fmt.Println("upstream", d.Ask(b, 2))

	left, _ := d.Dispatch([]int{1, 2, 3, 4, 5, 6})
	fmt.Println("left", left)
	// Output:
	// upstream 3
	// upstream 2
	// a gets [1 2 3]
	// b gets [4 5]
	// left [6]
}

func ExampleMaxDemand() {
	_, err := dispatcher.Demand[int](dispatcher.MaxDemand(0))(dispatcher.Config{})
	fmt.Println(err)
	// Output: dispatcher: option MaxDemand is 0, allowed is 1 or more
}

// All consumers get all events, except those that a selector rejects.
func ExampleBroadcast() {
	d, _ := dispatcher.Broadcast[int]()(dispatcher.Config{})

	all, even := &printer[int]{name: "all"}, &printer[int]{name: "even"}
	d.Subscribe(all, dispatcher.Options{})
	d.Subscribe(even, dispatcher.Options{Selector: func(n int) bool { return n%2 == 0 }})
	fmt.Println("upstream", d.Ask(all, 5)) // even holds back
	fmt.Println("upstream", d.Ask(even, 3))

	left, _ := d.Dispatch([]int{1, 2, 3, 4})
	fmt.Println("left", left)
	// Output:
	// upstream 0
	// upstream 3
	// even asks again for 2
	// even gets [2]
	// all gets [1 2 3]
	// left [4]
}

// Each event goes to the consumer of its partition. What the consumer has not
// asked for waits for it.
func ExamplePartition() {
	mod2 := func(n int) int { return n % 2 }
	d, _ := dispatcher.Partition(2, mod2)(dispatcher.Config{})

	even, odd := &printer[int]{name: "even"}, &printer[int]{name: "odd"}
	d.Subscribe(even, dispatcher.Options{Partition: 0})
	d.Subscribe(odd, dispatcher.Options{Partition: 1})
	d.Ask(even, 1)
	d.Ask(odd, 4)

	d.Dispatch([]int{1, 2, 3, 4})
	fmt.Println("queued", d.(dispatcher.Queuer).Queued())
	d.Ask(even, 1)
	// Output:
	// even gets [2]
	// odd gets [1 3]
	// queued 1
	// even gets [4]
}

// A hash for named partitions may also change events and discard them.
func ExamplePartitionBy() {
	byLanguage := func(word string) (out, language string, ok bool) {
		switch word {
		case "one":
			return "1", "en", true
		case "zwei":
			return "2", "de", true
		default:
			return "", "", false
		}
	}
	d, _ := dispatcher.PartitionBy([]string{"en", "de"}, byLanguage)(dispatcher.Config{})

	en, de := &printer[string]{name: "en"}, &printer[string]{name: "de"}
	d.Subscribe(en, dispatcher.Options{Partition: "en"})
	d.Subscribe(de, dispatcher.Options{Partition: "de"})
	d.Ask(en, 2)
	d.Ask(de, 2)

	_, discarded := d.Dispatch([]string{"one", "trois", "zwei"})
	fmt.Println("discarded", discarded)

	_, err := d.Subscribe(&printer[string]{name: "late"}, dispatcher.Options{Partition: "en"})
	fmt.Println(errors.Is(err, dispatcher.ErrPartitionTaken), err)
	// Output:
	// de gets [2]
	// en gets [1]
	// discarded 1
	// true dispatcher: cannot subscribe late: partition is taken: got "en", allowed is "de", "en"
}

func ExampleIndexes() {
	fmt.Println(dispatcher.Indexes(3))
	// Output: [0 1 2]
}

// Equal events go to the same partition.
func ExampleHashValue() {
	hash := dispatcher.HashValue[string](8)
	first, again := hash("apple"), hash("apple")
	fmt.Println(first == again, first < 8)
	// Output: true true
}
