package dispatcher

import (
	"log/slog"
	"math/rand/v2"
	"strconv"
)

// Demand makes a dispatcher that sends each event to one consumer: the one
// with the largest open demand, among equals the one that reached it earlier.
// So the load goes to whoever is fastest. It is the default of a stage, and
// GenStage.DemandDispatcher.
//
// Consumers should all use the same max demand: one that asks for more than
// the others is served before them. Such an ask is logged as a warning, with
// Config.Exact each time and else once per consumer.
//
// An ask and a dispatched message cost the same for ten consumers and for ten
// thousand. Demand of a consumer that leaves stays owed by upstream and pays
// for later asks of others.
func Demand[T any](opts ...DemandOption) Factory[T] {
	return func(cfg Config) (Dispatcher[T], error) {
		o := demandOptions{}
		for _, opt := range opts {
			opt(&o)
		}
		if o.maxSet && o.max < 1 {
			return nil, &OptionError{Option: "MaxDemand", Value: strconv.Itoa(o.max), Allowed: "1 or more"}
		}
		return &demand[T]{
			demandOptions: o,
			exact:         cfg.Exact,
			log:           cfg.logger(),
			claims:        make(map[Consumer[T]]*link[claim[T]]),
		}, nil
	}
}

// DemandOption is an option of [Demand].
type DemandOption func(*demandOptions)

type demandOptions struct {
	max     int
	maxSet  bool
	shuffle bool
	rand    *rand.Rand // nil for the source of the process
}

// MaxDemand is the largest ask, in events, that is expected of any consumer;
// asks above it are logged. It is 1 or more; the default is the first ask.
func MaxDemand(n int) DemandOption {
	return func(o *demandOptions) { o.max, o.maxSet = n, true }
}

// ShuffleFirst serves consumers with equal demand in random order in the first
// dispatch, instead of in the order of their asks, so that the first consumer
// of many short-lived producers is not always the loaded one.
//
// GenStage's shuffle_demands_on_first_dispatch shuffles consumers with unequal
// demand as well, and may put one without demand in front, which then blocks.
func ShuffleFirst() DemandOption {
	return func(o *demandOptions) { o.shuffle = true }
}

// ShuffleWith is [ShuffleFirst] with a source of random numbers, which must
// not be used by anyone else.
func ShuffleWith(r *rand.Rand) DemandOption {
	return func(o *demandOptions) { o.shuffle, o.rand = true, r }
}

type demand[T any] struct {
	demandOptions
	exact   bool
	log     *slog.Logger
	claims  map[Consumer[T]]*link[claim[T]]
	latest  *link[claim[T]] // the last that asked: often it asks again
	levels  levels[T]
	pending int // demand of gone consumers that upstream still owes
}

func (d *demand[T]) Subscribe(c Consumer[T], _ Options) (int, error) {
	k := &link[claim[T]]{item: claim[T]{consumer: c}}
	d.claims[c] = k
	d.levels.add(k)
	return 0, nil
}

func (d *demand[T]) Cancel(c Consumer[T]) int {
	if k := d.claims[c]; k != nil {
		d.pending += k.item.open
		d.levels.remove(k)
		delete(d.claims, c)
		d.latest = nil
	}
	return 0
}

func (d *demand[T]) Ask(c Consumer[T], n int) int {
	k := d.latest
	if k == nil || k.item.consumer != c {
		if k = d.claims[c]; k == nil {
			return 0
		}
		d.latest = k
	}
	d.expect(k, n)
	d.levels.move(k, k.item.open+n)
	owed := min(d.pending, n)
	d.pending -= owed
	return n - owed
}

// expect warns of asks that starve the other consumers.
func (d *demand[T]) expect(k *link[claim[T]], n int) {
	if !d.maxSet {
		// In GenStage even an empty ask sets the maximum.
		d.max, d.maxSet = n, d.exact || n > 0
	}
	if n <= d.max || k.item.warned {
		return
	}
	k.item.warned = !d.exact
	d.log.Warn("ask above max demand", "n", n, "max", d.max, "consumer", k.item.consumer.Process())
}

func (d *demand[T]) Dispatch(events []T) ([]T, int) {
	if d.shuffle {
		d.shuffle = false
		d.levels.shuffle(d.rand)
	}
	for len(events) > 0 {
		k := d.levels.top()
		if k == nil {
			// What is buffered has been owed, so it is owed no longer.
			d.pending = max(d.pending-len(events), 0)
			return events, 0
		}
		n := min(k.item.open, len(events))
		d.levels.move(k, k.item.open-n)
		k.item.consumer.Send(events[:n:n])
		events = events[n:]
	}
	return nil, 0
}

func (d *demand[T]) Capacity() int { return d.levels.total }

func (*demand[T]) Info(deliver func()) { deliver() }

// Passing says that a stage may recycle its slices.
func (*demand[T]) Passing() {}

// ReadOnly says that it may be given slices of others.
func (*demand[T]) ReadOnly() {}
