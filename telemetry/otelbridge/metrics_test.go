package otelbridge_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/stagecraft-go/stagecraft/telemetry"
)

func TestMessagesAreMeasured(t *testing.T) {
	r := newRig(t)
	for attempt := 1; attempt <= 2; attempt++ {
		r.Emit(bg, telemetry.MessageStart{Component: processor, Message: metadata{}, Attempt: attempt, Waited: time.Second})
	}
	r.Emit(bg, telemetry.MessageStop{Component: processor, Took: time.Second})
	r.Emit(bg, telemetry.MessageStop{Component: processor, Took: 2 * time.Second})
	r.Emit(bg, telemetry.MessageStop{Component: processor, Took: time.Millisecond, Err: errBoom})
	r.Emit(bg, telemetry.MessageException{Component: processor, Took: 4 * time.Second, Err: errBoom})
	require.Equal(t, []string{
		"broadway.message.duration s{component=processor key=default pipeline=orders result=exception} 1: 4",
		"broadway.message.duration s{component=processor key=default pipeline=orders result=failure} 1: 0.001",
		"broadway.message.duration s{component=processor key=default pipeline=orders result=success} 2: 3",
		"broadway.message.wait s{component=processor key=default pipeline=orders} 1: 1",
	}, r.measured())
}

func TestBatchesAreMeasuredByTrigger(t *testing.T) {
	r := newRig(t)
	for _, trigger := range []string{"size", "size", "timeout"} {
		r.Emit(bg, telemetry.BatchStart{Component: batcher, Size: 10, Trigger: trigger, Waited: time.Second, Age: 2 * time.Second})
	}
	r.Emit(bg, telemetry.BatchStop{Component: batcher, Size: 10, Trigger: "size", Successful: 10, Took: time.Second})
	r.Emit(bg, telemetry.BatchStop{Component: batcher, Size: 10, Trigger: "size", Successful: 9, Failed: 1, Took: time.Second})
	r.Emit(bg, telemetry.BatchStop{Component: batcher, Size: 10, Trigger: "timeout", Failed: 10, Err: errBoom, Took: time.Second})
	r.Emit(bg, telemetry.BatchException{Component: batcher, Size: 10, Trigger: "timeout", Err: errBoom, Took: time.Second})
	const from = "{component=batch_processor key=s3 pipeline=orders "
	require.Equal(t, []string{
		"broadway.batch.age s" + from + "trigger=size} 2: 4",
		"broadway.batch.age s" + from + "trigger=timeout} 1: 2",
		"broadway.batch.duration s" + from + "result=exception trigger=timeout} 1: 1",
		"broadway.batch.duration s" + from + "result=failure trigger=timeout} 1: 1",
		"broadway.batch.duration s" + from + "result=partial trigger=size} 1: 1",
		"broadway.batch.duration s" + from + "result=success trigger=size} 1: 1",
		"broadway.batch.size {message}" + from + "trigger=size} 2: 20",
		"broadway.batch.size {message}" + from + "trigger=timeout} 1: 10",
		"broadway.batch.wait s" + from + "trigger=size} 2: 2",
		"broadway.batch.wait s" + from + "trigger=timeout} 1: 1",
	}, r.measured())
}

// A message fails twice in its processor (a panic, then an error), and is put aside. The
// dashboard of Broadway counts a failure at the exception and at the end of the chunk.
func TestFailedMessageCountsOnce(t *testing.T) {
	r := newRig(t)
	chunk := r.Emit(bg, telemetry.ProcessorStart{Component: processor})
	r.Emit(chunk, telemetry.MessageException{Component: processor, Attempt: 1, Err: errBoom, Took: time.Second})
	r.Emit(chunk, telemetry.Retry{Component: processor, Attempt: 1, Err: errBoom})
	r.Emit(chunk, telemetry.MessageStop{Component: processor, Attempt: 2, Err: errBoom, Took: time.Second})
	r.Emit(chunk, telemetry.DeadLetter{Component: processor, Attempt: 2, Err: errBoom})
	r.Emit(chunk, telemetry.ProcessorStop{Component: processor, Messages: 1, Failed: 1})
	r.Emit(chunk, telemetry.Ack{Component: processor, Failed: 1, Took: time.Second})
	const from = "{component=processor key=default pipeline=orders"
	require.Equal(t, []string{
		"broadway.ack.duration s" + from + " result=success} 1: 1",
		"broadway.dead_letters {message}" + from + " result=success} 1",
		"broadway.message.duration s" + from + " result=exception} 1: 1",
		"broadway.message.duration s" + from + " result=failure} 1: 1",
		"broadway.messages {message}" + from + " result=failure} 1",
		"broadway.retries {retry}" + from + "} 1",
	}, r.measured())
}

