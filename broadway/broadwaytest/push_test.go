package broadwaytest_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/stagecraft-go/stagecraft/broadway"
	"github.com/stagecraft-go/stagecraft/broadway/broadwaytest"
	"github.com/stagecraft-go/stagecraft/internal/leak"
	"github.com/stagecraft-go/stagecraft/stage"
)

func TestTryMessageDoesNotWaitForOthers(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		p := broadwaytest.Start(t, numbers(10))
		began := time.Now()
		receipt, err := broadwaytest.TryMessage(background, p, 4)
		require.NoError(t, err)
		require.Zero(t, time.Since(began), "the timeout of the batcher is 1 s")
		require.Equal(t, broadway.Succeeded, receipt.Outcome)
		require.NoError(t, receipt.Err)
		require.Equal(t, 1, receipt.Attempts)
		data, ok := broadway.DataOf[string](receipt)
		require.True(t, ok)
		require.Equal(t, "number 4", data)
	})
}

func TestTryMessageThatFails(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		p := broadwaytest.Start(t, numbers(10))
		receipt, err := broadwaytest.TryMessage(background, p, 3)
		require.NoError(t, err, "the message failed, not the test")
		require.Equal(t, broadway.Failed, receipt.Outcome)
		require.ErrorIs(t, receipt.Err, errOdd)
		data, ok := broadway.DataOf[int](receipt)
		require.True(t, ok)
		require.Equal(t, 3, data)
	})
}

func TestTryBatchWaitsForOthers(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		p := broadwaytest.Start(t, numbers(10))
		began := time.Now()
		receipts, err := broadwaytest.TryBatch(background, p, []int{2, 3, 4})
		require.NoError(t, err)
		require.Equal(t, time.Second, time.Since(began))
		require.Len(t, receipts, 3)
		for i, want := range []broadway.Outcome{broadway.Succeeded, broadway.Failed, broadway.Succeeded} {
			require.Equal(t, i, receipts[i].ID)
			require.Equal(t, want, receipts[i].Outcome)
		}
	})
}

func TestMode(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		p := broadwaytest.Start(t, numbers(10))
		began := time.Now()
		_, err := broadwaytest.TryBatch(background, p, []int{2, 4}, broadwaytest.Mode(broadway.Flush))
		require.NoError(t, err)
		require.Zero(t, time.Since(began))
		_, err = broadwaytest.TryMessage(background, p, 6, broadwaytest.Mode(broadway.Bulk))
		require.NoError(t, err)
		require.Equal(t, time.Second, time.Since(began))
	})
}

func TestMetadata(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		tenants := make(chan string, 2)
		p := broadwaytest.Start(t, broadway.Config[int, stage.None]{
			Handler: broadway.MessageFunc[int, stage.None](func(_ context.Context, m *broadway.Message[int]) (stage.None, error) {
				tenants <- m.Get("tenant")
				return stage.None{}, nil
			}),
		})
		_, err := broadwaytest.TryBatch(background, p, []int{1, 2}, broadwaytest.Metadata(map[string]string{"tenant": "acme"}))
		require.NoError(t, err)
		require.Equal(t, "acme", <-tenants)
		require.Equal(t, "acme", <-tenants)
	})
}

func TestAcksTellsWhatCameTogether(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		p := broadwaytest.Start(t, numbers(2))
		sent, err := broadwaytest.PushBatch(background, p, []int{0, 2, 4, 6})
		require.NoError(t, err)
		_, err = sent.Await(background)
		require.NoError(t, err)
		acks := sent.Acks()
		require.Len(t, acks, 2, "batches of 2")
		for _, ack := range acks {
			require.Len(t, ack.Successful, 2)
			require.Empty(t, ack.Failed)
		}
	})
}

