package broadwaytest_test

import (
	"context"
	"errors"
	"io"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/stagecraft-go/stagecraft/broadway"
	"github.com/stagecraft-go/stagecraft/broadway/broadwaytest"
	"github.com/stagecraft-go/stagecraft/stage"
)

// receive gets messages at once.
func receive[T any](t *testing.T, q *broadwaytest.Queue[T], n int) []broadway.Message[T] {
	t.Helper()
	ctx, cancel := context.WithTimeout(background, time.Nanosecond)
	defer cancel()
	messages, err := q.Receive(ctx, n)
	require.NoError(t, err)
	return messages
}

// one gets a message that must be there.
func one[T any](t *testing.T, q *broadwaytest.Queue[T]) *broadway.Message[T] {
	t.Helper()
	messages := receive(t, q, 1)
	require.Len(t, messages, 1)
	return &messages[0]
}

func TestVisibilityTimeout(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		q := broadwaytest.NewQueue[string](broadwaytest.QueueOptions{Visibility: 10 * time.Second})
		q.Send("a", "b")
		first := receive(t, q, 5)
		require.Len(t, first, 2)
		require.Equal(t, "a", first[0].Data)
		require.Equal(t, "1", first[0].Get(broadwaytest.ReceiveCount))
		require.Empty(t, receive(t, q, 5), "invisible")
		require.NoError(t, q.Delete(broadwaytest.HandleOf(&first[1])))

		began := time.Now()
		messages, err := q.Receive(background, 5)
		require.NoError(t, err)
		require.InDelta(t, 10, time.Since(began).Seconds(), 0.001)
		require.Len(t, messages, 1)
		require.Equal(t, "a", messages[0].Data)
		require.Equal(t, "2", messages[0].Get(broadwaytest.ReceiveCount))
		require.Equal(t, first[0].Get(broadwaytest.MessageID), messages[0].Get(broadwaytest.MessageID))
		require.Equal(t, broadwaytest.QueueStats{Sent: 2, Received: 3, Redelivered: 1, Deleted: 1, Expired: 1, InFlight: 1}, q.Stats())
	})
}

func TestHandles(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		q := broadwaytest.NewQueue[string](broadwaytest.QueueOptions{Visibility: time.Second})
		q.Send("a")
		old := broadwaytest.HandleOf(one(t, q))
		time.Sleep(time.Second)
		recent := broadwaytest.HandleOf(one(t, q))
		require.NotEqual(t, old, recent)

		require.NoError(t, q.Delete(old), "as in SQS: no error, and no effect")
		require.NoError(t, q.Delete("strange"))
		require.Equal(t, 2, q.Stats().Stale)
		require.Equal(t, 1, q.Stats().InFlight)
		require.ErrorIs(t, q.ChangeVisibility(old, time.Hour), broadwaytest.ErrNotInFlight)

		time.Sleep(time.Second)
		require.Equal(t, 1, q.Stats().Visible, "its time is over")
		require.ErrorIs(t, q.ChangeVisibility(recent, time.Hour), broadwaytest.ErrNotInFlight)
		require.NoError(t, q.Delete(recent), "nobody has received it since")
		require.Empty(t, receive(t, q, 1))
		require.NoError(t, q.AwaitEmpty(background))
	})
}

func TestChangeVisibility(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		q := broadwaytest.NewQueue[string](broadwaytest.QueueOptions{Visibility: time.Second})
		q.Send("a")
		handle := broadwaytest.HandleOf(one(t, q))
		for range 5 { // a heartbeat
			time.Sleep(900 * time.Millisecond)
			require.NoError(t, q.ChangeVisibility(handle, time.Second))
		}
		require.Empty(t, receive(t, q, 1))
		require.NoError(t, q.ChangeVisibility(handle, 0))
		require.Equal(t, "2", one(t, q).Get(broadwaytest.ReceiveCount))
		require.Equal(t, 1, q.Stats().Released)
		require.Zero(t, q.Stats().Expired)
	})
}

