package broadwaykit

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"testing/synctest"

	"github.com/stagecraft-go/stagecraft/broadway"
	"github.com/stagecraft-go/stagecraft/internal/conformance"
	"github.com/stagecraft-go/stagecraft/process"
)

// Replay replays a scenario.
func Replay(t *testing.T, s *Scenario) conformance.Outcome {
	want, rules := s.ours()
	if want.unwritten {
		return conformance.Judge("", rules)
	}
	got := Run(t, s)
	rules = append(rules, want.survived(s, got)...)
	at := difference(s, want.observations, got)
	if at != "" {
		at = fmt.Sprintf("%s\n  %s\n  %s", s.Rule, s.Text, at)
	}
	return conformance.Judge(at, rules)
}

// Run runs a scenario on a system and a clock of its own, and returns what was
// observed.
func Run(t *testing.T, s *Scenario) (got map[string]any) {
	synctest.Test(t, func(t *testing.T) {
		r := &replay{bench: newBench(s), stopped: make(chan struct{})}
		r.play()
		synctest.Wait()
		r.journal.look(func(record *record) { got = s.observe(record) })
		if err := r.end(); err != nil {
			t.Error(err)
		}
	})
	return got
}

// replay is one scenario in progress.
type replay struct {
	*bench
	pipeline *broadway.Pipeline[Data]
	ackers   ackers
	first    map[string]*process.Process // the components at the start
	stopped  chan struct{}               // closed after stop_async
}

// play starts the pipeline and follows the script.
func (r *replay) play() {
	r.ackers = make(ackers)
	config := r.config(r.message)
	for _, d := range r.scenario.created() {
		if ref := r.scenario.Config.ref(d); r.ackers[ref] == nil {
			r.ackers[ref] = r.acker(ref, r.noteAck)
		}
	}
	p, err := broadway.Start(context.Background(), config)
	if err != nil {
		r.journal.note(func(r *record) { r.refused = true })
		return
	}
	r.pipeline, r.first = p, nil
	r.first = r.living()
	if err := r.watch(); err != nil {
		panic(err) // nothing in its Init can fail
	}
	for i := range r.scenario.Script {
		synctest.Wait()
		r.step(&r.scenario.Script[i])
	}
}

// message makes a message.
func (r *replay) message(d Data) broadway.Message[Data] {
	return broadway.NewMessage(d, r.ackers[r.scenario.Config.ref(d)], ackID{born: d})
}

// end ends everything that runs.
func (r *replay) end() error {
	if r.pipeline != nil {
		r.pipeline.Process().Kill()
	}
	close(r.over)
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	err := r.system.Shutdown(ctx)
	if errors.Is(err, context.DeadlineExceeded) {
		return fmt.Errorf("%s does not end: %w", r.scenario.ID, err)
	}
	return err
}
