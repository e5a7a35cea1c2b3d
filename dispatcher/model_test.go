package dispatcher_test

import (
	"slices"

	. "github.com/stagecraft-go/stagecraft/dispatcher"
)

// The models say in the plainest way what the dispatchers have to do: lists
// that are searched, sorted by insertion and rebuilt at each step. They are
// dispatchers themselves, so that a test can run both side by side.

// demandModel keeps all consumers in one list, largest demand first.
type demandModel struct {
	cfg     Config
	list    []demandEntry
	pending int
	max     int // -1 before the first ask
	warned  map[Consumer[int]]bool
}

type demandEntry struct {
	c    Consumer[int]
	open int
}

func newDemandModel(cfg Config) Dispatcher[int] {
	return &demandModel{cfg: cfg, max: -1, warned: map[Consumer[int]]bool{}}
}

func (m *demandModel) Subscribe(c Consumer[int], _ Options) (int, error) {
	m.list = append(m.list, demandEntry{c: c})
	return 0, nil
}

func (m *demandModel) pop(c Consumer[int]) int {
	i := slices.IndexFunc(m.list, func(e demandEntry) bool { return e.c == c })
	open := m.list[i].open
	m.list = slices.Delete(m.list, i, i+1)
	return open
}

func (m *demandModel) insert(c Consumer[int], open int) {
	i := slices.IndexFunc(m.list, func(e demandEntry) bool { return e.open < open })
	if i < 0 {
		i = len(m.list)
	}
	m.list = slices.Insert(m.list, i, demandEntry{c, open})
}

func (m *demandModel) Cancel(c Consumer[int]) int {
	m.pending += m.pop(c)
	return 0
}

func (m *demandModel) Ask(c Consumer[int], n int) int {
	if m.max < 0 && (m.cfg.Exact || n > 0) {
		m.max = n
	}
	if n > max(m.max, 0) && (m.cfg.Exact || !m.warned[c]) {
		m.warned[c] = true
		m.cfg.Logger.Warn("ask above max demand", "n", n, "max", m.max, "consumer", c.Process())
	}
	m.insert(c, m.pop(c)+n)
	upstream := max(n-m.pending, 0)
	m.pending -= n - upstream
	return upstream
}

func (m *demandModel) Dispatch(events []int) ([]int, int) {
	for len(events) > 0 && len(m.list) > 0 && m.list[0].open > 0 {
		c := m.list[0].c
		open := m.pop(c)
		n := min(open, len(events))
		c.Send(slices.Clone(events[:n]))
		m.insert(c, open-n)
		events = events[n:]
	}
	m.pending = max(m.pending-len(events), 0)
	return events, 0
}

func (m *demandModel) Capacity() (sum int) {
	for _, e := range m.list {
		sum += e.open
	}
	return sum
}

func (*demandModel) Info(deliver func()) { deliver() }

// broadcastModel keeps the surplus of each consumer and takes the minimum
// anew at each step.
type broadcastModel struct {
	cfg                Config
	list               []broadcastEntry
	waiting, requested int
	processes          map[string]bool
}

type broadcastEntry struct {
	c        Consumer[int]
	selector func(int) bool
	surplus  int
	broken   bool
}

func newBroadcastModel(cfg Config) Dispatcher[int] {
	return &broadcastModel{cfg: cfg, processes: map[string]bool{}}
}

func (m *broadcastModel) Subscribe(c Consumer[int], opts Options) (int, error) {
	selector, ok := opts.Selector.(func(int) bool)
	if !ok && opts.Selector != nil {
		return refuse(m.cfg, ErrBadSelector)
	}
	if m.processes[c.Process()] {
		if m.cfg.Exact {
			delete(m.processes, c.Process())
		}
		return 0, ErrAlreadySubscribed
	}
	m.processes[c.Process()] = true
	for i := range m.list {
		m.list[i].surplus += m.waiting
	}
	m.waiting = 0
	m.list = slices.Insert(m.list, 0, broadcastEntry{c: c, selector: selector})
	return 0, nil
}

func refuse(cfg Config, err error) (int, error) {
	if cfg.Exact {
		panic(err)
	}
	return 0, err
}

func (m *broadcastModel) index(c Consumer[int]) int {
	return slices.IndexFunc(m.list, func(e broadcastEntry) bool { return e.c == c })
}

func (m *broadcastModel) Cancel(c Consumer[int]) int {
	delete(m.processes, c.Process())
	i := m.index(c)
	m.list = slices.Delete(m.list, i, i+1)
	if len(m.list) == 0 {
		m.waiting = 0
		return 0
	}
	return m.sync()
}

func (m *broadcastModel) Ask(c Consumer[int], n int) int {
	i := m.index(c)
	e := m.list[i]
	e.surplus += n
	m.list = slices.Insert(slices.Delete(m.list, i, i+1), 0, e)
	return m.sync()
}

func (m *broadcastModel) sync() int {
	least := m.list[0].surplus
	for _, e := range m.list {
		least = min(least, e.surplus)
	}
	for i := range m.list {
		m.list[i].surplus -= least
	}
	m.waiting += least
	missing := max(m.waiting-m.requested, 0)
	m.requested += missing
	return missing
}

func (m *broadcastModel) Dispatch(events []int) ([]int, int) {
	n := min(len(events), m.Capacity())
	m.waiting -= n
	m.requested -= n
	for i := range m.list {
		if n > 0 {
			m.send(&m.list[i], slices.Clone(events[:n]))
		}
	}
	if !m.cfg.Exact {
		m.requested = max(m.requested-len(events[n:]), 0)
	}
	return events[n:], 0
}

