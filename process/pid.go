package process

import "github.com/asynkron/protoactor-go/actor"

// PID is the address of an actor: of one of our processes, or of any other
// actor that lives in, or is reachable from, the same actor system. Send to it
// with [System.Send]. Two PIDs are the same actor when Equal says so; the
// pointers may differ.
type PID = actor.PID
