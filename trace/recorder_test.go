package trace_test

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/stagecraft-go/stagecraft/process"
	"github.com/stagecraft-go/stagecraft/stage"
	"github.com/stagecraft-go/stagecraft/trace"
)

// A running stage is watched between Attach and detach. What it was doing before
// is not known, but its levels are.
func TestAttachAndDetach(t *testing.T) {
	inWorld(t, func(w *world) {
		counter := w.producer(counting())
		c := w.consumer(&printer{each: time.Second}, stage.From(counter, stage.MaxDemand(4), stage.MinDemand(0)))
		time.Sleep(time.Second / 2)
		detachCounter, err := w.rec.Attach(background, counter, "counter")
		require.NoError(w, err)
		go func() {
			// It waits until the printer is through with its batch.
			_, err := w.rec.Attach(background, c, "printer")
			assert.NoError(w, err)
		}()
		time.Sleep(time.Second)
		detachCounter()
		detachCounter()
		time.Sleep(time.Second)
		w.stop(c)
		assert.Equal(w, page(`
			time  who                what                     demand  buffer  in flight
			  1s  printer → counter  ask 4                         4       0
			  1s  counter            HandleDemand(4)               4       0
			  1s  counter → printer  4 events: 4 … 7               0       0          4
			  1s  printer            HandleEvents(4): 4 … 7                           0
			  2s  printer → counter  ask 4                                            4
			  2s  counter → printer  4 events: 8 … 11                                 4
			  2s  printer            HandleEvents(4): 8 … 11                          0
			  3s  printer → counter  ask 4                                            4
			  3s  printer            stops: normal
			`), w.text())
	})
}

// Whoever is watched is enough to see both directions.
func TestOneSideIsEnough(t *testing.T) {
	for name, test := range map[string]struct{ want, counter, printer string }{
		"producer": {counter: "counter", want: page(`
			time  who               what                     demand  buffer  in flight
			  0s  peer 1 → counter  subscribe, max 2, min 0
			  0s  peer 1 → counter  ask 2                         2       0
			  0s  counter           HandleDemand(2)               2       0
			  0s  counter → peer 1  2 events: 0, 1                0       0
			  1s  peer 1 → counter  down: normal
			`)},
		"consumer": {printer: "printer", want: page(`
			time  who               what                     demand  buffer  in flight
			  0s  printer → peer 1  subscribe, max 2, min 0
			  0s  printer → peer 1  ask 2                                            2
			  0s  peer 1 → printer  2 events: 0, 1                                   2
			  0s  printer           HandleEvents(2): 0, 1                            0
			  1s  printer           stops: normal
			`)},
	} {
		t.Run(name, func(t *testing.T) {
			inWorld(t, func(w *world) {
				var ofCounter, ofPrinter []stage.Option
				if test.counter != "" {
					ofCounter = append(ofCounter, w.rec.Watch(test.counter))
				}
				if test.printer != "" {
					ofPrinter = append(ofPrinter, w.rec.Watch(test.printer))
				}
				counter := w.producer(counting(), ofCounter...)
				c := w.consumer(&printer{each: time.Second, batches: 1, reason: process.Normal},
					stage.From(counter, stage.MaxDemand(2), stage.MinDemand(0)), ofPrinter...)
				<-c.Done()
				w.settle()
				assert.Equal(w, test.want, w.text())
			})
		})
	}
}

// Two recorders that watch one side each are told of each message by that side.
func TestTwoRecorders(t *testing.T) {
	inWorld(t, func(w *world) {
		other := trace.New()
		counter := w.producer(counting(), other.Watch("counter"))
		c := w.consumer(&printer{each: time.Second, batches: 1, reason: process.Normal},
			stage.From(counter, stage.MaxDemand(2), stage.MinDemand(0)), w.rec.Watch("printer"))
		<-c.Done()
		w.settle()
		assert.Equal(w, []string{"subscribe", "ask", "events", "handle_events", "stop"}, kinds(w.rec.Entries()))
		assert.Equal(w, []string{"subscribe", "ask", "handle_demand", "events", "down"}, kinds(other.Entries()))
	})
}

func kinds(entries []trace.Entry) (kinds []string) {
	for _, e := range entries {
		kinds = append(kinds, e.Kind.String())
	}
	return kinds
}

// A stage that is watched later than the messages that wait for it were sent
// still takes each of them once.
func TestMessagesThatWaitWhenAStageIsAttachedCountOnce(t *testing.T) {
	inWorld(t, func(w *world) {
		counter := w.producer(counting(), w.rec.Watch("counter"))
		c := w.consumer(&printer{each: time.Second}, stage.From(counter, stage.MaxDemand(4)))
		time.Sleep(time.Second * 3 / 2) // a list is in its mailbox
		_, err := w.rec.Attach(background, c, "printer")
		require.NoError(w, err)
		time.Sleep(5 * time.Second / 2)
		w.stop(c)
		w.settle()
		assert.Equal(w, []string{"0 … 3", "4, 5", "6, 7", "8, 9", "10, 11", "12, 13", "14, 15", "16, 17"},
			values(w.rec.Entries(), stage.ObservedEvents))
		assert.Equal(w, []string{"6, 7", "8, 9", "10, 11", "12, 13"},
			values(w.rec.Entries(), stage.ObservedHandleEvents), "since it is watched")
	})
}

