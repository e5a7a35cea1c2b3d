package trace

import (
	"context"
	"fmt"
	"io"
	"sync"
	"time"

	"github.com/stagecraft-go/stagecraft/process"
	"github.com/stagecraft-go/stagecraft/stage"
)

// Recorder writes down what the stages that it watches do. Its methods may be
// called from everywhere, also while stages run. Make it with [New].
type Recorder struct {
	config
	began time.Time

	mu      sync.Mutex
	watches int              // calls of Watch and Attach
	floor   uint64           // of clocks: that of the last note
	named   map[string]int   // processes that were watched under a name
	lanes   map[string]*lane // by address
	records []*record        // in any order, at most limit
	next    int              // where the oldest is, once they are so many
	dropped int
	flying  map[uint32]*record // messages that are sent and not taken, by number
}

// New makes a recorder. Its time begins now.
func New(opts ...Option) *Recorder {
	r := &Recorder{
		config: config{limit: defaultLimit},
		began:  time.Now(),
		named:  make(map[string]int),
		lanes:  make(map[string]*lane),
		flying: make(map[uint32]*record),
	}
	for _, opt := range opts {
		opt(&r.config)
	}
	return r
}

// Watch is an option for the start of a stage or of a stage.Stream, which is
// recorded under a name from then on. "" is the name that the stage has. When
// several processes are started with this option, as by a supervisor, the
// second is called name#2, and so on.
func (r *Recorder) Watch(name string) stage.Option { return stage.ObservedBy(r.watcher(name)) }

// Observable is a running stage: a handle, or a stage.ByName.
type Observable interface {
	Observe(ctx context.Context, o stage.Observer) (detach func(), err error)
}

// Attach begins to record a running stage under a name: see stage.Handle.Observe,
// whose errors it has. Levels are right at once; what was sent before, and by
// whom, is not known.
func (r *Recorder) Attach(ctx context.Context, s Observable, name string) (detach func(), err error) {
	return s.Observe(ctx, r.watcher(name))
}

// Name gives a name to a process that is not watched, such as a plain actor on
// the other side of a subscription. Otherwise it has the name under which it
// was started, or is called "peer 1" and so on.
func (r *Recorder) Name(pid *process.PID, name string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	l := r.lane(pid)
	l.name, l.kept = name, true
}

// Note adds a line of its own, between what was recorded up to now and what is to
// come. In a test with fake time, or with [Untimed], it also separates the two
// where nothing else does, if nothing moves when it is called.
func (r *Recorder) Note(text string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, l := range r.lanes {
		r.floor = max(r.floor, l.clock)
	}
	r.floor++
	for _, l := range r.lanes {
		l.clock = r.floor
	}
	e := &record{by: new(lane), clock: r.floor}
	e.At, e.Values, e.Levels = r.now(), text, stage.Levels{Demand: -1, Buffered: -1, InFlight: -1}
	r.add(e)
}

// Entries are the entries of [Recorder.Timeline].
func (r *Recorder) Entries() []Entry { return r.Timeline().Entries }

// WriteText writes the timeline so far: see [Timeline.WriteText].
func (r *Recorder) WriteText(w io.Writer) error { return r.Timeline().WriteText(w) }

// WriteMermaid writes the timeline so far: see [Timeline.WriteMermaid].
func (r *Recorder) WriteMermaid(w io.Writer) error { return r.Timeline().WriteMermaid(w) }

// WriteJSON writes the timeline so far: see [Timeline.WriteJSON].
func (r *Recorder) WriteJSON(w io.Writer) error { return r.Timeline().WriteJSON(w) }

// watcher is the observer of what is started with one option, or of one stage
// that was attached.
type watcher struct {
	recorder *Recorder
	name     string
	number   int
	begun    int // processes
}

// watcher takes its place in the order of the stages now, so that this does not
// depend on when they run.
func (r *Recorder) watcher(name string) *watcher {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.watches++
	return &watcher{recorder: r, name: name, number: r.watches}
}

// lane is one process: a watched one, or the other side of one.
type lane struct {
	name    string
	kept    bool // it was named by hand
	number  int  // of the watcher; 0: it was never watched
	index   int  // among those of the watcher
	watched bool // now
	ended   bool
	// clock is a Lamport clock: higher than that of all that has led to what
	// the process does now.
	clock uint64
}

// record is an entry in the making. The names are filled in when it is read.
type record struct {
	Entry
	by       *lane // who has observed it
	from, to *lane // to is nil if it is no message
	clock    uint64
	ref      *process.Ref
	message  uint32
	expected bool // who it was sent to was watched
}

