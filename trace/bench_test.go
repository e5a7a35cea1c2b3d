package trace_test

import (
	"fmt"
	"log/slog"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/stagecraft-go/stagecraft/process"
	"github.com/stagecraft-go/stagecraft/stage"
	"github.com/stagecraft-go/stagecraft/trace"
)

// ending is a consumer that stops when it has got all events.
type ending struct{ left int }

func (e *ending) HandleEvents(_ *stage.Context[stage.None], events []int, _ stage.Subscription) error {
	if e.left -= len(events); e.left <= 0 {
		return process.Normal
	}
	return nil
}

// BenchmarkWatched is a counter and a printer: what an event costs when both are
// watched, and when they are not.
func BenchmarkWatched(b *testing.B) {
	for _, maxDemand := range []int{1, 1000} {
		for _, watched := range []bool{false, true} {
			b.Run(fmt.Sprintf("max=%d/%t", maxDemand, watched), func(b *testing.B) {
				sys := process.NewSystem(process.WithLogger(slog.New(slog.DiscardHandler)))
				defer sys.Shutdown(background)
				counterOpts, printerOpts := []stage.Option{stage.In(sys)}, []stage.Option{stage.In(sys)}
				if watched {
					rec := trace.New()
					counterOpts = append(counterOpts, rec.Watch("counter"))
					printerOpts = append(printerOpts, rec.Watch("printer"))
				}
				counter, err := stage.StartProducer(background, counting(), counterOpts...)
				require.NoError(b, err)
				printer, err := stage.StartConsumer(background, &ending{b.N}, stage.From(counter, stage.MaxDemand(maxDemand)), printerOpts...)
				require.NoError(b, err)
				<-printer.Done()
			})
		}
	}
}
