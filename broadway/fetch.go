package broadway

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"sync"
	"time"

	"github.com/stagecraft-go/stagecraft/internal/guard"
	"github.com/stagecraft-go/stagecraft/process"
	"github.com/stagecraft-go/stagecraft/stage"
)

// Fetch gets up to n messages, n is 1 or more. It may wait for them as long as
// ctx lives, and return fewer or none. The error io.EOF, alone or beside the last
// messages, is the end of the data. It may be called by all processes of its
// [Producer] at the same time.
type Fetch[In any] func(ctx context.Context, n int) ([]Message[In], error)

// FetchOptions are those of [FromFetch]. The zero value has the defaults.
type FetchOptions struct {
	// Max is the most that is asked for at once, 1 or more. Default: no limit.
	Max int
	// Interval is the wait after a fetch that brought nothing or failed.
	// Default 1 s.
	Interval time.Duration
}

const defaultFetchInterval = time.Second

// FromFetch makes a source that fetches as many messages as are asked for, one
// fetch at a time in each process: the poll producer that most sources need.
// The fetch runs in a goroutine of its own, so that the producer never waits
// for it, and its messages are not lost if the producer crashes. When the
// pipeline stops, its ctx ends; what it returns all the same is handled if
// there is time.
func FromFetch[In any](fetch Fetch[In], o FetchOptions) Source[In] {
	switch {
	case fetch == nil:
		return Source[In]{mistake: missing("fetch")}
	case o.Max < 0:
		return Source[In]{mistake: &ConfigError{"FetchOptions.Max", fmt.Sprint(o.Max), "1 or more, or 0 for no limit"}}
	case o.Interval < 0:
		return Source[In]{mistake: &ConfigError{"FetchOptions.Interval", fmt.Sprint(o.Interval), "more than 0, or 0 for the default"}}
	}
	if o.Interval == 0 {
		o.Interval = defaultFetchInterval
	}
	return Source[In]{finite: true, open: func(in pipelineOf[In]) opened[In] { return openFetch(in, fetch, o) }}
}

// FromSeq makes a source of a sequence, which is read by one process and as far
// as messages are asked for. When it ends, so does the pipeline: see
// [Source.Finite]. A sequence that waits for its next message cannot be
// interrupted by the end of the pipeline; it is told to stop when that message
// comes. A sequence that panics crashes the producer, again and again, so that
// the pipeline gives up: more will not come, and that is no end of the data.
func FromSeq[In any](messages iter.Seq[Message[In]]) Source[In] {
	if messages == nil {
		return Source[In]{mistake: missing("messages")}
	}
	return Source[In]{finite: true, once: true, open: func(in pipelineOf[In]) opened[In] {
		s := new(sequence[In])
		s.next, s.stop = iter.Pull(messages)
		o := openFetch(in, s.fetch, FetchOptions{Interval: defaultFetchInterval})
		closeFetch := o.close
		o.close = func() {
			s.close()
			closeFetch()
		}
		return o
	}}
}

// sequence is the sequence of [FromSeq] in one pipeline.
type sequence[In any] struct {
	next func() (Message[In], bool)
	stop func()

	mu      sync.Mutex
	running bool
	closed  bool
	failure error // it panicked
}

// broken is the failure of a source that will not get better.
type broken struct{ error }

func (s *sequence[In]) fetch(ctx context.Context, n int) (got []Message[In], err error) {
	s.mu.Lock()
	closed := s.closed
	s.running = !closed
	s.mu.Unlock()
	switch {
	case closed:
		return nil, nil
	case s.failure != nil:
		return nil, s.failure
	}
	guard.Run(func() error {
		for range n {
			m, ok := s.next()
			if !ok {
				return io.EOF
			}
			if got = append(got, m); ctx.Err() != nil {
				break
			}
		}
		return nil
	}, func(end error) {
		if err = end; err != nil && err != io.EOF {
			err = broken{err}
			s.failure = err
		}
		s.returned()
	})
	return got, err
}

// returned stops the sequence if it was to be stopped while it ran.
func (s *sequence[In]) returned() {
	s.mu.Lock()
	s.running = false
	closed := s.closed
	s.mu.Unlock()
	if closed {
		s.stop()
	}
}

// close stops the sequence, or lets the fetch that runs do it.
func (s *sequence[In]) close() {
	s.mu.Lock()
	running := s.running
	s.closed = true
	s.mu.Unlock()
	if !running {
		s.stop()
	}
}

// FromChan makes a source of a channel. When it is closed, the pipeline ends.
func FromChan[In any](messages <-chan Message[In]) Source[In] {
	if messages == nil {
		return Source[In]{mistake: missing("messages")}
	}
	return FromFetch(func(ctx context.Context, n int) (got []Message[In], err error) {
		select {
		case m, ok := <-messages:
			if !ok {
				return nil, io.EOF
			}
			got = append(got, m)
		case <-ctx.Done():
			return nil, nil
		}
		for len(got) < n {
			select {
			case m, ok := <-messages:
				if !ok {
					return got, io.EOF
				}
				got = append(got, m)
			default:
				return got, nil
			}
		}
		return got, nil
	}, FetchOptions{})
}

