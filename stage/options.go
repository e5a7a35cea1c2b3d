package stage

import (
	"fmt"
	"math"

	"github.com/stagecraft-go/stagecraft/dispatcher"
	"github.com/stagecraft-go/stagecraft/process"
)

// Infinite is the size of a buffer without a limit.
const Infinite = math.MaxInt

// defaultBufferSize is the buffer of a producer; a producer_consumer's is
// infinite, for it cannot tell its producers to stop.
const defaultBufferSize = 10_000

// Option configures a stage at its start. A value out of range, or an option
// that the kind of stage does not have, is an [*OptionError] of the start.
type Option func(*config) error

// config is what the options of a stage say. The zero value of a field means
// that the option was not given.
type config struct {
	settings
	role       Role
	name       string
	link       *process.Self
	mode       DemandMode
	bufferSize *int
	keep       Keep
	dispatcher any // dispatcher.Factory[Out]
	stopOnLast bool
	fromSeq    bool
	observer   Observer
	demandOf   []*process.PID // nil: not given
}

// settings are the options that a stage looks at all its life.
type settings struct {
	system   *process.System
	onSend   func(to *process.PID, message any)
	exact    bool
	recycle  bool
	readOnly bool
	quiet    bool
}

// Name registers the stage under a name, unique in its system and free again
// when the stage ends. A name that is taken fails the start with
// process.ErrNameTaken. Default: none.
func Name(name string) Option {
	return func(c *config) error {
		if name == "" {
			return &OptionError{"Name", `""`, "a text that is not empty"}
		}
		c.name = name
		return nil
	}
}

// In starts the stage in a given system. Default is that of the first source
// that is a stage, since stages of different systems cannot reach each other; or
// else process.SystemOf(ctx).
func In(system *process.System) Option {
	return func(c *config) error {
		if system == nil {
			return &OptionError{"In", "nil", "a process system"}
		}
		c.system = system
		return nil
	}
}

// LinkTo links the stage to a process, which must be the caller's own, before
// the stage runs: GenStage's start_link.
func LinkTo(parent *process.Self) Option {
	return func(c *config) error {
		if parent == nil {
			return &OptionError{"LinkTo", "nil", "the calling process"}
		}
		c.link = parent
		return nil
	}
}

// Demand sets the demand mode in which a producer starts. Default [Forward].
func Demand(mode DemandMode) Option {
	return func(c *config) error {
		if !validEnum(mode, 2) {
			return &OptionError{"Demand", mode.String(), "Forward or Accumulate"}
		}
		c.mode = mode
		return c.only("Demand", RoleProducer, roleStream)
	}
}

// BufferSize limits the events that are kept for later when nobody has asked
// for them; 0 keeps none, [Infinite] sets no limit. Default 10 000 for a
// producer and Infinite for a producer_consumer.
func BufferSize(events int) Option {
	return func(c *config) error {
		if events < 0 {
			return &OptionError{"BufferSize", fmt.Sprint(events), "0 or more, or Infinite"}
		}
		c.bufferSize = &events
		return c.only("BufferSize", RoleProducer, RoleProducerConsumer)
	}
}

// BufferKeep says which events survive when the buffer is full. Default
// [KeepLast].
func BufferKeep(keep Keep) Option {
	return func(c *config) error {
		if !validEnum(keep, 2) {
			return &OptionError{"BufferKeep", keep.String(), "KeepLast or KeepFirst"}
		}
		c.keep = keep
		return c.only("BufferKeep", RoleProducer, RoleProducerConsumer)
	}
}

// Dispatch chooses the dispatcher. Default dispatcher.Demand.
func Dispatch[Out any](factory dispatcher.Factory[Out]) Option {
	return func(c *config) error {
		if factory == nil {
			return &OptionError{"Dispatch", "nil", "a dispatcher of the stage's event type"}
		}
		c.dispatcher = factory
		return c.only("Dispatch", RoleProducer, RoleProducerConsumer)
	}
}

