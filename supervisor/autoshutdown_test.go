package supervisor_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/stagecraft-go/stagecraft/internal/leak"
	"github.com/stagecraft-go/stagecraft/process"
	"github.com/stagecraft-go/stagecraft/supervisor"
)

func TestAutoShutdown(t *testing.T) {
	leak.Check(t)
	transient, temporary := restart(supervisor.Transient), restart(supervisor.Temporary)
	end := func(id string, reason error) func(*rig) { return func(r *rig) { r.end(id, reason) } }
	terminate := func(id string) func(*rig) {
		return func(r *rig) { require.NoError(r.t, r.sup.TerminateChild(r.ctx, id)) }
	}
	for _, tt := range []struct {
		name  string
		mode  supervisor.AutoShutdownMode
		kind  change
		steps []func(*rig)
		ends  bool
	}{
		{"any: first clean end", supervisor.AnySignificant, transient, []func(*rig){end("a", process.Normal)}, true},
		{"any: restarted", supervisor.AnySignificant, transient, []func(*rig){end("a", errBoom)}, false},
		{"any: temporary crash", supervisor.AnySignificant, temporary, []func(*rig){end("a", errBoom)}, true},
		{"any: terminated", supervisor.AnySignificant, transient, []func(*rig){terminate("a")}, false},
		{"any: not significant", supervisor.AnySignificant, transient, []func(*rig){end("x", process.Normal)}, false},
		{"all: one of two", supervisor.AllSignificant, transient, []func(*rig){end("a", process.Normal)}, false},
		{"all: both", supervisor.AllSignificant, temporary, []func(*rig){end("a", errBoom), end("b", process.Normal)}, true},
		{"all: terminated counts as ended", supervisor.AllSignificant, transient, []func(*rig){terminate("a"), end("b", process.Normal)}, true},
		{"all: but ends nothing itself", supervisor.AllSignificant, transient, []func(*rig){end("b", process.Normal), terminate("a")}, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r := newRig(t)
			r.start([]supervisor.Spec{
				r.child("a", tt.kind, significant), r.child("x", transient), r.child("b", tt.kind, significant),
			}, supervisor.AutoShutdown(tt.mode), supervisor.Intensity(1, 1))
			for _, step := range tt.steps {
				step(r)
			}
			r.rest()
			if tt.ends {
				<-r.sup.Done()
				require.Equal(t, process.Shutdown, r.sup.Err())
			} else {
				require.Nil(t, r.sup.Err())
			}
		})
	}
}

// A death that is taken out of the queue by a group restart is nobody's end.
func TestAbsorbedDeathDoesNotShutDown(t *testing.T) {
	leak.Check(t)
	r := newRig(t)
	r.start([]supervisor.Spec{r.child("p"), r.child("a", restart(supervisor.Transient), significant)},
		supervisor.AutoShutdown(supervisor.AnySignificant), supervisor.Strategy(supervisor.OneForAll))
	release := r.busy()
	r.kid("p").Send(quit{errBoom})
	<-r.kid("p").Done()
	r.kid("a").Send(quit{process.Normal})
	<-r.kid("a").Done()
	release()
	require.Equal(t, "p running, a running", r.states())
}
