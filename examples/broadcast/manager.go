package main

import "github.com/stagecraft-go/stagecraft/stage"

// manager is the producer of a hub. Events that the slowest handler has no room
// for wait here, and so do those who brought them.
type manager[E any] struct {
	waiting []notification[E]
	demand  int
}

type notification[E any] struct {
	event E
	from  stage.Caller[stage.None]
}

// HandleDemand is called when all handlers have room for more.
func (m *manager[E]) HandleDemand(ctx *stage.Context[E], demand int) error {
	m.demand += demand
	m.serve(ctx)
	return nil
}

// HandleCall takes an event. The answer comes when the event goes.
func (m *manager[E]) HandleCall(ctx *stage.Context[E], event E, from stage.Caller[stage.None]) (stage.None, error) {
	m.waiting = append(m.waiting, notification[E]{event, from})
	m.serve(ctx)
	return stage.None{}, stage.ErrNoReply
}

func (m *manager[E]) serve(ctx *stage.Context[E]) {
	n := min(m.demand, len(m.waiting))
	for _, w := range m.waiting[:n] {
		ctx.Emit(w.event)
		w.from.Reply(stage.None{})
	}
	m.waiting = m.waiting[n:]
	m.demand -= n
}
