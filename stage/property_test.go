package stage_test

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"
)

// Of any topology: nothing is sent beyond demand; nothing is lost or
// delivered twice, except what was on its way to a consumer that exits; each
// subscription brings events in their order; broadcasts bring all to all; and
// nothing stands still before the producers have emitted all they have.
func TestTopologies(t *testing.T) {
	runs := 240
	if raceDetector || testing.Short() {
		runs = 80
	}
	for name, churn := range map[string]churn{"nobody leaves": nobodyLeaves, "some cancel": someCancel, "some exit": someExit} {
		for seed := range uint64(runs) {
			t.Run(fmt.Sprint(name, " seed ", seed), func(t *testing.T) {
				r := rand.New(rand.NewPCG(seed, uint64(churn)))
				inWorld(t, func(w *world) {
					topology := newTopology(w, r.IntN, churn)
					topology.run()
					topology.check()
				})
			})
		}
	}
}

// FuzzTopology is TestTopologies with the decisions taken from bytes.
func FuzzTopology(f *testing.F) {
	// What concurrent stages cover varies from run to run, and go test would
	// spend its time in vain on making smaller inputs that cover the same.
	require.NoError(f, flag.Set("test.fuzzminimizetime", "1x"))
	r := rand.New(rand.NewPCG(1, 2))
	for range 20 {
		seed := make([]byte, 200)
		for i := range seed {
			seed[i] = byte(r.Uint32())
		}
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, bytes []byte) {
		next := func(n int) int {
			if len(bytes) == 0 {
				return 0
			}
			b := int(bytes[0])
			bytes = bytes[1:]
			return b % n
		}
		inWorld(t, func(w *world) {
			topology := newTopology(w, next, churn(next(3)))
			topology.run()
			topology.check()
		})
	})
}
