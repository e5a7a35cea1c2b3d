package broadway

import (
	"log/slog"
	"math"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/stagecraft-go/stagecraft/process"
	"github.com/stagecraft-go/stagecraft/stage"
	"github.com/stagecraft-go/stagecraft/telemetry"
)

// core is what all parts of a pipeline share, whatever its types.
type core struct {
	name   string
	system *process.System
	hub    *telemetry.Hub
	watch  func(worker string) stage.Option // nil: nobody
	handle *Handle
	dead   bool // there is a handler of dead letters

	lots    lotCount
	totals  totals
	retries retries
	ledgers []reclaimer

	hurried  atomic.Int32 // above 0 messages must not wait for others
	draining atomic.Bool  // a stop has begun
	overdue  atomic.Bool  // its time is over

	undertaker *process.Process
	settling   sync.WaitGroup // of what crashed workers had begun, beside the undertaker
	terminator atomic.Pointer[process.Process]

	mu      sync.Mutex
	nextID  uint32
	alive   map[uint32]*process.Process
	through map[uint32]bool // workers of the last layer with nothing left to do
}

// reclaimer is a ledger of whatever type.
type reclaimer interface {
	reclaim(dead func(holder uint32) bool) (crashed []*record, redelivered int)
	recall(dead func(holder uint32) bool) (redelivered int)
	takeAll() []*record
	unfinished() int
	upstream() bool
}

func (c *core) log() *slog.Logger {
	if c.name == "" {
		return c.system.Logger()
	}
	return c.system.Logger().With("pipeline", c.name)
}

// component is the pipeline itself.
func (c *core) component() telemetry.Component {
	return telemetry.Component{Pipeline: c.name, Kind: telemetry.Pipeline, Name: "Pipeline"}
}

// asWorker is the pipeline as a worker, for callbacks that run in no other one.
func (c *core) asWorker() Worker {
	return Worker{Pipeline: c.handle, Kind: telemetry.Pipeline, Name: "Pipeline"}
}

// processName is the registered name of a component.
func (c *core) processName(component string) string { return c.name + ".Broadway." + component }

// enroll makes a process a possible holder of messages.
func (c *core) enroll(p *process.Process, component telemetry.Component) (id uint32) {
	c.mu.Lock()
	c.nextID++
	id = c.nextID
	c.alive[id] = p
	c.mu.Unlock()
	c.undertaker.Send(enrolled{p, id, component})
	return id
}

// isDead tells whether a holder has died.
func (c *core) isDead(holder uint32) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.alive[holder] == nil
}

// unknownHolder stands for a worker that was dead before anybody asked.
const unknownHolder = math.MaxUint32

// holderOf is the id of a process.
func (c *core) holderOf(pid *process.PID) uint32 {
	c.mu.Lock()
	defer c.mu.Unlock()
	for id, p := range c.alive {
		if p.PID() == pid || p.PID().Equal(pid) {
			return id
		}
	}
	return unknownHolder
}

// abandonAll kills all workers that still run.
func (c *core) abandonAll() {
	c.overdue.Store(true)
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, p := range c.alive {
		p.Kill()
	}
	if t := c.terminator.Load(); t != nil {
		t.Kill()
	}
}

// upstream tells whether messages may still come to batchers.
func (c *core) upstream() bool {
	return slices.ContainsFunc(c.ledgers, reclaimer.upstream)
}

// unfinished counts the messages in flight.
func (c *core) unfinished() (n int) {
	for _, l := range c.ledgers {
		n += l.unfinished()
	}
	return n
}

// logFailure logs an error of a callback, with the stack of a panic.
func logFailure(log *slog.Logger, text string, err error) {
	log.Error("broadway: "+text, process.LogAttrs("error", err)...)
}
