package flow_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/stagecraft-go/stagecraft/flow"
	"github.com/stagecraft-go/stagecraft/supervisor"
)

const poem = `the sea the sea
the open sea`

// The words of a text are counted by several stages, each of which has its own
// words.
func Example() {
	words := flow.FlatMap(flow.Lines(strings.NewReader(poem)), strings.FieldsSeq)
	counts := flow.Reduce(flow.Partition(words, flow.Stages(4)),
		func() map[string]int { return make(map[string]int) },
		func(counts map[string]int, word string) map[string]int {
			counts[word]++
			return counts
		})
	for word, err := range flow.Entries(counts).All(context.Background()) {
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Println(word.Key, word.Value)
	}
	// Unordered output:
	// open 1
	// sea 3
	// the 3
}

// Each stage keeps the greatest of its numbers, and what they have is merged.
func ExampleTakeSort() {
	numbers := flow.FromSlice([]int{4, 8, 15, 16, 23, 42}, flow.Stages(3))
	most, err := flow.TakeSort(numbers, 2, func(a, b int) int { return b - a }).One(context.Background())
	fmt.Println(most, err)
	// Output:
	// [42 23] <nil>
}

func ExampleFlatMap() {
	lines := flow.Lines(strings.NewReader(poem), flow.Stages(1))
	words, err := flow.FlatMap(lines, strings.FieldsSeq).Collect(context.Background())
	fmt.Println(words, err)
	// Output:
	// [the sea the sea the open sea] <nil>
}

// The words of a line, yielded without a sequence for each line.
func ExampleFlatMapYield() {
	lines := flow.Lines(strings.NewReader(poem), flow.Stages(1))
	words := flow.FlatMapYield(lines, func(line string, yield func(word string) bool) {
		for word := range strings.FieldsSeq(line) {
			if !yield(word) {
				return
			}
		}
	})
	all, err := words.Collect(context.Background())
	fmt.Println(all, err)
	// Output:
	// [the sea the sea the open sea] <nil>
}

// An event that fails ends the flow, with the operation that it failed in.
func ExampleTryMap() {
	ages := flow.FromSlice([]string{"7", "seven"}, flow.Stages(1))
	parsed := flow.TryMap(ages, func(text string) (age int, err error) {
		_, err = fmt.Sscan(text, &age)
		return age, err
	})
	_, err := parsed.Collect(context.Background())
	fmt.Println(err)
	// Output:
	// flow: TryMap (operation 2): expected integer
}

// Clicks are counted by the hour in which they were made, which is not the hour
// in which they come in: some are up to ten minutes behind others.
func ExampleFixed() {
	clicks := flow.FromSlice([]string{"09:05 Ada", "09:55 Joe", "10:01 Ada", "09:59 Ada", "14:30 Joe"}, flow.Stages(1))

	clock := func(click string) time.Time {
		at, _ := time.Parse("15:04", click[:5])
		return at
	}
	hours := flow.Fixed(time.Hour, clock).OutOfOrder(10 * time.Minute)
	count := flow.Reduce(clicks.Window(hours), func() int { return 0 }, func(n int, _ string) int { return n + 1 })
	report := flow.OnTrigger(count, func(n int, f flow.Firing) ([]string, int) {
		return []string{fmt.Sprint(f.Window.Start().Format("15:04"), " ", n)}, n
	})
	lines, err := report.Collect(context.Background())
	fmt.Println(strings.Join(lines, ", "), err)
	// Output:
	// 09:00 3, 10:00 1, 14:00 1 <nil>
}

// The visits of users: a visit is over when nothing has come of its user for
// ten minutes.
func ExampleSession() {
	clicks := flow.FromSlice([]string{"09:00 Ada", "09:05 Joe", "09:16 Ada", "09:08 Ada", "09:31 Ada"})

	clock := func(click string) time.Time {
		at, _ := time.Parse("15:04", click[:5])
		return at
	}
	user := func(click string) string { return click[6:] }
	visits := flow.Session(10*time.Minute, clock, user).OutOfOrder(10 * time.Minute)
	byUser := flow.PartitionBy(clicks, user, flow.Stages(2)).Window(visits)
	count := flow.Reduce(byUser, func() int { return 0 }, func(n int, _ string) int { return n + 1 })
	lines, err := flow.OnTrigger(count, func(n int, f flow.Firing) ([]string, int) {
		return []string{fmt.Sprint(f.Window.Key, " ", f.Window.Start().Format("15:04"), " ", n)}, n
	}).Collect(context.Background())
	slices.Sort(lines) // users are in different stages
	fmt.Println(strings.Join(lines, ", "), err)
	// Output:
	// Ada 09:00 3, Ada 09:31 1, Joe 09:05 1 <nil>
}