func TestAwaitSaysWhatIsMissing(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		p := broadwaytest.Start(t, numbers(10))
		ctx, cancel := context.WithTimeout(background, 500*time.Millisecond)
		defer cancel()
		receipts, err := broadwaytest.TryBatch(ctx, p, []int{1, 2, 4})
		require.EqualError(t, err, "broadwaytest: 2 of 3 messages were not acknowledged (1, 2): context deadline exceeded")
		require.ErrorIs(t, err, context.DeadlineExceeded)
		var missing *broadwaytest.MissingError
		require.ErrorAs(t, err, &missing)
		require.Equal(t, []string{"1", "2"}, missing.Missing)
		require.Len(t, receipts, 1, "the one that has come")
	})
}

func TestAwaitEndsWithThePipeline(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		stuck := make(chan struct{})
		defer close(stuck)
		p, err := broadway.Start(background, broadway.Config[int, stage.None]{
			System:    broadwaytest.NewSystem(t),
			Producers: []broadway.Producer[int]{{Source: broadwaytest.Idle[int]()}},
			Shutdown:  time.Second,
			Handler: broadway.MessageFunc[int, stage.None](func(context.Context, *broadway.Message[int]) (stage.None, error) {
				<-stuck
				return stage.None{}, nil
			}),
		})
		require.NoError(t, err)
		sent, err := broadwaytest.PushMessage(background, p, 1)
		require.NoError(t, err)
		synctest.Wait() // it is in the handler
		_, err = p.Stop(background)
		require.NoError(t, err)
		_, err = sent.Await(background)
		require.ErrorIs(t, err, broadwaytest.ErrEnded)
		require.ErrorContains(t, err, "1 of 1 messages were not acknowledged (0)")
	})
}

func TestPushAfterTheEnd(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		p := broadwaytest.Start(t, numbers(10))
		_, err := p.Stop(background)
		require.NoError(t, err)
		_, err = broadwaytest.TryMessage(background, p, 2)
		require.ErrorIs(t, err, broadway.ErrStopping)
		_, err = broadwaytest.TryBatch(background, p, []int{2})
		require.ErrorIs(t, err, broadway.ErrStopping)
	})
}

func TestMissingErrorIsShort(t *testing.T) {
	ctx, cancel := context.WithCancel(background)
	cancel()
	var r broadwaytest.Recorder[string]
	_, err := r.Await(ctx, "a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k", "l")
	require.EqualError(t, err, "broadwaytest: 12 of 12 messages were not acknowledged (a, b, c, d, e, f, g, h, i, j, ...): context canceled")
}

func TestRealTime(t *testing.T) {
	leak.Check(t)
	p := broadwaytest.Start(t, numbers(2))
	receipts, err := broadwaytest.TryBatch(t.Context(), p, []int{2, 4, 3})
	require.NoError(t, err)
	require.Equal(t, broadway.Succeeded, receipts[1].Outcome)
}

type options struct{ requeue bool }

func TestRecorderAndConfigurable(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		p := broadwaytest.Start(t, broadway.Config[int, stage.None]{
			Handler: broadway.MessageFunc[int, stage.None](func(_ context.Context, m *broadway.Message[int]) (stage.None, error) {
				return stage.None{}, broadway.ConfigureAck[string](m, options{requeue: true})
			}),
		})
		r := &broadwaytest.Configurable[string, options]{Configured: func(id string, o options) (string, error) {
			require.True(t, o.requeue)
			return id + " requeued", nil
		}}
		require.NoError(t, p.Push(background, broadway.NewMessage(1, r, "first"), broadway.NewMessage(2, r, "second")))
		receipts, err := r.Await(background, "second requeued", "first requeued")
		require.NoError(t, err)
		require.Equal(t, "second requeued", receipts[0].ID)
		require.Equal(t, "first requeued", receipts[1].ID)
	})
}

func TestStartStopsAtTheEndOfTheTest(t *testing.T) {
	var p *broadway.Pipeline[int]
	inBubble(t, func(t *testing.T) {
		p = broadwaytest.Start(t, numbers(2))
		require.NoError(t, p.Err())
	})
	require.Error(t, p.Err())
}
