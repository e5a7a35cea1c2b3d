package broadway_test

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/stagecraft-go/stagecraft/broadway"
)

// rate counts messages by the second in which they are handled.
type rate struct {
	mu    sync.Mutex
	began time.Time
	times []int
}

func newRate() *rate { return &rate{began: time.Now()} }

func (r *rate) HandleMessage(context.Context, *message) (int, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	second := int(time.Since(r.began) / time.Second)
	for len(r.times) <= second {
		r.times = append(r.times, 0)
	}
	r.times[second]++
	return 0, nil
}

func (r *rate) seconds() []int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return append([]int(nil), r.times...)
}

// endless is a source that always has more.
func endless() broadway.Source[int] {
	return broadway.FromFetch(func(_ context.Context, n int) (messages []message, err error) {
		for i := range n {
			messages = append(messages, broadway.Unacknowledged(i))
		}
		return messages, nil
	}, broadway.FetchOptions{})
}

func limited(s broadway.Source[int], allowed int) broadway.Producer[int] {
	return broadway.Producer[int]{Source: s, RateLimit: broadway.RateLimit{Allowed: allowed, Interval: time.Second}}
}

// G22.
func TestSoManyMessagesPassInEachInterval(t *testing.T) {
	inWorld(t, func(w *world) {
		r := newRate()
		p := w.start(config{Producers: []broadway.Producer[int]{limited(endless(), 7)}, Handler: r})
		time.Sleep(4*time.Second - 1)
		assert.Equal(w, []int{7, 7, 7, 7}, r.seconds())
		_, _ = p.Stop(background)
	})
}

func TestTheProcessesOfAProducerShareItsLimit(t *testing.T) {
	inWorld(t, func(w *world) {
		r := newRate()
		producer := limited(endless(), 7)
		producer.Concurrency = 3
		w.start(config{Producers: []broadway.Producer[int]{producer}, Handler: r})
		time.Sleep(4*time.Second - 1)
		assert.Equal(w, []int{7, 7, 7, 7}, r.seconds())
	})
}

func TestEachProducerHasALimitOfItsOwn(t *testing.T) {
	inWorld(t, func(w *world) {
		b := new(book)
		r := newRate()
		p := w.start(config{
			Producers: []broadway.Producer[int]{limited(endless(), 2), {Source: b.source(10)}, limited(endless(), 5)},
			Handler:   r,
		})
		time.Sleep(3*time.Second - 1)
		assert.Equal(w, []int{17, 7, 7}, r.seconds())
		limit, err := p.RateLimit(2)
		require.NoError(w, err)
		assert.Equal(w, broadway.RateLimit{Allowed: 5, Interval: time.Second}, limit)
		_, err = p.RateLimit(1)
		assert.Equal(w, broadway.ErrNoRateLimit, err)
		for _, index := range []int{-1, 3} {
			assert.ErrorIs(w, p.UpdateRateLimit(index, broadway.RateLimitUpdate{Allowed: 1}), broadway.ErrNoRateLimit)
		}
		require.NoError(w, p.UpdateRateLimit(0, broadway.RateLimitUpdate{Allowed: 10}))
		time.Sleep(2 * time.Second)
		assert.Equal(w, []int{15, 15}, r.seconds()[3:5])
	})
}

func TestALimitChangesWithTheNextInterval(t *testing.T) {
	inWorld(t, func(w *world) {
		r := newRate()
		p := w.start(config{Producers: []broadway.Producer[int]{limited(endless(), 2)}, Handler: r})
		time.Sleep(1500 * time.Millisecond)
		require.NoError(w, p.UpdateRateLimit(0, broadway.RateLimitUpdate{Allowed: 5}))
		time.Sleep(2500*time.Millisecond - 1)
		assert.Equal(w, []int{2, 2, 5, 5}, r.seconds())
		require.NoError(w, p.UpdateRateLimit(0, broadway.RateLimitUpdate{Interval: 2 * time.Second}))
		limit, _ := p.RateLimit(0)
		assert.Equal(w, broadway.RateLimit{Allowed: 5, Interval: 2 * time.Second}, limit)
		time.Sleep(4 * time.Second)
		assert.Equal(w, []int{5, 0, 5, 0}, append(r.seconds(), 0)[4:8])
	})
}

