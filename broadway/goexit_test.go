package broadway_test

import (
	"context"
	"runtime"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/stagecraft-go/stagecraft/broadway"
)

func TestAPartitionFunctionThatEndsItsGoroutineLosesNothing(t *testing.T) {
	inWorld(t, func(w *world) {
		b := new(book)
		seen := false
		p := w.start(config{
			Name: "goexit", Producers: from(idle()), Handler: pass,
			Processors: broadway.Processors[int]{Concurrency: 2, PartitionBy: func(m *message) int {
				if m.Data == 2 && !seen {
					seen = true
					runtime.Goexit()
				}
				return m.Data
			}},
		})
		for i := range 100 { // lots to be used again
			w.push(p, b.messages(1000+i, 1000+i, 1000+i)...)
			w.settle()
		}
		require.Equal(w, 300, p.Report().Succeeded)
		assert.Error(w, p.Push(background, b.messages(1, 2, 3)...))
		time.Sleep(time.Minute)
		ctx, cancel := context.WithTimeout(background, time.Hour)
		defer cancel()
		assert.NoError(w, p.Drain(ctx))
		report := w.stop(p)
		assert.Equal(w, report.Received, report.Succeeded+report.Unfinished+report.Failed)
	})
}

func TestARetryPolicyThatEndsItsGoroutineLosesNothing(t *testing.T) {
	inWorld(t, func(w *world) {
		b := new(book)
		seen := false
		p := w.start(config{
			Name: "goexit", Producers: from(idle()), Handler: failing(errBoom, 2), Processors: one(10),
			Retry: broadway.Retry{Attempts: 2, If: func(error) bool {
				if !seen {
					seen = true
					runtime.Goexit()
				}
				return false
			}},
		})
		w.push(p, b.messages(1, 2, 3)...)
		time.Sleep(time.Minute)
		ctx, cancel := context.WithTimeout(background, time.Hour)
		defer cancel()
		assert.NoError(w, p.Drain(ctx))
	})
}
