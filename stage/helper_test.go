package stage_test

import (
	"context"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/require"

	"github.com/stagecraft-go/stagecraft/internal/testworld"
	"github.com/stagecraft-go/stagecraft/process"
	"github.com/stagecraft-go/stagecraft/stage"
)

var background = context.Background()

// What the tests of other packages have as well.
const raceDetector = testworld.Race

var upTo = testworld.UpTo

// world is that of one test.
type world struct {
	*testworld.World
	sys *process.System
	log *testworld.LogBook
}

// inWorld runs a test in a bubble of synctest, where settle can wait until
// nothing moves. At the end no goroutine and no callback may be left, and no
// stage but those that the world has started.
func inWorld(t *testing.T, test func(w *world)) {
	t.Helper()
	testworld.In(t, func(w *testworld.World) { test(newWorld(w)) })
}

// outside is a world of real time, without settle.
func outside(t testing.TB) *world {
	t.Helper()
	return newWorld(testworld.Outside(t))
}

func newWorld(w *testworld.World) *world { return &world{w, w.System, w.Book} }

// settle waits until nothing moves. After it the test may look at what stages
// have written down.
func (w *world) settle() { synctest.Wait() }

func (w *world) options(opts []stage.Option) []stage.Option {
	return append(withRecorder([]stage.Option{stage.In(w.sys)}), opts...)
}

// producer starts a producer that must start.
func (w *world) producer(b stage.DemandHandler[int], opts ...stage.Option) *stage.Producer[int] {
	w.Helper()
	p, err := stage.StartProducer(background, b, w.options(opts)...)
	require.NoError(w, err)
	w.Leave(p)
	return p
}

// relay starts a producer_consumer that must start.
func (w *world) relay(b stage.EventsHandler[int, int], from stage.Sources[int], opts ...stage.Option) *stage.ProducerConsumer[int, int] {
	w.Helper()
	p, err := stage.StartProducerConsumer(background, b, from, w.options(opts)...)
	require.NoError(w, err)
	w.Leave(p)
	return p
}

// consumer starts a consumer that must start.
func (w *world) consumer(b stage.EventsHandler[int, stage.None], from stage.Sources[int], opts ...stage.Option) *stage.Consumer[int] {
	w.Helper()
	c, err := stage.StartConsumer(background, b, from, w.options(opts)...)
	require.NoError(w, err)
	w.Leave(c)
	return c
}

// buffered is the estimate of a stage.
func (w *world) buffered(h interface {
	EstimateBuffered(context.Context) (int, error)
}) int {
	w.Helper()
	n, err := h.EstimateBuffered(background)
	require.NoError(w, err)
	return n
}

// diary is what a stage of a test has written down.
type diary struct{ lines []string }

func (d *diary) note(format string, args ...any) {
	d.lines = append(d.lines, fmt.Sprintf(format, args...))
}

// take returns the lines since the last take.
func (d *diary) take() []string {
	lines := d.lines
	d.lines = nil
	return lines
}

// only returns the lines that begin with a word.
func (d *diary) only(word string) (lines []string) {
	for _, line := range d.lines {
		if line == word || strings.HasPrefix(line, word+" ") {
			lines = append(lines, line)
		}
	}
	return lines
}

// sends writes down what a stage sends, in the order of its callbacks.
func (d *diary) sends() stage.Option {
	return stage.OnSend(func(_ *process.PID, message any) {
		if line := describe(message); line != "" {
			d.note("-> %s", line)
		}
	})
}

// describe is a message of the protocol in words.
func describe(message any) string {
	switch m := message.(type) {
	case *stage.Subscribe:
		return "subscribe"
	case *stage.Ask:
		return fmt.Sprint("ask ", m.N)
	case *stage.Cancel:
		return fmt.Sprint("cancel ", m.Reason)
	case *stage.Events[int]:
		if m.Shared {
			return fmt.Sprint("shared ", m.Events)
		}
		return fmt.Sprint("events ", m.Events)
	case *stage.Canceled:
		return fmt.Sprint("canceled ", m.Reason)
	case *process.Down:
		return fmt.Sprint("down ", m.Reason)
	case nil:
		return ""
	}
	return fmt.Sprintf("%T %v", message, message)
}

