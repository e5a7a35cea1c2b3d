package dispatchertest

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/stagecraft-go/stagecraft/dispatcher"
)

// Setup says how the dispatcher under test wants to be used. The zero value
// fits a dispatcher that sends each event to one of its consumers.
type Setup struct {
	// Consumers is the largest number of consumers at a time, 4 if it is 0.
	Consumers int
	// Options gives the subscription options of a consumer by its place, 0 to
	// Consumers-1. A place is taken by one consumer at a time. Nil means that
	// there are no options.
	Options func(place int) dispatcher.Options
	// Copies says that each event goes to all consumers, except to those
	// for which the dispatcher asks again.
	Copies bool
}

func (s Setup) consumers() int {
	if s.Consumers == 0 {
		return 4
	}
	return s.Consumers
}

func (s Setup) options(place int) dispatcher.Options {
	if s.Options == nil {
		return dispatcher.Options{}
	}
	return s.Options(place)
}

// Run checks the dispatcher with 20 sequences of 2000 random operations, the
// same in each run. Events are the numbers 1, 2, 3 and so on.
func Run(t *testing.T, factory dispatcher.Factory[int], setup Setup) {
	t.Helper()
	for seed := range uint64(20) {
		t.Run(fmt.Sprint("seed=", seed), func(t *testing.T) {
			r := rand.New(rand.NewPCG(seed, 0))
			ops := make([]byte, 4000)
			for i := range ops {
				ops[i] = byte(r.Uint32())
			}
			Drive(t, factory, setup, ops)
		})
	}
}

// Drive checks the dispatcher with the operations that the bytes stand for,
// two bytes for each. It is meant for fuzz tests.
func Drive(t testing.TB, factory dispatcher.Factory[int], setup Setup, ops []byte) {
	t.Helper()
	s := newStage(t, factory, setup)
	s.begin()
	for i := 1; i < len(ops); i += 2 {
		if op, arg := ops[i-1], int(ops[i]); s.calm && i < len(ops)/4 {
			s.calmStep(op, arg)
		} else {
			s.calm = false
			s.step(op, arg)
		}
	}
	s.finish()
}
