// Package dispatchertest checks that a dispatcher keeps the contract of
// [dispatcher.Dispatcher].
//
// It plays the stage: random consumers subscribe, ask, leave and come back,
// events arrive as asked for or in excess, what nobody takes is buffered and
// offered again. A dispatcher of one's own is tested by one call:
//
//	func TestRoundRobin(t *testing.T) {
//		dispatchertest.Run(t, RoundRobin[int](), dispatchertest.Setup{})
//	}
//
// It checks that
//
//   - a consumer never gets more than it asked for, and nothing after it left;
//   - each event is sent once, or returned, or reported as discarded or queued;
//   - events keep their order, for each consumer and in what is returned;
//   - Capacity is what Dispatch places, and was asked for upstream; what was asked
//     for upstream is wanted, unless a consumer came or left;
//   - a slice that was sent belongs to the consumer, one that was given to a
//     Passing dispatcher is not kept, one that was given to a ReadOnly dispatcher
//     does not change, nor does one that is shared;
//   - an info is delivered once, behind the events held when it came.
package dispatchertest
