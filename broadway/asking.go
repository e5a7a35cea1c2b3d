package broadway

import "github.com/stagecraft-go/stagecraft/dispatcher"

// asking is a dispatcher that tells when somebody has asked. Stages pass on only
// the demand that is new to them: what is asked for in place of a consumer that
// has died is not.
type asking[T any] struct {
	dispatcher.Dispatcher[T]
	asked func()
}

// Ask implements dispatcher.Dispatcher.
func (d *asking[T]) Ask(c dispatcher.Consumer[T], n int) int {
	demand := d.Dispatcher.Ask(c, n)
	d.asked()
	return demand
}

// Queued implements dispatcher.Queuer.
func (d *asking[T]) Queued() int { return dispatcher.Queued(d.Dispatcher) }

// Passing implements dispatcher.Passing, as all dispatchers of pipelines do.
func (*asking[T]) Passing() {}
