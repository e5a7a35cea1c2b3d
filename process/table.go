package process

import (
	"cmp"
	"slices"
	"sync"
)

// tableShards spreads the lock; ids end in a digit, so the last byte will do.
const tableShards = 16

// table holds the living processes by the id of their PID.
type table struct{ shards [tableShards]shard }

type shard struct {
	mu   sync.RWMutex
	byID map[string]*Process
}

func (t *table) shard(id string) *shard {
	if id == "" {
		return &t.shards[0]
	}
	return &t.shards[id[len(id)-1]%tableShards]
}

func (t *table) add(p *Process) {
	id := p.pid.GetId()
	shard := t.shard(id)
	shard.mu.Lock()
	defer shard.mu.Unlock()
	if shard.byID == nil {
		shard.byID = make(map[string]*Process)
	}
	shard.byID[id] = p
}

func (t *table) remove(p *Process) {
	id := p.pid.GetId()
	shard := t.shard(id)
	shard.mu.Lock()
	defer shard.mu.Unlock()
	delete(shard.byID, id)
}

func (t *table) find(id string) (*Process, bool) {
	shard := t.shard(id)
	shard.mu.RLock()
	defer shard.mu.RUnlock()
	p, ok := shard.byID[id]
	return p, ok
}

func (t *table) count() int {
	n := 0
	for i := range t.shards {
		shard := &t.shards[i]
		shard.mu.RLock()
		n += len(shard.byID)
		shard.mu.RUnlock()
	}
	return n
}

func (t *table) newestFirst() []*Process {
	var all []*Process
	for i := range t.shards {
		shard := &t.shards[i]
		shard.mu.RLock()
		for _, p := range shard.byID {
			all = append(all, p)
		}
		shard.mu.RUnlock()
	}
	slices.SortFunc(all, func(a, b *Process) int { return cmp.Compare(b.number, a.number) })
	return all
}

// Find returns the living process that a PID belongs to. It is false for plain
// actors, for the dead and for nil.
func (s *System) Find(pid *PID) (*Process, bool) {
	if pid == nil || pid.Address != s.actors.Address() {
		return nil, false
	}
	return s.table.find(pid.Id)
}

// Alive tells whether there is a process or a plain actor of this system at an
// address. (One that is dying may be gone at once.)
func (s *System) Alive(pid *PID) bool {
	if pid == nil || pid.Address != s.actors.Address() {
		return false
	}
	_, alive := s.actors.ProcessRegistry.Get(pid)
	return alive
}
