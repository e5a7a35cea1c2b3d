package broadway

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/stagecraft-go/stagecraft/internal/ctxerr"
	"github.com/stagecraft-go/stagecraft/process"
	"github.com/stagecraft-go/stagecraft/telemetry"
)

// Handle is what every running pipeline has. Its methods may be called from
// anywhere and at any time, also after the pipeline has ended.
type Handle struct {
	core    *core
	control control
	process *process.Process

	mu     sync.Mutex
	report *Report // once it has ended
	gaveUp bool
}

// control is what a handle needs of an engine.
type control interface {
	setPaused(paused bool)
	awaitPause(ctx context.Context)
	hurry()
	calm()
	topology() Topology
	limiter(producer int) (*limiter, error)
}

// Process is the process of the pipeline, for supervisors, links and monitors.
func (h *Handle) Process() *process.Process { return h.process }

// PID is its address.
func (h *Handle) PID() *process.PID { return h.process.PID() }

// Name is the pipeline's name, or "".
func (h *Handle) Name() string { return h.core.name }

// Done is closed when the pipeline has ended.
func (h *Handle) Done() <-chan struct{} { return h.process.Done() }

// Err is the exit reason of the pipeline, nil while it runs.
func (h *Handle) Err() error { return h.process.Err() }

// Stop drains the pipeline and waits for its end: no more messages are brought
// in, those that are there are handled and acknowledged. That takes no longer
// than [Config].Shutdown; what is not done by then is in the report. When ctx
// ends first, its error is returned, and the pipeline goes on stopping. To stop
// a pipeline that has ended is no error.
//
// A callback may stop its own pipeline with the ctx that it was given: then Stop
// does not wait, and the report is what is known so far.
func (h *Handle) Stop(ctx context.Context) (Report, error) {
	h.process.Send(stopNow{process.Normal})
	if h.inside(ctx) {
		return h.Report(), nil
	}
	return h.Wait(ctx)
}

// ErrInside says that a callback wants to wait for its own pipeline, which waits
// for the callback.
var ErrInside = errors.New("broadway: a callback cannot wait for its own pipeline")

// inside tells whether a context is that of a callback of this pipeline.
func (h *Handle) inside(ctx context.Context) bool {
	w, ok := WorkerOf(ctx)
	return ok && w.Pipeline == h
}

// Wait waits for the end of the pipeline. The error is nil if it was stopped, or
// its sources have ended; [ErrGaveUp] if its workers crashed too often; the
// exit reason if that was something else; or that of ctx.
//
// A callback of the pipeline cannot wait for it: [ErrInside].
func (h *Handle) Wait(ctx context.Context) (Report, error) {
	if h.inside(ctx) {
		return h.Report(), ErrInside
	}
	select {
	case <-h.process.Done():
	case <-ctx.Done():
		return h.Report(), fmt.Errorf("broadway: wait: %w", ctxerr.Of(ctx))
	}
	h.mu.Lock()
	gaveUp := h.gaveUp
	h.mu.Unlock()
	switch reason := h.process.Err(); {
	case gaveUp:
		return h.Report(), ErrGaveUp
	case !process.Orderly(reason):
		return h.Report(), reason
	}
	return h.Report(), nil
}

// finish keeps the last report.
func (h *Handle) finish(gaveUp bool, took time.Duration) {
	r := h.Report()
	r.DrainTook = took
	h.mu.Lock()
	defer h.mu.Unlock()
	h.report, h.gaveUp = &r, gaveUp
}

// Pause stops the pipeline from asking its sources for messages; those that are
// there are handled. What sources emit without being asked is held back.
func (h *Handle) Pause() {
	h.control.setPaused(true)
	if h.core.hub.Active() {
		h.core.hub.Emit(context.Background(), telemetry.Paused{Component: h.core.component()})
	}
}

// Resume ends a pause.
func (h *Handle) Resume() {
	h.control.setPaused(false)
	if h.core.hub.Active() {
		h.core.hub.Emit(context.Background(), telemetry.Resumed{Component: h.core.component()})
	}
}

// Drain pauses the pipeline and waits until no message is in it: all are
// acknowledged, also those that come in meanwhile from sources that are not
// asked. Batches do not wait to be filled, and nothing is held back but by a
// rate limit. The pipeline stays, paused; go on with Resume. The error is that of
// ctx, or [ErrStopping] if the pipeline ends, or [ErrInside] in a callback of the
// pipeline.
func (h *Handle) Drain(ctx context.Context) error {
	if h.inside(ctx) {
		return ErrInside
	}
	h.Pause()
	h.control.hurry()
	h.control.awaitPause(ctx)
	select {
	case <-h.core.lots.empty():
		h.control.calm()
		return nil
	case <-ctx.Done():
		h.control.calm()
		return fmt.Errorf("broadway: drain: %w", ctxerr.Of(ctx))
	case <-h.process.Done():
		return ErrStopping
	}
}

// RateLimit is the limit of a producer of the config, by its index. It fails with
// [ErrNoRateLimit] if that was started without, or is not there.
func (h *Handle) RateLimit(producer int) (RateLimit, error) {
	l, err := h.control.limiter(producer)
	if err != nil {
		return RateLimit{}, err
	}
	return l.get(), nil
}

// UpdateRateLimit changes the limit of a producer of the config, by its index:
// a [*ConfigError] if the numbers are no limit, [ErrNoRateLimit] if it was
// started without, or is not there.
func (h *Handle) UpdateRateLimit(producer int, update RateLimitUpdate) error {
	l, err := h.control.limiter(producer)
	if err != nil {
		return err
	}
	return l.update(update)
}

// Topology says what the pipeline consists of.
func (h *Handle) Topology() Topology { return h.control.topology() }
