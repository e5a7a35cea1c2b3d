package stage

import (
	"context"

	"github.com/stagecraft-go/stagecraft/process"
)

// Handle is what every started stage has. Its methods may be called from
// anywhere and at any time, also after the stage has ended.
type Handle struct {
	process *process.Process
}

// Producer is a running producer of T.
type Producer[T any] struct{ Handle }

// ProducerConsumer is a running producer_consumer that turns In into Out.
type ProducerConsumer[In, Out any] struct{ Handle }

// Consumer is a running consumer of T.
type Consumer[T any] struct{ Handle }

// Stage is any running stage, by the type of the events that it emits.
type Stage[Out any] interface {
	Process() *process.Process
	emits(Out)
}

// Source is what consumers of T can subscribe to: a [Producer], a
// [ProducerConsumer], a [Named] stage or an [Actor].
type Source[T any] interface {
	resolve() (*process.PID, bool)
	emits(T)
}

// Sink is what can subscribe to sources of T: a [Consumer], a
// [ProducerConsumer] or a [Named] stage.
type Sink[T any] interface {
	Process() *process.Process
	takes(T)
}

// Process is the process behind the stage.
func (h Handle) Process() *process.Process { return h.process }

// PID is the address of the stage.
func (h Handle) PID() *process.PID { return h.process.PID() }

// Name is the registered name, or "".
func (h Handle) Name() string { return h.process.Name() }

// Done is closed when the stage has ended and everybody who watches it has
// been told.
func (h Handle) Done() <-chan struct{} { return h.process.Done() }

// Err is the exit reason, nil while the stage lives.
func (h Handle) Err() error { return h.process.Err() }

// Stop stops the stage with a reason, nil meaning process.Normal, and waits for
// its end. It queues behind what the stage has received already. When ctx ends
// first its error is returned, and the stage goes on stopping. A stage that has
// ended before is a *process.ExitError with process.NoProc, one that ends for
// another reason a *process.ExitError with that.
func (h Handle) Stop(ctx context.Context, reason error) error {
	return h.process.Stop(ctx, reason)
}

// Kill ends the stage at once, without Terminate. A callback that is running is
// abandoned: see process.Process.Kill.
func (h Handle) Kill() { h.process.Kill() }

// SetDemand switches the demand mode of a producer. It returns at once; events
// and demand that were held back follow in the order in which they came. Other
// stages log an error.
func (h Handle) SetDemand(mode DemandMode) { h.process.Send(&SetDemand{mode}) }

// DemandMode asks for the demand mode. It fails with [ErrNotAProducer] for other
// stages (with [Exact] a consumer says Forward), with a *process.ExitError when
// the stage has ended or ends first, or with the error of ctx.
func (h Handle) DemandMode(ctx context.Context) (DemandMode, error) {
	return process.Request(ctx, h.process, func(r *process.Reply[DemandMode]) any { return &getDemand{r} })
}

// getDemand asks for the demand mode.
type getDemand struct{ reply *process.Reply[DemandMode] }

// EstimateBuffered is the number of events in the buffer and in the dispatcher.
// (With [Exact]: in the buffer, where infos count too if it is infinite.)
// It fails with [ErrNotAProducer] for a consumer, and otherwise as
// [Handle.DemandMode].
func (h Handle) EstimateBuffered(ctx context.Context) (int, error) {
	return process.Request(ctx, h.process, func(r *process.Reply[int]) any { return &getBuffered{r} })
}

// getBuffered asks for the number of buffered events.
type getBuffered struct{ reply *process.Reply[int] }

// Process is the process behind the stage; nil for a nil handle.
func (p *Producer[T]) Process() *process.Process {
	if p == nil {
		return nil
	}
	return p.process
}

// Process is the process behind the stage; nil for a nil handle.
func (p *ProducerConsumer[In, Out]) Process() *process.Process {
	if p == nil {
		return nil
	}
	return p.process
}

// Process is the process behind the stage; nil for a nil handle.
func (c *Consumer[T]) Process() *process.Process {
	if c == nil {
		return nil
	}
	return c.process
}

func (p *Producer[T]) resolve() (*process.PID, bool)               { return pidOf(p.Process()) }
func (p *ProducerConsumer[In, Out]) resolve() (*process.PID, bool) { return pidOf(p.Process()) }

func (*Producer[T]) emits(T)                 {}
func (*ProducerConsumer[In, Out]) emits(Out) {}
func (*ProducerConsumer[In, Out]) takes(In)  {}
func (*Consumer[T]) emits(None)              {}
func (*Consumer[T]) takes(T)                 {}

// Named is a stage of T that is looked up by name at each use. It stands for a
// source, a sink or a stage that emits T; which of them it really is, and of
// what type, is checked when the message arrives. Make it with [ByName].
type Named[T any] struct {
	system *process.System
	name   string
}

// ByName names a stage in a system; nil is process.Default().
func ByName[T any](system *process.System, name string) Named[T] {
	if system == nil {
		system = process.Default()
	}
	return Named[T]{system, name}
}

// Process is the process that has the name now, or nil.
func (n Named[T]) Process() *process.Process {
	if n.system == nil { // it was not made by ByName
		return nil
	}
	p, _ := n.system.Whereis(n.name)
	return p
}

func (n Named[T]) resolve() (*process.PID, bool) { return pidOf(n.Process()) }

// pidOf is the address of a process, if there is one.
func pidOf(p *process.Process) (*process.PID, bool) {
	if p == nil {
		return nil, false
	}
	return p.PID(), true
}

func (Named[T]) emits(T) {}
func (Named[T]) takes(T) {}

// Actor is a source of T that is not a stage: any actor that speaks the
// protocol of this package. Make it with [ByPID].
type Actor[T any] struct{ pid *process.PID }

// ByPID makes a source of an actor.
func ByPID[T any](pid *process.PID) Actor[T] { return Actor[T]{pid} }

func (a Actor[T]) resolve() (*process.PID, bool) { return a.pid, a.pid != nil }
func (Actor[T]) emits(T)                         {}
