package broadway_test

import (
	"context"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/stagecraft-go/stagecraft/broadway"
)

func TestAFreshMessage(t *testing.T) {
	m := broadway.Unacknowledged("x")
	assert.Equal(t, "x", m.Data)
	assert.NoError(t, m.Failure())
	assert.Equal(t, 1, m.Attempt())
	assert.Empty(t, m.Get("key"))
	assert.Empty(t, m.Keys())
	assert.Equal(t, broadway.Bulk, m.BatchMode)
	assert.Equal(t, "bulk", m.BatchMode.String())
	assert.Equal(t, "flush", broadway.Flush.String())
}

func TestAMessageIsMarkedAndUnmarked(t *testing.T) {
	m := broadway.Unacknowledged(1)
	m.Fail(errBoom)
	m.Fail(nil)
	assert.Equal(t, errBoom, m.Failure())
	m.Unfail()
	assert.NoError(t, m.Failure())
}

func TestMetadataIsNotShared(t *testing.T) {
	given := map[string]string{"a": "1"}
	m := broadway.Unacknowledged(1).WithMetadata(given)
	other := m
	m.Set("b", "2")
	other.Set("a", "3")
	assert.Equal(t, map[string]string{"a": "1"}, given)
	keys := m.Keys()
	slices.Sort(keys)
	assert.Equal(t, []string{"a", "b"}, keys)
	assert.Equal(t, "1", m.Get("a"))
	assert.Equal(t, "3", other.Get("a"))
}

func TestMetadataGoesWithTheMessageToItsBatch(t *testing.T) {
	inWorld(t, func(w *world) {
		d, b := new(diary), new(book)
		p := w.start(config{
			Producers: from(idle()), Processors: one(10),
			Handler: broadway.MessageFunc[int, int](func(_ context.Context, m *message) (int, error) {
				m.Set("handled", "yes")
				return m.Data, nil
			}),
			Batchers: []broadway.Batcher[int]{{Size: 1, Handler: broadway.BatchFunc[int](
				func(_ context.Context, b *batch) ([]*message, error) {
					m := b.Messages[0]
					d.note("%s %s %d", m.Get("origin"), m.Get("handled"), m.Attempt())
					return b.Messages, nil
				})}},
		})
		w.push(p, b.message(1).WithMetadata(map[string]string{"origin": "test"}))
		w.settle()
		assert.Equal(w, []string{"test yes 1"}, d.take())
	})
}

func TestOutcomesHaveNames(t *testing.T) {
	assert.Equal(t, "succeeded", broadway.Succeeded.String())
	assert.Equal(t, "failed", broadway.Failed.String())
	assert.Equal(t, "discarded", broadway.Discarded.String())
	assert.Equal(t, "dead_lettered", broadway.DeadLettered.String())
	assert.Equal(t, "invalid(0)", broadway.Outcome(0).String())
	assert.Equal(t, "invalid(9)", broadway.Outcome(9).String())
}

func TestTriggersHaveNames(t *testing.T) {
	assert.Equal(t, "size", broadway.BySize.String())
	assert.Equal(t, "timeout", broadway.ByTimeout.String())
	assert.Equal(t, "flush", broadway.ByFlush.String())
	assert.Equal(t, "invalid(0)", broadway.Trigger(0).String())
	assert.Equal(t, "invalid(9)", broadway.Trigger(9).String())
}

func TestBatchModesHaveNames(t *testing.T) {
	assert.Equal(t, "bulk", broadway.Bulk.String())
	assert.Equal(t, "flush", broadway.Flush.String())
	assert.Equal(t, "invalid(9)", broadway.BatchMode(9).String())
}

func TestVerdictsSayWhy(t *testing.T) {
	assert.EqualError(t, broadway.Discard(errBoom), "boom")
	assert.EqualError(t, broadway.Discard(nil), "broadway: discarded")
	assert.EqualError(t, broadway.NoRetry(errBoom), "boom")
	assert.EqualError(t, broadway.NoRetry(nil), "broadway: failed")
	assert.EqualError(t, broadway.RetryAfter(1, errBoom), "boom")
	assert.ErrorIs(t, broadway.NoRetry(errBoom), errBoom)
}
