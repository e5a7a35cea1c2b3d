package stagekit

import (
	"github.com/stagecraft-go/stagecraft/dispatcher"
	"github.com/stagecraft-go/stagecraft/stage"
)

// dispatch is the option for a dispatcher of the recording. An invalid one is
// one of another event type: nothing else that is wrong compiles.
func dispatch(d map[string]any) stage.Option {
	switch d["type"] {
	case "demand":
		if most, ok := wholeNumber(d["max_demand"]); ok {
			return stage.Dispatch(dispatcher.Demand[int](dispatcher.MaxDemand(most)))
		}
		return stage.Dispatch(dispatcher.Demand[int]())
	case "broadcast":
		return stage.Dispatch(dispatcher.Broadcast[int]())
	case "partition":
		return stage.Dispatch(partition(d["partitions"], d["hash"]))
	}
	return stage.Dispatch(dispatcher.Demand[string]())
}

// partition makes a partition dispatcher, for a number of partitions or a list
// of their names.
func partition(partitions, hashName any) dispatcher.Factory[int] {
	hash := hashes[hashName]
	if count, ok := wholeNumber(partitions); ok {
		switch {
		case hash.place == nil:
			return dispatcher.Partition[int](count, nil)
		case hash.change == nil:
			return dispatcher.Partition(count, func(event int) int { return hash.index(event, count) })
		}
		return partitionBy(dispatcher.Indexes(count), hash, -1)
	}
	list, _ := partitions.([]any)
	if len(list) > 0 {
		if _, numeric := wholeNumber(list[0]); numeric {
			return partitionBy(namesIn[int](list), hash, -1)
		}
	}
	return partitionBy(namesIn[string](list), hash, "nowhere")
}

func namesIn[K any](list []any) (names []K) {
	for _, name := range list {
		names = append(names, partitionName(name).(K))
	}
	return names
}

// hash is a hash function of the recordings.
type hash struct {
	// place says which partition is meant. It wraps around the number of
	// partitions; what is below 0 is no partition. Nil is the default hash.
	place func(event int) int
	// change returns the event that is sent, or false to discard it. Nil leaves
	// events as they are.
	change func(event int) (int, bool)
}

// index is the number of the partition, or count if there is none.
func (h hash) index(event, count int) int {
	if place := h.place(event); place >= 0 {
		return place % count
	}
	return count
}

// partitionBy makes a dispatcher with named partitions. nowhere is the name of
// none.
func partitionBy[K comparable](names []K, h hash, nowhere K) dispatcher.Factory[int] {
	if h.place == nil {
		return dispatcher.PartitionBy[int, K](names, nil)
	}
	return dispatcher.PartitionBy(names, func(event int) (out int, name K, ok bool) {
		out, name, ok = event, nowhere, true
		if h.change != nil {
			out, ok = h.change(event)
		}
		if i := h.index(event, len(names)); i < len(names) {
			name = names[i]
		}
		return out, name, ok
	})
}

func itself(event int) int { return event }
func first(int) int        { return 0 }

var hashes = map[any]hash{
	"mod":       {place: itself},
	"div10":     {place: func(e int) int { return e / 10 }},
	"first":     {place: first},
	"times10":   {place: itself, change: func(e int) (int, bool) { return e * 10, true }},
	"mod_none3": {place: itself, change: func(e int) (int, bool) { return e, e%3 != 0 }},
	"none":      {place: first, change: func(e int) (int, bool) { return e, false }},
	"unknown13": {place: func(e int) int {
		if e == 13 {
			return -1
		}
		return e
	}},
	// A Go hash cannot return the wrong shape. It can panic, to the same effect.
	"bad13": {place: func(e int) int {
		if e == 13 {
			panic("bad hash return")
		}
		return e
	}},
}
