package broadway

import "time"

// Report counts the messages of a pipeline since its start.
type Report struct {
	// Received have come in from the sources.
	Received int
	// Succeeded, Failed, Discarded and DeadLettered have ended so: see [Outcome].
	Succeeded, Failed, Discarded, DeadLettered int
	// Unfinished are in the pipeline; at its end, those that were not done in
	// time. They are not acknowledged, unless a callback that was abandoned returns
	// after all.
	Unfinished int
	// Retried is how often a message was tried again.
	Retried int
	// Redelivered is how often a message that waited at a worker which crashed
	// was given to another one. It is handled from the beginning, so HandleMessage
	// runs again for those that waited in a batch.
	Redelivered int
	// Crashes of workers.
	Crashes int
	// AckFailures is how often an acknowledger returned an error or panicked.
	AckFailures int
	// DrainTook is how long the drain took, 0 before the end.
	DrainTook time.Duration
}

// Report is the report so far, or the last one.
func (h *Handle) Report() Report {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.report != nil {
		return *h.report
	}
	t := &h.core.totals
	return Report{
		Received:     int(t.received.Load()),
		Succeeded:    int(t.succeeded.Load()),
		Failed:       int(t.failed.Load()),
		Discarded:    int(t.discarded.Load()),
		DeadLettered: int(t.deadLettered.Load()),
		Retried:      int(t.retried.Load()),
		Redelivered:  int(t.redelivered.Load()),
		Crashes:      int(t.crashes.Load()),
		AckFailures:  int(t.ackFailures.Load()),
		Unfinished:   h.core.unfinished(),
	}
}
