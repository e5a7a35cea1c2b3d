// Prioritydispatcher gives jobs to a program's own machines first, and to a
// rented one only when those are busy. Who gets what is decided by a dispatcher
// of its own.
//
//	go run ./examples/prioritydispatcher
package main

import (
	"context"
	"fmt"
	"io"

	"github.com/stagecraft-go/stagecraft/examples/internal/program"
	"github.com/stagecraft-go/stagecraft/process"
	"github.com/stagecraft-go/stagecraft/stage"
)

func main() {
	program.Main("prioritydispatcher", func(ctx context.Context, _ []string, out io.Writer) error { return run(ctx, out) })
}

func run(ctx context.Context, out io.Writer) error {
	system, shutdown := program.NewSystem()
	defer shutdown()
	s, err := newStory(ctx, system, out)
	if err != nil {
		return err
	}
	return s.tell()
}

// story is three machines, with room for three jobs each, and a queue.
type story struct {
	ctx    context.Context
	out    io.Writer
	jobs   *stage.Producer[int]
	taken  chan taken
	own    [2]*stage.Consumer[int]
	rented *stage.Consumer[int]
	last   int // job
}

func newStory(ctx context.Context, system *process.System, out io.Writer) (*story, error) {
	s := &story{ctx: ctx, out: out, taken: make(chan taken, 100)}
	var err error
	s.jobs, err = stage.StartProducer(ctx, queue{}, stage.In(system), stage.Dispatch(Priority[int]()))
	if err != nil {
		return nil, err
	}
	start := func(name string, rank int) *stage.Consumer[int] {
		var c *stage.Consumer[int]
		if err == nil {
			c, err = stage.StartConsumer(ctx, &machine{name: name, taken: s.taken},
				stage.From(s.jobs, stage.MaxDemand(3), Rank(rank)))
		}
		return c
	}
	s.rented = start("rented", 1)
	s.own[0] = start("own-1", 2)
	s.own[1] = start("own-2", 2)
	return s, err
}

func (s *story) tell() error {
	for _, step := range []struct {
		text  string
		do    func() error
		taken int
	}{
		{"4 jobs come in", s.bring(4), 4},
		{"3 more", s.bring(3), 3},
		{"4 more", s.bring(4), 2},
		{"own-2 has finished one", s.finish(s.own[1], 1), 1},
		{"the rented one has finished two", s.finish(s.rented, 2), 1},
		{"own-1 has finished one", s.finish(s.own[0], 1), 0},
		{"another job", s.bring(1), 1},
		{"own-1 has finished two, and leaves", s.leave(s.own[0], 2), 0},
		{"another job", s.bring(1), 1},
	} {
		if err := step.do(); err != nil {
			return err
		}
		if err := s.print(step.text, step.taken); err != nil {
			return err
		}
	}
	return nil
}

// bring brings jobs. They are with the machines, or in the buffer, when it
// returns.
func (s *story) bring(n int) func() error {
	return func() error {
		var jobs []int
		for range n {
			s.last++
			jobs = append(jobs, s.last)
		}
		_, err := stage.Call[stage.None](s.ctx, s.jobs, jobs)
		return err
	}
}

// finish lets a machine ask for as many jobs as it has finished.
func (s *story) finish(m *stage.Consumer[int], n int) func() error {
	return func() error {
		_, err := stage.Call[stage.None](s.ctx, m, finished(n))
		return err
	}
}

// leave lets a machine ask for jobs, and then go nevertheless.
func (s *story) leave(m *stage.Consumer[int], n int) func() error {
	return func() error {
		if err := s.finish(m, n)(); err != nil {
			return err
		}
		return m.Stop(s.ctx, process.Shutdown)
	}
}

// print waits until a number of jobs has been taken, and says by whom.
func (s *story) print(text string, count int) error {
	jobs := make(map[string][]int)
	for count > 0 {
		select {
		case t := <-s.taken:
			jobs[t.machine] = append(jobs[t.machine], t.jobs...)
			count -= len(t.jobs)
		case <-s.ctx.Done():
			return context.Cause(s.ctx)
		}
	}
	waiting, err := s.jobs.EstimateBuffered(s.ctx)
	if err != nil {
		return err
	}
	fmt.Fprintf(s.out, "%s:\n", text)
	for _, name := range []string{"own-1", "own-2", "rented"} {
		if len(jobs[name]) > 0 {
			fmt.Fprintf(s.out, "    %-6s takes %v\n", name, jobs[name])
		}
	}
	if waiting > 0 {
		fmt.Fprintf(s.out, "    waiting: %d\n", waiting)
	}
	return nil
}
