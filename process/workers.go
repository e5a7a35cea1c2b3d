package process

import (
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"github.com/asynkron/protoactor-go/actor"
)

var _ actor.Dispatcher = (*workers)(nil)

// workers is the dispatcher. A process that has mail needs a goroutine: one
// that is parked is woken, if none is, a new one starts. So a callback that
// blocks holds up nobody, and handing over costs no start of a goroutine.
//
// Jobs wait in one queue, and at most one worker at a time is on its way to
// it. So a worker that is done with its job finds the next one before anybody
// has been woken for it, which is what mostly happens when jobs are short.
//
// To wake a worker on another processor takes longer than a short job does. So
// the first that finds the queue empty looks out for a while before it parks:
// without that, stages with little to do for each event would share one
// processor. A job that has just come it leaves alone for a moment: whoever sent it
// is mostly done before a process has moved to another processor's cache.
type workers struct {
	maxParked   int
	parkTimeout time.Duration
	looks       int // how often to look out for a job before parking

	looking atomic.Bool   // a worker looks out for a job
	waiting atomic.Int32  // length of the queue
	taken   atomic.Uint32 // jobs that were taken from it

	mu      sync.Mutex
	ready   []job // from first on; not empty only while waking or looking
	first   int
	waking  bool      // a worker is on its way
	parked  []*worker // the last one parked is woken first: its stack is warm
	fewest  int       // least length of parked since the last sweep
	sweeper *time.Timer
	armed   bool // the sweeper will run
	running int  // goroutines, parked ones too
	stopped bool
	ended   chan struct{} // closed when stopped and none is left
}

// job is what a worker does: mostly, to let one process work off its mail.
type job interface{ do(w *worker) }

// worker is a goroutine.
type worker struct {
	wake chan bool // false ends it
	next *mailbox  // to be run when the current job is done
}

// plainJob is a job of an actor that is no process.
type plainJob func()

func (j plainJob) do(*worker) { j() }

func newWorkers() *workers {
	return &workers{
		looks:       looks(),
		maxParked:   4*runtime.GOMAXPROCS(0) + 16,
		parkTimeout: 10 * time.Second,
		ended:       make(chan struct{}),
	}
}

// looks is about as many times as take as long as to wake a worker.
func looks() int {
	if runtime.GOMAXPROCS(0) == 1 {
		return 0
	}
	return 30
}

// Schedule is start for actors that are no processes.
func (w *workers) Schedule(fn func()) { w.start(plainJob(fn)) }

// Throughput is not used by our mailbox: a process runs until it has no mail.
func (w *workers) Throughput() int { return 300 }

// start does a job soon, on a goroutine of its own. It never blocks.
func (w *workers) start(j job) {
	w.mu.Lock()
	if len(w.ready) == cap(w.ready) && w.first > 0 {
		n := copy(w.ready, w.ready[w.first:])
		clear(w.ready[n:])
		w.ready, w.first = w.ready[:n], 0
	}
	w.ready = append(w.ready, j)
	w.waiting.Add(1)
	if w.waking || w.looking.Load() {
		w.mu.Unlock()
		return
	}
	w.wakeOne()
}

// wakeOne sends a worker to the queue. It needs the lock and gives it back.
func (w *workers) wakeOne() {
	w.waking = true
	last := len(w.parked) - 1
	if last < 0 {
		w.running++
		w.mu.Unlock()
		go w.run()
		return
	}
	idle := w.parked[last]
	w.parked[last] = nil
	w.parked = w.parked[:last]
	w.fewest = min(w.fewest, last)
	w.mu.Unlock()
	idle.wake <- true
}

// run is deferred-safe: a job that calls runtime.Goexit takes its goroutine
// along, and nothing else.
func (w *workers) run() {
	defer w.end()
	self := &worker{wake: make(chan bool, 1)}
	for again := true; again; again = w.park(self) && <-self.wake {
		for j := w.take(true); j != nil; j = w.next() {
			self.do(j)
		}
	}
}

