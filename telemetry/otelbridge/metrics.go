package otelbridge

import (
	"context"

	"go.opentelemetry.io/otel/metric"

	"github.com/stagecraft-go/stagecraft/telemetry"
)

// metrics are all instruments.
type metrics struct {
	messages        counter
	messageDuration timing
	messageWait     timing

	batchSize     sizing
	batchDuration timing
	batchWait     timing
	batchAge      timing

	ackDuration timing
	ackFailures counter
	retries     counter
	deadLetters counter

	restarts  counter
	reclaimed counter

	demand    counter
	buffered  gauge
	discarded counter
	held      gauge

	drainDuration timing
	unfinished    counter
}

func newMetrics(meter metric.Meter) (*metrics, error) {
	b := &builder{meter: meter}
	m := &metrics{
		messages:        b.counter("broadway.messages", "{message}", "Messages that were acknowledged, by result."),
		messageDuration: b.timing("broadway.message.duration", "Duration of an attempt at a message."),
		messageWait:     b.timing("broadway.message.wait", "Time of a message from its producer to the first attempt."),

		batchSize:     b.sizing("broadway.batch.size", "{message}", "Messages of a batch."),
		batchDuration: b.timing("broadway.batch.duration", "Duration of handling a batch."),
		batchWait:     b.timing("broadway.batch.wait", "Time of a batch from full or due to the start."),
		batchAge:      b.timing("broadway.batch.age", "Time of a batch from its first message to the start."),

		ackDuration: b.timing("broadway.ack.duration", "Duration of an acknowledgement."),
		ackFailures: b.counter("broadway.ack.failures", "{acknowledgement}", "Acknowledgements that failed."),
		retries:     b.counter("broadway.retries", "{retry}", "Attempts at messages that will be repeated."),
		deadLetters: b.counter("broadway.dead_letters", "{message}", "Messages put aside, by result."),

		restarts:  b.counter("broadway.worker.restarts", "{restart}", "Restarts of workers."),
		reclaimed: b.counter("broadway.worker.reclaimed", "{message}", "Messages taken back from workers that ended, by result."),

		demand:    b.counter("broadway.producer.demand", "{message}", "Messages that producers were asked for."),
		buffered:  b.gauge("broadway.producer.buffered", "{message}", "Messages that wait in a producer."),
		discarded: b.counter("broadway.producer.discarded", "{message}", "Messages lost to a full buffer."),
		held:      b.gauge("broadway.rate_limiter.held", "{message}", "Messages that the rate limiter holds back."),

		drainDuration: b.timing("broadway.drain.duration", "Duration of a drain."),
		unfinished:    b.counter("broadway.drain.unfinished", "{message}", "Messages left at the deadline of a drain."),
	}
	return m, b.err
}

// record records what an event measures.
func (m *metrics) record(ctx context.Context, e telemetry.Event) {
	switch e := e.(type) {
	case telemetry.MessageStart:
		if e.Attempt <= 1 { // later ones waited for their delay
			m.messageWait.note(ctx, e.Waited, e.Component)
		}
	case telemetry.MessageStop:
		m.messageDuration.note(ctx, e.Took, e.Component, resultOf(e.Err))
	case telemetry.MessageException:
		m.messageDuration.note(ctx, e.Took, e.Component, result(exception))

	case telemetry.BatchStart:
		m.batchSize.note(ctx, e.Size, e.Component, trigger(e.Trigger))
		m.batchWait.note(ctx, e.Waited, e.Component, trigger(e.Trigger))
		m.batchAge.note(ctx, e.Age, e.Component, trigger(e.Trigger))
	case telemetry.BatchStop:
		m.batchDuration.note(ctx, e.Took, e.Component, trigger(e.Trigger), batchResult(e))
	case telemetry.BatchException:
		m.batchDuration.note(ctx, e.Took, e.Component, trigger(e.Trigger), result(exception))

	default:
		m.recordResult(ctx, e)
	}
}

// recordResult records what becomes of messages. Only acknowledgements count them by
// result, so that a message which failed counts once.
func (m *metrics) recordResult(ctx context.Context, e telemetry.Event) {
	switch e := e.(type) {
	case telemetry.Ack:
		m.messages.add(ctx, e.Successful, e.Component, result(success))
		m.messages.add(ctx, e.Failed, e.Component, result(failed))
		m.ackDuration.note(ctx, e.Took, e.Component, resultOf(e.Err))
		if e.Err != nil {
			m.ackFailures.add(ctx, 1, e.Component)
		}
	case telemetry.Retry:
		m.retries.add(ctx, 1, e.Component)
	case telemetry.DeadLetter:
		m.deadLetters.add(ctx, 1, e.Component, resultOf(e.Failure))
	case telemetry.Reclaimed:
		m.reclaimed.add(ctx, e.Redelivered, e.Component, result(redelivered))
		m.reclaimed.add(ctx, e.Failed, e.Component, result(failed))
	default:
		m.recordState(ctx, e)
	}
}

// recordState records how the parts of a pipeline are.
func (m *metrics) recordState(ctx context.Context, e telemetry.Event) {
	switch e := e.(type) {
	case telemetry.Demand:
		m.demand.add(ctx, e.N, e.Component)
	case telemetry.Buffered:
		m.buffered.set(ctx, e.Events, e.Component)
	case telemetry.Discarded:
		m.discarded.add(ctx, e.Events, e.Component)
	case telemetry.RateLimited:
		m.held.set(ctx, e.Held, e.Component)
	case telemetry.WorkerRestart:
		m.restarts.add(ctx, 1, e.Component)
	case telemetry.DrainStop:
		m.drainDuration.note(ctx, e.Took, e.Component)
		m.unfinished.add(ctx, e.Unfinished, e.Component)
	}
}
