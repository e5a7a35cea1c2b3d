package process

import (
	"context"
	"errors"
	"fmt"

	"github.com/stagecraft-go/stagecraft/internal/ctxerr"
)

// stopRequest stops a process in the order of its mail.
type stopRequest struct{ reason error }

// Stop lets the process handle the mail it has, run Terminate and exit with
// reason (nil means [Normal]), and waits for that: gen_server:stop. When ctx
// ends first, its error is returned and the process goes on stopping. If the
// process was dead already the error is an [*ExitError] with [NoProc], and if it
// exits for another reason, one with that reason. A process must not stop itself
// this way: its callbacks return the reason.
func (p *Process) Stop(ctx context.Context, reason error) error {
	if reason == nil {
		reason = Normal
	}
	if p.gone() {
		return p.exitError(NoProc)
	}
	p.Send(&stopRequest{reason: reason})
	select {
	case <-p.Done():
	case <-ctx.Done():
		return fmt.Errorf("process: stop: %w", ctxerr.Of(ctx))
	}
	if err := p.Err(); !errors.Is(err, reason) {
		return p.exitError(err)
	}
	return nil
}
