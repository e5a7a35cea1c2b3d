package supervisor

import "github.com/stagecraft-go/stagecraft/internal/enum"

// AutoShutdownMode says whether the end of significant children ends their
// supervisor. Only an end counts that a child comes to by itself, and after
// which it is not restarted.
type AutoShutdownMode uint8

// The modes of automatic shutdown.
const (
	// Never is the default; there can be no significant children.
	Never AutoShutdownMode = iota + 1
	// AnySignificant: the first end of a significant child does it.
	AnySignificant
	// AllSignificant: the end of the last one does it. One that was terminated
	// or has declined to start counts as ended.
	AllSignificant
)

func (m AutoShutdownMode) String() string {
	return enum.Name(m, "", "never", "any_significant", "all_significant")
}

// shutsDown tells whether the supervisor ends because sl did.
func (s *static) shutsDown(sl *slot) bool {
	switch {
	case !sl.spec.Significant:
		return false
	case s.config.auto == AnySignificant:
		return true
	}
	for _, other := range s.slots {
		if other.spec.Significant && other.state != Undefined {
			return false
		}
	}
	return true
}
