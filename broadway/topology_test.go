package broadway_test

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/stagecraft-go/stagecraft/broadway"
)

func TestATopologyNamesWhatThereIs(t *testing.T) {
	inWorld(t, func(w *world) {
		p := w.start(config{
			Producers: []broadway.Producer[int]{{Source: idle(), Concurrency: 2}, {Source: idle()}},
			Handler:   pass, Processors: broadway.Processors[int]{Concurrency: 4},
			Batchers: []broadway.Batcher[int]{{Handler: through}, {Name: "s3", Handler: through, Concurrency: 5}},
		})
		assert.Equal(w, broadway.Topology{
			Producers:  []broadway.TopologyLayer{{Name: "Producer", Concurrency: 3}},
			Processors: []broadway.TopologyLayer{{Name: "Processor_default", Key: "default", Concurrency: 4}},
			Batchers: []broadway.TopologyBatcher{
				{TopologyLayer: broadway.TopologyLayer{Name: "BatchProcessor_default", Key: "default", Concurrency: 1}, BatcherName: "Batcher_default"},
				{TopologyLayer: broadway.TopologyLayer{Name: "BatchProcessor_s3", Key: "s3", Concurrency: 5}, BatcherName: "Batcher_s3"},
			},
		}, p.Topology())
		assert.Empty(w, p.Name())
	})
}
