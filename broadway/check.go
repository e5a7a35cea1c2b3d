package broadway

import (
	"fmt"
	"runtime"
	"time"

	"github.com/stagecraft-go/stagecraft/stage"
	"github.com/stagecraft-go/stagecraft/telemetry"
)

// ConfigError refuses a field of a [Config], before anything starts: it says
// where the field is, what was given, and what is allowed.
type ConfigError struct {
	Field   string // as in "Batchers[1].Size"
	Value   string
	Allowed string
}

func (e *ConfigError) Error() string {
	return fmt.Sprintf("broadway: %s is %s, allowed is %s", e.Field, e.Value, e.Allowed)
}

// checker collects the first mistake.
type checker struct {
	err  *ConfigError
	path string
}

// is refuses a field unless it is fine.
func (c *checker) is(fine bool, field string, value any, allowed string) {
	if !fine && c.err == nil {
		c.err = &ConfigError{c.path + field, fmt.Sprint(value), allowed}
	}
}

// missing is the mistake of an argument that is nil.
func missing(argument string) *ConfigError {
	return &ConfigError{argument, "nil", "one that is not nil"}
}

// count checks a number of which 0 means a default.
func (c *checker) count(field string, n *int, standard int) {
	c.is(*n >= 0, field, *n, "1 or more, or 0 for the default")
	if *n == 0 {
		*n = standard
	}
}

// duration checks a time of which 0 means a default.
func (c *checker) duration(field string, d *time.Duration, standard time.Duration) {
	c.is(*d >= 0, field, *d, "more than 0, or 0 for the default")
	if *d == 0 {
		*d = standard
	}
}

func (c *checker) result() error {
	if c.err == nil {
		return nil
	}
	return c.err
}

// complete is the config with its defaults filled in, or the first mistake.
func (c Config[In, Out]) complete() (Config[In, Out], error) {
	var check checker
	check.is(len(c.Producers) > 0, "Producers", "empty", "one or more")
	check.is(c.Handler != nil || c.NewHandler != nil, "Handler", "nil", "a handler, here or in NewHandler")
	check.is(c.Handler == nil || c.NewHandler == nil, "NewHandler", "given beside Handler", "one of the two")
	f, isFunc := c.Handler.(MessageFunc[In, Out])
	check.is(!isFunc || f != nil, "Handler", "a nil function", "a handler")
	check.duration("Shutdown", &c.Shutdown, defaultShutdown)
	c.Restarts.complete(&check)
	if c.ResubscribeInterval == nil {
		c.ResubscribeInterval = new(defaultResubscribe)
	}
	check.is(*c.ResubscribeInterval >= 0, "ResubscribeInterval", *c.ResubscribeInterval, "0 or more")
	c.Retry.complete(&check)
	if c.Telemetry == nil {
		c.Telemetry = telemetry.Default()
	}
	c.Producers = append([]Producer[In](nil), c.Producers...)
	for i := range c.Producers {
		check.path = fmt.Sprintf("Producers[%d].", i)
		c.Producers[i].complete(&check)
	}
	check.path = "Processors."
	c.Processors.complete(&check)
	if c.Processors.PartitionBy == nil {
		c.Processors.PartitionBy = c.PartitionBy
	}
	c.Batchers = append([]Batcher[Out](nil), c.Batchers...)
	seen := make(map[string]bool)
	for i := range c.Batchers {
		check.path = fmt.Sprintf("Batchers[%d].", i)
		c.Batchers[i].complete(&check)
		check.is(!seen[c.Batchers[i].Name], "Name", fmt.Sprintf("%q", c.Batchers[i].Name), "a name of its own for each batcher")
		seen[c.Batchers[i].Name] = true
	}
	return c, check.result()
}

func (r *Restarts) complete(check *checker) {
	if r.Max == nil {
		r.Max = new(defaultMaxRestarts)
	}
	check.is(*r.Max >= 0, "Restarts.Max", *r.Max, "0 or more")
	check.duration("Restarts.Within", &r.Within, defaultWithin)
}

