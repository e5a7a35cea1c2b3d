package flow

import (
	"context"
	"iter"

	"github.com/stagecraft-go/stagecraft/process"
	"github.com/stagecraft-go/stagecraft/stage"
)

// strand is the work of a stage as a coroutine, so that it can be suspended in
// the middle of a list: when a sequence of [FlatMap] turns out to be long, the
// stage lets go what has come of it, and goes on when more is asked for. All
// that the operations do is a task of the strand; while one is suspended the
// others wait.
//
// The stage asks its producers for more when a list is done, not when it has
// come (the subscriptions are manual), so that what waits is bounded.
type strand struct {
	worker *worker
	tasks  []func()
	done   int // of the tasks
	// running holds a token while the coroutine runs or its state is looked
	// at: the one who ends that of a killed stage is another goroutine. It is a
	// channel, not a mutex, so that a test with fake time can wait for it.
	running   chan struct{}
	next      func() (struct{}, bool)
	end       func()
	unwatch   func() bool
	yield     func(struct{}) bool
	suspended bool
	closed    bool
	out       int  // events since the last switch
	woken     bool // the message to go on is on its way
	wakeUp    func()
	feeds     map[*process.Ref]*feed
}

// burst is how many events a stage lets go at a time.
const burst = 8 * chunk

// wakeUp is the message of a strand to itself: there may be demand.
type wakeUp struct{}

func (s *strand) start(ctx context.Context, wake func()) {
	s.running = make(chan struct{}, 1)
	s.wakeUp = wake
	s.next, s.end = iter.Pull(s.work)
	// A killed stage runs no callback, and the coroutine must end all the same.
	s.unwatch = context.AfterFunc(ctx, s.finish)
}

// close ends the coroutine of a stage that has not been killed.
func (s *strand) close() {
	s.unwatch()
	s.finish()
}

// finish ends the coroutine: a task that is suspended is told to stop, and has
// returned then. If it fails in doing so, that is for the log: the stage ends for
// another reason.
func (s *strand) finish() {
	s.running <- struct{}{}
	defer func() { <-s.running }()
	before := s.worker.err
	s.closed = true
	s.end()
	failure := s.worker.err
	s.worker.err = before // a callback that waits for this one has not failed
	if before == nil && failure != nil {
		s.worker.self.Logger().Error("a sequence crashed when it was told to stop", process.LogAttrs("error", failure)...)
	}
}

// work does the tasks that are there between two yields.
func (s *strand) work(yield func(struct{}) bool) {
	s.yield = yield
	for {
		for s.done < len(s.tasks) && !s.worker.halted() {
			task := s.tasks[s.done]
			s.tasks[s.done] = nil
			s.done++
			_ = s.worker.guard(task) // the error is kept
		}
		s.tasks, s.done = s.tasks[:0], 0
		if s.closed || !yield(struct{}{}) {
			return
		}
	}
}

// do does tasks, or has them wait behind one that is suspended.
func (s *strand) do(tasks ...func()) error {
	s.running <- struct{}{}
	defer func() { <-s.running }()
	s.tasks = append(s.tasks, tasks...)
	if s.suspended {
		return s.worker.failure()
	}
	return s.resume()
}

// goOn resumes a task that is suspended.
func (s *strand) goOn(mayEmit func() bool) error {
	s.running <- struct{}{}
	defer func() { <-s.running }()
	s.woken = false
	if !s.suspended || !mayEmit() {
		return s.worker.failure()
	}
	return s.resume()
}

func (s *strand) resume() error {
	if s.closed {
		return process.Shutdown
	}
	s.out = 0
	s.next()
	if s.suspended {
		s.wake() // there may be demand left
	}
	return s.worker.failure()
}

// emitted counts events, and suspends the task when there are many. It is
// called in the coroutine.
func (s *strand) emitted(n int) {
	if s.out += n; s.out < burst || s.worker.halted() {
		return
	}
	s.suspended = true
	if !s.yield(struct{}{}) {
		s.closed = true
	}
	s.suspended = false
}

// demanded is called when there may be new demand. There may be no strand.
func (s *strand) demanded() {
	if s == nil {
		return
	}
	s.running <- struct{}{}
	defer func() { <-s.running }()
	if s.suspended {
		s.wake()
	}
}

func (s *strand) wake() {
	if !s.woken {
		s.woken = true
		s.wakeUp()
	}
}

// feed is a subscription to a producer.
type feed struct {
	sub               stage.Subscription
	pending, min, max int
}

// join makes a subscription manual.
func (s *strand) join(sub stage.Subscription, opts stage.SubscribeOptions) {
	if s.feeds == nil {
		s.feeds = make(map[*process.Ref]*feed)
	}
	s.feeds[sub.Ref()] = &feed{sub, opts.MaxDemand, opts.MinDemand, opts.MaxDemand}
	sub.Ask(opts.MaxDemand)
}

// took asks for more when enough events are done.
func (f *feed) took(n int) {
	if f.pending -= n; f.pending <= f.min {
		f.sub.Ask(f.max - f.pending)
		f.pending = f.max
	}
}

// lists are copies of the lists of a strand, which may need them longer than the
// stage may keep its own.
type lists[T any] struct{ free [][]T }

// handle makes tasks of a list, as long as those of an automatic subscription.
func (l *lists[T]) handle(s *strand, events []T, sub stage.Subscription, handle func([]T, *process.Ref)) error {
	f := s.feeds[sub.Ref()]
	size := len(events)
	if f != nil {
		size = f.max - f.min
	}
	var some [4]func()
	tasks := some[:0]
	for ; len(events) > 0; events = events[min(size, len(events)):] {
		list := append(l.take(), events[:min(size, len(events))]...)
		tasks = append(tasks, func() {
			handle(list, sub.Ref())
			if s.worker.halted() {
				return // the stage may be gone, and the list is not needed again
			}
			n := len(list)
			clear(list)
			l.free = append(l.free, list[:0])
			if f != nil {
				f.took(n)
			}
		})
	}
	return s.do(tasks...)
}

func (l *lists[T]) take() (list []T) {
	if last := len(l.free) - 1; last >= 0 {
		list, l.free = l.free[last], l.free[:last]
	}
	return list
}
