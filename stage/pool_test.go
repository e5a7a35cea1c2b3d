package stage

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestABlockHasRoomAndIsNotMuchLarger(t *testing.T) {
	p := poolOf[*testing.T]()
	for round := range 2 { // the second one gets those of the first
		for _, n := range []int{0, 1, 2, 3, 64, 65, 1000, 1 << 15, 1<<15 + 1} {
			b := p.block(n)
			require.GreaterOrEqual(t, cap(b.data), n, "round %d", round)
			require.Less(t, cap(b.data), max(2*n, 2), "round %d", round)
			b.release()
		}
	}
}

func TestABlockThatIsGivenBackHoldsNothing(t *testing.T) {
	p := poolOf[*testing.T]()
	for _, n := range []int{1, 10, 16, 17, 100} { // with room for 10 some outgrow it
		b := p.block(10)
		events := b.data[:0]
		for range n {
			events = append(events, t)
		}
		b.filled(events)
		require.True(t, b.contains(events))
		held := b.retain()
		held.release()
		require.Equal(t, t, events[n-1], "one holds it yet")
		data := b.data
		b.release()
		for i, event := range data[:cap(data)] {
			require.Nil(t, event, "event %d of %d", i, n)
		}
	}
}

// A stage that passes on a part of a list that others have too does not know how
// much there is in its block.
func TestOnlyWhoHasABlockAloneFillsIt(t *testing.T) {
	b := poolOf[*testing.T]().block(4)
	events := append(b.data[:0], t, t, t)
	b.filled(events)
	held := b.retain()
	held.filled(events[:1])
	held.release()
	b.release()
	require.Equal(t, []*testing.T{nil, nil, nil}, events)
}