func (r *Retry) complete(check *checker) {
	check.count("Retry.Attempts", &r.Attempts, 1)
	check.count("Retry.MaxWaiting", &r.MaxWaiting, defaultMaxWaiting)
	b := r.Backoff
	check.is(b.Initial >= 0, "Retry.Backoff.Initial", b.Initial, "0 or more")
	check.is(b.Max == 0 || b.Max >= b.Initial, "Retry.Backoff.Max", b.Max, "Initial or more, or 0 for always Initial")
	check.is(b.Jitter >= 0 && b.Jitter <= 1, "Retry.Backoff.Jitter", b.Jitter, "0 to 1")
}

func (p *Producer[In]) complete(check *checker) {
	if m := p.Source.mistake; m != nil {
		check.is(false, "Source."+m.Field, m.Value, m.Allowed)
	}
	check.is(p.Source.open != nil, "Source", "empty", "a source made by this package or a connector")
	check.count("Concurrency", &p.Concurrency, 1)
	check.is(!p.Source.once || p.Concurrency <= 1, "Concurrency", p.Concurrency, "1, since the source can be read once")
	p.RateLimit.check(check, "RateLimit.")
	check.is(p.BufferSize == nil || *p.BufferSize >= 0, "BufferSize", deref(p.BufferSize), "0 or more, or Infinite")
	check.is(p.BufferKeep <= stage.KeepFirst, "BufferKeep", p.BufferKeep, "KeepLast or KeepFirst")
}

func deref(n *int) any {
	if n == nil {
		return nil
	}
	return *n
}

// check accepts the zero value, which is no limit.
func (r RateLimit) check(check *checker, field string) {
	if r == (RateLimit{}) {
		return
	}
	check.is(r.Allowed >= 1, field+"Allowed", r.Allowed, "1 or more")
	check.is(r.Interval > 0, field+"Interval", r.Interval, "more than 0")
}

func (p *Processors[In]) complete(check *checker) {
	check.count("Concurrency", &p.Concurrency, 2*runtime.GOMAXPROCS(0))
	check.count("MaxDemand", &p.MaxDemand, defaultMaxDemand)
	if p.MinDemand == nil {
		p.MinDemand = new(p.MaxDemand / 2)
	}
	check.is(*p.MinDemand >= 0 && *p.MinDemand < p.MaxDemand, "MinDemand", *p.MinDemand,
		fmt.Sprintf("0 to %d (MaxDemand-1)", p.MaxDemand-1))
	check.is(p.HandleTimeout >= 0, "HandleTimeout", p.HandleTimeout, "more than 0, or 0 for none")
}

func (b *Batcher[T]) complete(check *checker) {
	if b.Name == "" {
		b.Name = DefaultBatcher
	}
	check.is(b.Handler != nil || b.NewHandler != nil, "Handler", "nil", "a handler, here or in NewHandler")
	check.is(b.Handler == nil || b.NewHandler == nil, "NewHandler", "given beside Handler", "one of the two")
	f, isFunc := b.Handler.(BatchFunc[T])
	check.is(!isFunc || f != nil, "Handler", "a nil function", "a handler")
	check.count("Concurrency", &b.Concurrency, 1)
	check.is(b.Full == nil || b.Size == 0, "Size", b.Size, "0 with Full")
	check.is(b.Full == nil || b.MaxDemand > 0, "MaxDemand", b.MaxDemand, "1 or more with Full")
	if b.Full == nil {
		check.count("Size", &b.Size, defaultBatchSize)
	}
	check.is((b.Weight == nil) == (b.MaxWeight == 0), "MaxWeight", b.MaxWeight, "given together with Weight")
	check.is(b.MaxWeight >= 0, "MaxWeight", b.MaxWeight, "1 or more")
	check.duration("Timeout", &b.Timeout, defaultBatchTimeout)
	check.count("MaxDemand", &b.MaxDemand, b.Size)
	check.is(b.HandleTimeout >= 0, "HandleTimeout", b.HandleTimeout, "more than 0, or 0 for none")
}
