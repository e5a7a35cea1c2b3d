package dispatcher_test

import (
	"testing"

	"github.com/stagecraft-go/stagecraft/dispatcher/dispatchertest"
)

func TestRoundRobin(t *testing.T) {
	dispatchertest.Run(t, RoundRobin[int](), dispatchertest.Setup{})
}
