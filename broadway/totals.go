package broadway

import (
	"sync/atomic"
)

// totals count messages since the start.
type totals struct {
	received, succeeded, failed, discarded, deadLettered atomic.Int64
	retried, redelivered, ackFailures, crashes           atomic.Int64
}

func (t *totals) count(endings []ending) {
	var by [DeadLettered + 1]int64
	for i := range endings {
		by[endings[i].outcome]++
	}
	for outcome := Succeeded; outcome <= DeadLettered; outcome++ {
		if by[outcome] > 0 {
			t.of(outcome).Add(by[outcome])
		}
	}
}

func (t *totals) of(outcome Outcome) *atomic.Int64 {
	switch outcome {
	case Succeeded:
		return &t.succeeded
	case Failed:
		return &t.failed
	case Discarded:
		return &t.discarded
	default:
		return &t.deadLettered
	}
}