// do does a job, and those that are to follow it on this goroutine.
func (one *worker) do(j job) {
	j.do(one)
	for one.next != nil {
		next := one.next
		one.next = nil
		next.do(one)
	}
}

// next is the next job, or nil when there has been none for a while.
func (w *workers) next() job {
	for looked := 0; ; {
		// Who adds a job sees looking, or this take sees the job.
		if j := w.take(false); j != nil {
			return j
		}
		if looked >= w.looks || !w.looking.CompareAndSwap(false, true) {
			return nil
		}
		for looked < w.looks {
			if w.waiting.Load() == 0 {
				runtime.Gosched()
				looked++
				continue
			}
			if w.leftAlone() {
				break
			}
			looked = 0 // there is much to do, if not for this one
		}
		w.looking.Store(false)
	}
}

// patience is how often to look at a new job before taking it to another processor.
const patience = 4

// leftAlone waits for a moment, and tells whether nobody has taken a job meanwhile.
func (w *workers) leftAlone() bool {
	taken := w.taken.Load()
	for range patience {
		runtime.Gosched()
		if w.taken.Load() != taken {
			return false
		}
	}
	return true
}

// take is the next job, or nil. A worker that was woken for the queue sends
// the next one if it leaves something there.
func (w *workers) take(woken bool) job {
	w.mu.Lock()
	if woken {
		w.waking = false
	}
	if w.first == len(w.ready) {
		w.mu.Unlock()
		return nil
	}
	w.waiting.Add(-1)
	w.taken.Add(1)
	j := w.ready[w.first]
	w.ready[w.first] = nil
	w.first++
	if w.first == len(w.ready) {
		w.ready, w.first = w.ready[:0], 0
	} else if !w.waking && !w.looking.Load() {
		w.wakeOne()
		return j
	}
	w.mu.Unlock()
	return j
}

// end counts a goroutine that is about to end.
func (w *workers) end() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.running--
	w.announceEnd()
}

// announceEnd needs the lock.
func (w *workers) announceEnd() {
	if w.stopped && w.running == 0 {
		select {
		case <-w.ended:
		default:
			close(w.ended)
		}
	}
}

// park makes self known as free, unless enough others are.
func (w *workers) park(self *worker) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.stopped || len(w.parked) >= w.maxParked {
		return false
	}
	w.parked = append(w.parked, self)
	if !w.armed {
		w.arm()
	}
	return true
}

// arm needs the lock.
func (w *workers) arm() {
	w.armed = true
	w.fewest = 0
	if w.sweeper == nil {
		w.sweeper = time.AfterFunc(w.parkTimeout, w.sweep)
	} else {
		w.sweeper.Reset(w.parkTimeout)
	}
}

// sweep ends as many workers as were free during the whole of the last
// interval. There is one timer for all of them, and none while none is parked.
func (w *workers) sweep() {
	w.mu.Lock()
	unused := append([]*worker(nil), w.parked[:w.fewest]...)
	rest := copy(w.parked, w.parked[w.fewest:])
	clear(w.parked[rest:])
	w.parked = w.parked[:rest]
	w.armed = false
	if rest > 0 && !w.stopped {
		w.arm()
		w.fewest = rest
	}
	w.mu.Unlock()
	for _, worker := range unused {
		worker.wake <- false
	}
}

// stop ends all workers as soon as they are free. With wait it returns when
// the last one has ended.
func (w *workers) stop(wait bool) {
	w.mu.Lock()
	w.stopped = true
	parked := w.parked
	w.parked, w.fewest = nil, 0
	if w.sweeper != nil {
		w.sweeper.Stop()
	}
	w.announceEnd()
	w.mu.Unlock()
	for _, worker := range parked {
		worker.wake <- false
	}
	if wait {
		<-w.ended
	}
}