// The years of books and the decades that somebody asks for: the left side has
// another key than the right one.
func ExampleJoin() {
	years := flow.FromSlice([]int{1984, 1989, 2001})
	decades := flow.FromSlice([]int{1980, 1990})

	rows := flow.Join(flow.RightOuter, years, decades,
		func(year int) int { return year / 10 },
		func(decade int) int { return decade / 10 })
	texts, err := flow.Map(rows, func(r flow.Row[int, int]) string {
		if !r.HasLeft {
			return fmt.Sprint(r.Right, ": none")
		}
		return fmt.Sprint(r.Right, ": ", r.Left)
	}).Collect(context.Background())
	slices.Sort(texts) // pairs come as they are found
	fmt.Println(strings.Join(texts, ", "), err)
	// Output:
	// 1980: 1984, 1980: 1989, 1990: none <nil>
}

// Parts of events that are of use, and nothing of the others.
func ExampleFilterMap() {
	settings := flow.FromSlice([]string{"port=80", "# a comment", "host=here"}, flow.Stages(1))
	values := flow.FilterMap(settings, func(line string) (string, bool) {
		_, value, found := strings.Cut(line, "=")
		return value, found
	})
	fmt.Println(values.Collect(context.Background()))
	// Output:
	// [80 here] <nil>
}

// Rows of a table that can fail while they are read.
func ExampleTrySeq() {
	rows := func(yield func(string, error) bool) {
		_ = yield("Ada", nil) && yield("", errors.New("connection lost"))
	}
	err := flow.TrySeq(rows).Run(context.Background())
	fmt.Println(err)
	// Output:
	// flow: TrySeq (operation 1): connection lost
}

// Each stage adds up its own numbers, and what they have is merged at the end.
func ExampleCombine() {
	numbers := flow.FromSlice([]int{1, 2, 3, 4, 5}, flow.Stages(3))
	sums := flow.Reduce(numbers, func() int { return 0 }, func(sum, n int) int { return sum + n })
	total, err := flow.Combine(sums, func(a, b int) int { return a + b }).One(context.Background())
	fmt.Println(total, err)
	// Output:
	// 15 <nil>
}

func ExampleFlow_One() {
	answers := flow.FromSlice([]int{41, 42, 43}).Filter(func(n int) bool { return n > 41 })
	_, err := answers.One(context.Background())
	fmt.Println(errors.Is(err, flow.ErrManyResults))
	// Output:
	// true
}

func ExampleFlow_Check() {
	f := flow.FromSlice([]int{1, 2, 3}).Shuffle(flow.Stages(0))
	fmt.Println(f.Check())
	// Output:
	// flow: Shuffle (operation 2): Stages is 0, allowed is 1 or more
}

// A supervisor starts a flow that fails again.
func ExampleFlow_Supervised() {
	failures := 2
	f := flow.TryMap(flow.FromSlice([]int{1}), func(n int) (int, error) {
		if failures--; failures >= 0 {
			return 0, errors.New("not yet")
		}
		fmt.Println("done")
		return n, nil
	})
	spec := supervisor.Func("numbers", f.Supervised())
	spec.Restart = supervisor.Transient // not when it has come to its end
	spec.Significant = true
	sup, err := supervisor.Start(context.Background(), []supervisor.Spec{spec}, supervisor.AutoShutdown(supervisor.AnySignificant))
	if err != nil {
		fmt.Println(err)
		return
	}
	<-sup.Done()
	// Output:
	// done
}

// A job runs in the background until it is stopped.
func ExampleFlow_Start() {
	orders := make(chan string)
	packed := make(chan string)
	job, err := flow.FromChan(orders).Tap(func(order string) { packed <- order }).Start(context.Background())
	if err != nil {
		fmt.Println(err)
		return
	}
	orders <- "tea"
	fmt.Println("packed", <-packed)
	fmt.Println(job.Stop(context.Background()))
	fmt.Println(job.Err())
	// Output:
	// packed tea
	// <nil>
	// flow: stopped
}

// The sum of the last three numbers, whenever three have come.
func ExampleWindow_Every() {
	numbers := flow.FromSlice([]int{1, 2, 3, 4, 5, 6, 7}, flow.Stages(1)).Window(flow.Global[int]().Every(3))
	sums := flow.Reduce(numbers, func() int { return 0 }, func(sum, n int) int { return sum + n })
	got, err := flow.OnTrigger(sums, func(sum int, f flow.Firing) ([]string, int) {
		return []string{fmt.Sprint(f.Trigger, ": ", sum)}, 0
	}).Collect(context.Background())
	fmt.Println(strings.Join(got, ", "), err)
	// Output:
	// every 3: 6, every 3: 15, done: 7 <nil>
}
