package dispatchertest_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/stagecraft-go/stagecraft/dispatcher"
	"github.com/stagecraft-go/stagecraft/dispatcher/dispatchertest"
)

func mod3(n int) (int, int, bool) { return n, n % 3, n%7 != 0 }

func partitions(place int) dispatcher.Options { return dispatcher.Options{Partition: place} }

func filters(place int) dispatcher.Options {
	if place == 0 {
		return dispatcher.Options{}
	}
	return dispatcher.Options{Selector: func(n int) bool {
		if n%50 == 0 {
			panic("fifty")
		}
		return n%place == 0
	}}
}

// exactly asks for the behaviour of GenStage.
func exactly(factory dispatcher.Factory[int]) dispatcher.Factory[int] {
	return func(cfg dispatcher.Config) (dispatcher.Dispatcher[int], error) {
		cfg.Exact = true
		return factory(cfg)
	}
}

var good = []struct {
	name    string
	factory dispatcher.Factory[int]
	setup   dispatchertest.Setup
}{
	{"demand", dispatcher.Demand[int](), dispatchertest.Setup{}},
	{"demand exact", exactly(dispatcher.Demand[int]()), dispatchertest.Setup{Consumers: 7}},
	{"demand shuffled", dispatcher.Demand[int](dispatcher.ShuffleFirst()), dispatchertest.Setup{}},
	{"broadcast", dispatcher.Broadcast[int](), dispatchertest.Setup{Copies: true}},
	{"broadcast filtered", dispatcher.Broadcast[int](), dispatchertest.Setup{Copies: true, Options: filters}},
	{
		"partition", dispatcher.Partition(3, dispatcher.HashValue[int](3)),
		dispatchertest.Setup{Consumers: 3, Options: partitions},
	},
	{
		"partition with discards", dispatcher.PartitionBy(dispatcher.Indexes(3), mod3),
		dispatchertest.Setup{Consumers: 3, Options: partitions},
	},
	{
		"partition with unknown", dispatcher.Partition(3, func(n int) int { return n % 4 }),
		dispatchertest.Setup{Consumers: 3, Options: partitions},
	},
}

func TestRun(t *testing.T) {
	for _, c := range good {
		t.Run(c.name, func(t *testing.T) { dispatchertest.Run(t, c.factory, c.setup) })
	}
}

func FuzzDrive(f *testing.F) {
	f.Add(uint8(0), []byte{0, 0, 0, 1, 10, 9, 40, 5, 80, 3})
	f.Fuzz(func(t *testing.T, which uint8, ops []byte) {
		c := good[int(which)%len(good)]
		dispatchertest.Drive(t, c.factory, c.setup, ops)
	})
}

// wrongReader is one that says that it is ReadOnly.
type wrongReader struct{ *wrong }

func (wrongReader) Passing()  {}
func (wrongReader) ReadOnly() {}

// wrong is a dispatcher with one mistake.
type wrong struct {
	dispatcher.Dispatcher[int]
	consumers []dispatcher.Consumer[int]
	subscribe func(w *wrong, c dispatcher.Consumer[int]) error
	cancel    func(w *wrong, c dispatcher.Consumer[int])
	ask       func(w *wrong, demand int) int
	dispatch  func(w *wrong, events []int) ([]int, int)
	capacity  func(n int) int
	info      func(w *wrong, deliver func())
}

func (w *wrong) Subscribe(c dispatcher.Consumer[int], opts dispatcher.Options) (int, error) {
	if w.subscribe != nil {
		if err := w.subscribe(w, c); err != nil {
			return 0, err
		}
	}
	w.consumers = append(w.consumers, c)
	return w.Dispatcher.Subscribe(c, opts)
}

func (w *wrong) Cancel(c dispatcher.Consumer[int]) int {
	if w.cancel != nil {
		w.cancel(w, c)
		return 0
	}
	w.consumers = slices.DeleteFunc(w.consumers, func(o dispatcher.Consumer[int]) bool { return o == c })
	return w.Dispatcher.Cancel(c)
}

func (w *wrong) Ask(c dispatcher.Consumer[int], n int) int {
	demand := w.Dispatcher.Ask(c, n)
	if w.ask != nil {
		return w.ask(w, demand)
	}
	return demand
}

