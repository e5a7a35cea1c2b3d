package broadwaykit

import (
	"fmt"
	"time"

	"github.com/stagecraft-go/stagecraft/broadway"
	"github.com/stagecraft-go/stagecraft/stage"
)

// value is a number that may be missing.
func value(n *int) int {
	if n == nil {
		return 0
	}
	return *n
}

func millis(n *int) time.Duration { return time.Duration(value(n)) * time.Millisecond }

// unwritable is a mistake that Go does not compile, or "".
func (c *Config) unwritable() string {
	switch {
	case c.BadName:
		return "a name is a string"
	case c.NoProcessors, c.TwoProcessors:
		return "there is one group of processors"
	case c.UnknownOption, c.Producer.UnknownOption, c.Processors.UnknownOption:
		return "a struct has the fields that it has"
	case !c.PartitionBy.writable(), !c.Processors.PartitionBy.writable():
		return "a partition function is a function"
	}
	for _, b := range c.Batchers {
		switch {
		case b.UnknownOption:
			return "a struct has the fields that it has"
		case !b.PartitionBy.writable():
			return "a partition function is a function"
		case b.Func != nil && (b.Func.Rule == "bad_arity" || b.Func.Rule == "function_only"):
			return "a batch function has its type"
		}
	}
	return ""
}

func (p *Partition) writable() bool { return p == nil || p.By != "not_a_function" }

// config is the configuration of a scenario for package broadway.
func (b *bench) config(message func(Data) broadway.Message[Data]) broadway.Config[Data, Data] {
	c := &b.scenario.Config
	config := broadway.Config[Data, Data]{
		Name:        pipelineName,
		Handler:     b.messageHandler(),
		PartitionBy: c.PartitionBy.of(),
		Processors: broadway.Processors[Data]{
			Concurrency: value(c.Processors.Concurrency),
			MaxDemand:   value(c.Processors.MaxDemand),
			MinDemand:   c.Processors.MinDemand,
			PartitionBy: c.Processors.PartitionBy.of(),
		},
		Shutdown:  millis(c.Shutdown),
		Restarts:  broadway.Restarts{Max: c.MaxRestarts, Within: 1000 * millis(c.MaxSeconds)},
		Telemetry: b.hub,
		System:    b.system,
	}
	if c.NoName {
		config.Name = ""
	}
	if c.Resubscribe != nil {
		config.ResubscribeInterval = new(millis(c.Resubscribe))
	}
	if c.Producer.Kind != "absent" {
		config.Producers = []broadway.Producer[Data]{b.producer(message)}
	}
	for i := range c.Batchers {
		config.Batchers = append(config.Batchers, b.batcher(&c.Batchers[i]))
	}
	return config
}

func (b *bench) producer(message func(Data) broadway.Message[Data]) broadway.Producer[Data] {
	c := &b.scenario.Config.Producer
	p := broadway.Producer[Data]{
		Source:      b.source(message),
		Concurrency: value(c.Concurrency),
		BufferSize:  c.BufferSize,
	}
	if c.RateLimiting != nil {
		p.RateLimit = broadway.RateLimit{Allowed: c.RateLimiting.Allowed, Interval: millis(&c.RateLimiting.Interval)}
	}
	if c.BufferKeep == "first" {
		p.BufferKeep = stage.KeepFirst
	}
	return p
}

func (b *bench) batcher(c *BatcherConfig) broadway.Batcher[Data] {
	batcher := broadway.Batcher[Data]{
		Name:        c.Name,
		Handler:     b.batchHandler(),
		Concurrency: value(c.Concurrency),
		Size:        value(c.Size),
		Timeout:     millis(c.Timeout),
		MaxDemand:   value(c.MaxDemand),
		PartitionBy: c.PartitionBy.of(),
	}
	if c.PartitionBy == nil {
		batcher.PartitionBy = b.scenario.Config.PartitionBy.of()
	}
	if c.Func != nil {
		batcher.Full = func() func(*broadway.Message[Data]) bool {
			full := c.Func.begin()
			return func(m *broadway.Message[Data]) bool { return full(m.Data) }
		}
	}
	return batcher
}

// begin is a batch function with its state. Broadway throws the accumulator away
// that comes with emit, so that every batch starts from the initial one; a Full
// that does the same says so itself.
func (f *BatchFunc) begin() func(Data) bool {
	state := f.initial()
	return func(d Data) bool {
		var emit bool
		if emit, state = f.next(d, state); emit {
			state = f.initial()
		}
		return emit
	}
}

func (f *BatchFunc) initial() int {
	if f.Rule == "grow" {
		return f.Start
	}
	return f.Limit
}

// next is what the function answers to a message and an accumulator.
func (f *BatchFunc) next(d Data, state int) (emit bool, next int) {
	switch f.Rule {
	case "weight":
		return state-d.ID <= 0, state - d.ID
	case "until_mult":
		return d.ID%f.K == 0, state
	case "grow":
		return state-1 <= 0, state - 1
	}
	panic(fmt.Sprintf("unknown batch function %q", f.Rule))
}
