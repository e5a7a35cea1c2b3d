// Ratelimiter takes events from several producers, from each at a rate of its
// own, though all of them are always ready.
//
//	go run ./examples/ratelimiter
package main

import (
	"context"
	"io"
	"iter"
	"time"

	"github.com/stagecraft-go/stagecraft/examples/internal/program"
	"github.com/stagecraft-go/stagecraft/process"
	"github.com/stagecraft-go/stagecraft/stage"
)

func main() {
	program.Main("ratelimiter", func(ctx context.Context, _ []string, out io.Writer) error { return run(ctx, out) })
}

// event is one of a kind.
type event struct {
	kind string
	n    int
}

// plan is what the producers have, and how fast it is taken.
var plan = []struct {
	kind  string
	have  int // 0: endless
	n     int
	every time.Duration
}{
	{"mail", 0, 5, 100 * time.Millisecond},
	{"chat", 0, 2, 50 * time.Millisecond},
	{"report", 0, 1, 200 * time.Millisecond},
	{"import", 25, 7, 100 * time.Millisecond},
}

func run(ctx context.Context, out io.Writer) error {
	system, shutdown := program.NewSystem()
	defer shutdown()
	var sources stage.Sources[event]
	for _, p := range plan {
		source, err := stage.FromSeq(ctx, count(p.kind, p.have), stage.In(system))
		if err != nil {
			return err
		}
		sources = append(sources, from(source, p.n, p.every)...)
	}
	t := newTable()
	l, err := stage.StartConsumer(ctx, &limiter[event]{handle: t.add}, sources)
	if err != nil {
		return err
	}
	select {
	case <-time.After(t.length()):
	case <-ctx.Done():
		return context.Cause(ctx)
	}
	if err := l.Stop(ctx, process.Normal); err != nil {
		return err
	}
	return t.print(out)
}

// count is the events of a kind, n of them or without an end.
func count(kind string, n int) iter.Seq[event] {
	return func(yield func(event) bool) {
		for i := 1; (n == 0 || i <= n) && yield(event{kind, i}); i++ {
		}
	}
}
