package conformance

import (
	"time"

	"github.com/stagecraft-go/stagecraft/supervisor"
)

// Shutdown is how a child of a supervisor is stopped: milliseconds, "infinity",
// "brutal_kill", or nil for the default.
func Shutdown(value any) supervisor.Shutdown {
	switch value := value.(type) {
	case float64:
		return supervisor.After(time.Duration(value) * time.Millisecond)
	case string:
		if value == "infinity" {
			return supervisor.Infinity()
		}
		return supervisor.BrutalKill()
	}
	return supervisor.Shutdown{}
}
