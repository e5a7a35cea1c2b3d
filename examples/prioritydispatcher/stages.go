package main

import "github.com/stagecraft-go/stagecraft/stage"

// queue is a producer of jobs that come from outside. Those that no machine has
// asked for wait in the buffer of the stage.
type queue struct{}

func (queue) HandleDemand(*stage.Context[int], int) error { return nil }

func (queue) HandleCall(ctx *stage.Context[int], jobs []int, _ stage.Caller[stage.None]) (stage.None, error) {
	ctx.EmitAll(jobs)
	return stage.None{}, nil
}

// machine is a consumer that asks for a job when it has finished one.
type machine struct {
	name  string
	queue stage.Subscription
	taken chan<- taken
}

type taken struct {
	machine string
	jobs    []int
}

// HandleSubscribe asks for as many jobs as the machine has room for. Manual: what
// it asks for later depends on when it finishes them.
func (m *machine) HandleSubscribe(_ *stage.Context[stage.None], _ stage.Role, sub stage.Subscription, opts stage.SubscribeOptions) (stage.SubscriptionMode, error) {
	m.queue = sub
	sub.Ask(opts.MaxDemand)
	return stage.Manual, nil
}

func (m *machine) HandleEvents(ctx *stage.Context[stage.None], jobs []int, _ stage.Subscription) error {
	select {
	case m.taken <- taken{m.name, jobs}:
	case <-ctx.Context().Done():
	}
	return nil
}

type finished int

func (m *machine) HandleCall(_ *stage.Context[stage.None], n finished, _ stage.Caller[stage.None]) (stage.None, error) {
	m.queue.Ask(int(n))
	return stage.None{}, nil
}
