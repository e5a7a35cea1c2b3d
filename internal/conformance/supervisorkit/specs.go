package supervisorkit

import (
	"context"
	"time"

	"github.com/stagecraft-go/stagecraft/internal/conformance"
	"github.com/stagecraft-go/stagecraft/process"
	"github.com/stagecraft-go/stagecraft/supervisor"
)

// options are those of a supervisor that is about to start.
func (r *replay) options(m *member, s *Supervisor) []supervisor.Option {
	opts := []supervisor.Option{
		supervisor.In(r.system),
		supervisor.OnEvent(func(e supervisor.Event) { r.reports.event(m, e) }),
		supervisor.StartContext(func(ctx context.Context) context.Context {
			return context.WithValue(ctx, argsKey{}, s.ExtraArguments)
		}),
	}
	if s.MaxRestarts != nil || s.MaxSeconds != nil {
		opts = append(opts, supervisor.Intensity(given(s.MaxRestarts, 3), time.Duration(given(s.MaxSeconds, 5))*time.Second))
	}
	if !s.dynamic() {
		opts = append(opts, supervisor.Strategy(
			conformance.Choice[supervisor.StrategyKind](s.Strategy, "one_for_one", "rest_for_one", "one_for_all")))
	}
	if s.AutoShutdown != "" {
		opts = append(opts, supervisor.AutoShutdown(
			conformance.Choice[supervisor.AutoShutdownMode](s.AutoShutdown, "never", "any_significant", "all_significant")))
	}
	if s.MaxChildren != nil {
		opts = append(opts, supervisor.MaxChildren(*s.MaxChildren))
	}
	return opts
}

func (s *Supervisor) dynamic() bool { return s.Strategy == "dynamic" }

func given(value *int, otherwise int) int {
	if value == nil {
		return otherwise
	}
	return *value
}

// argsKey finds the extra arguments in the context of a start function.
type argsKey struct{}

// specs are the children that a supervisor starts with. The last one declines:
// it is there to note that all others have started.
func (r *replay) specs(m *member, s *Supervisor) (specs []supervisor.Spec) {
	for i := range s.Children {
		specs = append(specs, r.spec(m, &s.Children[i]))
	}
	return append(specs, supervisor.Spec{
		ID:      "the end of the boot",
		Restart: supervisor.Temporary,
		Start: func(context.Context) (supervisor.Child, error) {
			r.journal.note(Event{Kind: "started", Child: m.label, Result: plain})
			return nil, process.Ignore
		},
	})
}

// spec is a child of a supervisor.
func (r *replay) spec(parent *member, s *Spec) supervisor.Spec {
	spec := supervisor.Spec{
		ID:          s.ID,
		Shutdown:    conformance.Shutdown(s.Shutdown),
		Significant: s.Significant,
		Start: func(ctx context.Context) (supervisor.Child, error) {
			return r.startMember(ctx, r.family.expect(parent, s))
		},
	}
	if s.Restart != "" {
		spec.Restart = conformance.Choice[supervisor.Restart](s.Restart, "permanent", "transient", "temporary")
	}
	if s.Type != "" {
		spec.Type = conformance.Choice[supervisor.Type](s.Type, "worker", "supervisor") - 1
	}
	return spec
}