func TestDelay(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		q := broadwaytest.NewQueue[string](broadwaytest.QueueOptions{Delay: time.Minute})
		q.Send("late")
		q.SendMessage("soon", map[string]string{"tenant": "acme"}, time.Second)
		require.Empty(t, receive(t, q, 1))
		require.Equal(t, 2, q.Stats().Delayed)
		began := time.Now()
		messages, err := q.Receive(background, 5)
		require.NoError(t, err)
		require.Len(t, messages, 1)
		require.Equal(t, "soon", messages[0].Data)
		require.Equal(t, "acme", messages[0].Get("tenant"))
		require.InDelta(t, 1, time.Since(began).Seconds(), 0.001)
	})
}

func TestDeadLetters(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		q := broadwaytest.NewQueue[string](broadwaytest.QueueOptions{Visibility: time.Second, MaxReceives: 2})
		q.Send("poison")
		one(t, q)
		time.Sleep(time.Second)
		require.NoError(t, q.ChangeVisibility(broadwaytest.HandleOf(one(t, q)), 0))
		require.Empty(t, receive(t, q, 1))
		require.Equal(t, []broadwaytest.Letter[string]{{ID: "1", Data: "poison", Receives: 2}}, q.DeadLetters())
		require.Equal(t, 1, q.Stats().DeadLetters)
		require.NoError(t, q.AwaitEmpty(background))
	})
}

func TestPurgeAndClose(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		q := broadwaytest.NewQueue[int](broadwaytest.QueueOptions{})
		q.Send(1, 2, 3)
		handle := broadwaytest.HandleOf(one(t, q))
		ended := make(chan error)
		q.Purge()
		go func() {
			_, err := q.Receive(background, 1)
			ended <- err
		}()
		synctest.Wait()
		q.Close()
		require.ErrorIs(t, <-ended, io.EOF)
		require.NoError(t, q.Delete(handle))
		require.Equal(t, broadwaytest.QueueStats{Sent: 3, Received: 1, Stale: 1}, q.Stats())
	})
}

func TestAwaitEmptySaysWhatIsLeft(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		q := broadwaytest.NewQueue[int](broadwaytest.QueueOptions{})
		q.Send(1, 2)
		q.SendMessage(3, nil, time.Hour)
		one(t, q)
		ctx, cancel := context.WithTimeout(background, time.Second)
		defer cancel()
		err := q.AwaitEmpty(ctx)
		require.EqualError(t, err, "broadwaytest: the queue is not empty (1 visible, 1 in flight, 1 delayed): context deadline exceeded")
		require.ErrorIs(t, err, context.DeadlineExceeded)
	})
}

// consume starts a pipeline that reads a queue.
func consume[T any](t *testing.T, q *broadwaytest.Queue[T], handle func(m *broadway.Message[T]) error) *broadway.Pipeline[T] {
	return broadwaytest.Start(t, broadway.Config[T, stage.None]{
		Producers: []broadway.Producer[T]{{Source: q.Source()}},
		Handler: broadway.MessageFunc[T, stage.None](func(_ context.Context, m *broadway.Message[T]) (stage.None, error) {
			return stage.None{}, handle(m)
		}),
	})
}

func TestQueueAsSource(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		q := broadwaytest.NewQueue[int](broadwaytest.QueueOptions{Visibility: 10 * time.Second, MaxReceives: 3})
		for i := range 100 {
			q.Send(i)
		}
		q.Close()
		p := consume(t, q, func(m *broadway.Message[int]) error {
			if m.Data%10 == 7 || m.Data == 3 && m.Get(broadwaytest.ReceiveCount) == "1" {
				return errOdd
			}
			return nil
		})
		began := time.Now()
		report, err := p.Wait(background)
		require.NoError(t, err)
		require.InDelta(t, 30, time.Since(began).Seconds(), 0.1, "three leases of the poison")
		require.Equal(t, 90, report.Succeeded)
		require.Equal(t, 31, report.Failed)
		require.Len(t, q.DeadLetters(), 10)
		stats := q.Stats()
		require.Equal(t, 90, stats.Deleted)
		require.Equal(t, 121, stats.Received)
		require.Equal(t, 21, stats.Redelivered)
	})
}