// script is the part that is common to scripted stages: it writes every
// callback down and runs a hook, if there is one.
type script[Out any] struct {
	diary
	onInit      func(ctx *stage.Context[Out]) error
	onSubscribe func(ctx *stage.Context[Out], sub stage.Subscription) (stage.SubscriptionMode, error)
	onCancel    func(ctx *stage.Context[Out], reason error) error
	onCall      func(ctx *stage.Context[Out], req string, from stage.Caller[string]) (string, error)
	onInfo      func(ctx *stage.Context[Out], msg any) error
	onTerminate func(ctx *stage.Context[Out], reason error)

	self *process.Self
	subs []stage.Subscription // in the order in which they were made
}

func (s *script[Out]) Init(ctx *stage.Context[Out]) error {
	s.self = ctx.Process()
	if s.onInit != nil {
		return s.onInit(ctx)
	}
	return nil
}

func (s *script[Out]) HandleSubscribe(ctx *stage.Context[Out], peer stage.Role, sub stage.Subscription, opts stage.SubscribeOptions) (stage.SubscriptionMode, error) {
	s.note("subscribe %s %d/%d %s", peer, opts.MaxDemand, opts.MinDemand, opts.Cancel)
	s.subs = append(s.subs, sub)
	if s.onSubscribe != nil {
		return s.onSubscribe(ctx, sub)
	}
	return stage.Automatic, nil
}

func (s *script[Out]) HandleCancel(ctx *stage.Context[Out], kind stage.CancelKind, _ stage.Subscription, reason error) error {
	s.note("%s %v", kind, reason)
	if s.onCancel != nil {
		return s.onCancel(ctx, reason)
	}
	return nil
}

func (s *script[Out]) HandleCall(ctx *stage.Context[Out], req string, from stage.Caller[string]) (string, error) {
	s.note("call %s", req)
	if s.onCall != nil {
		return s.onCall(ctx, req, from)
	}
	return "re: " + req, nil
}

// HandleCast runs a function of the test in the stage: see do.
func (s *script[Out]) HandleCast(ctx *stage.Context[Out], action func(*stage.Context[Out]) error) error {
	return action(ctx)
}

func (s *script[Out]) HandleInfo(ctx *stage.Context[Out], msg any) error {
	s.note("info %v", msg)
	if s.onInfo != nil {
		return s.onInfo(ctx, msg)
	}
	return nil
}

func (s *script[Out]) Terminate(ctx *stage.Context[Out], reason error) {
	s.note("terminate %v", reason)
	if s.onTerminate != nil {
		s.onTerminate(ctx, reason)
	}
}

// do runs a function as a callback of a scripted stage.
func do[Out any](s stage.Stage[Out], action func(ctx *stage.Context[Out]) error) {
	stage.Cast(s, action)
}

// push makes a scripted stage emit events in one callback, asked for or not.
func push(s stage.Stage[int], events ...int) {
	do(s, func(ctx *stage.Context[int]) error { ctx.EmitAll(events); return nil })
}

// source is a scripted producer. Without a hook it emits nothing on demand.
type source struct {
	script[int]
	onDemand func(ctx *stage.Context[int], demand int) error
}

func (s *source) HandleDemand(ctx *stage.Context[int], demand int) error {
	s.note("demand %d", demand)
	if s.onDemand != nil {
		return s.onDemand(ctx, demand)
	}
	return nil
}

// demands are the demands that the source has got.
func (s *source) demands() (demands []int) {
	for _, line := range s.only("demand") {
		var n int
		fmt.Sscanf(line, "demand %d", &n)
		demands = append(demands, n)
	}
	return demands
}

// counting is a source of the numbers 1 to last, as many as are asked for.
func counting(last int) *source {
	next := 1
	return &source{onDemand: func(ctx *stage.Context[int], demand int) error {
		for ; demand > 0 && next <= last; demand-- {
			ctx.Emit(next)
			next++
		}
		return nil
	}}
}

// sink is a scripted consumer.
type sink struct {
	script[stage.None]
	onEvents func(ctx *stage.Context[stage.None], events []int, from stage.Subscription) error
	got      []int
	batches  []int // their sizes
}

func (s *sink) HandleEvents(ctx *stage.Context[stage.None], events []int, from stage.Subscription) error {
	s.note("events %v", events)
	s.got = append(s.got, events...)
	s.batches = append(s.batches, len(events))
	if s.onEvents != nil {
		return s.onEvents(ctx, events, from)
	}
	return nil
}

// filter is a scripted producer_consumer. Without a hook it passes all on.
type filter struct {
	script[int]
	onEvents func(ctx *stage.Context[int], events []int, from stage.Subscription) error
}

