package main

import (
	"bufio"
	"context"
	"errors"
	"io"
	"runtime"

	"github.com/stagecraft-go/stagecraft/dispatcher"
	"github.com/stagecraft-go/stagecraft/examples/internal/program"
	"github.com/stagecraft-go/stagecraft/examples/internal/tally"
	"github.com/stagecraft-go/stagecraft/process"
	"github.com/stagecraft-go/stagecraft/stage"
)

// options are the dimensions of the topology. The zero value is good.
type options struct {
	splitters int // default: one for each CPU, but at least 2
	talliers  int // default: as many
	maxLines  int // lines on their way to one splitter; default 200
	maxWords  int // words on their way from one splitter to one tallier; default 4000
}

func (o options) withDefaults() options {
	cpus := max(2, runtime.GOMAXPROCS(0))
	set := func(n *int, value int) {
		if *n == 0 {
			*n = value
		}
	}
	set(&o.splitters, cpus)
	set(&o.talliers, cpus)
	set(&o.maxLines, 200)
	set(&o.maxWords, 4000)
	return o
}

// count counts the words of a text. The text is read to its end, and no faster
// than its words are counted.
func count(ctx context.Context, text io.Reader, o options) (tally.Counts, error) {
	o = o.withDefaults()
	system, shutdown := program.NewSystem()
	defer shutdown() // ends what is left of a count that failed
	results := make(chan result, o.talliers)
	if err := start(ctx, system, text, o, results); err != nil {
		return nil, err
	}
	return collect(ctx, results)
}

// start builds the topology, from its source to its ends, and sets it going.
func start(ctx context.Context, system *process.System, text io.Reader, o options, results chan<- result) error {
	// Nothing is read until all stages are in their places.
	source, err := stage.StartProducer(ctx, &reader{text: bufio.NewReaderSize(text, 64<<10)},
		stage.In(system), stage.Demand(stage.Accumulate))
	if err != nil {
		return err
	}
	var splitters []*stage.ProducerConsumer[string, string]
	for range o.splitters {
		s, err := stage.StartProducerConsumer(ctx, &splitter{},
			stage.From(source, stage.MaxDemand(o.maxLines), stage.OnCancel(stage.Transient)),
			stage.Recycle(),
			stage.Dispatch(dispatcher.Partition(o.talliers, dispatcher.HashValue[string](o.talliers))))
		if err != nil {
			return err
		}
		splitters = append(splitters, s)
	}
	for i := range o.talliers {
		var from stage.Sources[string]
		for _, s := range splitters {
			from = from.And(s, stage.Partition(i), stage.MaxDemand(o.maxWords), stage.OnCancel(stage.Transient))
		}
		_, err := stage.StartConsumer(ctx, &tallier{counts: tally.New(), result: results}, from, stage.Recycle())
		if err != nil {
			return err
		}
	}
	source.SetDemand(stage.Forward)
	return nil
}

// collect waits for all results. One that is not complete spoils the count.
func collect(ctx context.Context, results <-chan result) (tally.Counts, error) {
	counts := tally.New()
	for range cap(results) {
		r := <-results
		switch {
		case ctx.Err() != nil:
			return nil, context.Cause(ctx)
		case !errors.Is(r.reason, process.Normal):
			return nil, r.reason
		}
		counts.Merge(r.counts)
	}
	return counts, nil
}
