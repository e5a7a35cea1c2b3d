package dispatcher_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strconv"
	"strings"
	"testing"

	. "github.com/stagecraft-go/stagecraft/dispatcher"
)

// A script is a table test in lines of the form "command -> what happens".
//
//	sub NAME [process=P] [partition=P] [selector=S]
//	ask NAME N
//	cancel NAME
//	push N..N or N,N,N
//	info NAME
//	capacity
//	queued
//
// What happens is a list, separated by "; ", of effects in their order and
// then the results: demand, leftover, discarded.
type script struct {
	name    string
	modes   []bool // values of Config.Exact
	factory Factory[int]
	lines   string
}

var (
	both   = []bool{true, false}
	exact  = []bool{true}
	mended = []bool{false}
)

func runScripts(t *testing.T, scripts []script) {
	for _, s := range scripts {
		for _, mode := range s.modes {
			t.Run(fmt.Sprintf("%s/exact=%v", s.name, mode), func(t *testing.T) { s.run(t, mode) })
		}
	}
}

func (s script) run(t *testing.T, mode bool) {
	w := newWorld(t, s.factory, mode)
	for line := range strings.Lines(s.lines) {
		line = strings.TrimSpace(line)
		if line == "" {
			continue
		}
		command, want, _ := strings.Cut(line, "->")
		got := w.do(strings.Fields(command))
		if want = strings.TrimSpace(want); got != want {
			t.Fatalf("%s\n got: %s\nwant: %s", command, got, want)
		}
	}
}

// world is a dispatcher with consumers that write down what they get.
type world struct {
	d         Dispatcher[int]
	consumers map[string]*consumer
	effects   []string
}

type consumer struct {
	name, process string
	write         func(effect string)
}

func (c *consumer) Send(events []int)       { c.write(fmt.Sprint(c.name, " gets ", events)) }
func (c *consumer) SendCopy(events []int)   { c.Send(events) }
func (c *consumer) SendShared(events []int) { c.write(fmt.Sprint(c.name, " shares ", events)) }
func (c *consumer) AskAgain(n int)          { c.write(fmt.Sprint(c.name, " asks again ", n)) }
func (c *consumer) Cancel(reason error)     { c.write(fmt.Sprint(c.name, " is cancelled: ", reason)) }
func (c *consumer) Process() string         { return c.process }

func newWorld(t testing.TB, factory Factory[int], mode bool) *world {
	t.Helper()
	w := &world{consumers: map[string]*consumer{}}
	d, err := factory(Config{Exact: mode, Logger: slog.New(logTo(w.write))})
	if err != nil {
		t.Fatal(err)
	}
	w.d = d
	return w
}

func (w *world) write(effect string) { w.effects = append(w.effects, effect) }

func (w *world) do(command []string) (happened string) {
	w.effects = nil
	defer func() {
		if v := recover(); v != nil {
			w.write(fmt.Sprint("panic: ", kindOf(v)))
		}
		happened = strings.Join(w.effects, "; ")
	}()
	switch args := command[1:]; command[0] {
	case "sub":
		c, opts := parseSub(args)
		c.write = w.write
		w.consumers[c.name] = c
		n, err := w.d.Subscribe(c, opts)
		w.demand(n)
		if err != nil {
			w.write("error: " + kindOf(err))
		}
	case "ask":
		w.demand(w.d.Ask(w.consumer(args[0]), number(args[1])))
	case "cancel":
		w.demand(w.d.Cancel(w.consumer(args[0])))
	case "push":
		left, discarded := w.d.Dispatch(parseEvents(args[0]))
		if len(left) > 0 {
			w.write(fmt.Sprint("left ", left))
		}
		if discarded > 0 {
			w.write(fmt.Sprint("discarded ", discarded))
		}
	case "info":
		w.d.Info(func() { w.write("info " + args[0]) })
	case "capacity":
		w.write(strconv.Itoa(w.d.Capacity()))
	case "queued":
		w.write(strconv.Itoa(w.d.(Queuer).Queued()))
	default:
		panic("no such command: " + command[0])
	}
	return ""
}

func (w *world) demand(n int) {
	if n != 0 {
		w.write(fmt.Sprint("demand ", n))
	}
}

// consumer finds a consumer, or makes one that never subscribed.
func (w *world) consumer(name string) *consumer {
	c := w.consumers[name]
	if c == nil {
		c = &consumer{name: name, process: name, write: w.write}
		w.consumers[name] = c
	}
	return c
}

func parseSub(args []string) (*consumer, Options) {
	c := &consumer{name: args[0], process: args[0]}
	var opts Options
	for _, arg := range args[1:] {
		switch key, value, _ := strings.Cut(arg, "="); key {
		case "process":
			c.process = value
		case "partition":
			opts.Partition = partitionName(value)
		case "selector":
			opts.Selector = selectors[value]
		}
	}
	return c, opts
}

func partitionName(text string) any {
	if n, err := strconv.Atoi(text); err == nil {
		return n
	}
	if text == "unhashable" {
		return []int{1}
	}
	return text
}

var selectors = map[string]any{
	"even":     func(n int) bool { return n%2 == 0 },
	"none":     func(int) bool { return false },
	"panics":   func(n int) bool { return n%5 != 4 || panics("no fours") },
	"nofunc":   "nofunc",
	"otherway": func(int) int { return 0 },
}

func panics(text string) bool { panic(text) }

func parseEvents(text string) (events []int) {
	if from, to, ok := strings.Cut(text, ".."); ok {
		for n := number(from); n <= number(to); n++ {
			events = append(events, n)
		}
		return slices.Clip(events)
	}
	for part := range strings.SplitSeq(text, ",") {
		events = append(events, number(part))
	}
	return slices.Clip(events)
}

func number(text string) int {
	n, err := strconv.Atoi(text)
	if err != nil {
		panic(err)
	}
	return n
}

// kindOf names the sentinel behind an error, or prints the value of a panic.
func kindOf(v any) string {
	err, ok := v.(error)
	if !ok {
		return fmt.Sprint(v)
	}
	for _, kind := range []error{
		ErrAlreadySubscribed, ErrPartitionMissing, ErrPartitionUnknown, ErrPartitionTaken,
		ErrBadSelector, ErrUnknownPartition, ErrNoPartitions, ErrHashRequired,
	} {
		if errors.Is(err, kind) {
			return kind.Error()
		}
	}
	return err.Error()
}

// logTo is a slog.Handler that writes a line per record.
type logTo func(line string)

func (logTo) Enabled(context.Context, slog.Level) bool { return true }
func (l logTo) WithAttrs([]slog.Attr) slog.Handler     { return l }
func (l logTo) WithGroup(string) slog.Handler          { return l }
func (l logTo) Handle(_ context.Context, r slog.Record) error {
	line := strings.ToLower(r.Level.String()) + ": " + r.Message
	r.Attrs(func(a slog.Attr) bool {
		line += " " + a.String()
		return true
	})
	l(line)
	return nil
}
