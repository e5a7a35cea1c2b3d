// Package processtest helps to test what runs on processes: stages, flows,
// supervisors, behaviours of one's own.
//
//	func TestNumbers(t *testing.T) {
//		system := processtest.NewSystem(t)
//		p, err := stage.StartProducer(t.Context(), Numbers{}, stage.In(system))
//		// ...
//	}
//
// [NewSystem] makes a system of processes for one test. What the test leaves
// running is shut down at its end, and what cannot be shut down fails it: a
// process that does not end, a callback that was killed and does not return.
// So no test sees the processes of another one.
//
// It works in real time and in a bubble of testing/synctest, where timers and
// deadlines take no time. For pipelines there is more: see package broadwaytest.
package processtest