func TestConfigureAck(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		q := broadwaytest.NewQueue[string](broadwaytest.QueueOptions{Visibility: time.Minute})
		q.Send("at once", "later", "give up", "keep", "in batch")
		handled := func(m *broadway.Message[string]) error {
			again := m.Get(broadwaytest.ReceiveCount) != "1"
			switch m.Data {
			case "at once":
				require.NoError(t, broadwaytest.ConfigureAck(m, broadwaytest.AckOptions{OnFailure: broadwaytest.Release(0)}))
			case "later":
				require.NoError(t, broadwaytest.ConfigureAck(m, broadwaytest.AckOptions{OnFailure: broadwaytest.Release(5 * time.Second)}))
			case "give up":
				require.NoError(t, broadwaytest.ConfigureAck(m, broadwaytest.AckOptions{OnFailure: broadwaytest.Delete}))
			case "keep":
				if !again {
					return broadwaytest.ConfigureAck(m, broadwaytest.AckOptions{OnSuccess: broadwaytest.Keep})
				}
			}
			if again {
				return nil
			}
			return errOdd
		}
		p := consume(t, q, handled)
		synctest.Wait()
		require.Equal(t, 2, q.Stats().Deleted, "at once, give up")
		require.Equal(t, 3, q.Stats().InFlight)
		time.Sleep(5 * time.Second)
		synctest.Wait()
		require.Equal(t, 3, q.Stats().Deleted, "later")
		time.Sleep(time.Minute)
		synctest.Wait()
		require.NoError(t, q.AwaitEmpty(background))

		receipt, err := broadwaytest.TryMessage(background, p, "keep", broadwaytest.Metadata(map[string]string{broadwaytest.ReceiveCount: "1"}))
		require.NoError(t, err)
		require.ErrorIs(t, receipt.Err, broadway.ErrNotConfigurable, "it is not the queue's")
	})
}

func TestConfigureAckOfOthers(t *testing.T) {
	m := broadway.Unacknowledged(1)
	require.ErrorIs(t, broadwaytest.ConfigureAck(&m, broadwaytest.AckOptions{}), broadway.ErrNotConfigurable)
	require.Empty(t, broadwaytest.HandleOf(&m))
}

func TestBreak(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		q := broadwaytest.NewQueue[int](broadwaytest.QueueOptions{Interval: 3 * time.Second})
		away := errors.New("away")
		q.Send(1)
		handle := broadwaytest.HandleOf(one(t, q))
		q.Break(away)
		require.ErrorIs(t, q.Delete(handle), away)
		require.ErrorIs(t, q.ChangeVisibility(handle, 0), away)
		q.Send(2)
		var handled atomic.Int32
		p := consume(t, q, func(*broadway.Message[int]) error {
			if handled.Add(1) == 1 {
				q.Break(away) // the acknowledgement will fail
			}
			return nil
		})
		time.Sleep(time.Second)
		q.Break(nil)
		time.Sleep(time.Second)
		require.Zero(t, handled.Load(), "the source waits")
		time.Sleep(time.Second + time.Millisecond)
		require.EqualValues(t, 1, handled.Load())
		require.Equal(t, 1, p.Report().AckFailures)
		require.Equal(t, 2, q.Stats().InFlight)
		q.Break(nil)
		require.NoError(t, q.AwaitEmpty(background))
		require.EqualValues(t, 3, handled.Load(), "both came again or at last")
	})
}

// TestLease holds a message as long as it needs, with a heartbeat.
func TestLease(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		q := broadwaytest.NewQueue[int](broadwaytest.QueueOptions{Visibility: 10 * time.Second})
		q.Send(1)
		consume(t, q, func(m *broadway.Message[int]) error {
			for range 10 {
				time.Sleep(9 * time.Second)
				if err := q.ChangeVisibility(broadwaytest.HandleOf(m), 10*time.Second); err != nil {
					return err
				}
			}
			return nil
		})
		require.NoError(t, q.AwaitEmpty(background))
		require.Equal(t, broadwaytest.QueueStats{Sent: 1, Received: 1, Deleted: 1}, q.Stats())
	})
}
