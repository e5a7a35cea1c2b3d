package broadwaykit

import (
	"slices"

	"github.com/stagecraft-go/stagecraft/telemetry"
)

// model says what a scenario gives under some rules. It is Broadway's pipeline
// without its processes: one producer, one processor, batches in order. Where
// there are more of them, the observations that depend on it come out wrong.
func (s *Scenario) model(rules semantics) map[string]any {
	w := &world{Scenario: s, rules: rules, open: make(map[batchAddress]*openBatch)}
	for _, list := range s.Config.Producer.Lists {
		w.source = append(w.source, list...)
	}
	w.start()
	for i := range s.Script {
		w.step(&s.Script[i])
	}
	return s.observe(&w.record)
}

// world is a pipeline in the model.
type world struct {
	*Scenario
	record
	rules semantics

	source      []Data
	waiting     []*letter // in the producer, for demand
	pending     int       // open demand of the processor
	outstanding int       // of the processor's own count
	inbox       [][]*letter
	dead        bool // a rule has killed the processor
	open        map[batchAddress]*openBatch
	order       []batchAddress
}

// letter is a message in the model.
type letter struct {
	born, data   Data
	batcher, key string
	flush        bool
	status       failure // zero: ok
	acked        bool
	options      map[string]any
}

func (w *world) max() int {
	switch max := w.Config.Processors.MaxDemand; {
	case max == nil:
		return 10
	case *max == 0 && w.rules.zeroDemand:
		return 10
	default:
		return *max
	}
}

func (w *world) min() int {
	if min := w.Config.Processors.MinDemand; min != nil {
		return *min
	}
	return w.max() / 2
}

func (w *world) start() {
	w.happened(telemetry.TopologyInit{})
	if w.max() > w.min() {
		w.outstanding = w.max()
		w.ask(w.max())
		w.work()
	}
}

func (w *world) step(s *Step) {
	switch s.Do {
	case "push", "emit":
		if w.stopping {
			return
		}
		for _, group := range pieces(s) {
			w.arrive(group, s.Mode == "flush" || s.API == "test_message")
			w.work()
		}
	case "stop", "stop_by_pid":
		w.stopping = true
		w.arrive(w.Config.Producer.DrainEmits, false)
		w.work()
		for _, at := range slices.Clone(w.order) {
			w.deliver(at, "flush")
		}
		w.source = nil
	}
}

// pieces are the events of a step that come together.
func pieces(s *Step) (all [][]Data) {
	if s.API != "test_message" {
		return [][]Data{s.events()}
	}
	for _, d := range s.events() {
		all = append(all, []Data{d})
	}
	return all
}

// ask is a demand for n messages.
func (w *world) ask(n int) {
	if buffered := min(n, len(w.waiting)); buffered > 0 {
		w.inbox = append(w.inbox, w.waiting[:buffered])
		w.waiting = w.waiting[buffered:]
		n -= buffered
	}
	if n == 0 {
		return
	}
	w.demands = append(w.demands, demand{producerName(0), n})
	w.pending += n
	taken := min(n, len(w.source))
	w.dispatch(w.letters(w.source[:taken], false))
	w.source = w.source[taken:]
}

func (w *world) letters(data []Data, flush bool) (all []*letter) {
	for _, d := range data {
		all = append(all, &letter{born: d, data: d, flush: flush})
	}
	return all
}

// arrive is data that comes without demand.
func (w *world) arrive(data []Data, flush bool) { w.dispatch(w.letters(data, flush)) }

// dispatch sends what is asked for, and keeps the rest.
func (w *world) dispatch(all []*letter) {
	n := min(len(all), w.pending)
	if len(w.waiting) > 0 {
		n = 0
	}
	if n > 0 {
		w.pending -= n
		w.inbox = append(w.inbox, all[:n])
	}
	w.waiting = append(w.waiting, all[n:]...)
	if over := len(w.waiting) - w.bufferSize(); over > 0 {
		w.overflow(over)
	}
}

func (w *world) bufferSize() int {
	if size := w.Config.Producer.BufferSize; size != nil {
		return *size
	}
	return 10_000
}

// overflow drops messages from the buffer.
func (w *world) overflow(n int) {
	dropped, kept := w.waiting[:n], w.waiting[n:]
	if w.Config.Producer.BufferKeep == "first" {
		kept, dropped = w.waiting[:len(w.waiting)-n], w.waiting[len(w.waiting)-n:]
	}
	w.waiting = slices.Clone(kept)
	if w.rules.overflowFails {
		for _, m := range dropped {
			m.status = failure{raised, "discarded"}
		}
		w.acknowledge("processor", nil, dropped)
	}
}

// work lets the processor handle what it got.
func (w *world) work() {
	for len(w.inbox) > 0 {
		list := w.inbox[0]
		w.inbox = w.inbox[1:]
		for len(list) > 0 {
			n := min(len(list), w.max()-w.min())
			w.process(list[:n])
			if w.dead {
				w.reborn()
				break
			}
			list = list[n:]
			if w.outstanding -= n; w.outstanding <= w.min() {
				ask := w.max() - w.outstanding
				w.outstanding = w.max()
				w.ask(ask)
			}
		}
	}
}

// reborn is another processor in place of one that was killed. What that one had,
// and had asked for, is lost.
func (w *world) reborn() {
	w.dead, w.inbox, w.pending = false, nil, 0
	w.outstanding = w.max()
	w.ask(w.max())
}
