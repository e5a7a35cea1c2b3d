package broadway_test

import (
	"cmp"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/stagecraft-go/stagecraft/broadway"
	"github.com/stagecraft-go/stagecraft/stage"
	"github.com/stagecraft-go/stagecraft/trace"
)

// Those who watch a pipeline see all its workers under their names, and the data
// of the messages.
func TestWatchingAPipeline(t *testing.T) {
	inWorld(t, func(w *world) {
		rec := trace.New()
		b := new(book)
		report := w.run(config{
			Producers: from(b.source(20)), Handler: pass, Processors: one(10), Watch: rec.Watch,
			Batchers: []broadway.Batcher[int]{{Handler: through, Size: 10}},
		})
		assert.EqualValues(w, 20, report.Succeeded)
		sent, values := make(map[string]int), make(map[string]string)
		for _, e := range rec.Entries() {
			if e.Kind == stage.ObservedEvents {
				way := e.From + " to " + e.To
				sent[way] += e.N
				values[way] = cmp.Or(values[way], e.Values)
			}
		}
		assert.Equal(w, map[string]int{
			"Producer_0 to Processor_default_0":           20,
			"Processor_default_0 to Batcher_default":      20,
			"Batcher_default to BatchProcessor_default_0": 2,
		}, sent)
		assert.Equal(w, "1 … 10", values["Producer_0 to Processor_default_0"])
		assert.Regexp(w, `^1 … \d+$`, values["Processor_default_0 to Batcher_default"])
		assert.Equal(w, "10 for default", values["Batcher_default to BatchProcessor_default_0"])
	})
}
