package process_test

import (
	"runtime"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/stagecraft-go/stagecraft/process"
)

// The rule on which a shutdown without loss rests: Down is behind everything
// that the process sent.
func TestDownIsAlwaysLast(t *testing.T) {
	const rounds, batches = 20_000, 5
	for _, busy := range []bool{false, true} {
		name := map[bool]string{false: "idle consumer", true: "busy consumer"}[busy]
		t.Run(name, func(t *testing.T) {
			sys := newSystem(t)
			type subscribe struct{ to *process.Process }
			result := make(chan int, 1)
			seen := 0
			consumer := start(t, sys, &script{handle: func(self *process.Self, msg any) error {
				switch m := msg.(type) {
				case subscribe:
					seen = 0
					self.Monitor(m.to.PID())
					m.to.Send("go")
				case int:
					seen++
					if busy {
						runtime.Gosched()
					}
				case *process.Down:
					result <- seen
				}
				return nil
			}})
			for round := range rounds {
				producer := start(t, sys, &script{handle: func(self *process.Self, _ any) error {
					for i := range batches {
						self.Send(consumer.PID(), i)
					}
					return process.Normal
				}})
				consumer.Send(subscribe{producer})
				if n := <-result; n != batches {
					require.FailNow(t, "Down overtook", "round %d: %d of %d", round, n, batches)
				}
			}
		})
	}
}
