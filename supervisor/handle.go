package supervisor

import (
	"context"

	"github.com/stagecraft-go/stagecraft/process"
)

// Handle is what every supervisor has. Its methods may be called from anywhere
// and at any time, also after the supervisor has ended.
type Handle struct{ process *process.Process }

// Process is the process behind it.
func (h Handle) Process() *process.Process { return h.process }

// PID is its address.
func (h Handle) PID() *process.PID { return h.process.PID() }

// Name is its registered name, or "".
func (h Handle) Name() string { return h.process.Name() }

// Done is closed when it has ended, which is after its children, unless it was
// killed.
func (h Handle) Done() <-chan struct{} { return h.process.Done() }

// Err is the exit reason, nil before the end.
func (h Handle) Err() error { return h.process.Err() }

// Kill ends it at once. It stops no child: their links tell them process.Killed.
// See process.Process.Kill.
func (h Handle) Kill() { h.process.Kill() }

// Stop stops the children and then the supervisor with a reason, nil meaning
// process.Normal, and waits for its end. It queues behind earlier requests. When
// ctx ends first its error is returned, and the supervisor goes on stopping. A
// supervisor that has ended before is a *process.ExitError with process.NoProc,
// one that ends for another reason a *process.ExitError with that.
func (h Handle) Stop(ctx context.Context, reason error) error { return h.process.Stop(ctx, reason) }
