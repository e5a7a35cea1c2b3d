// Package testworld is the frame of the tests of this repository: a system of
// processes for each test, in a bubble of testing/synctest or in real time, of
// which nothing may be left at the end. No process but those that the test says
// it leaves, no callback that was abandoned, no goroutine.
//
//	testworld.In(t, func(w *testworld.World) {
//		p, err := stage.StartProducer(ctx, numbers, stage.In(w.System))
//		require.NoError(w, err)
//		w.Leave(p)
//	})
//
// Packages embed [World] in a world of their own, which starts what they are
// about. Its system keeps a [LogBook]. [Gate] and [UpTo] are small things that
// most of them need, and [Race] tells whether the race detector is on.
package testworld
