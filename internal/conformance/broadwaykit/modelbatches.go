package broadwaykit

import (
	"slices"

	"github.com/stagecraft-go/stagecraft/telemetry"
)

// batchAddress is what the messages of a batch have in common.
type batchAddress struct {
	batcher, key string
	partition    int
}

// openBatch is a batch that is not full yet.
type openBatch struct {
	config   *BatcherConfig
	messages []*letter
	full     func(Data) bool // state of the batch function
}

// collect gives a chunk to a batcher. One with a demand of 1 gets it message by
// message.
func (w *world) collect(b *BatcherConfig, list []*letter) {
	n := len(list)
	if b.MaxDemand != nil && *b.MaxDemand == 1 || b.MaxDemand == nil && b.Size != nil && *b.Size == 1 {
		n = 1
	}
	for len(list) > 0 {
		w.sort(b, list[:n])
		list = list[n:]
	}
}

// sort adds runs of messages to their batches.
func (w *world) sort(b *BatcherConfig, list []*letter) {
	w.happened(telemetry.BatcherStart{})
	w.happened(telemetry.BatcherStop{})
	flush := false
	for i, m := range list {
		at := w.address(b, m)
		if i > 0 && flush && at != w.address(b, list[i-1]) {
			w.deliver(w.address(b, list[i-1]), "flush")
			flush = false
		}
		if w.add(b, at, m) {
			flush = false
		} else {
			flush = flush || m.flush
		}
	}
	if flush {
		w.deliver(w.address(b, list[len(list)-1]), "flush")
	}
}

func (w *world) address(b *BatcherConfig, m *letter) batchAddress {
	at := batchAddress{b.Name, m.key, -1}
	by := b.PartitionBy
	if by == nil {
		by = w.Config.PartitionBy
	}
	if by != nil {
		at.partition = by.place(m.data) % max(value(b.Concurrency), 1)
	}
	return at
}

// add adds a message to its batch, and tells whether that was full and left.
func (w *world) add(b *BatcherConfig, at batchAddress, m *letter) bool {
	o := w.open[at]
	if o == nil {
		o = &openBatch{config: b}
		if b.Func != nil {
			o.full = b.Func.begin()
		}
		w.open[at] = o
		w.order = append(w.order, at)
	}
	o.messages = append(o.messages, m)
	full := false
	switch {
	case o.full != nil:
		full = o.full(m.data)
	case b.Size != nil:
		full = len(o.messages) >= *b.Size
	default:
		full = len(o.messages) >= 100
	}
	if full {
		w.deliver(at, "size")
	}
	return full
}

// deliver lets a batch be handled.
func (w *world) deliver(at batchAddress, trigger string) {
	o := w.open[at]
	if o == nil {
		return
	}
	delete(w.open, at)
	w.order = slices.DeleteFunc(w.order, func(other batchAddress) bool { return other == at })
	w.batches = append(w.batches, batch{
		batcher: at.batcher, key: at.key, partition: at.partition, trigger: trigger,
		data: lettersData(o.messages), atStop: w.stopping,
		worker: "BatchProcessor_" + at.batcher + "_0",
	})
	w.happened(telemetry.BatchStart{})
	w.finish("batcher:"+at.batcher, at.batcher, o.messages)
	w.happened(telemetry.BatchStop{})
}

// finish calls handle_batch, and ends the messages of the batch.
func (w *world) finish(stage, batcher string, given []*letter) {
	rules := slices.DeleteFunc(slices.Clone(w.Rules.Batch), func(r Rule) bool { return r.Batcher != "" && r.Batcher != batcher })
	before := copies(given)
	list, err := w.applyAll(stage, rules, slices.Clone(given))
	if w.dead {
		w.dead = false // another one takes the next batch
		w.killed = append(w.killed, [2]any{"BatchProcessor_" + batcher + "_0", lettersData(given)})
		return
	}
	if err != nil {
		w.restore(given, before, err)
		list = given
	} else if w.rules.missingFail {
		list = append(list, missing(given, list)...)
	}
	var ok, bad []*letter
	for _, m := range once(list) {
		if m.ok() {
			ok = append(ok, m)
		} else {
			bad = append(bad, m)
		}
	}
	w.acknowledge(stage, ok, w.handleFailed(stage, bad))
}

// missing are the messages that were not returned, as failures.
func missing(given, returned []*letter) (all []*letter) {
	for _, m := range given {
		if !slices.Contains(returned, m) {
			m.status = failure{raised, "not returned"}
			all = append(all, m)
		}
	}
	return all
}
