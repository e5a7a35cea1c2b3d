package supervisorkit

import (
	"context"

	"github.com/stagecraft-go/stagecraft/internal/conformance"
	"github.com/stagecraft-go/stagecraft/process"
	"github.com/stagecraft-go/stagecraft/supervisor"
)

// Outcomes of a call of a start function that starts something.
const (
	plain    = "ok"
	withInfo = "ok_info"
	dead     = "ok_dead" // the child has ended already
)

// outcome is what a call of the start function does. The last one repeats.
func (s *Spec) outcome(call int) string {
	if len(s.Start) == 0 {
		return plain
	}
	return s.Start[min(call, len(s.Start))-1]
}

// informed is a child with extra information.
type informed struct {
	supervisor.Child
	info string
}

// startMember is the start function of all children.
func (r *replay) startMember(ctx context.Context, m *member) (supervisor.Child, error) {
	outcome := m.spec.outcome(m.number)
	event := Event{Kind: "start", Child: m.label, Result: outcome}
	event.Args, _ = ctx.Value(argsKey{}).([]any)
	switch starts := outcome == plain || outcome == withInfo || outcome == dead; {
	case starts && m.spec.Supervisor != nil:
		event.Result = nil // that comes with the end of its boot
	case starts:
		event.Result = plain
	}
	r.journal.note(event)
	switch outcome {
	case "error":
		return nil, conformance.Failure("start")
	case "raise":
		panic("start")
	case "ignore":
		return nil, process.Ignore
	}
	if m.spec.Supervisor != nil {
		return r.startSupervisor(ctx, m, m.spec.Supervisor)
	}
	return r.startWorker(ctx, m, outcome)
}

func (r *replay) startWorker(ctx context.Context, m *member, outcome string) (supervisor.Child, error) {
	p, err := r.system.Start(ctx, &worker{journal: r.journal, member: m})
	if err != nil {
		return nil, err
	}
	r.bear(m, supervisor.Wrap(p))
	switch outcome {
	case dead:
		p.Send(leave{conformance.Failure("early")})
		<-p.Done()
	case withInfo:
		return informed{m.child, "info"}, nil
	}
	return m.child, nil
}

// startSupervisor starts a supervisor with its children.
func (r *replay) startSupervisor(ctx context.Context, m *member, s *Supervisor, opts ...supervisor.Option) (supervisor.Child, error) {
	var child supervisor.Child
	var err error
	opts = append(r.options(m, s), opts...)
	if s.dynamic() {
		child, err = supervisor.StartDynamic(ctx, opts...)
	} else {
		child, err = supervisor.Start(ctx, r.specs(m, s), opts...)
	}
	if err != nil {
		r.journal.note(Event{Kind: "started", Child: m.label, Result: entry{"error": reasonOf(err)}})
		return nil, err
	}
	if s.dynamic() {
		r.journal.note(Event{Kind: "started", Child: m.label, Result: plain})
	}
	r.bear(m, child)
	return child, nil
}

// bear makes known that a member has started.
func (r *replay) bear(m *member, child supervisor.Child) {
	r.family.born(m, child)
	r.journal.watch(m)
}
