package supervisor

import (
	"context"

	"github.com/stagecraft-go/stagecraft/process"
)

// Dynamic is a running supervisor whose children are started one by one while it
// runs, and may be many. They have no order and their IDs need not differ: a
// child is known by its process. Each is restarted alone. All are stopped at the
// same time.
type Dynamic struct{ Handle }

// StartDynamic starts a [Dynamic] without children. See [Start] for ctx. It fails
// with a [*SpecError] or the errors of process.System.Start.
func StartDynamic(ctx context.Context, opts ...Option) (*Dynamic, error) {
	config, err := newConfig(ctx, kindDynamic, opts)
	if err != nil {
		return nil, err
	}
	d := &dynamic{newPool(ctx, config)}
	p, err := config.system.Start(ctx, d, config.processOptions()...)
	if err != nil {
		return nil, err
	}
	return &Dynamic{Handle{p}}, nil
}

// DynamicTree is the spec of a child that is a [Dynamic].
func DynamicTree(id string, opts ...Option) Spec {
	return Spec{ID: id, Type: TypeSupervisor, Start: func(ctx context.Context) (Child, error) {
		return StartDynamic(ctx, opts...)
	}}
}

// StartChild starts a child. Nothing is kept of one that fails to start, or that
// declines: process.Ignore. Besides these errors there are [*SpecError] and
// [ErrMaxChildren].
func (d *Dynamic) StartChild(ctx context.Context, spec Spec) (Child, error) {
	return ask(ctx, d.process, func(d *dynamic) (Child, error) { return d.startChild(spec) })
}

// TerminateChild stops and forgets a child. One that is restarting is known by
// its last process. It fails with [ErrNotFound].
func (d *Dynamic) TerminateChild(ctx context.Context, child Child) error {
	return terminate(ctx, d.process, child, func(d *dynamic) *pool { return &d.pool })
}

// WhichChildren lists the children in the order in which they were added.
func (d *Dynamic) WhichChildren(ctx context.Context) ([]ChildInfo, error) {
	return ask(ctx, d.process, func(d *dynamic) ([]ChildInfo, error) { return d.which(), nil })
}

// CountChildren counts the children. Active are those that are not restarting.
func (d *Dynamic) CountChildren(ctx context.Context) (Counts, error) {
	return ask(ctx, d.process, func(d *dynamic) (Counts, error) { return d.count(), nil })
}

// dynamic is the process of a [Dynamic].
type dynamic struct{ pool }

func newPool(ctx context.Context, c *config) pool {
	return pool{core: newCore(ctx, c), byPID: make(map[*process.PID]*slot)}
}

// Init implements process.Behaviour.
func (d *dynamic) Init(self *process.Self) error {
	d.begin(self)
	return nil
}

// Handle implements process.Behaviour.
func (d *dynamic) Handle(_ *process.Self, msg any) error {
	if handled, err := d.handle(msg); handled {
		return err
	}
	if m, ok := msg.(request[*dynamic]); ok {
		return m.serve(d)
	}
	d.publish(Event{Kind: UnexpectedMessage, Message: msg})
	return nil
}

// Terminate stops the children.
func (d *dynamic) Terminate(*process.Self, error) { d.stopAll() }

func (d *dynamic) startChild(spec Spec) (Child, error) {
	if err := spec.checkDynamic(); err != nil {
		return nil, err
	}
	if limit := d.config.maxChildren; limit >= 0 && len(d.children) >= limit {
		return nil, ErrMaxChildren
	}
	sl := newSlot(spec)
	child, err := d.add(sl, sl.spec.Start)
	if child == nil && err == nil {
		err = process.Ignore
	}
	return child, err
}
