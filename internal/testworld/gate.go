package testworld

// Gate holds up whoever waits at it until it is opened.
type Gate chan struct{}

// NewGate makes a gate that is closed.
func NewGate() Gate { return make(Gate) }

// Open lets all pass, now and later.
func (g Gate) Open() { close(g) }

// Await waits until the gate is open.
func (g Gate) Await() { <-g }
