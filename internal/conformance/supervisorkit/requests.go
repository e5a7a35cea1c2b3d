package supervisorkit

import (
	"cmp"
	"context"
	"slices"

	"github.com/stagecraft-go/stagecraft/process"
	"github.com/stagecraft-go/stagecraft/supervisor"
)

// request asks a supervisor, and waits for the answer.
func (r *replay) request(s *Step) any {
	ctx, cancel := context.WithTimeout(r.ctx, patience)
	defer cancel()
	m := r.family.find(s.Sup)
	if m == nil || m.child == nil {
		return entry{"exit": reasonOf(process.NoProc)}
	}
	switch sup := m.child.(type) {
	case *supervisor.Supervisor:
		return r.askStatic(ctx, m, sup, s)
	case *supervisor.Dynamic:
		return r.askDynamic(ctx, m, sup, s)
	}
	return entry{"not a supervisor": s.Sup}
}

func (r *replay) askStatic(ctx context.Context, m *member, sup *supervisor.Supervisor, s *Step) any {
	switch s.Op {
	case "start_child":
		return r.started(sup.StartChild(ctx, r.spec(m, s.Spec)))
	case "restart_child":
		return r.started(sup.RestartChild(ctx, s.ID))
	case "terminate_child":
		return r.done(sup.TerminateChild(ctx, s.ID))
	case "delete_child":
		return r.done(sup.DeleteChild(ctx, s.ID))
	}
	return r.ask(ctx, m, sup, s)
}

func (r *replay) askDynamic(ctx context.Context, m *member, sup *supervisor.Dynamic, s *Step) any {
	switch s.Op {
	case "start_child":
		return r.started(sup.StartChild(ctx, r.spec(m, s.Spec)))
	case "terminate_child":
		return r.done(sup.TerminateChild(ctx, r.childNamed(s.PID)))
	}
	return r.ask(ctx, m, sup, s)
}

// childNamed is a process; an unknown one is no child of anybody's.
func (r *replay) childNamed(name string) supervisor.Child {
	if m := r.family.find(name); m != nil && m.child != nil {
		return m.child
	}
	return supervisor.Wrap(r.starter)
}

// asker is what all supervisors can be asked.
type asker interface {
	WhichChildren(ctx context.Context) ([]supervisor.ChildInfo, error)
	CountChildren(ctx context.Context) (supervisor.Counts, error)
	Stop(ctx context.Context, reason error) error
}

func (r *replay) ask(ctx context.Context, m *member, sup asker, s *Step) any {
	switch s.Op {
	case "which_children":
		infos, err := sup.WhichChildren(ctx)
		if err != nil {
			return r.family.failed(err)
		}
		return entry{"children": r.family.kids(m, infos)}
	case "count_children":
		counts, err := sup.CountChildren(ctx)
		if err != nil {
			return r.family.failed(err)
		}
		return entry{"count": Count(counts)}
	case "stop":
		return r.done(sup.Stop(ctx, words().Err(s.Reason)))
	}
	return entry{"unknown operation": s.Op}
}

// done is the result of a request that returns nothing.
func (r *replay) done(err error) any {
	if err != nil {
		return r.family.failed(err)
	}
	return entry{"ok": true}
}

// started is the result of a request that starts a child.
func (r *replay) started(child supervisor.Child, err error) any {
	switch {
	case err != nil:
		return r.family.failed(err)
	case child == nil:
		return entry{"ok": supervisor.Undefined.String()}
	}
	result := entry{"ok": r.family.label(child)}
	if more, ok := child.(informed); ok {
		result["info"] = more.info
	}
	return result
}

// kids are children as a supervisor lists them. A dynamic one has no order, and
// no use for IDs.
func (f *family) kids(m *member, infos []supervisor.ChildInfo) []Kid {
	kids := []Kid{}
	for _, info := range infos {
		kid := Kid{ID: info.ID, PID: info.State.String()}
		if info.State == supervisor.Running {
			kid.PID = f.label(info.Child)
		}
		kids = append(kids, kid)
	}
	if m.spec.Supervisor.dynamic() {
		for i := range kids {
			kids[i].ID = ""
		}
		slices.SortFunc(kids, func(a, b Kid) int { return cmp.Compare(a.PID, b.PID) })
	}
	return kids
}
