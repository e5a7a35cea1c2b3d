package broadwaytest_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/stagecraft-go/stagecraft/broadway"
	"github.com/stagecraft-go/stagecraft/broadway/broadwaytest"
	"github.com/stagecraft-go/stagecraft/internal/leak"
	"github.com/stagecraft-go/stagecraft/supervisor"
	"github.com/stagecraft-go/stagecraft/telemetry"
)

// What follows is the code of docs/testing.md.

type (
	order struct{ Text string }
	row   struct{ Words int }
)

var errEmpty = errors.New("empty order")

func count(_ context.Context, m *broadway.Message[order]) (row, error) {
	if m.Data.Text == "" {
		return row{}, errEmpty
	}
	return row{len(strings.Fields(m.Data.Text))}, nil
}

func store(_ context.Context, b *broadway.Batch[row]) ([]*broadway.Message[row], error) {
	return b.Messages, nil
}

// ordersConfig is what the program starts, but for its sources.
func ordersConfig() broadway.Config[order, row] {
	return broadway.Config[order, row]{
		Handler:  broadway.MessageFunc[order, row](count),
		Batchers: []broadway.Batcher[row]{{Handler: broadway.BatchFunc[row](store), Size: 10}},
	}
}

func TestGuideOneMessage(t *testing.T) {
	p := broadwaytest.Start(t, ordersConfig())

	receipt, err := broadwaytest.TryMessage(t.Context(), p, order{"two words"})
	require.NoError(t, err)
	require.Equal(t, broadway.Succeeded, receipt.Outcome)
	data, ok := broadway.DataOf[row](receipt)
	require.True(t, ok)
	require.Equal(t, row{2}, data)

	receipt, err = broadwaytest.TryMessage(t.Context(), p, order{})
	require.NoError(t, err)
	require.ErrorIs(t, receipt.Err, errEmpty)
}

func TestGuideBatchTimeout(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := broadwaytest.Start(t, ordersConfig())
		began := time.Now()
		receipts, err := broadwaytest.TryBatch(t.Context(), p, []order{{"a"}, {"b b"}, {""}})
		require.NoError(t, err)
		require.Equal(t, time.Second, time.Since(began), "the batch was not full")
		require.Equal(t, broadway.Succeeded, receipts[1].Outcome)
		require.Equal(t, broadway.Failed, receipts[2].Outcome)
	})
}

func TestGuideRetry(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		config := ordersConfig()
		config.Retry = broadway.Retry{Attempts: 3, Backoff: supervisor.Backoff{Initial: time.Minute, Max: time.Hour}}
		p := broadwaytest.Start(t, config)
		began := time.Now()
		receipt, err := broadwaytest.TryMessage(t.Context(), p, order{})
		require.NoError(t, err)
		require.Equal(t, 3, receipt.Attempts)
		require.Equal(t, 3*time.Minute, time.Since(began), "one and two")
	})
}

func TestGuideNotYet(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := broadwaytest.Start(t, ordersConfig())
		sent, err := broadwaytest.PushBatch(t.Context(), p, []order{{"a"}, {"b"}})
		require.NoError(t, err)
		synctest.Wait()
		require.Empty(t, sent.Acks(), "they wait for others")
		require.NoError(t, p.Drain(t.Context()))
		require.Len(t, sent.Acks(), 1, "one batch")
		p.Resume()
	})
}

type transaction struct{}

func TestGuideContext(t *testing.T) {
	var hub telemetry.Hub
	_, err := hub.Attach("sandbox", telemetry.HandlerFunc(func(ctx context.Context, e telemetry.Event) context.Context {
		if e, ok := e.(telemetry.MessageStart); ok {
			return context.WithValue(ctx, transaction{}, e.Message.Get("transaction"))
		}
		return ctx
	}))
	require.NoError(t, err)
	config := ordersConfig()
	config.Telemetry = &hub
	config.Handler = broadway.MessageFunc[order, row](func(ctx context.Context, m *broadway.Message[order]) (row, error) {
		if ctx.Value(transaction{}) != "7" {
			return row{}, errors.New("not in the transaction of the test")
		}
		return row{}, nil
	})
	p := broadwaytest.Start(t, config)
	receipt, err := broadwaytest.TryMessage(t.Context(), p, order{"a"},
		broadwaytest.Metadata(map[string]string{"transaction": "7"}))
	require.NoError(t, err)
	require.NoError(t, receipt.Err)
}

func TestGuideQueue(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		queue := broadwaytest.NewQueue[order](broadwaytest.QueueOptions{
			Visibility: time.Minute, MaxReceives: 3,
		})
		queue.Send(order{"a"}, order{""}, order{"b"})
		queue.Close()
		config := ordersConfig()
		config.Producers = []broadway.Producer[order]{{Source: queue.Source()}}
		p := broadwaytest.Start(t, config)

		report, err := p.Wait(t.Context())
		require.NoError(t, err)
		require.Equal(t, 2, report.Succeeded)
		require.Equal(t, 3, report.Failed, "each time it was received")
		require.Len(t, queue.DeadLetters(), 1)
	})
}

func TestGuideLease(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		queue := broadwaytest.NewQueue[order](broadwaytest.QueueOptions{Visibility: 30 * time.Second})
		queue.Send(order{"slow"})
		config := ordersConfig()
		config.Producers = []broadway.Producer[order]{{Source: queue.Source()}}
		config.Handler = broadway.MessageFunc[order, row](func(_ context.Context, m *broadway.Message[order]) (row, error) {
			if m.Get(broadwaytest.ReceiveCount) == "1" {
				time.Sleep(45 * time.Second) // longer than its lease
			}
			return row{}, nil
		})
		broadwaytest.Start(t, config)

		require.NoError(t, queue.AwaitEmpty(t.Context()))
		require.Equal(t, 2, queue.Stats().Received)
		time.Sleep(time.Minute)
		require.Equal(t, 1, queue.Stats().Stale, "the first acknowledgement came too late")
	})
}

func TestGuideBroken(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		queue := broadwaytest.NewQueue[order](broadwaytest.QueueOptions{})
		config := ordersConfig()
		config.Producers = []broadway.Producer[order]{{Source: queue.Source()}}
		p := broadwaytest.Start(t, config)
		queue.Break(errors.New("the network is down"))
		queue.Send(order{"a"})
		time.Sleep(time.Hour)
		require.NoError(t, p.Err(), "it goes on trying")
		queue.Break(nil)
		require.NoError(t, queue.AwaitEmpty(t.Context()))
	})
}

func TestGuideSource(t *testing.T) {
	leak.Check(t)
	broadwaytest.CheckSource(t, func(_ testing.TB, n int) broadwaytest.Origin[int] {
		queue := broadwaytest.NewQueue[int](broadwaytest.QueueOptions{OnFailure: broadwaytest.Release(0)})
		for i := range n {
			queue.Send(i)
		}
		return broadwaytest.Origin[int]{Source: queue.Source(), Settled: func() int { return queue.Stats().Deleted }}
	})
}