// Exact makes a stage and its dispatcher behave as GenStage does to the letter,
// its known defects included. It is for migrations and for comparing; see
// docs/deviations.md for what changes.
func Exact() Option {
	return func(c *config) error {
		c.exact = true
		return nil
	}
}

// Recycle promises that HandleEvents does not keep the slice it is given after
// it returns, so that the slice can be used again. It about halves the cost of
// an event in a chain of stages.
func Recycle() Option {
	return func(c *config) error {
		c.recycle = true
		return c.only("Recycle", RoleProducerConsumer, RoleConsumer)
	}
}

// ReadOnly promises that HandleEvents only reads the slice it is given: it does
// not write to it, and does not hand it on with EmitOwned (EmitShared is fine).
// Then lists that are not for this stage alone, of a broadcast or of
// [Context.EmitShared], need not be copied for it.
func ReadOnly() Option {
	return func(c *config) error {
		c.readOnly = true
		return c.only("ReadOnly", RoleProducerConsumer, RoleConsumer)
	}
}

// StopAfterLastConsumer stops a producer made by [FromSeq] in an orderly way
// when its last consumer is gone.
func StopAfterLastConsumer() Option {
	return func(c *config) error {
		c.stopOnLast = true
		if !c.fromSeq {
			return &OptionError{"StopAfterLastConsumer", "set", "FromSeq only"}
		}
		return nil
	}
}

// Quiet logs a failure of the stage at debug level instead of as an error: for
// stages whose owner reports how they end.
func Quiet() Option {
	return func(c *config) error {
		c.quiet = true
		return nil
	}
}

// OnSend calls see with each message that the stage sends to another actor, in
// order and before it leaves, in the stage's goroutine. to is nil for the reply
// to a call. See must be quick and must not keep or change the message. To
// watch what stages do, use [ObservedBy].
func OnSend(see func(to *process.PID, message any)) Option {
	return func(c *config) error {
		if see == nil {
			return &OptionError{"OnSend", "nil", "a function"}
		}
		c.onSend = see
		return nil
	}
}

// only refuses an option to stages of another role.
func (c *config) only(option string, roles ...Role) error {
	for _, role := range roles {
		if c.role == role {
			return nil
		}
	}
	return &OptionError{option, "given to a " + c.role.String(), "for " + fmt.Sprint(roles)}
}

// newConfig applies options to the defaults of a role.
func newConfig(role Role, opts []Option) (*config, error) {
	c := &config{role: role}
	return c, c.apply(opts)
}

func (c *config) apply(opts []Option) error {
	for _, opt := range opts {
		if opt == nil {
			return &OptionError{"(unnamed)", "nil", "a value made by this package"}
		}
		if err := opt(c); err != nil {
			return err
		}
	}
	if c.mode == 0 {
		c.mode = Forward
	}
	if c.keep == 0 {
		c.keep = KeepLast
	}
	return c.checkBufferSize()
}

// checkBufferSize sets the default and, in exact mode, fails as GenStage does
// for a size of 0, which it accepts and cannot build.
func (c *config) checkBufferSize() error {
	if c.bufferSize == nil {
		size := defaultBufferSize
		if c.role == RoleProducerConsumer {
			size = Infinite
		}
		c.bufferSize = &size
	}
	if c.exact && *c.bufferSize == 0 {
		return &OptionError{"BufferSize", "0", "1 or more, or Infinite, with Exact"}
	}
	return nil
}

// factory is the configured dispatcher of a stage of Out.
func factory[Out any](c *config) (dispatcher.Factory[Out], error) {
	if c.dispatcher == nil {
		return dispatcher.Demand[Out](), nil
	}
	f, ok := c.dispatcher.(dispatcher.Factory[Out])
	if !ok {
		return nil, &OptionError{"Dispatch", fmt.Sprintf("%T", c.dispatcher), fmt.Sprintf("%T", f)}
	}
	return f, nil
}
