package flow

import (
	"fmt"
	"runtime"
	"time"

	"github.com/stagecraft-go/stagecraft/stage"
)

// Option sets how a layer runs: the set of stages that an operation like
// [PartitionBy] or [Flow.Shuffle] begins, or the stages of a source with
// operations. A value out of range is a [*ProgramError].
type Option func(*config) error

// config is what the options of a layer say.
type config struct {
	stages     int
	max        int  // defaultMaxDemand if not given
	min        *int // nil: not given
	bufferSize *int // nil: not given
	keep       stage.Keep
	shutdown   time.Duration
	onInit     func(index, total int)
	forget     bool
}

const (
	defaultShutdown  = 5 * time.Second
	defaultMaxDemand = 1000 // of a subscription between stages
)

// Stages is the number of stages that share the work of a layer: 1 or more,
// default GOMAXPROCS.
func Stages(n int) Option {
	return func(c *config) error {
		if n < 1 {
			return fmt.Errorf("Stages is %d, allowed is 1 or more", n)
		}
		c.stages = n
		return nil
	}
}

// MaxDemand is the number of events in flight between each pair of stages of
// this layer and the one before: 1 or more, default 1000.
func MaxDemand(events int) Option {
	return func(c *config) error {
		if events < 1 {
			return fmt.Errorf("MaxDemand is %d, allowed is 1 or more", events)
		}
		c.max = events
		return nil
	}
}

// MinDemand is the number of events in flight at which more are asked for: 0 to
// MaxDemand-1, default half of MaxDemand.
func MinDemand(events int) Option {
	return func(c *config) error {
		if events < 0 {
			return fmt.Errorf("MinDemand is %d, allowed is 0 or more", events)
		}
		c.min = &events
		return nil
	}
}

// BufferSize limits the events that a stage keeps for a slow layer behind it; what
// does not fit is dropped, with a warning in the log. 0 keeps none. Default
// [stage.Infinite].
func BufferSize(events int) Option {
	return func(c *config) error {
		if events < 0 {
			return fmt.Errorf("BufferSize is %d, allowed is 0 or more, or Infinite", events)
		}
		c.bufferSize = &events
		return nil
	}
}

// BufferKeep says which events survive when the buffer is full:
// [stage.KeepFirst], or [stage.KeepLast], the default.
func BufferKeep(keep stage.Keep) Option {
	return func(c *config) error {
		if keep != stage.KeepFirst && keep != stage.KeepLast {
			return fmt.Errorf("BufferKeep is %v, allowed is KeepLast or KeepFirst", keep)
		}
		c.keep = keep
		return nil
	}
}

// Shutdown is how long the stages may go on with what they are doing when the
// flow is stopped, 0 or more; then they are killed. Default 5 s. The longest one
// of all layers counts.
func Shutdown(d time.Duration) Option {
	return func(c *config) error {
		if d < 0 {
			return fmt.Errorf("Shutdown is %v, allowed is 0 or more", d)
		}
		c.shutdown = d
		return nil
	}
}

// OnInit is called in each stage of the layer when it starts, with its index,
// from 0, and the number of stages.
func OnInit(f func(index, total int)) Option {
	return func(c *config) error {
		if f == nil {
			return fmt.Errorf("OnInit is nil, allowed is a function")
		}
		c.onInit = f
		return nil
	}
}

// ForgetOnTrigger makes a [WindowJoin] drop at each trigger what it has stored:
// events that have no partner by then are emitted if the mode says so, and will
// have none. Without it a join remembers until its window is done.
func ForgetOnTrigger() Option {
	return func(c *config) error {
		c.forget = true
		return nil
	}
}

// newConfig applies options to the defaults.
func newConfig(prog program, opts []Option) (config, program) {
	return defaultConfig(runtime.GOMAXPROCS(0)).with(prog, opts)
}

// newJoinConfig is for a join, which alone can forget.
func newJoinConfig(prog program, opts []Option) (config, program) {
	return defaultConfig(runtime.GOMAXPROCS(0)).apply(prog, opts)
}

func defaultConfig(stages int) config {
	return config{stages: stages, shutdown: defaultShutdown, max: defaultMaxDemand}
}

// with applies options of a layer that is no join.
func (c config) with(prog program, opts []Option) (config, program) {
	before := c.forget
	c, prog = c.apply(prog, opts)
	if c.forget && !before {
		prog = prog.fail("ForgetOnTrigger is set, allowed is for a join")
	}
	return c, prog
}

func (c config) apply(prog program, opts []Option) (config, program) {
	for _, opt := range opts {
		if opt == nil {
			return c, prog.fail("an option is nil")
		}
		if err := opt(&c); err != nil {
			return c, prog.fail("%v", err)
		}
	}
	if c.min != nil && *c.min >= c.max {
		prog = prog.fail("MinDemand is %d, allowed is 0 to %d (MaxDemand-1)", *c.min, c.max-1)
	}
	return c, prog
}

// subscription are the options of the subscriptions of stage i of the layer.
func (c config) subscription(i int, routed bool) []stage.SubscribeOption {
	opts := []stage.SubscribeOption{stage.OnCancel(stage.Transient), stage.MaxDemand(c.max)}
	if c.min != nil {
		opts = append(opts, stage.MinDemand(*c.min))
	}
	if routed {
		opts = append(opts, stage.Partition(i))
	}
	return opts
}

// stage are the options of the layer's stages.
func (c config) stage() []stage.Option {
	opts := []stage.Option{stage.Recycle(), stage.ReadOnly()}
	if c.bufferSize != nil {
		opts = append(opts, stage.BufferSize(*c.bufferSize))
	}
	if c.keep != 0 {
		opts = append(opts, stage.BufferKeep(c.keep))
	}
	return opts
}
