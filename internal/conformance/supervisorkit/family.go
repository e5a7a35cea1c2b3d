package supervisorkit

import (
	"fmt"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/stagecraft-go/stagecraft/process"
	"github.com/stagecraft-go/stagecraft/supervisor"
)

// member is what one call of a start function made: a process with a label.
type member struct {
	label  string
	path   string
	number int // of the call, for this path
	parent *member
	spec   *Spec

	child supervisor.Child // nil until it has started
	told  atomic.Bool      // a worker: to shut down
}

func (m *member) process() *process.Process { return m.child.Process() }

func (m *member) alive() bool { return m.child != nil && m.process().Err() == nil }

// orphan tells whether a supervisor above it has ended.
func (m *member) orphan() bool {
	return m.parent != nil && (!m.parent.alive() || m.parent.orphan())
}

// below tells whether the member is ancestor's child or a descendant of it, and
// returns the member's own ancestor, or itself, that is the child.
func (m *member) below(ancestor string) (child *member) {
	for ; m.parent != nil; m = m.parent {
		if m.parent.label == ancestor {
			return m
		}
	}
	return nil
}

// family are all processes of a scenario.
type family struct {
	mu       sync.Mutex
	calls    map[string]int     // of start functions, by path
	youngest map[string]*member // that has started, by path
	byLabel  map[string]*member
	all      []*member // that have started
}

func newFamily() *family {
	return &family{
		calls:    make(map[string]int),
		youngest: make(map[string]*member),
		byLabel:  make(map[string]*member),
	}
}

const rootPath = "root"

// expect makes a member for a call of the start function of a child.
func (f *family) expect(parent *member, spec *Spec) *member {
	m := &member{path: spec.ID, parent: parent, spec: spec}
	if parent.parent != nil {
		m.path = parent.path + "/" + spec.ID
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.calls[m.path]++
	m.number = f.calls[m.path]
	m.label = fmt.Sprintf("%s#%d", m.path, m.number)
	f.byLabel[m.label] = m
	return m
}

// root makes the member that has no parent.
func (f *family) root(s *Supervisor) *member {
	return &member{label: rootPath, path: rootPath, spec: &Spec{Supervisor: s}}
}

// born notes that a member has started.
func (f *family) born(m *member, child supervisor.Child) {
	f.mu.Lock()
	defer f.mu.Unlock()
	m.child = child
	f.youngest[m.path] = m
	f.all = append(f.all, m)
}

// find is the process with a label, or the youngest one with a path; nil if
// there was none.
func (f *family) find(name string) *member {
	f.mu.Lock()
	defer f.mu.Unlock()
	if strings.Contains(name, "#") {
		return f.byLabel[name]
	}
	return f.youngest[name]
}

func (f *family) members() []*member {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.all[:len(f.all):len(f.all)]
}

// label is the label of a child, "" of none.
func (f *family) label(child supervisor.Child) string {
	if child == nil {
		return ""
	}
	for _, m := range f.members() {
		if m.process() == child.Process() {
			return m.label
		}
	}
	return "unknown " + child.Process().PID().GetId()
}