func values(entries []trace.Entry, kind stage.ObservationKind) (values []string) {
	for _, e := range entries {
		if e.Kind == kind {
			values = append(values, e.Values)
		}
	}
	return values
}

func TestOldEntriesAreDroppedAndCounted(t *testing.T) {
	inWorld(t, func(w *world) {
		text := walk(w, &printer{each: time.Second, batches: 8, reason: process.Normal}, stage.MaxDemand(10), stage.MinDemand(0))
		assert.Equal(w, page(`
			(31 older entries dropped)
			time  who                what                       demand  buffer  in flight
			  7s  counter → printer  10 events: 70 … 79              0       0         10
			  7s  printer            HandleEvents(10): 70 … 79                          0
			  8s  printer            stops: normal
			  8s  printer → counter  down: normal
			  8s  counter            stops: normal
			`), text)
		assert.Len(w, w.rec.Entries(), 5)
	}, trace.Limit(5))
}

// What a recorder keeps does not grow, whoever comes and goes.
func TestMemoryIsBounded(t *testing.T) {
	inWorld(t, func(w *world) {
		counter := w.producer(counting(), w.rec.Watch("counter"))
		for range 300 {
			c := w.consumer(&printer{batches: 1, reason: process.Normal}, stage.From(counter, stage.MaxDemand(1)))
			<-c.Done()
			w.settle()
		}
		timeline := w.rec.Timeline()
		assert.LessOrEqual(w, len(timeline.Entries), 50)
		assert.Positive(w, timeline.Dropped)
		assert.LessOrEqual(w, len(timeline.Stages), 1+50)
		assert.LessOrEqual(w, trace.Kept(w.rec), 1+2*50+50, "processes and messages on their way")
	}, trace.Limit(50))
}

func TestHiddenValues(t *testing.T) {
	inWorld(t, func(w *world) {
		text := walk(w, &printer{batches: 1, reason: process.Normal}, stage.MaxDemand(2), stage.MinDemand(0))
		assert.NotContains(w, text, ": 0")
		assert.Contains(w, text, "HandleEvents(2)  ")
	}, trace.HideValues())
}

func TestUntimed(t *testing.T) {
	inWorld(t, func(w *world) {
		text := walk(w, &printer{each: time.Second, batches: 1, reason: process.Normal}, stage.MaxDemand(2), stage.MinDemand(0))
		assert.Equal(w, page(`
			who                what                     demand  buffer  in flight
			printer → counter  subscribe, max 2, min 0
			printer → counter  ask 2                         2       0          2
			counter            HandleDemand(2)               2       0
			counter → printer  2 events: 0, 1                0       0          2
			printer            HandleEvents(2): 0, 1                            0
			printer            stops: normal
			printer → counter  down: normal
			counter            stops: normal
			`), text)
	}, trace.Untimed())
}

func TestNames(t *testing.T) {
	inWorld(t, func(w *world) {
		counter := w.producer(counting(), stage.Name("numbers")) // not watched
		from := stage.From(counter, stage.MaxDemand(1))
		opts := []stage.Option{w.rec.Watch("numbers")}
		w.consumer(&printer{each: time.Second, batches: 1, reason: process.Normal}, from, opts...)
		w.consumer(&printer{each: time.Second, batches: 1, reason: process.Normal}, from, opts...)
		w.consumer(&printer{each: time.Second, batches: 1, reason: process.Normal}, from, w.rec.Watch(""))
		w.consumer(&printer{each: time.Second, batches: 1, reason: process.Normal}, from, w.rec.Watch(""), stage.Name("ink"))
		w.settle()
		assert.Equal(w, []string{"numbers", "numbers#2", "stage", "ink", "numbers#3"}, w.rec.Timeline().Stages)
		w.rec.Name(counter.PID(), "source")
		assert.Equal(w, []string{"numbers", "numbers#2", "stage", "ink", "source"}, w.rec.Timeline().Stages)
		time.Sleep(time.Minute)
	})
}

// A recorder can be read while the stages run.
func TestReadingWhileItRecords(t *testing.T) {
	inWorld(t, func(w *world) {
		counter := w.producer(counting(), w.rec.Watch("counter"))
		relay := w.relay(passOn, stage.From(counter, stage.MaxDemand(20)), w.rec.Watch("relay"))
		var wg sync.WaitGroup
		for i := range 3 {
			c := w.consumer(&printer{batches: 200, reason: process.Normal}, stage.From(relay, stage.MaxDemand(4)),
				w.rec.Watch(fmt.Sprint("printer ", i)))
			wg.Go(func() { <-c.Done() })
		}
		wg.Go(func() {
			for range 10 {
				assertOrdered(w, w.rec.Timeline())
				assert.NoError(w, w.rec.WriteMermaid(new(strings.Builder)))
			}
		})
		wg.Wait()
		assertOrdered(w, w.rec.Timeline())
	}, trace.Limit(500))
}

func assertOrdered(w *world, timeline trace.Timeline) {
	for i, e := range timeline.Entries[1:] {
		assert.GreaterOrEqual(w, e.At, timeline.Entries[i].At)
	}
}
