package benchmarks

import (
	"fmt"
	"testing"

	"github.com/stagecraft-go/stagecraft/stage"
)

// variant is a way to write a topology of stages.
type variant struct {
	name    string
	add     stage.EventsFunc[int, int]
	options []stage.Option // of those who receive events
	// perEvent emits event by event, not slice by slice.
	perEvent bool
}

var (
	// natural makes a new slice in each stage, as chanbatch does.
	natural = variant{name: "stagecraft", add: addToNew}
	// emitting does the same event by event: the shortest code.
	emitting = variant{name: "stagecraft-emit", add: addAndEmit, perEvent: true}
	// inPlace changes the slice that it gets and passes it on.
	inPlace = variant{name: "stagecraft-inplace", add: addInPlace}
	// recycling gives slices back, too.
	recycling = variant{name: "stagecraft-recycle", add: addInPlace, options: []stage.Option{stage.Recycle()}}
)

// maxima are the values of MaxDemand that are compared; MinDemand is half.
var maxima = []int{1, 10, 100, 1000, 10_000}

// each runs a benchmark for each value of a parameter.
func each(b *testing.B, name, parameter string, values []int, f func(b *testing.B, value int)) {
	b.Run(name, func(b *testing.B) {
		for _, value := range values {
			b.Run(fmt.Sprintf("%s=%d", parameter, value), func(b *testing.B) { f(b, value) })
		}
	})
}