func TestAcknowledgementsAreMeasured(t *testing.T) {
	r := newRig(t)
	r.Emit(bg, telemetry.Ack{Component: batcher, Successful: 5, Failed: 2, Took: time.Second})
	r.Emit(bg, telemetry.Ack{Component: batcher, Successful: 1, Took: time.Second, Err: errBoom})
	r.Emit(bg, telemetry.DeadLetter{Component: batcher, Failure: errBoom})
	const from = "{component=batch_processor key=s3 pipeline=orders"
	require.Equal(t, []string{
		"broadway.ack.duration s" + from + " result=failure} 1: 1",
		"broadway.ack.duration s" + from + " result=success} 1: 1",
		"broadway.ack.failures {acknowledgement}" + from + "} 1",
		"broadway.dead_letters {message}" + from + " result=failure} 1",
		"broadway.messages {message}" + from + " result=failure} 2",
		"broadway.messages {message}" + from + " result=success} 6",
	}, r.measured())
}

func TestProducersAreMeasured(t *testing.T) {
	r := newRig(t)
	other := producer
	other.Index = 0
	r.Emit(bg, telemetry.Demand{Component: producer, N: 5})
	r.Emit(bg, telemetry.Demand{Component: other, N: 6})
	r.Emit(bg, telemetry.Discarded{Component: producer, Events: 2})
	r.Emit(bg, telemetry.Buffered{Component: producer, Events: 5})
	r.Emit(bg, telemetry.Buffered{Component: producer, Events: 3})
	r.Emit(bg, telemetry.Buffered{Component: other, Events: 0})
	r.Emit(bg, telemetry.RateLimited{Component: pipeline, Held: 8})
	require.Equal(t, []string{
		"broadway.producer.buffered {message}{component=producer index=0 pipeline=orders} =0",
		"broadway.producer.buffered {message}{component=producer index=1 pipeline=orders} =3",
		"broadway.producer.demand {message}{component=producer pipeline=orders} 11",
		"broadway.producer.discarded {message}{component=producer pipeline=orders} 2",
		"broadway.rate_limiter.held {message}{component=pipeline pipeline=orders} =8",
	}, r.measured())
}

func TestWorkersAndDrainsAreMeasured(t *testing.T) {
	r := newRig(t)
	r.Emit(bg, telemetry.WorkerRestart{Component: processor, Reason: errBoom})
	r.Emit(bg, telemetry.Reclaimed{Component: processor, Redelivered: 3, Failed: 1})
	r.Emit(bg, telemetry.DrainStop{Component: pipeline, Unfinished: 2, Took: time.Second})
	require.Equal(t, []string{
		"broadway.drain.duration s{component=pipeline pipeline=orders} 1: 1",
		"broadway.drain.unfinished {message}{component=pipeline pipeline=orders} 2",
		"broadway.worker.reclaimed {message}{component=processor key=default pipeline=orders result=failure} 1",
		"broadway.worker.reclaimed {message}{component=processor key=default pipeline=orders result=redelivered} 3",
		"broadway.worker.restarts {restart}{component=processor key=default pipeline=orders} 1",
	}, r.measured())
}

func TestPipelineWithoutNameHasNoSuchAttribute(t *testing.T) {
	r := newRig(t)
	r.Emit(bg, telemetry.Demand{Component: telemetry.Component{Kind: telemetry.Producer, Name: "Producer_0"}, N: 5})
	require.Equal(t, []string{"broadway.producer.demand {message}{component=producer} 5"}, r.measured())
}
