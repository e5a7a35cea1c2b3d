package flowkit

import (
	"fmt"
	"maps"
	"slices"
)

// modelWindows are the windows of a stage.
type modelWindows struct {
	stage *modelStage
	open  map[int]*pane // by number; others than fixed windows have one
	at    int           // the number of that one

	// Of fixed windows.
	recent map[int]int  // by producer
	live   map[int]bool // producers
	next   *int
}

func newModelWindows(st *modelStage, producers int) *modelWindows {
	w := &modelWindows{stage: st, open: make(map[int]*pane), recent: make(map[int]int), live: make(map[int]bool)}
	for p := range producers {
		w.live[p] = true
	}
	if w.kind() != "fixed" {
		w.begin(0)
	}
	return w
}

func (w *modelWindows) kind() string {
	if w.stage.Window == nil {
		return "global"
	}
	return w.stage.Window.Kind
}

// begin opens a window.
func (w *modelWindows) begin(n int) {
	id := number(n)
	switch w.kind() {
	case "global":
		id = text("global")
	case "fixed":
		id = number(n * w.length())
	}
	w.at = n
	w.open[n] = w.stage.newPane(w.kind(), id, n)
}

// sort sorts elements into windows.
func (w *modelWindows) sort(events []item, producer int) {
	switch w.kind() {
	case "global", "periodic":
		w.open[w.at].add(events)
	case "count":
		w.counted(events)
	case "fixed":
		w.timed(events, producer)
		w.advance()
	default:
		panic(fmt.Errorf("unknown window %q", w.kind()))
	}
}

// counted begins a window for each number of elements.
func (w *modelWindows) counted(events []item) {
	size := w.stage.Window.N
	for len(events) > 0 {
		p := w.open[w.at]
		part := events[:min(size-p.count, len(events))]
		events = events[len(part):]
		p.count += len(part)
		p.add(part)
		if p.count == size {
			w.over(w.at)
			w.begin(w.at + 1)
		}
	}
}

// timed sorts runs of elements of one window.
func (w *modelWindows) timed(events []item, producer int) {
	for len(events) > 0 {
		n := w.number(events[0])
		size := 1
		for size < len(events) && w.number(events[size]) == n {
			size++
		}
		w.run(n, events[:size], producer)
		events = events[size:]
	}
}

func (w *modelWindows) run(n int, events []item, producer int) {
	recent, known := w.recent[producer]
	if w.open[n] == nil {
		if w.late(n, known && n < recent) {
			return
		}
		w.begin(n)
	}
	if !known || n > recent {
		w.recent[producer] = n
	}
	w.open[n].add(events)
}

// late says that an element without a window comes too late. Behind is one whose
// producer has sent one of a later window.
func (w *modelWindows) late(n int, behind bool) bool {
	switch {
	case w.stage.rules.lateOpens && w.stage.Window.Lateness != nil:
		return false
	case behind && !w.stage.rules.lateWhenOver:
		return true
	}
	return w.next != nil && n < *w.next
}

func (w *modelWindows) number(it item) int {
	at := w.stage.Window.time(it.Value)
	if w.stage.rules.floorTime {
		return floorDiv(at, w.length())
	}
	return at / w.length()
}

// length is that of fixed windows, in milliseconds.
func (w *modelWindows) length() int {
	d, err := duration(w.stage.Window.N, w.stage.Window.Unit)
	if err != nil {
		panic(refusalError("config"))
	}
	return int(d.Milliseconds())
}

// advance fires in the windows that all producers have passed.
func (w *modelWindows) advance() {
	low, known := w.low()
	if !known {
		return
	}
	if w.next == nil {
		first := w.numbers()[0]
		w.next = &first
	}
	for ; *w.next < low; *w.next++ {
		w.due(*w.next)
	}
}

// low is the least that the live producers have reached.
func (w *modelWindows) low() (low int, known bool) {
	for p := range w.live {
		recent, reached := w.recent[p]
		if !reached {
			return 0, false
		}
		if !known || recent < low {
			low, known = recent, true
		}
	}
	return low, known && len(w.open) > 0
}

// due ends a window, or lets it wait for late elements.
func (w *modelWindows) due(n int) {
	if w.open[n] == nil {
		w.begin(n)
	}
	if w.stage.Window.Lateness != nil {
		w.open[n].fire(text("watermark"))
		return
	}
	w.over(n)
}

func (w *modelWindows) over(n int) {
	w.open[n].fire(text(done))
	delete(w.open, n)
}

func (w *modelWindows) left(producer int) {
	delete(w.live, producer)
	if w.kind() == "fixed" && w.stage.rules.endsAtOnce {
		w.advance()
	}
}

// finish ends all windows, and those between them.
func (w *modelWindows) finish() {
	numbers := w.numbers()
	if len(numbers) == 0 {
		return
	}
	for n := numbers[0]; n <= numbers[len(numbers)-1]; n++ {
		if w.open[n] == nil {
			w.begin(n)
		}
		w.over(n)
	}
}

func (w *modelWindows) numbers() []int { return slices.Sorted(maps.Keys(w.open)) }