func TestALimitCanBeginANewIntervalNow(t *testing.T) {
	inWorld(t, func(w *world) {
		r := newRate()
		p := w.start(config{Producers: []broadway.Producer[int]{limited(endless(), 2)}, Handler: r})
		time.Sleep(500 * time.Millisecond)
		require.NoError(w, p.UpdateRateLimit(0, broadway.RateLimitUpdate{Allowed: 3, Reset: true}))
		w.settle()
		assert.Equal(w, []int{5}, r.seconds())
		time.Sleep(999 * time.Millisecond)
		assert.Equal(w, []int{5}, r.seconds()) // the next interval is at 1.5 s
		time.Sleep(time.Millisecond)
		w.settle()
		assert.Equal(w, []int{5, 3}, r.seconds())
	})
}

func TestAnUpdateThatIsNoLimitIsRefused(t *testing.T) {
	inWorld(t, func(w *world) {
		p := w.start(config{Producers: []broadway.Producer[int]{limited(idle(), 2)}, Handler: pass})
		for field, update := range map[string]broadway.RateLimitUpdate{
			"RateLimitUpdate.Allowed":  {Allowed: -1},
			"RateLimitUpdate.Interval": {Interval: -1},
		} {
			mistake := new(broadway.ConfigError)
			require.ErrorAs(w, p.UpdateRateLimit(0, update), &mistake)
			assert.Equal(w, field, mistake.Field)
		}
		limit, _ := p.RateLimit(0)
		assert.Equal(w, broadway.RateLimit{Allowed: 2, Interval: time.Second}, limit)
	})
}

func TestWhatIsPushedPassesWhateverTheLimit(t *testing.T) {
	inWorld(t, func(w *world) {
		b := new(book)
		r := newRate()
		p := w.start(config{Producers: []broadway.Producer[int]{limited(endless(), 2)}, Handler: r})
		w.settle()
		w.push(p, b.messages(upTo(1, 9)...)...)
		w.settle()
		assert.Equal(w, []int{11}, r.seconds())
	})
}

// E7: 7 messages at 2 per 200 ms.
func TestADrainKeepsToTheLimit(t *testing.T) {
	inWorld(t, func(w *world) {
		b := new(book)
		p := w.start(config{
			Producers: []broadway.Producer[int]{{
				Source:    broadway.FromFetch(once(b.messages(upTo(1, 7)...)), broadway.FetchOptions{}),
				RateLimit: broadway.RateLimit{Allowed: 2, Interval: 200 * time.Millisecond},
			}},
			Handler: pass,
		})
		w.settle()
		assert.Equal(w, 2, p.Report().Succeeded)
		took := stopwatch()
		report := w.stop(p)
		assert.Equal(w, 600*time.Millisecond, took())
		assert.Equal(w, upTo(1, 7), b.ok())
		assert.Equal(w, 7, report.Succeeded)
	})
}

func TestALimiterThatCrashesIsRestarted(t *testing.T) {
	inWorld(t, func(w *world) {
		r := newRate()
		w.start(config{Name: "w", Producers: []broadway.Producer[int]{limited(endless(), 2)}, Handler: r})
		time.Sleep(1500 * time.Millisecond)
		w.process("w", "RateLimiter").Kill()
		time.Sleep(2 * time.Second)
		got := r.seconds()
		assert.GreaterOrEqual(w, got[2], 2)
		w.process("w", "RateLimiter")
	})
}

// once is a fetch that brings these messages, and nothing more.
func once(messages []message) broadway.Fetch[int] {
	var mu sync.Mutex
	return func(_ context.Context, n int) ([]message, error) {
		mu.Lock()
		defer mu.Unlock()
		n = min(n, len(messages))
		got := messages[:n]
		messages = messages[n:]
		return got, nil
	}
}
