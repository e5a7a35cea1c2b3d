package broadway

import (
	"context"
	"errors"
	"fmt"
)

// Acknowledger tells a source what became of its messages: Broadway's
// acknowledger and ack_ref in one. ID is what identifies a message to the
// source: a receipt handle, an offset, a delivery tag. Acknowledgers are
// compared with ==; those that are equal get their messages together. Several
// workers call one at the same time.
type Acknowledger[ID any] interface {
	// Ack is called once for each chunk of a processor and each batch, with the
	// messages that are through and those that have failed, in order; one of
	// the two may be empty. It runs in the process of the worker: while it
	// waits, the worker does. The slices are its own only until it returns.
	//
	// An error, or a panic, is logged and told to telemetry. The messages count
	// as settled all the same, for nobody knows what the source has noted.
	Ack(ctx context.Context, successful, failed []Receipt[ID]) error
}

// Configurer is an optional part of an [Acknowledger] whose messages can be
// configured one by one with [ConfigureAck]: Broadway's configure. Several workers
// call it at the same time.
type Configurer[ID, Options any] interface {
	Configure(id ID, options Options) (ID, error)
}

// Receipt is the end of a message as its source hears of it.
type Receipt[ID any] struct {
	ID ID
	// Outcome says how it ended: [Succeeded], [Failed], [Discarded] or
	// [DeadLettered].
	Outcome Outcome
	// Err is why it failed, was discarded or is a dead letter.
	Err error
	// Attempts is how often it was tried.
	Attempts int

	message any // a *Message of some type, nil if the worker has crashed
}

// Keep is a copy of the receipt that [DataOf] can be asked about after Ack has
// returned.
func (r Receipt[ID]) Keep() Receipt[ID] {
	if m, ok := r.message.(interface{ copied() any }); ok {
		r.message = m.copied()
	}
	return r
}

// copied is a copy that is not used again.
func (m *Message[T]) copied() any {
	c := *m
	return &c
}

// DataOf is the data of the message, as it was at its end, if it is of this type
// by then. It is for tests. Ask before Ack returns, or ask about a receipt that
// was kept: see [Receipt.Keep].
func DataOf[T, ID any](r Receipt[ID]) (data T, ok bool) {
	m, ok := r.message.(*Message[T])
	if !ok {
		return data, false
	}
	return m.Data, true
}

// ErrNotConfigurable says that the acknowledger of a message takes no options
// of this type.
var ErrNotConfigurable = errors.New("broadway: the acknowledger cannot be configured so")

// ConfigureAck changes how a message will be acknowledged: its acknowledger's
// Configure makes another ID of the one there is. Connectors offer it in terms
// of their own. It fails with [ErrNotConfigurable] or with the error of Configure.
func ConfigureAck[ID, Options, T any](m *Message[T], options Options) error {
	s, ok := m.ticket.(*stub[ID])
	if !ok {
		return fmt.Errorf("%w: it does not identify messages by %T", ErrNotConfigurable, *new(ID))
	}
	c, ok := s.acknowledger.(Configurer[ID, Options])
	if !ok {
		return fmt.Errorf("%w: no options of type %T", ErrNotConfigurable, options)
	}
	id, err := c.Configure(s.id, options)
	if err != nil {
		return err
	}
	m.ticket = &stub[ID]{s.acknowledger, id}
	return nil
}

// ticket is the way of a message back to its source, whatever identifies it.
type ticket interface {
	// group is equal for messages that are acknowledged together.
	group() any
	// ack acknowledges messages of this group. What it needs it keeps in a
	// scratch for the next call.
	ack(ctx context.Context, successful, failed []ending, scratch *any) error
}

// ending is how a message ended.
type ending struct {
	ticket   ticket
	record   *record
	outcome  Outcome
	err      error
	attempts int
	message  any
}

// stub is the ticket of messages that ID identifies.
type stub[ID any] struct {
	acknowledger Acknowledger[ID]
	id           ID
}

func (s *stub[ID]) group() any { return s.acknowledger }

func (s *stub[ID]) ack(ctx context.Context, successful, failed []ending, scratch *any) error {
	kept, ok := (*scratch).(*[]Receipt[ID])
	if !ok {
		kept = new([]Receipt[ID])
		*scratch = kept
	}
	receipts := appendReceipts((*kept)[:0], successful)
	receipts = appendReceipts(receipts, failed)
	*kept = receipts
	defer clear(receipts) // they must not keep messages alive
	n := len(successful)
	return s.acknowledger.Ack(ctx, receipts[:n:n], receipts[n:])
}

func appendReceipts[ID any](receipts []Receipt[ID], endings []ending) []Receipt[ID] {
	for i := range endings {
		e := &endings[i]
		receipts = append(receipts, Receipt[ID]{e.ticket.(*stub[ID]).id, e.outcome, e.err, e.attempts, e.message})
	}
	return receipts
}
