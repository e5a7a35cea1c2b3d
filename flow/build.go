package flow

import (
	"cmp"
	"context"
	"time"

	"github.com/stagecraft-go/stagecraft/process"
	"github.com/stagecraft-go/stagecraft/stage"
)

// build is what the starting of a flow collects.
type build struct {
	*job
	invalid  error // a mistake in the options of the run
	sources  []*process.Process
	patience time.Duration // how long stages may take to stop
}

// culprit is the operation to blame when a stage fails outside of its own
// operations.
type culprit struct {
	op  string
	pos int
}

// forward lets the events flow.
func (b *build) forward() {
	for _, p := range b.sources {
		p.Send(&stage.SetDemand{Mode: stage.Forward})
	}
}

func (b *build) sourcePIDs() (pids []*process.PID) {
	for _, p := range b.sources {
		pids = append(pids, p.PID())
	}
	return pids
}

// broken ends the flow because its events cannot be received. The end of the
// caller's context is no failure of the flow, and known.
func (b *build) broken(ctx context.Context, err error) {
	if ctx.Err() == nil {
		b.fail(cmp.Or(b.blame(), culprit{}.explain(err)))
	}
}
