package broadway

import "fmt"

// States counts the unsettled messages of a pipeline by what is being done with
// them.
func States[In any](p *Pipeline[In]) map[string]int {
	names := []string{"waiting", "sent", "handling", "routed", "batched", "inBatch", "retrying", "settling"}
	counts := make(map[string]int)
	for _, slot := range p.producers {
		slot.ledger.all(func(e *entry[In], s state) {
			who := "nobody"
			if s.holder != 0 {
				who = "dead"
				p.core.mu.Lock()
				if w := p.core.alive[s.holder]; w != nil {
					who = w.Name()
				}
				p.core.mu.Unlock()
			}
			counts[fmt.Sprintf("%s by %s", names[s.place], who)]++
		})
	}
	return counts
}
