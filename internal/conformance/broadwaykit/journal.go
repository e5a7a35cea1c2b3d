package broadwaykit

import (
	"context"
	"sync"
	"time"

	"github.com/stagecraft-go/stagecraft/telemetry"
)

// journal collects what is observed, and tells those who wait for something.
type journal struct {
	mu      sync.Mutex
	changed chan struct{}
	seen    int // observations ever
	record
}

// record is all that was observed.
type record struct {
	stopping bool // a stop was requested

	messages   []handled
	prepared   []chunk
	acks       []ack
	batches    []batch
	failed     []failedCall
	configured []configured
	demands    []demand
	processed  int // messages that have left the processors
	marks      []int
	killed     [][2]any
	results    [][2]any
	events     []telemetry.Event
	ended      []string // components, at the stop
	draining   []int
	producers  [][2]any // what happened to them
	preparing  []int    // batchers that the start hook saw
	refused    bool
}

// handled is a message as its handler got it.
type handled struct {
	worker string
	data   Data
}

// chunk is a chunk as prepare_messages got it.
type chunk struct {
	worker string
	data   []Data
}

// ack is a call of an acknowledger.
type ack struct {
	stage      string
	ref        string
	atStop     bool
	ok, failed []receipt
}

// receipt is one message in it.
type receipt struct {
	born    Data
	data    Data
	status  failure
	options map[string]any
}

// batch is a call of handle_batch.
type batch struct {
	batcher, worker, key string
	partition            int
	trigger              string
	data                 []Data
	atStop               bool
}

// failedCall is a call of handle_failed.
type failedCall struct {
	stage    string
	messages []receipt
}

// configured is a call of an acknowledger's configure.
type configured struct {
	stage, ref string
	options    map[string]any
}

// demand is a number that a producer was asked for.
type demand struct {
	producer string
	n        int
}

func newJournal() *journal { return &journal{changed: make(chan struct{})} }

// note adds an observation.
func (j *journal) note(add func(r *record)) {
	j.mu.Lock()
	defer j.mu.Unlock()
	add(&j.record)
	j.seen++
	close(j.changed)
	j.changed = make(chan struct{})
}

// look reads the record, and returns what is closed by the next observation.
func (j *journal) look(read func(r *record)) (changed <-chan struct{}) {
	j.mu.Lock()
	defer j.mu.Unlock()
	read(&j.record)
	return j.changed
}

// patience is how long, by the clock of the bubble, is waited for what should
// happen. It is less than the batch timeouts that are not to happen.
const patience = time.Minute

// await waits until a condition holds.
func (j *journal) await(holds func(r *record) bool) {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	for {
		done := false
		changed := j.look(func(r *record) { done = holds(r) })
		if done {
			return
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return // what is missing shows
		}
	}
}

// settle waits until nothing has been observed for so long.
func (j *journal) settle(quiet time.Duration) {
	for before := -1; ; {
		var now int
		j.look(func(*record) { now = j.seen })
		if now == before {
			return
		}
		before = now
		time.Sleep(quiet)
	}
}
