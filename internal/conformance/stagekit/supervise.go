package stagekit

import (
	"maps"
	"slices"
	"time"

	"github.com/stagecraft-go/stagecraft/internal/conformance"
	"github.com/stagecraft-go/stagecraft/stage"
	"github.com/stagecraft-go/stagecraft/supervisor"
)

// superviseOptions are the child and the options of a consumer_supervisor, apart
// from subscribe_to. It fails for values that the types of Go exclude.
func superviseOptions(options map[string]any) (child supervisor.EventSpec[int], opts []supervisor.Option, err error) {
	restarts, seconds := 3, 5
	for _, name := range slices.Sorted(maps.Keys(options)) {
		value := options[name]
		number, isNumber := wholeNumber(value)
		switch {
		case name == "restart":
			child.Restart = conformance.Choice[supervisor.Restart](value, "permanent", "transient", "temporary")
		case name == "shutdown":
			child.Shutdown = conformance.Shutdown(value)
		case name == "max_restarts" && isNumber:
			restarts = number
		case name == "max_seconds" && isNumber:
			seconds = number
		case name == "strategy" && value != "missing":
			opts = append(opts, supervisor.Strategy(conformance.Choice[supervisor.StrategyKind](value)))
		case name == "subscribe_to":
		default:
			return child, nil, errUnwritable
		}
	}
	return child, append(opts, supervisor.Intensity(restarts, time.Duration(seconds)*time.Second)), nil
}

// supervise starts a consumer_supervisor.
func (r *replay) supervise() error {
	child, opts, err := superviseOptions(r.sut.Options)
	if r.sut.Init != nil {
		err = errUnwritable // there is no callback that decides what to start with
	}
	if err != nil {
		return err
	}
	from, err := r.sources()
	if err != nil {
		return err
	}
	child.Start = r.nursery.start
	opts = append(opts, supervisor.In(r.system), supervisor.Name(sutName),
		supervisor.StageOptions(stage.Exact(), stage.OnSend(r.trace)))
	sup, err := supervisor.StartConsumerSupervisor(r.ctx, child, from, opts...)
	if err != nil {
		return err
	}
	r.nursery.supervisor = sup
	return run(r, sup.Consumer, nil)
}
