package broadway

import "time"

// Settings are what a source's hook may look at and change before a pipeline
// starts: see [Source.PrepareForStart].
type Settings struct {
	Name       string // as in [Config]; not to be changed
	Producers  []ProducerSettings
	Processors ProcessorSettings
	Batchers   []BatcherSettings
}

// ProducerSettings are the numbers of a [Producer].
type ProducerSettings struct {
	Concurrency int
	RateLimit   RateLimit
}

// ProcessorSettings are the numbers of [Processors].
type ProcessorSettings struct {
	Concurrency, MaxDemand, MinDemand int
}

// BatcherSettings are the numbers of a [Batcher]; the name is not to be changed,
// and a batcher with Full has no use for Size.
type BatcherSettings struct {
	Name                         string
	Concurrency, Size, MaxDemand int
	Timeout                      time.Duration
}

// settings are those of a complete config.
func (c *Config[In, Out]) settings() *Settings {
	s := &Settings{Name: c.Name}
	for _, p := range c.Producers {
		s.Producers = append(s.Producers, ProducerSettings{p.Concurrency, p.RateLimit})
	}
	s.Processors = ProcessorSettings{c.Processors.Concurrency, c.Processors.MaxDemand, *c.Processors.MinDemand}
	for _, b := range c.Batchers {
		s.Batchers = append(s.Batchers, BatcherSettings{b.Name, b.Concurrency, b.Size, b.MaxDemand, b.Timeout})
	}
	return s
}

// with is the config with changed settings.
func (c Config[In, Out]) with(s *Settings) (Config[In, Out], error) {
	var check checker
	check.is(len(s.Producers) == len(c.Producers), "Settings.Producers", len(s.Producers), "as many as there were")
	check.is(len(s.Batchers) == len(c.Batchers), "Settings.Batchers", len(s.Batchers), "as many as there were")
	if err := check.result(); err != nil {
		return c, err
	}
	for i, p := range s.Producers {
		c.Producers[i].Concurrency, c.Producers[i].RateLimit = p.Concurrency, p.RateLimit
	}
	c.Processors.Concurrency, c.Processors.MaxDemand = s.Processors.Concurrency, s.Processors.MaxDemand
	c.Processors.MinDemand = new(s.Processors.MinDemand)
	for i, b := range s.Batchers {
		to := &c.Batchers[i]
		to.Concurrency, to.MaxDemand, to.Timeout = b.Concurrency, b.MaxDemand, b.Timeout
		if to.Full == nil {
			to.Size = b.Size
		}
	}
	return c.complete()
}