func (f *filter) HandleEvents(ctx *stage.Context[int], events []int, from stage.Subscription) error {
	f.note("events %v", events)
	if f.onEvents != nil {
		return f.onEvents(ctx, events, from)
	}
	ctx.EmitAll(events)
	return nil
}

// manual is a hook that leaves the asking to the test.
func manual[Out any](*stage.Context[Out], stage.Subscription) (stage.SubscriptionMode, error) {
	return stage.Manual, nil
}

// gate has a hook.
type gate struct{ testworld.Gate }

func newGate() gate { return gate{testworld.NewGate()} }

// hold waits in each batch.
func (g gate) hold(*stage.Context[stage.None], []int, stage.Subscription) error {
	g.Await()
	return nil
}

// probe is a bare process that speaks the protocol: it writes down what it
// receives, and sends what the test says.
type probe struct {
	diary
	w       *world
	process *process.Process
	self    *process.Self
	subs    []*stage.Subscribe // received
}

func (w *world) probe() *probe {
	w.Helper()
	p := &probe{w: w}
	var err error
	p.process, err = w.sys.Start(background, p)
	require.NoError(w, err)
	w.Leave(p.process)
	return p
}

func (p *probe) Init(self *process.Self) error   { p.self = self; return nil }
func (p *probe) Terminate(*process.Self, error)  {}
func (p *probe) source() stage.Source[int]       { return stage.ByPID[int](p.process.PID()) }
func (p *probe) send(to *process.PID, msg any)   { p.w.sys.Send(to, msg) }
func (p *probe) exit(reason error)               { p.process.Send(reason) }
func (p *probe) stop(reason error)               { require.NoError(p.w, p.process.Stop(background, reason)) }
func (p *probe) subscription(i int) *process.Ref { return p.subs[i].Ref }
func (p *probe) subscriber(i int) *process.PID   { return p.subs[i].From }
func (p *probe) sendEvents(i int, events ...int) {
	p.send(p.subscriber(i), p.events(p.subscription(i), events))
}
func (p *probe) sendCanceled(i int, reason error) {
	p.send(p.subscriber(i), p.canceled(p.subscription(i), reason))
}

// watch monitors another process.
func (p *probe) watch(pid *process.PID) {
	require.NoError(p.w, p.process.Inspect(background, func() { p.self.Monitor(pid) }))
}

func (p *probe) events(ref *process.Ref, events []int) *stage.Events[int] {
	return &stage.Events[int]{From: p.process.PID(), Ref: ref, Events: slices.Clone(events)}
}

func (p *probe) canceled(ref *process.Ref, reason error) *stage.Canceled {
	return &stage.Canceled{From: p.process.PID(), Ref: ref, Reason: reason}
}

// subscribe opens a subscription in the role of a consumer.
func (p *probe) subscribe(to *process.PID, opts ...stage.SubscribeOption) *process.Ref {
	ref := process.NewRef()
	p.subscribeWith(to, ref, nil, opts...)
	return ref
}

func (p *probe) subscribeWith(to *process.PID, ref *process.Ref, replaces *stage.Replacement, opts ...stage.SubscribeOption) {
	options := stage.SubscribeOptions{MaxDemand: 1000, MinDemand: 500, Cancel: stage.Permanent}
	for _, opt := range opts {
		opt(&options)
	}
	p.send(to, &stage.Subscribe{From: p.process.PID(), Ref: ref, Options: options, Replaces: replaces})
}

func (p *probe) ask(to *process.PID, ref *process.Ref, n int) {
	p.send(to, &stage.Ask{From: p.process.PID(), Ref: ref, N: n})
}

func (p *probe) cancel(to *process.PID, ref *process.Ref, reason error) {
	p.send(to, &stage.Cancel{From: p.process.PID(), Ref: ref, Reason: reason})
}

// asking subscribes and asks for n events.
func (p *probe) asking(to *process.PID, n int, opts ...stage.SubscribeOption) *process.Ref {
	ref := p.subscribe(to, opts...)
	p.ask(to, ref, n)
	return ref
}

func (p *probe) Handle(_ *process.Self, msg any) error {
	switch m := msg.(type) {
	case error:
		return m
	case *stage.Subscribe:
		p.subs = append(p.subs, m)
	}
	p.note("%s", describe(msg))
	return nil
}

// heap is what is in use after a collection.
func heap() int {
	var stats runtime.MemStats
	runtime.GC()
	runtime.GC()
	runtime.ReadMemStats(&stats)
	return int(stats.HeapAlloc + stats.StackInuse)
}
