package stage_test

import (
	"errors"
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/stagecraft-go/stagecraft/process"
	"github.com/stagecraft-go/stagecraft/stage"
)

// endings are the ways in which a subscription to a scripted producer ends.
var endings = map[string]func(from *probe, reason error){
	"cancel": func(from *probe, reason error) { from.sendCanceled(0, reason) },
	"down":   func(from *probe, reason error) { from.exit(reason) },
}

// Scenario G12: what the end of a subscription means to its consumer.
func TestCancelModes(t *testing.T) {
	var (
		oops  = errors.New("oops")
		crash = &process.Crash{Value: "crash"}
		with  = process.ShutdownWith(oops)
	)
	orderly := []error{process.Normal, process.Shutdown, with}
	abnormal := []error{oops, crash, process.Killed, process.NoProc, stage.ErrUnknownSubscription}
	for _, c := range []struct {
		mode    stage.CancelMode
		reasons []error
		stops   bool
	}{
		{stage.Permanent, orderly, true},
		{stage.Permanent, abnormal, true},
		{stage.Transient, orderly, false},
		{stage.Transient, abnormal, true},
		{stage.Temporary, orderly, false},
		{stage.Temporary, abnormal, false},
	} {
		for _, reason := range c.reasons {
			for kind, end := range endings {
				t.Run(fmt.Sprint(c.mode, " ", kind, " ", reason), func(t *testing.T) {
					inWorld(t, func(w *world) {
						from, to := w.probe(), &sink{}
						consumer := w.consumer(to, stage.From(from.source(), stage.OnCancel(c.mode)))
						w.settle()
						to.take()
						end(from, reason)
						w.settle()
						want := []string{fmt.Sprint(kind, " ", reason)}
						if c.stops {
							want = append(want, fmt.Sprint("terminate ", reason))
							assert.Equal(t, reason, consumer.Err(), "the reason is handed on as it is")
						} else {
							assert.NoError(t, consumer.Err())
						}
						assert.Equal(t, want, to.take())
					})
				})
			}
		}
	}
}

func TestCancelModesOfAProducerConsumer(t *testing.T) {
	for mode, stops := range map[stage.CancelMode]bool{stage.Permanent: true, stage.Transient: false, stage.Temporary: false} {
		t.Run(mode.String(), func(t *testing.T) {
			inWorld(t, func(w *world) {
				from, between := w.probe(), &filter{}
				pc := w.relay(between, stage.From(from.source(), stage.OnCancel(mode)))
				w.settle()
				from.stop(process.Shutdown)
				w.settle()
				assert.Equal(t, []string{"down shutdown"}, between.only("down"))
				assert.Equal(t, stops, pc.Err() != nil)
			})
		})
	}
}

func TestAlreadySubscribedStopsNoConsumer(t *testing.T) {
	for _, mode := range []stage.CancelMode{stage.Permanent, stage.Transient, stage.Temporary} {
		t.Run(mode.String(), func(t *testing.T) {
			inWorld(t, func(w *world) {
				from, to := w.probe(), &sink{}
				consumer := w.consumer(to, stage.From(from.source(), stage.OnCancel(mode)))
				w.settle()
				from.sendCanceled(0, stage.ErrAlreadySubscribed)
				w.settle()
				assert.Equal(t, []string{"cancel already subscribed"}, to.only("cancel"))
				assert.NoError(t, consumer.Err())
			})
		})
	}
}

func TestAConsumerThatCancelsStopsItselfIfThatIsItsMode(t *testing.T) {
	for mode, stops := range map[stage.CancelMode]bool{stage.Permanent: true, stage.Transient: false} {
		t.Run(mode.String(), func(t *testing.T) {
			inWorld(t, func(w *world) {
				from, to := counting(4), &sink{}
				to.onEvents = func(_ *stage.Context[stage.None], _ []int, from stage.Subscription) error {
					from.Cancel(nil)
					return nil
				}
				p := w.producer(from)
				consumer := w.consumer(to, stage.From(p, stage.OnCancel(mode)))
				w.settle()
				assert.Equal(t, []string{"cancel normal"}, from.only("cancel"))
				assert.Equal(t, []string{"cancel normal"}, to.only("cancel"))
				assert.Equal(t, stops, consumer.Err() != nil)
				if stops {
					assert.Equal(t, process.Normal, consumer.Err())
				}
				assert.NoError(t, p.Err())
			})
		})
	}
}

