package flowkit

// stageCount is the number of stages of a layer.
func (s *Step) stageCount() int {
	if s.Op == "departition" || s.Op == "take_sort" {
		return 1
	}
	return max(s.Stages, 1)
}

// routed spreads what producers send over the stages of a layer: by stage and
// producer.
func (m *model) routed(l *modelLayer, before []feed) [][]feed {
	n := l.stageCount()
	routed := make([][]feed, n)
	for i := range routed {
		routed[i] = make([]feed, len(before))
	}
	place := m.placement(l.Step, n)
	for p, f := range before {
		if !m.places(l.Step) {
			routed[0][p] = f
			continue
		}
		for _, it := range f.items {
			delivered, stage, keep := place(f, it)
			if keep {
				routed[stage][p].items = append(routed[stage][p].items, delivered)
			}
		}
		for i := range routed {
			routed[i][p].source = f.source && l.anyStage()
		}
	}
	return routed
}

// places says that a layer has a function that says which stage gets an
// element, if any.
func (m *model) places(s *Step) bool {
	return s.stageCount() > 1 || m.rules.keepsForOne && s.Place != nil && !s.Place.onlyPlaces()
}

// anyStage says that any stage may get any element.
func (s *Step) anyStage() bool { return s.Op != "partition" && s.Op != "join" }

// placement says which stage an element comes to.
func (m *model) placement(s *Step, n int) func(f feed, it item) (item, int, bool) {
	hashes := make(map[Value]int)
	hash := func(key Value) int {
		if _, known := hashes[key]; !known {
			hashes[key] = m.chance.IntN(n)
		}
		return hashes[key]
	}
	switch {
	case s.Place != nil:
		return func(_ feed, it item) (item, int, bool) {
			v, stage, keep := s.Place.place(it.Value, n)
			if stage >= n {
				panic(errRaised)
			}
			return item{Value: v}, stage, keep
		}
	case s.Op == "join":
		return func(_ feed, it item) (item, int, bool) { return it, hash(s.side(it)), true }
	case s.HashedKey != nil:
		return func(_ feed, it item) (item, int, bool) { return it, hash(s.HashedKey.of(it.Value)), true }
	case s.Op == "partition":
		return func(_ feed, it item) (item, int, bool) { return it, hash(it.Value), true }
	}
	return m.anyPlace(s, n)
}

// anyPlace gives a short list to one stage, as whoever asks first gets it, and
// the elements of others to any stage, some in a row to the same.
func (m *model) anyPlace(s *Step, n int) func(f feed, it item) (item, int, bool) {
	stage, row := m.chance.IntN(n), 0
	return func(f feed, it item) (item, int, bool) {
		if f.source && len(f.items) <= s.maxDemand() {
			return it, stage, true
		}
		if row == 0 {
			stage, row = m.chance.IntN(n), 1+m.chance.IntN(len(f.items))
		}
		row--
		return it, stage, true
	}
}

// side is the key of an element of a join.
func (s *Step) side(it item) Value {
	if it.right {
		return s.RightKey.of(it.Value)
	}
	return s.LeftKey.of(it.Value)
}
