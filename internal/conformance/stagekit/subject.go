package stagekit

import (
	"context"

	"github.com/stagecraft-go/stagecraft/process"
	"github.com/stagecraft-go/stagecraft/stage"
)

// handle is what every stage has.
type handle interface {
	Err() error
	Kill()
	Stop(ctx context.Context, reason error) error
	SetDemand(mode stage.DemandMode)
	DemandMode(ctx context.Context) (stage.DemandMode, error)
	EstimateBuffered(ctx context.Context) (int, error)
}

// requester sends requests to a stage, whatever it emits.
type requester interface {
	cast(r *Request)
	call(ctx context.Context, r *Request) (int, error)
	info(ctx context.Context, mode string, msg any) error
}

// requests are for a stage that emits Out.
type requests[Out any] struct{ stage stage.Named[Out] }

func (c requests[Out]) cast(r *Request) { stage.Cast(c.stage, r) }

func (c requests[Out]) call(ctx context.Context, r *Request) (int, error) {
	return stage.Call[int](ctx, c.stage, r)
}

func (c requests[Out]) info(ctx context.Context, mode string, msg any) error {
	switch mode {
	case "sync":
		return stage.SyncInfo(ctx, c.stage, msg)
	case "async":
		stage.AsyncInfo(c.stage, msg)
	default:
		stage.Info(c.stage, msg)
	}
	return nil
}

// absent is a stage that did not start: messages to it vanish, calls fail.
type absent struct{}

func (absent) Err() error                 { return process.NoProc }
func (absent) Kill()                      {}
func (absent) SetDemand(stage.DemandMode) {}

func (absent) Stop(context.Context, error) error { return process.NoProc }

func (absent) DemandMode(context.Context) (stage.DemandMode, error) { return 0, process.NoProc }

func (absent) EstimateBuffered(context.Context) (int, error) { return 0, process.NoProc }

func (absent) cast(*Request) {}

func (absent) call(context.Context, *Request) (int, error) { return 0, process.NoProc }

func (absent) info(_ context.Context, mode string, _ any) error {
	if mode == "sync" {
		return process.NoProc
	}
	return nil
}
