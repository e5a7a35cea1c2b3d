package main

import (
	"context"
	"fmt"
	"io"
	"strings"
	"sync"
	"time"
)

// job is work that takes its time.
type job struct {
	n       int
	units   int
	crashes bool // at the first attempt, in the middle of it
}

const unit = 40 * time.Millisecond

// jobs are what there is to do.
var jobs = []job{
	{1, 4, false}, {2, 2, false}, {3, 6, false}, {4, 3, false}, {5, 4, true}, {6, 5, false},
	{7, 3, false}, {8, 4, false}, {9, 6, false}, {10, 3, false}, {11, 2, false}, {12, 5, false},
}

// shop is where workers work, and what they have done.
type shop struct {
	began   time.Time
	allDone chan struct{}

	mu     sync.Mutex
	spans  map[int][]span // by job
	done   int
	active int
	most   int // active at the same time
}

// span is one attempt.
type span struct {
	from, to time.Duration
	done     bool
}

func newShop() *shop {
	return &shop{began: time.Now(), allDone: make(chan struct{}), spans: make(map[int][]span)}
}

// do is a worker. It heeds its context, so that it can be stopped.
func (s *shop) do(ctx context.Context, j job) error {
	attempt := s.begin(j)
	takes := time.Duration(j.units) * unit
	if j.crashes && attempt == 1 {
		takes /= 2
	}
	select {
	case <-time.After(takes):
	case <-ctx.Done():
		return context.Cause(ctx)
	}
	if j.crashes && attempt == 1 {
		s.end(j, false)
		panic("the hammer broke")
	}
	s.end(j, true)
	return nil
}

func (s *shop) begin(j job) (attempt int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.active++
	s.most = max(s.most, s.active)
	s.spans[j.n] = append(s.spans[j.n], span{from: time.Since(s.began)})
	return len(s.spans[j.n])
}

func (s *shop) end(j job, done bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.active--
	last := &s.spans[j.n][len(s.spans[j.n])-1]
	last.to, last.done = time.Since(s.began), done
	if done {
		s.done++
	}
	if s.done == len(jobs) {
		close(s.allDone)
	}
}

// draw draws each attempt as a bar, from left to right as time goes by.
func (s *shop) draw(out io.Writer) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	crashes := 0
	for _, j := range jobs {
		line, length := "", 0
		for _, sp := range s.spans[j.n] {
			from, to := column(sp.from), column(sp.to)
			end := "▌"
			if !sp.done {
				crashes++
				end = "✗"
			}
			line += strings.Repeat(" ", from-length) + strings.Repeat("█", to-from-1) + end
			length = to
		}
		fmt.Fprintf(out, "job %2d  %s\n", j.n, line)
	}
	_, err := fmt.Fprintf(out, "%d jobs done, %d crash, at most %d workers at a time\n", s.done, crashes, s.most)
	return err
}

// column is the place of a time in the picture, two for each unit.
func column(t time.Duration) int { return int((2*t + unit/2) / unit) }
