package trace_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/stagecraft-go/stagecraft/process"
	"github.com/stagecraft-go/stagecraft/stage"
)

// walk watches a counter and a printer that stops after some batches.
func walk(w *world, printer *printer, opts ...stage.SubscribeOption) string {
	w.Helper()
	counter := w.producer(counting(), w.rec.Watch("counter"))
	c := w.consumer(printer, stage.From(counter, opts...), w.rec.Watch("printer"))
	<-c.Done()
	w.stop(counter)
	return w.text()
}

// page is a text that is indented in the test, and begins with an empty line.
func page(text string) string {
	return strings.ReplaceAll(strings.TrimPrefix(text, "\n"), "\t\t\t", "")
}

// G2 of the recordings of GenStage: demands 10, 10; batches of 10.
func TestMaxTenMinZero(t *testing.T) {
	inWorld(t, func(w *world) {
		text := walk(w, &printer{batches: 2, reason: process.Normal}, stage.MaxDemand(10), stage.MinDemand(0))
		assert.Equal(w, page(`
			time  who                what                       demand  buffer  in flight
			  0s  printer → counter  subscribe, max 10, min 0
			  0s  printer → counter  ask 10                         10       0         10
			  0s  counter            HandleDemand(10)               10       0
			  0s  counter → printer  10 events: 0 … 9                0       0         10
			  0s  printer            HandleEvents(10): 0 … 9                            0
			  0s  printer → counter  ask 10                         10       0         10
			  0s  counter            HandleDemand(10)               10       0
			  0s  counter → printer  10 events: 10 … 19              0       0         10
			  0s  printer            HandleEvents(10): 10 … 19                          0
			  0s  printer            stops: normal
			  0s  printer → counter  down: normal
			  0s  counter            stops: normal
			`), text)
	})
}

// G3: demands 10, 5, 5; batches of 5.
func TestMaxTenMinFive(t *testing.T) {
	inWorld(t, func(w *world) {
		text := walk(w, &printer{batches: 3, reason: process.Normal}, stage.MaxDemand(10))
		assert.Equal(w, page(`
			time  who                what                      demand  buffer  in flight
			  0s  printer → counter  subscribe, max 10, min 5
			  0s  printer → counter  ask 10                        10       0         10
			  0s  counter            HandleDemand(10)              10       0
			  0s  counter → printer  10 events: 0 … 9               0       0         10
			  0s  printer            HandleEvents(5): 0 … 4                            5
			  0s  printer → counter  ask 5                          5       0         10
			  0s  printer            HandleEvents(5): 5 … 9                            5
			  0s  counter            HandleDemand(5)                5       0
			  0s  printer → counter  ask 5                          5       0         10
			  0s  counter → printer  5 events: 10 … 14              0       0         10
			  0s  counter            HandleDemand(5)                5       0
			  0s  printer            HandleEvents(5): 10 … 14                          5
			  0s  counter → printer  5 events: 15 … 19 (lost)       0       0
			  0s  printer            stops: normal
			  0s  printer → counter  down: normal
			  0s  counter            stops: normal
			`), text)
	})
}

// With a printer that takes its time one sees what min demand is for: the next
// events are there when it has printed the ones before.
func TestMaxTenMinFiveWithASlowPrinter(t *testing.T) {
	inWorld(t, func(w *world) {
		text := walk(w, &printer{each: time.Second, batches: 3, reason: process.Normal}, stage.MaxDemand(10))
		assert.Equal(w, page(`
			time  who                what                                demand  buffer  in flight
			  0s  printer → counter  subscribe, max 10, min 5
			  0s  printer → counter  ask 10                                  10       0         10
			  0s  counter            HandleDemand(10)                        10       0
			  0s  counter → printer  10 events: 0 … 9                         0       0         10
			  0s  printer            HandleEvents(5): 0 … 4                                      5
			  1s  printer → counter  ask 5                                    5       0         10
			  1s  printer            HandleEvents(5): 5 … 9                                      5
			  1s  counter            HandleDemand(5)                          5       0
			  1s  counter → printer  5 events: 10 … 14 (taken after 1s)       0       0         10
			  2s  printer → counter  ask 5                                    5       0         10
			  2s  counter            HandleDemand(5)                          5       0
			  2s  printer            HandleEvents(5): 10 … 14                                    5
			  2s  counter → printer  5 events: 15 … 19 (lost)                 0       0
			  3s  printer            stops: normal
			  3s  printer → counter  down: normal
			  3s  counter            stops: normal
			`), text)
	})
}
