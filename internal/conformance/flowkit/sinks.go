package flowkit

import (
	"context"
	"sync"
	"testing/synctest"

	"github.com/stagecraft-go/stagecraft/flow"
	"github.com/stagecraft-go/stagecraft/stage"
)

// into runs a flow with consumers of the kit, and returns what they received.
func (b *bench) into(f flow.Flow[Value], d Drive) ([]Value, error) {
	var all sunk
	var err error
	if d.Managed {
		err = wait(b.ctx)(f.IntoStarted(b.ctx, all.starters(d), flow.In(b.system)))
	} else {
		var consumers []stage.Sink[Value]
		if consumers, err = all.start(b, d); err == nil {
			err = wait(b.ctx)(f.Into(b.ctx, consumers, flow.In(b.system)))
		}
	}
	synctest.Wait() // consumers that are not the flow's may be behind it
	return all.events, err
}

// sunk is what several consumers have received.
type sunk struct {
	mu     sync.Mutex
	events []Value
}

func (all *sunk) starters(d Drive) (start []func(context.Context, stage.Sources[Value], ...stage.Option) (*stage.Consumer[Value], error)) {
	for range d.Count {
		start = append(start, func(ctx context.Context, from stage.Sources[Value], opts ...stage.Option) (*stage.Consumer[Value], error) {
			return stage.StartConsumer(ctx, all.consumer(d), from, opts...)
		})
	}
	return start
}

func (all *sunk) start(b *bench, d Drive) (consumers []stage.Sink[Value], err error) {
	for range d.Count {
		c, err := stage.StartConsumer(b.ctx, all.consumer(d), nil, stage.In(b.system))
		if err != nil {
			return nil, err
		}
		consumers = append(consumers, c)
	}
	return consumers, nil
}

func (all *sunk) consumer(d Drive) *consumer {
	return &consumer{intake[stage.None]{max: d.MaxDemand}, all}
}

// consumer is one of them.
type consumer struct {
	intake[stage.None]
	sunk *sunk
}

// HandleEvents implements stage.EventsHandler.
func (c *consumer) HandleEvents(_ *stage.Context[stage.None], events []Value, from stage.Subscription) error {
	c.sunk.mu.Lock()
	c.sunk.events = append(c.sunk.events, events...)
	c.sunk.mu.Unlock()
	c.handled(len(events), from)
	return nil
}