func (w *wrong) Dispatch(events []int) ([]int, int) {
	if w.dispatch != nil {
		return w.dispatch(w, events)
	}
	return w.Dispatcher.Dispatch(events)
}

func (w *wrong) Capacity() int {
	n := w.Dispatcher.Capacity()
	if w.capacity != nil {
		return w.capacity(n)
	}
	return n
}

func (w *wrong) Info(deliver func()) {
	if w.info != nil {
		w.info(w, deliver)
		return
	}
	w.Dispatcher.Info(deliver)
}

func (w *wrong) Queued() int {
	if q, ok := w.Dispatcher.(dispatcher.Queuer); ok {
		return q.Queued()
	}
	return 0
}

// TestRunFinds shows that each mistake is found and named.
func TestRunFinds(t *testing.T) {
	demand, broadcast := dispatcher.Demand[int](), dispatcher.Broadcast[int]()
	copies := dispatchertest.Setup{Copies: true}
	cases := []struct {
		name    string
		factory dispatcher.Factory[int]
		setup   dispatchertest.Setup
		mistake wrong
		want    string
	}{
		{"more than asked", demand, dispatchertest.Setup{}, wrong{dispatch: func(w *wrong, events []int) ([]int, int) {
			if len(w.consumers) == 0 {
				return events, 0
			}
			w.consumers[0].Send(events)
			return nil, 0
		}}, "more than it asked for"},
		{"lost", demand, dispatchertest.Setup{}, wrong{dispatch: func(w *wrong, events []int) ([]int, int) {
			w.Dispatcher.Dispatch(events)
			return nil, 0
		}}, "capacity was"},
		{"lost and claimed", demand, dispatchertest.Setup{}, wrong{
			dispatch: func(*wrong, []int) ([]int, int) { return nil, 0 },
		}, "neither sent nor left"},
		{"claimed", demand, dispatchertest.Setup{}, wrong{
			capacity: func(n int) int { return n + 1000 },
		}, "upstream owes"},
		{"sent and left", demand, dispatchertest.Setup{}, wrong{dispatch: func(w *wrong, events []int) ([]int, int) {
			w.Dispatcher.Dispatch(slices.Clone(events))
			return events, 0
		}}, "left as well"},
		{"invented", demand, dispatchertest.Setup{}, wrong{dispatch: func(w *wrong, events []int) ([]int, int) {
			w.Dispatcher.Dispatch([]int{1 << 40})
			return w.Dispatcher.Dispatch(events)
		}}, "does not have it"},
		{"out of order", demand, dispatchertest.Setup{}, wrong{dispatch: func(w *wrong, events []int) ([]int, int) {
			if w.Capacity() >= len(events) {
				slices.Reverse(events)
			}
			return w.Dispatcher.Dispatch(events)
		}}, "after"},
		{"leftover out of order", demand, dispatchertest.Setup{}, wrong{dispatch: func(w *wrong, events []int) ([]int, int) {
			left, discarded := w.Dispatcher.Dispatch(events)
			slices.Reverse(left)
			return left, discarded
		}}, "out of order"},
		{"wrong discards", demand, dispatchertest.Setup{}, wrong{dispatch: func(w *wrong, events []int) ([]int, int) {
			left, _ := w.Dispatcher.Dispatch(events)
			return left, -1
		}}, "discarded of"},
		{"forgotten discards", exactly(dispatcher.PartitionBy(dispatcher.Indexes(3), mod3)),
			dispatchertest.Setup{Consumers: 3, Options: partitions}, wrong{}, "neither sent nor left"},
		{"negative demand", demand, dispatchertest.Setup{}, wrong{
			ask: func(_ *wrong, demand int) int { return -demand },
		}, "demand of -"},
		{"too much demand", demand, dispatchertest.Setup{}, wrong{
			ask: func(_ *wrong, demand int) int { return demand + 1 },
		}, "it asks for more"},
		{"too much demand for all", broadcast, copies, wrong{
			ask: func(_ *wrong, demand int) int { return demand + 1 },
		}, "it asks for more"},
		{"forgotten demand", demand, dispatchertest.Setup{}, wrong{
			ask: func(*wrong, int) int { return 0 },
		}, "upstream owes 0"},
		{"forgotten cancel", demand, dispatchertest.Setup{}, wrong{
			cancel: func(*wrong, dispatcher.Consumer[int]) {},
		}, "after it was cancelled"},
		{"refuses", demand, dispatchertest.Setup{}, wrong{
			subscribe: func(*wrong, dispatcher.Consumer[int]) error { return fmt.Errorf("no") },
		}, "subscription refused: no"},
		{"info twice", demand, dispatchertest.Setup{}, wrong{
			info: func(_ *wrong, deliver func()) { deliver(); deliver() },
		}, "delivered twice"},
		{"info never", demand, dispatchertest.Setup{}, wrong{
			info: func(*wrong, func()) {},
		}, "are never delivered"},
		{"info too early", dispatcher.Partition(3, func(n int) int { return n % 3 }),
			dispatchertest.Setup{Consumers: 3, Options: partitions},
			wrong{info: func(_ *wrong, deliver func()) { deliver() }}, "after an info"},
		{"writes to shared events", broadcast, copies, wrong{dispatch: func(w *wrong, events []int) ([]int, int) {
			left, discarded := w.Dispatcher.Dispatch(events)
			if len(left) == 0 {
				events[0] = 0
			}
			return left, discarded
		}}, "have become"},
		{"writes to lent events", demand, dispatchertest.Setup{}, wrong{dispatch: func(w *wrong, events []int) ([]int, int) {
			left, discarded := w.Dispatcher.Dispatch(events)
			if len(left) == 0 {
				events[0] = 0
			}
			return left, discarded
		}}, "may be somebody else's"},
		{"copy for one only", broadcast, copies, wrong{dispatch: func(w *wrong, events []int) ([]int, int) {
			n := min(w.Dispatcher.Capacity(), len(events))
			if n == 0 {
				return events, 0
			}
			w.consumers[0].SendShared(events[:n])
			return events[n:], 0
		}}, "got 0 and rejected 0"},
		{"asks again for nothing", demand, dispatchertest.Setup{}, wrong{dispatch: func(w *wrong, events []int) ([]int, int) {
			if len(w.consumers) > 0 {
				w.consumers[0].AskAgain(0)
			}
			return w.Dispatcher.Dispatch(events)
		}}, "AskAgain(0)"},
		{"cancels without reason", demand, dispatchertest.Setup{}, wrong{dispatch: func(w *wrong, events []int) ([]int, int) {
			if len(w.consumers) > 0 {
				w.consumers[0].Cancel(nil)
			}
			return w.Dispatcher.Dispatch(events)
		}}, "without a reason"},
		{"keeps for ever", dispatcher.Partition(4, func(n int) int { return n % 4 }),
			dispatchertest.Setup{Consumers: 3, Options: partitions},
			wrong{}, "never come out"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			failure := check(t, func(cfg dispatcher.Config) (dispatcher.Dispatcher[int], error) {
				d, err := c.factory(cfg)
				mistake := c.mistake
				mistake.Dispatcher = d
				if _, ok := d.(dispatcher.ReadOnly); ok {
					return wrongReader{&mistake}, err
				}
				return &mistake, err
			}, c.setup)
			text, _, _ := strings.Cut(failure, "\n")
			if !strings.Contains(text, c.want) {
				t.Errorf("got %q, want %q", text, c.want)
			}
		})
	}
}

// fake is a test that remembers why it failed.
type fake struct{ testing.TB }

func (fake) Helper()           {}
func (fake) Fatal(args ...any) { panic(failed(fmt.Sprint(args...))) }

type failed string

func check(t *testing.T, factory dispatcher.Factory[int], setup dispatchertest.Setup) (failure string) {
	defer func() {
		if v := recover(); v != nil {
			text, ok := v.(failed)
			if !ok {
				panic(v)
			}
			failure = string(text)
		}
	}()
	r := rand.New(rand.NewPCG(1, 1))
	ops := make([]byte, 4000)
	for i := range ops {
		ops[i] = byte(r.Uint32())
	}
	dispatchertest.Drive(fake{t}, factory, setup, ops)
	return "nothing was found"
}
