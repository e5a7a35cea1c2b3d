package broadwaytest

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stagecraft-go/stagecraft/broadway"
	"github.com/stagecraft-go/stagecraft/process"
	"github.com/stagecraft-go/stagecraft/stage"
)

// Origin is where the messages of a source under test come from.
type Origin[In any] struct {
	Source broadway.Source[In]
	// Settled is how many of the messages the origin regards as done with: it
	// will not send them again.
	Settled func() int
}

// checkPatience is how long a source may take for what a check wants.
const checkPatience = 20 * time.Second

// CheckSource checks a source together with its acknowledger, in subtests:
//
//   - every message is brought in, and settled when it is through;
//   - messages that have failed are settled too, now or after they came again;
//   - no message gets lost when producers crash;
//   - a pipeline can be stopped while the source waits for messages;
//   - what a pipeline left when it was stopped, another one gets.
//
// Open makes an origin with n messages for each check. A failure must not make
// the source wait longer than a few seconds until it sends the message again.
func CheckSource[In any](t *testing.T, open func(t testing.TB, n int) Origin[In]) {
	t.Helper()
	t.Run("Settles", func(t *testing.T) { checkSettles(t, open, 200, succeed[In]) })
	t.Run("SettlesFailures", func(t *testing.T) { checkSettles(t, open, 40, failFirst[In](20)) })
	t.Run("SurvivesCrashes", func(t *testing.T) { checkCrashes(t, open) })
	t.Run("StopsWhileItWaits", func(t *testing.T) { checkStop(t, open) })
	t.Run("GoesOn", func(t *testing.T) { checkGoesOn(t, open) })
}

type handler[In any] = broadway.MessageFunc[In, stage.None]

func succeed[In any](context.Context, *broadway.Message[In]) (stage.None, error) {
	return stage.None{}, nil
}

// failFirst fails the first n messages.
func failFirst[In any](n int32) handler[In] {
	var seen atomic.Int32
	return func(context.Context, *broadway.Message[In]) (stage.None, error) {
		if seen.Add(1) <= n {
			return stage.None{}, errors.New("failed by the check")
		}
		return stage.None{}, nil
	}
}

// checked starts a pipeline of a source.
func checked[In any](t *testing.T, source broadway.Source[In], system *process.System, handle handler[In]) *broadway.Pipeline[In] {
	return Start(t, broadway.Config[In, stage.None]{
		Name:                "check",
		System:              system,
		Producers:           []broadway.Producer[In]{{Source: source}},
		Handler:             handle,
		Processors:          broadway.Processors[In]{Concurrency: 2},
		Restarts:            broadway.Restarts{Max: new(1_000_000)},
		ResubscribeInterval: new(time.Millisecond),
	})
}

// awaitSettled waits for the origin, and does something in between.
func awaitSettled[In any](t *testing.T, o Origin[In], n int, meanwhile func()) {
	t.Helper()
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for deadline := time.Now().Add(checkPatience); o.Settled() < n; <-tick.C {
		if time.Now().After(deadline) {
			t.Fatalf("%d of %d messages are settled after %v", o.Settled(), n, checkPatience)
		}
		meanwhile()
	}
}

// stopped stops a pipeline that has no reason to take its time.
func stopped[In any](t *testing.T, p *broadway.Pipeline[In]) broadway.Report {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), checkPatience)
	defer cancel()
	report, err := p.Stop(ctx)
	if err != nil {
		t.Errorf("the pipeline could not be stopped: %v", err)
	}
	if report.AckFailures > 0 {
		t.Errorf("%d acknowledgements failed", report.AckFailures)
	}
	return report
}

func checkSettles[In any](t *testing.T, open func(testing.TB, int) Origin[In], n int, handle handler[In]) {
	o := open(t, n)
	p := checked(t, o.Source, NewSystem(t), handle)
	awaitSettled(t, o, n, func() {})
	if report := stopped(t, p); report.Received < n {
		t.Errorf("%d messages are settled, but the pipeline received only %d", n, report.Received)
	}
}

func checkCrashes[In any](t *testing.T, open func(testing.TB, int) Origin[In]) {
	const n = 1000
	o := open(t, n)
	system := NewSystem(t)
	p := checked(t, o.Source, system, func(context.Context, *broadway.Message[In]) (stage.None, error) {
		time.Sleep(100 * time.Microsecond)
		return stage.None{}, nil
	})
	kills := 0
	awaitSettled(t, o, n, func() {
		if producer, ok := system.Whereis("check.Broadway.Producer_0"); ok && kills < 20 && p.Report().Received > 40*kills {
			producer.Kill()
			kills++
		}
	})
	stopped(t, p)
}

func checkStop[In any](t *testing.T, open func(testing.TB, int) Origin[In]) {
	o := open(t, 1)
	p := checked(t, o.Source, NewSystem(t), succeed[In])
	awaitSettled(t, o, 1, func() {})
	const limit = 2 * time.Second
	began := time.Now()
	stopped(t, p)
	if took := time.Since(began); took > limit {
		t.Errorf("the pipeline took %v to stop while the source was waiting, want less than %v", took, limit)
	}
}

func checkGoesOn[In any](t *testing.T, open func(testing.TB, int) Origin[In]) {
	const n = 500
	o := open(t, n)
	p := checked(t, o.Source, NewSystem(t), succeed[In])
	awaitSettled(t, o, 1, func() {})
	stopped(t, p)
	p = checked(t, o.Source, NewSystem(t), succeed[In])
	awaitSettled(t, o, n, func() {})
	stopped(t, p)
}
