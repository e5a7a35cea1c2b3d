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

func partition(partitions, hash any) dispatcher.Factory[int] {
	if count, ok := wholeNumber(partitions); ok {
		return partitionBy(dispatcher.Indexes(count), -1, hash)
	}
	names, _ := partitions.([]any)
	if len(names) > 0 {
		if _, numeric := wholeNumber(names[0]); numeric {
			return partitionBy(listOf[int](names), -1, hash)
		}
	}
	return partitionBy(listOf[string](names), "nowhere", hash)
}

func listOf[K any](names []any) (list []K) {
	for _, name := range names {
		list = append(list, partitionName(name).(K))
	}
	return list
}

// partitionBy makes a dispatcher with a hash of the recording. nowhere is the
// name of no partition.
func partitionBy[K comparable](names []K, nowhere K, hash any) dispatcher.Factory[int] {
	place, ok := hashes[hash]
	if !ok {
		return dispatcher.PartitionBy[int, K](names, nil)
	}
	return dispatcher.PartitionBy(names, func(event int) (int, K, bool) {
		to := place(event)
		if !to.known {
			return to.event, nowhere, !to.dropped
		}
		return to.event, names[to.index%len(names)], true
	})
}

// destination is where a hash sends an event: to the partition of the index,
// which wraps around, to one that is not known, or nowhere.
type destination struct {
	event   int
	index   int
	known   bool
	dropped bool
}

func at(event, index int) destination { return destination{event: event, index: index, known: true} }

var hashes = map[any]func(event int) destination{
	"mod":     func(e int) destination { return at(e, e) },
	"div10":   func(e int) destination { return at(e, e/10) },
	"first":   func(e int) destination { return at(e, 0) },
	"times10": func(e int) destination { return at(e*10, e) },
	"none":    func(int) destination { return destination{dropped: true} },
	"mod_none3": func(e int) destination {
		if e%3 == 0 {
			return destination{dropped: true}
		}
		return at(e, e)
	},
	"unknown13": func(e int) destination {
		if e == 13 {
			return destination{event: e}
		}
		return at(e, e)
	},
	// A Go hash cannot return the wrong shape. It can panic, to the same effect.
	"bad13": func(e int) destination {
		if e == 13 {
			panic("bad hash return")
		}
		return at(e, e)
	},
}