// openFetch is a fetching source in one pipeline.
func openFetch[In any](in pipelineOf[In], fetch Fetch[In], options FetchOptions) opened[In] {
	ctx, cancel := context.WithCancel(in.ctx)
	var mu sync.Mutex
	fetchers := make(map[int]*fetcher[In])
	return opened[In]{
		interrupt: cancel,
		close: func() {
			mu.Lock()
			defer mu.Unlock()
			for _, f := range fetchers {
				f.close()
			}
		},
		start: func(index int, emit emitter[In]) (*inner[In], error) {
			mu.Lock()
			f := fetchers[index]
			if f == nil {
				f = &fetcher[In]{ctx: ctx, pipeline: in, fetch: fetch, max: options.Max}
				fetchers[index] = f
			}
			mu.Unlock()
			return adapt(&fetchStage[In]{fetcher: f, interval: options.Interval}, emit)
		},
	}
}

// fetcher does the fetches of a producer, whichever process that is.
type fetcher[In any] struct {
	ctx      context.Context
	pipeline pipelineOf[In]
	fetch    Fetch[In]
	max      int

	mu      sync.Mutex
	owner   *process.Process // to be told
	running bool
	closed  bool
	untold  bool // there is a result that has not been collected
	ready   []Message[In]
	err     error // of the last fetch
}

// fetched tells a producer that a fetch is through.
type fetched struct{}

// begin fetches in the background, unless that is being done.
func (f *fetcher[In]) begin(n int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.running || f.untold || f.ctx.Err() != nil || errors.Is(f.err, io.EOF) || f.pipeline.paused() {
		return
	}
	if f.max > 0 {
		n = min(n, f.max)
	}
	f.running = true
	go f.run(n)
}

func (f *fetcher[In]) run(n int) {
	var messages []Message[In]
	guard.Run(func() (err error) {
		messages, err = f.fetch(f.ctx, n)
		return err
	}, func(err error) { f.done(messages, err) })
}

// done hands over what a fetch has brought.
func (f *fetcher[In]) done(messages []Message[In], err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.running = false
	if f.closed {
		go f.pipeline.late(messages)
		return
	}
	f.ready, f.err, f.untold = append(f.ready, messages...), err, true
	f.owner.Send(fetched{})
}

// close is the end: nobody will collect any more.
func (f *fetcher[In]) close() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.closed = true
	if len(f.ready) > 0 {
		go f.pipeline.late(f.ready)
		f.ready = nil
	}
}

// busy tells whether a fetch is under way, or what it has brought.
func (f *fetcher[In]) busy() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.running || f.untold
}

// adopt makes a process the one to be told.
func (f *fetcher[In]) adopt(owner *process.Process) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.owner = owner
	if !f.running && (f.untold || f.err != nil) {
		owner.Send(fetched{})
	}
}

// collect takes what has been fetched.
func (f *fetcher[In]) collect() (messages []Message[In], err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	messages, f.ready, f.untold = f.ready, nil, false
	return messages, f.err
}

// fetchStage is the producer of a fetching source.
type fetchStage[In any] struct {
	*fetcher[In]
	interval time.Duration
	want     int
	self     *process.Self
	out      stage.Stage[Message[In]]
	resting  bool // it waits for the interval
}

// rested is the end of the interval, exhausted follows the last messages, and
// so does brokenDown if there would have been more.
type (
	rested     struct{}
	exhausted  struct{}
	brokenDown struct{ error }
)

// Init implements stage.Initializer.
func (s *fetchStage[In]) Init(ctx *stage.Context[Message[In]]) error {
	s.self, s.out = ctx.Process(), ctx.Self()
	s.adopt(s.self.Process())
	return nil
}

// HandleDemand implements stage.DemandHandler.
func (s *fetchStage[In]) HandleDemand(_ *stage.Context[Message[In]], demand int) error {
	s.want += demand
	if !s.resting {
		s.begin(s.want)
	}
	return nil
}

// HandleInfo implements stage.InfoHandler.
func (s *fetchStage[In]) HandleInfo(ctx *stage.Context[Message[In]], msg any) error {
	switch m := msg.(type) {
	case fetched:
		s.take(ctx)
	case rested:
		s.resting = false
		if s.want > 0 {
			s.begin(s.want)
		}
	case exhausted:
		return process.Normal
	case brokenDown:
		return m.error
	}
	return nil
}

// resume goes on after a pause.
func (s *fetchStage[In]) resume(*stage.Context[Message[In]]) error {
	if s.want > 0 && !s.resting {
		s.begin(s.want)
	}
	return nil
}

func (s *fetchStage[In]) take(ctx *stage.Context[Message[In]]) {
	messages, err := s.collect()
	ctx.EmitAll(messages)
	s.want = max(s.want-len(messages), 0)
	switch {
	case errors.As(err, new(broken)):
		stage.AsyncInfo(s.out, any(brokenDown{err}))
	case errors.Is(err, io.EOF):
		stage.AsyncInfo(s.out, any(exhausted{}))
	case len(messages) == 0 || err != nil:
		if err != nil && s.fetcher.ctx.Err() == nil {
			logFailure(ctx.Logger(), "a fetch failed", err)
		}
		s.resting = true
		s.self.SendAfter(s.interval, rested{})
	case s.want > 0:
		s.begin(s.want)
	}
}
