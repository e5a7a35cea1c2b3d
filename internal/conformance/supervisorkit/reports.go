package supervisorkit

import (
	"sync"

	"github.com/stagecraft-go/stagecraft/supervisor"
)

// reports are the errors that supervisors have logged in this step.
type reports struct {
	family *family
	mu     sync.Mutex
	byName map[string][]Report
}

// event is called for each event of a supervisor, in its process.
func (r *reports) event(m *member, e supervisor.Event) {
	if !e.Kind.Report() {
		return
	}
	report := Report{Context: e.Kind.String(), Child: e.ID}
	if m.spec.Supervisor.dynamic() && e.Child != nil {
		report.Child = r.family.label(e.Child)
	}
	if e.Kind != supervisor.GaveUp && e.Kind != supervisor.UnexpectedMessage {
		report.Reason = reasonOf(e.Reason)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.byName == nil {
		r.byName = make(map[string][]Report)
	}
	r.byName[m.label] = append(r.byName[m.label], report)
}

// take returns the reports since the last call.
func (r *reports) take() map[string][]Report {
	r.mu.Lock()
	defer r.mu.Unlock()
	taken := r.byName
	r.byName = nil
	return taken
}
