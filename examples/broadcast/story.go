package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/stagecraft-go/stagecraft/process"
	"github.com/stagecraft-go/stagecraft/stage"
	"github.com/stagecraft-go/stagecraft/supervisor"
)

// event is what happens in a shop.
type event struct {
	kind string
	n    int
}

func (e event) String() string { return fmt.Sprint(e.kind, " ", e.n) }

func only(kind string) stage.SubscribeOption {
	return stage.Selector(func(e event) bool { return e.kind == kind })
}

// story is a hub with its handlers, and what they have heard.
type story struct {
	out     io.Writer
	hub     *hub[event]
	heard   chan heard
	started chan string // handlers, each time they start
	billing supervisor.Child
}

type heard struct {
	handler string
	event   event
}

func newStory(ctx context.Context, system *process.System, out io.Writer) (*story, error) {
	s := &story{out: out, heard: make(chan heard, 100), started: make(chan string, 100)}
	var err error
	s.hub, err = newHub[event](ctx, system, supervisor.OnEvent(func(e supervisor.Event) {
		if e.Kind == supervisor.ChildStarted {
			s.started <- e.ID
		}
	}))
	return s, err
}

// listen is a handler that says what it hears.
func (s *story) listen(name string) func(context.Context, event) error {
	return func(_ context.Context, e event) error {
		s.heard <- heard{name, e}
		return nil
	}
}

// attach attaches a handler that takes one event at a time.
func (s *story) attach(ctx context.Context, name string, handle func(context.Context, event) error, opts ...stage.SubscribeOption) (supervisor.Child, error) {
	child, err := s.hub.attach(ctx, name, handle, append(opts, stage.MaxDemand(1))...)
	if err != nil {
		return nil, err
	}
	return child, s.awaitStart(ctx, name)
}

func (s *story) awaitStart(ctx context.Context, name string) error {
	for {
		select {
		case started := <-s.started:
			if started == name {
				return nil
			}
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}

func (s *story) notify(ctx context.Context, events ...event) error {
	for _, e := range events {
		if err := s.hub.notify(ctx, e); err != nil {
			return err
		}
	}
	return nil
}

// print waits until the handlers have heard a number of events, and prints who
// has heard what.
func (s *story) print(ctx context.Context, count int) error {
	byHandler := make(map[string][]event)
	var names []string
	for range count {
		select {
		case h := <-s.heard:
			if byHandler[h.handler] == nil {
				names = append(names, h.handler)
			}
			byHandler[h.handler] = append(byHandler[h.handler], h.event)
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
	slices.Sort(names)
	for _, name := range names {
		fmt.Fprintf(s.out, "    %-8s %v\n", name, byHandler[name])
	}
	return nil
}

func (s *story) attachAndSelect(ctx context.Context) error {
	fmt.Fprintln(s.out, "A journal attaches, and billing, which selects orders.")
	if _, err := s.attach(ctx, "journal", s.listen("journal")); err != nil {
		return err
	}
	var err error
	if s.billing, err = s.attach(ctx, "billing", s.listen("billing"), only("order")); err != nil {
		return err
	}
	if err := s.notify(ctx, event{"order", 1}, event{"login", 2}, event{"order", 3}); err != nil {
		return err
	}
	return s.print(ctx, 3+2)
}

func (s *story) attachLater(ctx context.Context) error {
	fmt.Fprintln(s.out, "A guard attaches, which selects logins. It has missed one.")
	guard := func(ctx context.Context, e event) error {
		if e.n == 6 {
			panic("no such user")
		}
		return s.listen("guard")(ctx, e)
	}
	if _, err := s.attach(ctx, "guard", guard, only("login")); err != nil {
		return err
	}
	if err := s.notify(ctx, event{"login", 4}, event{"order", 5}); err != nil {
		return err
	}
	return s.print(ctx, 2+1+1)
}

func (s *story) crash(ctx context.Context) error {
	fmt.Fprintln(s.out, "The guard panics at login 6, and is started again. The others do not notice.")
	if err := s.notify(ctx, event{"login", 6}); err != nil {
		return err
	}
	if err := s.awaitStart(ctx, "guard"); err != nil {
		return err
	}
	if err := s.notify(ctx, event{"login", 7}); err != nil {
		return err
	}
	return s.print(ctx, 2+0+1)
}

func (s *story) detach(ctx context.Context) error {
	fmt.Fprintln(s.out, "Billing detaches.")
	if err := s.hub.detach(ctx, s.billing); err != nil {
		return err
	}
	if err := s.notify(ctx, event{"order", 8}); err != nil {
		return err
	}
	return s.print(ctx, 1)
}

// slow is about a handler that does not get on, and the patience of who notifies.
func (s *story) slow(ctx context.Context) error {
	fmt.Fprintln(s.out, "A printer attaches, and has no paper. It holds one order; then the others wait for it.")
	paper := make(chan struct{})
	printer, err := s.attach(ctx, "printer", after(paper, s.listen("printer")))
	if err != nil {
		return err
	}
	if err := s.notify(ctx, event{"order", 9}); err != nil {
		return err
	}
	if err := s.print(ctx, 1); err != nil {
		return err
	}
	soon, cancel := context.WithTimeout(ctx, 100*time.Millisecond)
	defer cancel()
	fmt.Fprintln(s.out, "    order 10:", s.notify(soon, event{"order", 10}))
	fmt.Fprintln(s.out, "The printer gets paper.")
	close(paper)
	if err := s.print(ctx, 1+2); err != nil {
		return err
	}
	return s.hub.detach(ctx, printer)
}

// slowButNotInTheWay is about a handler that may miss events.
func (s *story) slowButNotInTheWay(ctx context.Context) error {
	fmt.Fprintln(s.out, "A screen is off, but behind a window of two events. Nobody waits for it.")
	w, err := newWindow[event](ctx, s.hub.system, 2)
	if err != nil {
		return err
	}
	through := func(ctx context.Context, e event) error {
		return errors.Join(w.add(ctx, e), s.listen("window")(ctx, e))
	}
	if _, err := s.attach(ctx, "window", through); err != nil {
		return err
	}
	on := make(chan struct{})
	screen := each(after(on, s.listen("screen")))
	if _, err := stage.StartConsumer(ctx, screen, stage.From(w, stage.MaxDemand(1)), stage.In(s.hub.system)); err != nil {
		return err
	}
	for n := 11; n <= 15; n++ {
		if err := s.notify(ctx, event{"order", n}); err != nil {
			return err
		}
	}
	if err := s.print(ctx, 5+5); err != nil {
		return err
	}
	fmt.Fprintln(s.out, "The screen is on.")
	close(on)
	if err := s.print(ctx, 1+2); err != nil {
		return err
	}
	fmt.Fprintf(s.out, "    it has missed %d\n", w.missed.Load())
	return nil
}

// after is a handler that stands still until something is there.
func after(there <-chan struct{}, handle func(context.Context, event) error) func(context.Context, event) error {
	return func(ctx context.Context, e event) error {
		select {
		case <-there:
			return handle(ctx, e)
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}
