package dispatchertest_test

import (
	"testing"

	"github.com/stagecraft-go/stagecraft/dispatcher"
	"github.com/stagecraft-go/stagecraft/dispatcher/dispatchertest"
)

// In a test of yours, with your own dispatcher in place of Demand.
func Example() {
	_ = func(t *testing.T) {
		dispatchertest.Run(t, dispatcher.Demand[int](), dispatchertest.Setup{})
	}
}
