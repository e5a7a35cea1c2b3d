package broadwaytest_test

import (
	"testing"
	"time"

	"github.com/stagecraft-go/stagecraft/broadway/broadwaytest"
	"github.com/stagecraft-go/stagecraft/internal/leak"
)

func TestCheckSource(t *testing.T) {
	leak.Check(t)
	broadwaytest.CheckSource(t, func(_ testing.TB, n int) broadwaytest.Origin[int] {
		q := broadwaytest.NewQueue[int](broadwaytest.QueueOptions{
			Visibility: time.Second, OnFailure: broadwaytest.Release(0), Interval: 10 * time.Millisecond,
		})
		for i := range n {
			q.Send(i)
		}
		return broadwaytest.Origin[int]{Source: q.Source(), Settled: func() int { return q.Stats().Deleted }}
	})
}
