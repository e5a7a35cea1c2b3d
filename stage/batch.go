package stage

import "log/slog"

// batch takes the next batch off the rest of a list: it has n events, at most
// max-min. When they are done, ask is to be asked for. Owed says how many of
// the rest were asked for; it begins as pending.
func (p *producer) batch(rest int, owed *int) (n, ask int) {
	n = min(p.max-p.min, rest)
	counted := min(n, *owed) // more than was asked for does not make new demand
	*owed -= counted
	p.pending -= counted
	if p.pending <= p.min {
		ask = p.max - p.pending
		p.pending = p.max
	}
	return n, ask
}

// logExcess warns of events beyond what was asked for, for each batch of them.
// They are processed all the same.
func (p *producer) logExcess(log *slog.Logger, events int) {
	size := p.max - p.min
	for owed := p.pending; events > 0; events -= size {
		n := min(size, events)
		if n > owed {
			log.Error(logExcessEvents, "events", n-owed, "producer", p.PID().Id)
		}
		owed = max(owed-n, 0)
	}
}
