package supervisor

import "time"

// intensity remembers the restarts of one supervisor process.
type intensity struct {
	max      int
	within   time.Duration
	restarts []time.Time // the last ones, oldest first
}

// add counts one more restart. It is false if that is one too many.
func (i *intensity) add(now time.Time) bool {
	for len(i.restarts) > 0 && now.Sub(i.restarts[0]) > i.within {
		i.restarts = i.restarts[1:]
	}
	i.restarts = append(i.restarts, now)
	return len(i.restarts) <= i.max
}