func (m *broadcastModel) send(e *broadcastEntry, events []int) {
	if e.selector == nil {
		e.c.SendShared(events)
		return
	}
	if e.broken {
		return
	}
	if !m.cfg.Exact {
		defer func() {
			if v := recover(); v != nil {
				e.broken = true
				e.c.Cancel(&SelectorError{Value: v})
			}
		}()
	}
	rejected := len(events)
	events = slices.DeleteFunc(events, func(n int) bool { return !e.selector(n) })
	rejected -= len(events)
	if rejected > 0 {
		e.c.AskAgain(rejected)
	}
	if m.cfg.Exact || len(events) > 0 {
		e.c.Send(events)
	}
}

func (m *broadcastModel) Capacity() int {
	for _, e := range m.list {
		if !e.broken {
			return m.waiting
		}
	}
	return 0
}

func (*broadcastModel) Info(deliver func()) { deliver() }

// partitionModel keeps events and infos in one queue of any.
type partitionModel struct {
	cfg              Config
	hash             Hash[int, int]
	parts            []partEntry
	waiting, pending int
}

type partEntry struct {
	c       Consumer[int]
	open    int
	queued  bool // GenStage: the queue has replaced the counter
	waiting []any
}

type infoModel struct {
	deliver func()
	places  int
}

func newPartitionModel(count int, hash Hash[int, int]) Factory[int] {
	return func(cfg Config) (Dispatcher[int], error) {
		return &partitionModel{cfg: cfg, hash: hash, parts: make([]partEntry, count)}, nil
	}
}

func (m *partitionModel) Subscribe(c Consumer[int], opts Options) (int, error) {
	i, ok := opts.Partition.(int)
	switch {
	case opts.Partition == nil:
		return refuse(m.cfg, ErrPartitionMissing)
	case !ok || i < 0 || i >= len(m.parts):
		return refuse(m.cfg, ErrPartitionUnknown)
	case m.parts[i].c != nil:
		return refuse(m.cfg, ErrPartitionTaken)
	}
	m.parts[i].c = c
	return 0, nil
}

func (m *partitionModel) part(c Consumer[int]) *partEntry {
	return &m.parts[slices.IndexFunc(m.parts, func(p partEntry) bool { return p.c == c })]
}

func (m *partitionModel) Cancel(c Consumer[int]) int {
	p := m.part(c)
	m.pending += p.open
	p.c, p.open = nil, 0
	if !m.cfg.Exact {
		return 0
	}
	dropped := 0
	for _, item := range p.waiting {
		if info, ok := item.(*infoModel); ok {
			info.pass()
		} else {
			dropped++
		}
	}
	p.waiting, p.queued = nil, false
	m.waiting += dropped
	return dropped
}

func (i *infoModel) pass() {
	if i.places--; i.places == 0 {
		i.deliver()
	}
}

func (m *partitionModel) Ask(c Consumer[int], n int) int {
	m.serve(m.part(c), n)
	upstream := max(n-m.pending, 0)
	m.pending -= n - upstream
	m.waiting += upstream
	return upstream
}

func (m *partitionModel) serve(p *partEntry, n int) {
	var out []int
	flush := func() {
		if len(out) > 0 {
			p.c.Send(out)
		}
		out = nil
	}
	for len(p.waiting) > 0 {
		switch item := p.waiting[0].(type) {
		case *infoModel:
			if n == 0 && m.cfg.Exact {
				flush()
				return
			}
			flush()
			item.pass()
		case int:
			if n == 0 {
				flush()
				return
			}
			n--
			out = append(out, item)
		}
		p.waiting = p.waiting[1:]
	}
	flush()
	p.open += n
	if n > 0 {
		p.queued = false
	}
}

func (m *partitionModel) Dispatch(events []int) ([]int, int) {
	batches := make([][]int, len(m.parts))
	discarded, lost, first := 0, 0, 0
	for len(events) > 0 && m.waiting > 0 {
		event, i, ok := m.hash(events[0])
		events = events[1:]
		if ok && (i < 0 || i >= len(m.parts)) {
			if m.cfg.Exact {
				panic(ErrUnknownPartition)
			}
			if lost == 0 {
				first = i
			}
			lost++
			ok = false
		}
		if !ok {
			discarded++
			continue
		}
		m.waiting--
		batches[i] = append(batches[i], event)
	}
	if lost > 0 {
		m.cfg.Logger.Error("event hashed to an unknown partition",
			"partition", first, "allowed", "0, 1, 2", "events", lost)
	}
	for i, batch := range batches {
		m.place(&m.parts[i], batch)
	}
	if m.cfg.Exact {
		discarded = 0
	}
	return events, discarded
}

func (m *partitionModel) place(p *partEntry, batch []int) {
	if len(batch) == 0 {
		return
	}
	n := min(p.open, len(batch))
	if n > 0 {
		p.c.Send(slices.Clone(batch[:n]))
	}
	p.open -= n
	p.queued = p.open == 0
	for _, event := range batch[n:] {
		p.waiting = append(p.waiting, event)
	}
}

func (m *partitionModel) Info(deliver func()) {
	info := &infoModel{deliver: deliver}
	for i := range m.parts {
		p := &m.parts[i]
		if len(p.waiting) > 0 || m.cfg.Exact && p.queued {
			info.places++
			p.waiting = append(p.waiting, info)
		}
	}
	if info.places == 0 {
		deliver()
	}
}

func (m *partitionModel) Capacity() int { return m.waiting }

func (m *partitionModel) Queued() (sum int) {
	for _, p := range m.parts {
		for _, item := range p.waiting {
			if _, ok := item.(int); ok {
				sum++
			}
		}
	}
	return sum
}

func (m *partitionModel) Balance() (queued, open, pending, waiting int) {
	for _, p := range m.parts {
		open += p.open
	}
	return m.Queued(), open, m.pending, m.waiting
}