func TestACancelFromElsewhereTravelsByTheProducer(t *testing.T) {
	inWorld(t, func(w *world) {
		from, to := w.probe(), &sink{}
		w.consumer(to, stage.From(from.source()))
		w.settle()
		from.take()
		to.subs[0].Cancel(process.Shutdown)
		w.settle()
		assert.Equal(t, []string{"cancel shutdown"}, from.take())
		assert.Empty(t, to.only("cancel"), "the producer has not confirmed it")
		from.sendEvents(0, 1)
		from.sendCanceled(0, process.Shutdown)
		w.settle()
		assert.Equal(t, []int{1}, to.got, "what was on its way arrives before the end")
	})
}

func TestEventsAfterTheEndOfTheirSubscriptionAreRefused(t *testing.T) {
	inWorld(t, func(w *world) {
		from, to := w.probe(), &sink{}
		w.consumer(to, stage.From(from.source(), stage.OnCancel(stage.Temporary)))
		w.settle()
		from.take()
		from.sendCanceled(0, nil)
		from.sendEvents(0, 1)
		from.sendCanceled(0, nil)
		w.settle()
		assert.Equal(t, []string{"cancel unknown subscription"}, from.take())
		assert.Empty(t, to.got)
		assert.Equal(t, []string{"cancel normal"}, to.only("cancel"))
	})
}

func TestTheEndOfASubscriptionIsHeardOnce(t *testing.T) {
	inWorld(t, func(w *world) {
		from, to := w.probe(), &sink{}
		w.consumer(to, stage.From(from.source(), stage.OnCancel(stage.Temporary)))
		w.settle()
		to.take()
		from.sendCanceled(0, process.Shutdown)
		from.exit(errors.New("and then it died"))
		w.settle()
		assert.Equal(t, []string{"cancel shutdown"}, to.take())
	})
}

func TestAnErrorOfHandleCancelStopsAStage(t *testing.T) {
	inWorld(t, func(w *world) {
		oops := errors.New("oops")
		from, to := &source{}, &sink{}
		from.onCancel = func(*stage.Context[int], error) error { return oops }
		to.onCancel = func(*stage.Context[stage.None], error) error { return process.Shutdown }
		p := w.producer(from)
		c := w.consumer(to, stage.From(p, stage.OnCancel(stage.Temporary)))
		w.settle()
		to.subs[0].Cancel(nil)
		w.settle()
		assert.Equal(t, oops, p.Err())
		assert.Equal(t, process.Shutdown, c.Err())
	})
}

func TestAnErrorOfHandleCancelStopsAResubscription(t *testing.T) {
	inWorld(t, func(w *world) {
		from, to := &source{}, w.probe()
		from.onCancel = func(*stage.Context[int], error) error { return assert.AnError }
		p := w.producer(from)
		old := to.subscribe(p.PID())
		to.subscribeWith(p.PID(), process.NewRef(), &stage.Replacement{Ref: old, Reason: process.Shutdown})
		w.settle()
		assert.Equal(t, assert.AnError, p.Err())
		assert.Equal(t, []string{"canceled shutdown"}, to.take())
		assert.Len(t, from.only("subscribe"), 1)
	})
}

func TestAStopForTheEndOfASubscriptionIsLogged(t *testing.T) {
	inWorld(t, func(w *world) {
		from := w.probe()
		w.consumer(&sink{}, stage.From(from.source()))
		w.settle()
		from.sendCanceled(0, errors.New("oops"))
		w.settle()
		assert.Equal(t, []string{
			"INFO stopping after the end of a subscription reason=oops",
			"ERROR process terminated reason=oops",
		}, w.log.Take())
	})
}
