package broadwaytest

import (
	"context"
	"fmt"
	"strings"
	"sync"

	"github.com/stagecraft-go/stagecraft/broadway"
	"github.com/stagecraft-go/stagecraft/internal/ctxerr"
)

// Ack is one call of an acknowledger.
type Ack[ID any] struct {
	Successful, Failed []broadway.Receipt[ID]
}

// Recorder is an acknowledger that keeps what it is told. The zero value is
// ready. Make messages with broadway.NewMessage and a *Recorder.
type Recorder[ID comparable] struct {
	mu      sync.Mutex
	acks    []Ack[ID]
	first   map[ID]broadway.Receipt[ID]
	changed chan struct{} // closed with the next call
}

// Ack implements broadway.Acknowledger.
func (r *Recorder[ID]) Ack(_ context.Context, successful, failed []broadway.Receipt[ID]) error {
	ack := Ack[ID]{keep(successful), keep(failed)}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.first == nil {
		r.first = make(map[ID]broadway.Receipt[ID])
	}
	r.acks = append(r.acks, ack)
	for _, receipts := range [][]broadway.Receipt[ID]{ack.Successful, ack.Failed} {
		for _, receipt := range receipts {
			if _, again := r.first[receipt.ID]; !again {
				r.first[receipt.ID] = receipt
			}
		}
	}
	if r.changed != nil {
		close(r.changed)
		r.changed = nil
	}
	return nil
}

// keep copies receipts for later.
func keep[ID any](receipts []broadway.Receipt[ID]) (kept []broadway.Receipt[ID]) {
	for _, r := range receipts {
		kept = append(kept, r.Keep())
	}
	return kept
}

// Acks are the calls so far, in order: what was acknowledged together.
func (r *Recorder[ID]) Acks() []Ack[ID] {
	r.mu.Lock()
	defer r.mu.Unlock()
	return append([]Ack[ID](nil), r.acks...)
}

// Await waits until all of these messages have been acknowledged, and returns
// their receipts in the order of ids; of one that was acknowledged more than
// once, the first. The error is a [*MissingError].
func (r *Recorder[ID]) Await(ctx context.Context, ids ...ID) ([]broadway.Receipt[ID], error) {
	return r.await(ctx, nil, nil, ids)
}

// await waits also for the end of what would acknowledge.
func (r *Recorder[ID]) await(ctx context.Context, ended <-chan struct{}, reason func() error, ids []ID) ([]broadway.Receipt[ID], error) {
	for over := error(nil); ; {
		receipts, missing, changed := r.look(ids)
		switch {
		case len(missing) == 0:
			return receipts, nil
		case over != nil:
			return receipts, &MissingError{Missing: missing, Of: len(ids), Err: over}
		}
		select {
		case <-changed:
		case <-ended: // maybe right after the last call
			over = reason()
		case <-ctx.Done():
			over = ctxerr.Of(ctx)
		}
	}
}

// look returns what is there of ids.
func (r *Recorder[ID]) look(ids []ID) (receipts []broadway.Receipt[ID], missing []string, changed <-chan struct{}) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, id := range ids {
		if receipt, ok := r.first[id]; ok {
			receipts = append(receipts, receipt)
		} else {
			missing = append(missing, fmt.Sprint(id))
		}
	}
	if r.changed == nil {
		r.changed = make(chan struct{})
	}
	return receipts, missing, r.changed
}

// MissingError says which messages were not acknowledged in time.
type MissingError struct {
	Missing []string // IDs
	Of      int      // that were waited for
	Err     error    // why the waiting ended
}

func (e *MissingError) Error() string {
	const shown = 10
	missing := e.Missing
	more := ""
	if len(missing) > shown {
		missing, more = missing[:shown], ", ..."
	}
	return fmt.Sprintf("broadwaytest: %d of %d messages were not acknowledged (%s%s): %v",
		len(e.Missing), e.Of, strings.Join(missing, ", "), more, e.Err)
}

// Unwrap is why the waiting ended.
func (e *MissingError) Unwrap() error { return e.Err }

// Configurable is a [Recorder] whose messages take options: broadway.ConfigureAck
// calls Configured with them, and the message goes on with the ID that it
// returns.
type Configurable[ID comparable, Options any] struct {
	Recorder[ID]
	Configured func(id ID, options Options) (ID, error)
}

// Configure implements broadway.Configurer.
func (c *Configurable[ID, Options]) Configure(id ID, options Options) (ID, error) {
	return c.Configured(id, options)
}
