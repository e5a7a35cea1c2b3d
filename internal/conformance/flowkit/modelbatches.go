package flowkit

const defaultMaxDemand = 1000

func (s *Step) maxDemand() int {
	if s.MaxDemand == 0 {
		return defaultMaxDemand
	}
	return s.MaxDemand
}

func (s *Step) minDemand() int {
	if s.MinDemand == nil {
		return s.maxDemand() / 2
	}
	return *s.MinDemand
}

// batches are the lists in which the elements of a producer come to a stage of
// a layer.
func (m *model) batches(s *Step, stages int, f feed) [][]item {
	switch {
	case s.maxDemand() == 1:
		return byDemand(f.items, 1, 0)
	case f.source && (stages == 1 || len(f.items) <= s.maxDemand()):
		return byDemand(f.items, s.maxDemand(), s.minDemand())
	}
	return m.cut(f.items)
}

// byDemand are the lists in which a list travels by the demand of one
// subscription.
func byDemand(items []item, most, least int) (batches [][]item) {
	take := func(n int) []item {
		taken := items[:min(n, len(items))]
		items = items[len(taken):]
		return taken
	}
	messages := [][]item{take(most)}
	outstanding := most
	for ; len(messages) > 0; messages = messages[1:] {
		for message := messages[0]; len(message) > 0; {
			batch := message[:min(most-least, len(message))]
			message = message[len(batch):]
			batches = append(batches, batch)
			if outstanding -= len(batch); outstanding <= least {
				messages = append(messages, take(most-outstanding))
				outstanding = most
			}
		}
	}
	return batches
}

// cut cuts elements into any lists.
func (m *model) cut(items []item) (batches [][]item) {
	for len(items) > 0 {
		n := 1 + m.chance.IntN(len(items))
		batches = append(batches, items[:n])
		items = items[n:]
	}
	return batches
}

// arrival is a list of a producer, or its end.
type arrival struct {
	producer int
	batch    []item
	end      bool
}

// arrivals is an order in which the lists of producers can arrive.
func (m *model) arrivals(feeds []feed, cut func(feed) [][]item) (all []arrival) {
	waiting := make([][]arrival, len(feeds))
	for p, f := range feeds {
		for _, batch := range cut(f) {
			waiting[p] = append(waiting[p], arrival{producer: p, batch: batch})
		}
		waiting[p] = append(waiting[p], arrival{producer: p, end: true})
	}
	live := make([]int, len(feeds))
	for p := range live {
		live[p] = p
	}
	// Some producers are much faster than others.
	constancy := []float64{0, 0.5, 0.95}[m.chance.IntN(3)]
	for i := 0; len(live) > 0; {
		if i >= len(live) || m.chance.Float64() >= constancy {
			i = m.chance.IntN(len(live))
		}
		p := live[i]
		all = append(all, waiting[p][0])
		if waiting[p] = waiting[p][1:]; len(waiting[p]) == 0 {
			live = append(live[:i], live[i+1:]...)
		}
	}
	return all
}
