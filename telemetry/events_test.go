package telemetry_test

import (
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/stagecraft-go/stagecraft/telemetry"
)

// processor is where most of the events below come from.
var processor = telemetry.Component{
	Pipeline: "orders", Kind: telemetry.Processor, Name: "Processor_default_1", Key: "default", Index: 1,
}

const origin = "pipeline=orders kind=processor name=Processor_default_1 key=default index=1"

// kinds are all kinds of events with their names and what they say after their origin.
var kinds = []struct {
	event telemetry.Event
	name  string
	says  string
}{
	{telemetry.TopologyInit{Component: processor, Producers: 1, Processors: 2, Batchers: []string{"s3"}, At: at}, "topology.init",
		"producers=1 processors=2 batchers=[s3] at=" + atText},
	{telemetry.ProcessorStart{Component: processor, Messages: make([]telemetry.Carrier, 2), At: at}, "processor.start", "messages=2 at=" + atText},
	{telemetry.ProcessorStop{Component: processor, Messages: 6, Forwarded: 3, Acknowledged: 2, Failed: 1, Took: took}, "processor.stop",
		"messages=6 forwarded=3 acknowledged=2 failed=1 took=1s"},
	{telemetry.ProcessorException{Component: processor, Messages: 2, Err: errBoom, Took: took}, "processor.exception", "messages=2 error=boom took=1s"},
	{telemetry.MessageStart{Component: processor, Attempt: 1, Waited: took, At: at}, "processor.message.start", "attempt=1 waited=1s at=" + atText},
	{telemetry.MessageStop{Component: processor, Attempt: 1, Took: took}, "processor.message.stop", "attempt=1 took=1s"},
	{telemetry.MessageStop{Component: processor, Attempt: 2, Err: errBoom, Took: took}, "processor.message.stop", "attempt=2 error=boom took=1s"},
	{telemetry.MessageException{Component: processor, Attempt: 1, Err: errBoom, Took: took}, "processor.message.exception", "attempt=1 error=boom took=1s"},
	{telemetry.BatcherStart{Component: processor, Messages: 2, At: at}, "batcher.start", "messages=2 at=" + atText},
	{telemetry.BatcherStop{Component: processor, Messages: 2, Open: 3, Took: took}, "batcher.stop", "messages=2 open=3 took=1s"},
	{telemetry.BatcherException{Component: processor, Messages: 2, Err: errBoom, Took: took}, "batcher.exception", "messages=2 error=boom took=1s"},
	{telemetry.BatchStart{Component: processor, Size: 2, BatchKey: "k", Partition: 0, Trigger: "size", Waited: took, Age: took, At: at}, "batch_processor.start",
		"size=2 batch_key=k partition=0 trigger=size waited=1s age=1s at=" + atText},
	{telemetry.BatchStop{Component: processor, Size: 2, Partition: -1, Trigger: "timeout", Successful: 2, Took: took}, "batch_processor.stop",
		`size=2 batch_key="" trigger=timeout successful=2 failed=0 took=1s`},
	{telemetry.BatchException{Component: processor, Size: 2, BatchKey: "k", Partition: 4, Trigger: "flush", Err: errBoom, Took: took}, "batch_processor.exception",
		"size=2 batch_key=k partition=4 trigger=flush error=boom took=1s"},
	{telemetry.HandleFailedStart{Component: processor, Messages: 2, At: at}, "handle_failed.start", "messages=2 at=" + atText},
	{telemetry.HandleFailedStop{Component: processor, Messages: 2, Took: took}, "handle_failed.stop", "messages=2 took=1s"},
	{telemetry.HandleFailedException{Component: processor, Messages: 2, Err: errBoom, Took: took}, "handle_failed.exception", "messages=2 error=boom took=1s"},
	{telemetry.Demand{Component: processor, N: 5}, "producer.demand", "n=5"},
	{telemetry.Buffered{Component: processor, Events: 5}, "producer.buffered", "events=5"},
	{telemetry.Discarded{Component: processor, Events: 5}, "producer.discarded", "events=5"},
	{telemetry.RateLimited{Component: processor, Open: true, Held: 1, Allowed: 5, Interval: took}, "rate_limiter.changed",
		"open=true held=1 allowed=5 interval=1s"},
	{telemetry.Ack{Component: processor, Successful: 2, Failed: 1, Took: took}, "ack", "successful=2 failed=1 took=1s"},
	{telemetry.Retry{Component: processor, Attempt: 1, Delay: took, Err: errBoom}, "retry", "attempt=1 delay=1s error=boom"},
	{telemetry.DeadLetter{Component: processor, Attempt: 3, Err: errBoom, Failure: errBoom}, "dead_letter", "attempt=3 error=boom failure=boom"},
	{telemetry.WorkerRestart{Component: processor, Reason: errBoom}, "worker.restart", "reason=boom"},
	{telemetry.Reclaimed{Component: processor, Redelivered: 2, Failed: 1}, "worker.reclaimed", "redelivered=2 failed=1"},
	{telemetry.DrainStart{Component: processor, Deadline: at, InFlight: 7, At: at}, "drain.start", "deadline=" + atText + " in_flight=7 at=" + atText},
	{telemetry.DrainStart{Component: processor, InFlight: 7, At: at}, "drain.start", "in_flight=7 at=" + atText},
	{telemetry.DrainStop{Component: processor, Unfinished: 1, Took: took}, "drain.stop", "unfinished=1 took=1s"},
	{telemetry.Paused{Component: processor}, "paused", ""},
	{telemetry.Resumed{Component: processor}, "resumed", ""},
}

var at = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)

const (
	atText = "2026-01-02T03:04:05.000Z"
	took   = time.Second
)

func TestEventsSayWhatTheyAre(t *testing.T) {
	for _, kind := range kinds {
		require.Equal(t, "broadway."+kind.name, kind.event.Name())
		require.Equal(t, strings.TrimSpace(origin+" "+kind.says), asText(kind.event.LogAttrs()), kind.name)
	}
}

// asText is a record with these attributes and nothing else.
func asText(attrs []slog.Attr) string {
	var text strings.Builder
	h := slog.NewTextHandler(&text, &slog.HandlerOptions{ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
		if slices.Contains([]string{slog.TimeKey, slog.LevelKey, slog.MessageKey}, a.Key) {
			return slog.Attr{}
		}
		return a
	}})
	slog.New(h).LogAttrs(bg, slog.LevelInfo, "", attrs...)
	return strings.TrimSpace(text.String())
}

func TestComponentSaysWhatItHas(t *testing.T) {
	whole := telemetry.Component{Kind: telemetry.Pipeline, Name: "Broadway"}
	require.Equal(t, "kind=pipeline name=Broadway", asText(telemetry.Paused{Component: whole}.LogAttrs()))
	producer := telemetry.Component{Kind: telemetry.Producer, Name: "Producer_0"}
	require.Equal(t, "kind=producer name=Producer_0 index=0 n=1", asText(telemetry.Demand{Component: producer, N: 1}.LogAttrs()))
}

func TestKindsOfComponentsHaveNames(t *testing.T) {
	require.Equal(t, "producer", telemetry.Producer.String())
	require.Equal(t, "processor", telemetry.Processor.String())
	require.Equal(t, "batcher", telemetry.Batcher.String())
	require.Equal(t, "batch_processor", telemetry.BatchProcessor.String())
	require.Equal(t, "pipeline", telemetry.Pipeline.String())
	require.Equal(t, "invalid(0)", telemetry.Kind(0).String())
}
