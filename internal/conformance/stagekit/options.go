package stagekit

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	"github.com/stagecraft-go/stagecraft/dispatcher"
	"github.com/stagecraft-go/stagecraft/stage"
)

// Subscriptions of the stage under test carry these to the harness, beside the
// options that the scenario gives.
const (
	extraAs   = "as"   // the name of the subscription
	extraMode = "mode" // what HandleSubscribe returns
)

// startOptions are the options of the start, apart from subscribe_to. It fails
// for values that the types of Go exclude.
func startOptions(options map[string]any) (opts []stage.Option, err error) {
	for _, name := range slices.Sorted(maps.Keys(options)) {
		value := options[name]
		switch name {
		case "demand":
			opts = append(opts, stage.Demand(demandMode(value)))
		case "buffer_keep":
			opts = append(opts, stage.BufferKeep(bufferKeep(value)))
		case "buffer_size":
			size, ok := wholeNumber(value)
			if value == "infinity" {
				size, ok = stage.Infinite, true
			}
			if !ok {
				return nil, errUnwritable
			}
			opts = append(opts, stage.BufferSize(size))
		case "dispatcher":
			opts = append(opts, dispatch(value.(map[string]any)))
		case "on_cancel":
			if value == "stop" {
				opts = append(opts, stage.StopAfterLastConsumer())
			}
		case "no_producers":
			opts = append(opts, stage.DemandOf())
		case "subscribe_to":
		default:
			return nil, errUnwritable
		}
	}
	return opts, nil
}

// subscriptions are the entries of subscribe_to. It fails if that is no list,
// and for a producer, since the types of Go exclude both.
func (s *SUT) subscriptions() (subs []Subscription, err error) {
	given, ok := s.Options["subscribe_to"]
	if !ok {
		return nil, nil
	}
	text, err := json.Marshal(given)
	if err == nil {
		err = json.Unmarshal(text, &subs)
	}
	if err != nil || s.Type == "producer" || s.Type == "streamer" {
		return nil, errUnwritable
	}
	return subs, nil
}

// subscribeOptions are the options of a subscription that the stage under test
// makes, under a name.
func subscribeOptions(as string, options map[string]any) (opts []stage.SubscribeOption, err error) {
	opts = []stage.SubscribeOption{stage.Extra(extraAs, as)}
	for _, name := range slices.Sorted(maps.Keys(options)) {
		opt, err := subscribeOption(name, options[name])
		if err != nil {
			return nil, err
		}
		opts = append(opts, opt)
	}
	return opts, nil
}

func subscribeOption(name string, value any) (stage.SubscribeOption, error) {
	number, isNumber := wholeNumber(value)
	switch name {
	case "max_demand", "min_demand":
		if !isNumber {
			return nil, errUnwritable
		}
		if name == "max_demand" {
			return stage.MaxDemand(number), nil
		}
		return stage.MinDemand(number), nil
	case "cancel":
		return stage.OnCancel(cancelMode(value)), nil
	case "selector":
		keep, ok := selectors[value]
		if !ok {
			return nil, errUnwritable
		}
		return stage.Selector(keep), nil
	case "partition":
		if isNumber {
			return stage.Partition(number), nil
		}
		return stage.Partition(fmt.Sprint(value)), nil
	}
	return stage.Extra(name, extraText(value)), nil
}

// rawOptions are the options in a message of a probe: whatever is given.
func rawOptions(options map[string]any) (o stage.SubscribeOptions) {
	for name, value := range options {
		switch name {
		case "max_demand":
			o.MaxDemand, _ = wholeNumber(value)
		case "min_demand":
			o.MinDemand, _ = wholeNumber(value)
		case "cancel":
			o.Cancel = cancelMode(value)
		case "partition":
			o.Partition = partitionName(value)
		case "selector":
			o.Selector = value
			if keep, ok := selectors[value]; ok {
				o.Selector = keep
			}
		default:
			stage.Extra(name, extraText(value))(&o)
		}
	}
	return o
}

// recordOptions writes down the options that somebody has received.
func recordOptions(o stage.SubscribeOptions) map[string]any {
	options := map[string]any{
		"max_demand": o.MaxDemand,
		"min_demand": o.MinDemand,
		"cancel":     o.Cancel.String(),
		"partition":  o.Partition,
		"selector":   selectorName(o.Options),
	}
	for name, text := range o.Extra {
		if name != extraAs {
			options[name] = plain(json.RawMessage(text))
		}
	}
	return options
}

// extraText packs a value of any kind into an extra option.
func extraText(value any) string {
	text, err := json.Marshal(value)
	if err != nil {
		panic(err) // it came from JSON
	}
	return string(text)
}

// partitionName is an int where it was a number.
func partitionName(value any) any {
	if n, ok := wholeNumber(value); ok {
		return n
	}
	return value
}

var selectors = map[any]func(int) bool{
	"even": func(e int) bool { return e%2 == 0 },
	"odd":  func(e int) bool { return e%2 != 0 },
	"all":  func(int) bool { return true },
	"none": func(int) bool { return false },
	"lt10": func(e int) bool { return e < 10 },
}

// selectorName recognises a selector by what it does.
func selectorName(o dispatcher.Options) any {
	keep, ok := o.Selector.(func(int) bool)
	if !ok {
		return o.Selector
	}
	for name, candidate := range selectors {
		if keep(1) == candidate(1) && keep(2) == candidate(2) && keep(11) == candidate(11) {
			return name
		}
	}
	return "unknown"
}
