package flow_test

import (
	"cmp"
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
	most := flow.TakeSort(flow.Entries(counts), 2, func(a, b flow.Pair[string, int]) int {
		return cmp.Or(b.Value-a.Value, strings.Compare(a.Key, b.Key))
	})
	for list, err := range most.All(context.Background()) {
		if err != nil {
			fmt.Println(err)
			return
		}
		for _, word := range list {
			fmt.Println(word.Key, word.Value)
		}
	}
	// Output:
	// sea 3
	// the 3
}

func ExampleFlatMap() {
	lines := flow.Lines(strings.NewReader(poem), flow.Stages(1))
	words, err := flow.FlatMap(lines, strings.FieldsSeq).Collect(context.Background())
	fmt.Println(words, err)
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

// Sales are added up by the hour in which they were made, which is not the
// hour in which they come in: some are up to ten minutes behind others.
func ExampleFixed() {
	type sale struct {
		at    time.Time
		cents int
	}
	clock := func(hour, minute int) time.Time { return time.Date(2026, 5, 1, hour, minute, 0, 0, time.UTC) }
	sales := flow.FromSlice([]sale{
		{clock(9, 5), 100}, {clock(9, 55), 20}, {clock(10, 1), 300}, {clock(9, 59), 7}, {clock(14, 30), 50},
	}, flow.Stages(1))

	hours := flow.Fixed(time.Hour, func(s sale) time.Time { return s.at }).OutOfOrder(10 * time.Minute)
	total := flow.Reduce(sales.Window(hours), func() int { return 0 }, func(sum int, s sale) int { return sum + s.cents })
	report := flow.OnTrigger(total, func(sum int, f flow.Firing) ([]string, int) {
		return []string{fmt.Sprint(f.Window.Start().Format("15:04"), " ", sum)}, sum
	})
	lines, err := report.Collect(context.Background())
	fmt.Println(strings.Join(lines, ", "), err)
	// Output:
	// 09:00 127, 10:00 300, 14:00 50 <nil>
}

// The visits of users: a visit is over when nothing has come of its user for
// ten minutes.
func ExampleSession() {
	type click struct {
		at   time.Time
		user string
	}
	clock := func(minute int) time.Time { return time.Date(2026, 5, 1, 9, minute, 0, 0, time.UTC) }
	clicks := flow.FromSlice([]click{
		{clock(0), "Ada"}, {clock(5), "Joe"}, {clock(16), "Ada"}, {clock(8), "Ada"}, {clock(31), "Ada"},
	})

	user := func(c click) string { return c.user }
	visits := flow.Session(10*time.Minute, func(c click) time.Time { return c.at }, user).OutOfOrder(10 * time.Minute)
	byUser := flow.PartitionBy(clicks, user, flow.Stages(2)).Window(visits)
	count := flow.Reduce(byUser, func() int { return 0 }, func(n int, _ click) int { return n + 1 })
	lines, err := flow.OnTrigger(count, func(n int, f flow.Firing) ([]string, int) {
		return []string{fmt.Sprint(f.Window.Key, " ", f.Window.Start().Format("15:04"), " ", n)}, n
	}).Collect(context.Background())
	slices.Sort(lines) // users are in different stages
	fmt.Println(strings.Join(lines, ", "), err)
	// Output:
	// Ada 09:00 3, Ada 09:31 1, Joe 09:05 1 <nil>
}

func ExampleJoin() {
	type user struct{ name, city string }
	type city struct{ name, country string }
	users := flow.FromSlice([]user{{"Ada", "London"}, {"Edsger", "Austin"}, {"Joe", "Stockholm"}})
	cities := flow.FromSlice([]city{{"London", "England"}, {"Stockholm", "Sweden"}, {"Oslo", "Norway"}})

	rows := flow.Join(flow.LeftOuter, users, cities,
		func(u user) string { return u.city },
		func(c city) string { return c.name })
	texts, err := flow.Map(rows, func(r flow.Row[user, city]) string {
		if !r.HasRight {
			return r.Left.name + ": unknown"
		}
		return r.Left.name + ": " + r.Right.country
	}).Collect(context.Background())
	slices.Sort(texts) // pairs come as they are found
	fmt.Println(strings.Join(texts, ", "), err)
	// Output:
	// Ada: England, Edsger: unknown, Joe: Sweden <nil>
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
	job.Stop()
	fmt.Println(job.Err())
	// Output:
	// packed tea
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
