package process

// Behaviour is what a process does: the callback module of a gen_server. The
// three callbacks of one process never run at the same time, so its state may
// live in the implementing struct without a lock. They may block; a blocked
// process holds up nobody else.
type Behaviour interface {
	// Init runs first, in the process, while [System.Start] waits for it. An
	// error (or a panic) makes the start fail; Terminate isn't called then.
	Init(self *Self) error

	// Handle takes one message. After nil the process goes on; any error stops
	// it with that error as the reason: [Normal] and [Shutdown] quietly, others
	// with a crash report.
	Handle(self *Self, msg any) error

	// Terminate runs last, when the process stops by itself, by
	// [Process.Stop] or at the end of its start context. It does not run
	// when an exit signal kills the process: trap exits to clean up then.
	// A panic in it is logged and changes the reason for nobody.
	Terminate(self *Self, reason error)
}
