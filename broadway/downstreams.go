package broadway

import (
	"github.com/stagecraft-go/stagecraft/process"
	"github.com/stagecraft-go/stagecraft/stage"
)

// downstreams are the subscriptions of those behind a worker.
type downstreams struct {
	subs    []stage.Subscription
	holders map[*process.PID]uint32
	ended   bool // nothing will be sent any more
}

func (d *downstreams) added(w *worker, sub stage.Subscription) {
	if d.holders == nil {
		d.holders = make(map[*process.PID]uint32)
	}
	d.subs = append(d.subs, sub)
	d.holders[sub.Peer()] = w.core.holderOf(sub.Peer())
	if d.ended { // it was started again too late
		d.cancelAll(w)
	}
}

// removed notes the end of one. What was sent to it after its death is looked
// for.
func (d *downstreams) removed(w *worker, kind stage.CancelKind, sub stage.Subscription) {
	for i, s := range d.subs {
		if s.Ref() == sub.Ref() {
			d.subs = append(d.subs[:i:i], d.subs[i+1:]...)
			break
		}
	}
	delete(d.holders, sub.Peer())
	if kind == stage.ByDown {
		w.core.undertaker.Send(lookAgain{})
	}
}

// cancelAll ends all of them in order, and whoever comes later.
func (d *downstreams) cancelAll(w *worker) {
	d.ended = true
	for _, s := range d.subs {
		w.self.Process().Send(&stage.Cancel{From: s.Peer(), Ref: s.Ref(), Reason: process.Shutdown})
	}
}
