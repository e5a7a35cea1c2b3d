package process

import (
	"context"
	"log/slog"
	"strings"
	"time"

	"github.com/asynkron/protoactor-go/actor"
	cmap "github.com/orcaman/concurrent-map"
)

// newActorSystem makes the actor system below s: no metrics, and its log goes
// where ours goes.
func newActorSystem(s *System) *actor.ActorSystem {
	system := actor.NewActorSystem(
		actor.WithLoggerFactory(func(*actor.ActorSystem) *slog.Logger {
			return slog.New(quietHandler{s.Logger})
		}),
		// Its throttle is a goroutine that sleeps this long after a dead letter.
		actor.WithDeadLetterThrottleInterval(time.Nanosecond),
	)
	shrinkRegistry(system.ProcessRegistry)
	return system
}

// registryBuckets times 32 locks are enough to look actors up.
const registryBuckets = 8

// shrinkRegistry replaces the map of actors, which comes as 1024 maps of 32
// shards: 66 000 objects that each cycle of the garbage collector would visit.
func shrinkRegistry(registry *actor.ProcessRegistryValue) {
	large := registry.LocalPIDs
	small := &actor.SliceMap{LocalPIDs: make([]cmap.ConcurrentMap, registryBuckets)}
	for i := range small.LocalPIDs {
		small.LocalPIDs[i] = cmap.New()
	}
	for _, bucket := range large.LocalPIDs {
		bucket.IterCb(func(id string, process any) { small.GetBucket(id).Set(id, process) })
	}
	registry.LocalPIDs = small
}

// quietHandler passes on what the actor system logs, without its two habits:
// to greet, and to print whole messages that came too late.
type quietHandler struct{ logger func() *slog.Logger }

func (h quietHandler) Enabled(ctx context.Context, level slog.Level) bool {
	return h.logger().Enabled(ctx, level)
}

func (h quietHandler) Handle(ctx context.Context, r slog.Record) error {
	if r.Message == "actor system started" || strings.HasPrefix(r.Message, "[DeadLetter]") {
		return nil
	}
	return h.logger().Handler().Handle(ctx, r)
}

func (h quietHandler) WithAttrs(attrs []slog.Attr) slog.Handler {
	return h.logger().Handler().WithAttrs(attrs)
}

func (h quietHandler) WithGroup(name string) slog.Handler {
	return h.logger().Handler().WithGroup(name)
}
