package supervisor

import (
	"context"
	"fmt"
	"time"

	"github.com/stagecraft-go/stagecraft/internal/enum"
	"github.com/stagecraft-go/stagecraft/process"
	"github.com/stagecraft-go/stagecraft/stage"
)

// OTP's default intensity.
const (
	defaultMaxRestarts = 3
	defaultWithin      = 5 * time.Second
)

// Option configures a supervisor at its start. A value out of range, or an option
// that this kind of supervisor does not have, is a [*SpecError] of the start.
type Option func(*config) error

// kind is the sort of a supervisor.
type kind uint8

const (
	kindStatic kind = iota + 1
	kindDynamic
	kindConsumer
)

func (k kind) String() string { return enum.Name(k, "", "Supervisor", "Dynamic", "ConsumerSupervisor") }

// config is what the options of a supervisor say.
type config struct {
	kind        kind
	strategy    StrategyKind
	maxRestarts int
	within      time.Duration
	auto        AutoShutdownMode
	name        string
	system      *process.System
	link        *process.Self
	maxChildren int // < 0: no limit
	onEvent     func(Event)
	starting    func(context.Context) context.Context
	stage       []stage.Option
}

// Strategy says which children are restarted together. Default [OneForOne].
func Strategy(kind StrategyKind) Option {
	return func(c *config) error {
		if kind < OneForOne || kind > OneForAll {
			return option(InvalidStrategy, "Strategy", kind.String(), "OneForOne, RestForOne or OneForAll")
		}
		c.strategy = kind
		return c.only("Strategy", kindStatic)
	}
}

// Intensity sets how many restarts (0 or more) within a time (more than 0) a
// supervisor survives: with one more it gives up. Default 3 within 5 seconds.
func Intensity(maxRestarts int, within time.Duration) Option {
	return func(c *config) error {
		switch {
		case maxRestarts < 0:
			return option(InvalidIntensity, "Intensity: maxRestarts", fmt.Sprint(maxRestarts), "0 or more")
		case within <= 0:
			return option(InvalidPeriod, "Intensity: within", within.String(), "more than 0")
		}
		c.maxRestarts, c.within = maxRestarts, within
		return nil
	}
}

// AutoShutdown says whether the end of significant children ends the supervisor.
// Default [Never].
func AutoShutdown(mode AutoShutdownMode) Option {
	return func(c *config) error {
		if mode < Never || mode > AllSignificant {
			return option(InvalidAutoShutdown, "AutoShutdown", mode.String(), "Never, AnySignificant or AllSignificant")
		}
		c.auto = mode
		return c.only("AutoShutdown", kindStatic)
	}
}

// MaxChildren limits the children of a [Dynamic]: 0 or more. Default: no limit.
func MaxChildren(n int) Option {
	return func(c *config) error {
		if n < 0 {
			return option(InvalidMaxChildren, "MaxChildren", fmt.Sprint(n), "0 or more")
		}
		c.maxChildren = n
		return c.only("MaxChildren", kindDynamic)
	}
}

// StartContext lets every call of a start function go through derive, which
// usually adds a value: OTP's extra_arguments.
func StartContext(derive func(ctx context.Context) context.Context) Option {
	return func(c *config) error {
		if derive == nil {
			return option(InvalidOption, "StartContext", "nil", "a function")
		}
		c.starting = derive
		return nil
	}
}

// Name registers the supervisor under a name, unique in its system and free
// again when the supervisor ends. A name that is taken fails the start with
// process.ErrNameTaken. Default: none.
func Name(name string) Option {
	return func(c *config) error {
		if name == "" {
			return option(InvalidOption, "Name", `""`, "a text that is not empty")
		}
		c.name = name
		return nil
	}
}

// In starts the supervisor in a given system. Default process.SystemOf(ctx); for a
// [ConsumerSupervisor] see stage.In.
func In(system *process.System) Option {
	return func(c *config) error {
		if system == nil {
			return option(InvalidOption, "In", "nil", "a process system")
		}
		c.system = system
		return nil
	}
}

// LinkTo makes the calling process the parent of the supervisor, linked to it
// before its first child starts: when the parent ends, whatever the reason, the
// supervisor ends with the same. A child of a supervisor needs no LinkTo.
func LinkTo(parent *process.Self) Option {
	return func(c *config) error {
		if parent == nil {
			return option(InvalidOption, "LinkTo", "nil", "the calling process")
		}
		c.link = parent
		return nil
	}
}

// OnEvent calls f for each [Event], in the supervisor's process: f must be quick
// and must not call the supervisor. A panic in it is logged and does no harm.
func OnEvent(f func(Event)) Option {
	return func(c *config) error {
		if f == nil {
			return option(InvalidOption, "OnEvent", "nil", "a function")
		}
		c.onEvent = f
		return nil
	}
}

// StageOptions adds options of the stage that a [ConsumerSupervisor] is.
func StageOptions(opts ...stage.Option) Option {
	return func(c *config) error {
		c.stage = append(c.stage, opts...)
		return c.only("StageOptions", kindConsumer)
	}
}

// only refuses an option to other kinds of supervisors.
func (c *config) only(field string, owner kind) error {
	if c.kind == owner {
		return nil
	}
	return option(InvalidOption, field, "given to a "+c.kind.String(), "for a "+owner.String())
}

func option(fault Fault, field, value, allowed string) error {
	return &SpecError{Fault: fault, Field: field, Value: value, Allowed: allowed}
}

// newConfig applies options to the defaults.
func newConfig(ctx context.Context, kind kind, opts []Option) (*config, error) {
	c := &config{
		kind: kind, strategy: OneForOne, auto: Never, maxChildren: -1,
		maxRestarts: defaultMaxRestarts, within: defaultWithin,
	}
	for _, opt := range opts {
		if opt == nil {
			return nil, option(InvalidOption, "(unnamed)", "nil", "a value made by this package")
		}
		if err := opt(c); err != nil {
			return nil, err
		}
	}
	if c.system == nil && kind != kindConsumer { // which lives where its sources do
		c.system = process.SystemOf(ctx)
	}
	return c, nil
}

// processOptions are those of the supervisor's process.
func (c *config) processOptions() (opts []process.StartOption) {
	if c.name != "" {
		opts = append(opts, process.WithName(c.name))
	}
	if c.link != nil {
		opts = append(opts, process.LinkTo(c.link))
	}
	return opts
}
