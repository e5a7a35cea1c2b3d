package slogbridge_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/stagecraft-go/stagecraft/telemetry"
	"github.com/stagecraft-go/stagecraft/telemetry/slogbridge"
)

var errBoom = errors.New("boom")

// newLog is a handler that logs as text, without times, into the buffer.
func newLog(t testing.TB, level slog.Level, opts ...slogbridge.Option) (*slogbridge.Handler, *bytes.Buffer) {
	t.Helper()
	buf := &bytes.Buffer{}
	h, err := slogbridge.New(slog.New(textHandler(buf, level)), opts...)
	require.NoError(t, err)
	return h, buf
}

func textHandler(buf *bytes.Buffer, level slog.Level) slog.Handler {
	return slog.NewTextHandler(buf, &slog.HandlerOptions{Level: level, ReplaceAttr: noTime})
}

func noTime(_ []string, a slog.Attr) slog.Attr {
	if a.Key == slog.TimeKey {
		return slog.Attr{}
	}
	return a
}

func TestEventIsLoggedWithAllItSays(t *testing.T) {
	h, buf := newLog(t, slog.LevelDebug)
	ctx := context.Background()
	require.Equal(t, ctx, h.Handle(ctx, telemetry.Ack{
		Component:  telemetry.Component{Pipeline: "orders", Kind: telemetry.BatchProcessor, Name: "BatchProcessor_s3_1", Key: "s3", Index: 1},
		Successful: 2, Failed: 1, Err: errBoom, Took: time.Millisecond,
	}))
	require.Equal(t, "level=ERROR msg=broadway.ack pipeline=orders kind=batch_processor "+
		"name=BatchProcessor_s3_1 key=s3 index=1 successful=2 failed=1 error=boom took=1ms\n", buf.String())
}

func TestLevelsByDefault(t *testing.T) {
	levels := map[slog.Level][]telemetry.Event{
		slog.LevelError: {
			telemetry.ProcessorException{}, telemetry.MessageException{}, telemetry.BatcherException{},
			telemetry.BatchException{}, telemetry.HandleFailedException{},
			telemetry.Ack{Err: errBoom}, telemetry.DeadLetter{Failure: errBoom},
		},
		slog.LevelWarn: {
			telemetry.MessageStop{Err: errBoom}, telemetry.BatchStop{Err: errBoom}, telemetry.Retry{},
			telemetry.DeadLetter{}, telemetry.WorkerRestart{}, telemetry.Reclaimed{},
			telemetry.Discarded{}, telemetry.DrainStop{Unfinished: 1},
		},
		slog.LevelInfo: {
			telemetry.TopologyInit{}, telemetry.DrainStart{}, telemetry.DrainStop{},
			telemetry.Paused{}, telemetry.Resumed{},
		},
		slog.LevelDebug: {
			telemetry.MessageStart{}, telemetry.MessageStop{}, telemetry.BatchStop{}, telemetry.Ack{},
			telemetry.Demand{}, telemetry.Buffered{}, telemetry.RateLimited{},
		},
	}
	for level, events := range levels {
		for _, e := range events {
			require.Equal(t, level, slogbridge.DefaultLevel(e), "%T", e)
		}
	}
}

func TestEventsBelowTheLevelOfTheLoggerAreNotLogged(t *testing.T) {
	h, buf := newLog(t, slog.LevelInfo)
	h.Handle(context.Background(), telemetry.Demand{N: 1})
	require.Empty(t, buf.String())
}

func TestWithLevelIsForOneKindOfEvent(t *testing.T) {
	h, buf := newLog(t, slog.LevelInfo,
		slogbridge.WithLevel[telemetry.Demand](slog.LevelInfo), slogbridge.WithLevel[telemetry.Paused](slogbridge.Off))
	ctx := context.Background()
	h.Handle(ctx, telemetry.Demand{Component: telemetry.Component{Kind: telemetry.Producer, Name: "Producer_0"}, N: 5})
	h.Handle(ctx, telemetry.Buffered{})
	h.Handle(ctx, telemetry.Paused{})
	require.Equal(t, "level=INFO msg=broadway.producer.demand kind=producer name=Producer_0 index=0 n=5\n", buf.String())
}

func TestWrongArgumentsAreRefused(t *testing.T) {
	_, err := slogbridge.New(nil)
	require.ErrorContains(t, err, "logger is nil")
	_, err = slogbridge.New(slog.Default(), nil)
	require.ErrorContains(t, err, "option is nil")
	_, err = slogbridge.New(slog.Default(), slogbridge.WithLevel[telemetry.Event](slog.LevelInfo))
	require.ErrorContains(t, err, "the kind of event is telemetry.Event, allowed is a struct")
}

// The events of a pipeline, as lines of a log.
func Example() {
	var buf bytes.Buffer
	handler, err := slogbridge.New(slog.New(textHandler(&buf, slog.LevelInfo)),
		slogbridge.WithLevel[telemetry.Buffered](slog.LevelInfo))
	if err != nil {
		panic(err)
	}
	var hub telemetry.Hub // a program would use telemetry.Default()
	detach, err := hub.Attach("log", handler)
	if err != nil {
		panic(err)
	}
	defer detach()

	producer := telemetry.Component{Pipeline: "orders", Kind: telemetry.Producer, Name: "Producer_0"}
	hub.Emit(context.Background(), telemetry.Demand{Component: producer, N: 10}) // debug
	hub.Emit(context.Background(), telemetry.Buffered{Component: producer, Events: 3})
	hub.Emit(context.Background(), telemetry.WorkerRestart{Component: producer, Reason: errBoom})
	fmt.Print(buf.String())
	// Output:
	// level=INFO msg=broadway.producer.buffered pipeline=orders kind=producer name=Producer_0 index=0 events=3
	// level=WARN msg=broadway.worker.restart pipeline=orders kind=producer name=Producer_0 index=0 reason=boom
}
