package telemetry

import "log/slog"

// Event is one thing that happened, a plain struct that is passed by value. The
// events of Broadway stand in this package; anybody may add kinds of their own.
//
// Work that takes time has up to three events: one whose name ends in ".start" is
// followed by one that ends in ".stop" (it returned, in success or in failure) or in
// ".exception" (it panicked, or its process crashed). These are emitted with the
// context that came out of the start, which joins them.
type Event interface {
	// Name is the kind of the event, the same for all of a kind:
	// "broadway.processor.message.stop".
	Name() string
	// LogAttrs are all that the event says, for a log: everything but the messages
	// themselves, of which there is only the number.
	LogAttrs() []slog.Attr
}

// Carrier is a message as handlers see it: its metadata. What is set at the start of
// a message stays with it, through its batch to its end; set nothing later. It is a
// propagation.TextMapCarrier of OpenTelemetry too.
type Carrier interface {
	// Get is the value of a key, "" if there is none.
	Get(key string) string
	Set(key, value string)
	Keys() []string
}
