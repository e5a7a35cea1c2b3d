package broadway

import (
	"context"
	"log/slog"

	"github.com/stagecraft-go/stagecraft/process"
	"github.com/stagecraft-go/stagecraft/stage"
	"github.com/stagecraft-go/stagecraft/telemetry"
)

// worker is what all processes that hold messages have in common.
type worker struct {
	core      *core
	identity  Worker
	component telemetry.Component
	id        uint32 // of this process, as the holder of messages
	self      *process.Self
	ctx       context.Context // of the callbacks
}

// newWorker names a worker; enroll makes it a living one.
func newWorker(c *core, kind telemetry.Kind, name, key string, index int) *worker {
	identity := Worker{Pipeline: c.handle, Kind: kind, Name: name, Index: index}
	if kind == telemetry.Batcher || kind == telemetry.BatchProcessor {
		identity.Batcher = key
	}
	w := &worker{core: c, identity: identity}
	w.component = telemetry.Component{Pipeline: c.name, Kind: kind, Name: name, Key: key, Index: index}
	return w
}

// enroll makes the process known: from now on it may hold messages, which are
// taken from it when it dies.
func (w *worker) enroll(self *process.Self) {
	w.self = self
	w.id = w.core.enroll(self.Process(), w.component)
	w.ctx = context.WithValue(self.Context(), workerKey{}, w.identity)
}

func (w *worker) log() *slog.Logger { return w.self.Logger() }

// active tells whether somebody listens to telemetry.
func (w *worker) active() bool { return w.core.hub.Active() }

// emit tells telemetry, which may return another context to go on with.
func (w *worker) emit(ctx context.Context, e telemetry.Event) context.Context {
	return w.core.hub.Emit(ctx, e)
}

// stageOptions are those of the worker's stage.
func (w *worker) stageOptions(more ...stage.Option) []stage.Option {
	opts := append([]stage.Option{stage.In(w.core.system)}, more...)
	if w.core.name != "" {
		opts = append(opts, stage.Name(w.core.processName(w.identity.Name)))
	}
	if w.core.watch != nil {
		opts = append(opts, w.core.watch(w.identity.Name))
	}
	return opts
}