// Observe implements stage.Observer.
func (w *watcher) Observe(o stage.Observation) {
	r := w.recorder
	if o.Message != 0 && !o.Sent && r.taken(o) {
		return
	}
	values := ""
	if !r.hideValues {
		values = o.Values() // not under the lock: it is the user's code
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	own := r.lane(o.Stage)
	switch o.Kind {
	case stage.ObservedBegin:
		r.begin(w, own, o.NameOf(o.Stage))
	case stage.ObservedEnd:
		own.watched = false
	default:
		r.add(r.record(own, o, values))
	}
}

// taken notes the receipt of a message that its sender has recorded.
func (r *Recorder) taken(o stage.Observation) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	sent, ok := r.flying[o.Message]
	if !ok {
		return false
	}
	delete(r.flying, o.Message)
	own := r.lane(o.Stage)
	own.clock = max(own.clock, sent.clock) + 1
	sent.Receipt, sent.Taken = Taken, r.now()
	// Each side knows its own levels.
	sent.Demand = max(sent.Demand, o.Demand)
	sent.Buffered = max(sent.Buffered, o.Buffered)
	sent.InFlight = max(sent.InFlight, o.InFlight)
	return true
}

// begin gives a watched process its name and its place.
func (r *Recorder) begin(w *watcher, own *lane, registered string) {
	w.begun++
	own.number, own.index, own.watched = w.number, w.begun, true
	name := w.name
	if name == "" {
		name = registered
	}
	if name == "" {
		name = "stage"
	}
	if r.named[name]++; r.named[name] > 1 {
		name = fmt.Sprintf("%s#%d", name, r.named[name])
	}
	own.name = name
}

func (r *Recorder) record(own *lane, o stage.Observation, values string) *record {
	own.clock++
	e := &record{by: own, from: own, clock: own.clock, ref: o.Ref, message: o.Message}
	e.At, e.Kind, e.N, e.Values, e.Levels = r.now(), o.Kind, o.N, values, o.Levels
	e.MaxDemand, e.MinDemand, e.Cancel = o.Options.MaxDemand, o.Options.MinDemand, o.Options.Cancel
	e.Mode = o.Mode
	if o.Reason != nil {
		e.Reason = o.Reason.Error()
	}
	switch {
	case o.Kind == stage.ObservedStop:
		own.ended = true
	case !isMessage(o.Kind) || o.Peer == nil:
	case o.Sent:
		e.to = r.peer(o)
		e.expected = e.to.watched
		r.flying[o.Message] = e
	default:
		e.from, e.to = r.peer(o), own
		e.Receipt, e.Taken = Taken, e.At
	}
	if o.Kind == stage.ObservedDown {
		e.from.ended = true
		own.clock = max(own.clock, e.from.clock+1)
		e.clock = own.clock
	}
	return e
}

// isMessage tells whether an observation of a kind goes from one process to
// another.
func isMessage(kind stage.ObservationKind) bool {
	return kind >= stage.ObservedSubscribe && kind <= stage.ObservedDown
}

// add keeps a record, in place of the oldest if there are too many.
func (r *Recorder) add(e *record) {
	if len(r.records) < r.limit {
		r.records = append(r.records, e)
		return
	}
	delete(r.flying, r.records[r.next].message)
	r.records[r.next] = e
	r.dropped++
	if r.next++; r.next == r.limit {
		r.next = 0
		r.forgetLanes()
	}
}

// forgetLanes drops the processes that nothing refers to.
func (r *Recorder) forgetLanes() {
	used := make(map[*lane]bool)
	for _, e := range r.records {
		used[e.from], used[e.to], used[e.by] = true, true, true
	}
	for address, l := range r.lanes {
		if !used[l] && !l.kept && (l.ended || !l.watched) {
			delete(r.lanes, address)
		}
	}
}

// peer is the other side of an observation.
func (r *Recorder) peer(o stage.Observation) *lane {
	l := r.lane(o.Peer)
	if l.name == "" {
		l.name = o.NameOf(o.Peer)
	}
	return l
}

func (r *Recorder) lane(pid *process.PID) *lane {
	address := pid.GetAddress() + "/" + pid.GetId()
	l, ok := r.lanes[address]
	if !ok {
		l = &lane{clock: r.floor}
		r.lanes[address] = l
	}
	return l
}

func (r *Recorder) now() time.Duration {
	if r.untimed {
		return 0
	}
	return time.Since(r.began)
}
