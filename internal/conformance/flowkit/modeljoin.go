package flowkit

// modelJoin is what a join has stored of a window.
type modelJoin struct {
	left, right []item
}

// rows joins an element with what is stored, and stores it.
func (p *pane) rows(it item) (rows []Value) {
	s, j := p.stage.Step, &p.pairs
	others := j.right
	if it.right {
		others = j.left
	}
	for _, other := range others {
		if s.side(other) != s.side(it) {
			continue
		}
		if it.right {
			rows = append(rows, s.joined(other.Value, it.Value))
		} else {
			rows = append(rows, s.joined(it.Value, other.Value))
		}
	}
	if it.right {
		j.right = append(j.right, it)
	} else {
		j.left = append(j.left, it)
	}
	return p.stage.anyOrder(rows)
}

// anyOrder is for rows that have no order.
func (m *model) anyOrder(rows []Value) []Value {
	m.chance.Shuffle(len(rows), func(i, j int) { rows[i], rows[j] = rows[j], rows[i] })
	return rows
}

// alone are the rows of elements that have no partner.
func (p *pane) alone() (rows []Value) {
	s, j := p.stage.Step, &p.pairs
	if s.Mode == "left_outer" || s.Mode == "full_outer" {
		for _, it := range j.left {
			if !s.found(it, j.right) {
				rows = append(rows, s.joined(it.Value, null))
			}
		}
	}
	if s.Mode == "right_outer" || s.Mode == "full_outer" {
		for _, it := range j.right {
			if !s.found(it, j.left) {
				rows = append(rows, s.joined(null, it.Value))
			}
		}
	}
	return p.stage.anyOrder(rows)
}

// found says that an element has a partner.
func (s *Step) found(it item, others []item) bool {
	for _, other := range others {
		if s.side(other) == s.side(it) {
			return true
		}
	}
	return false
}
