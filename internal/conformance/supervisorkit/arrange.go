package supervisorkit

import (
	"cmp"
	"maps"
	"slices"
)

// sortOut separates the events of orphans: processes below a supervisor that
// had ended by then. There is a list for each of its children.
func (r *replay) sortOut(all []Event) (events []Event, orphans [][]Event) {
	type branch struct{ sup, child string }
	lists := make(map[branch][]Event)
	for _, e := range all {
		if child := r.bereaved(e.Child); child != nil {
			b := branch{child.parent.label, child.label}
			lists[b] = append(lists[b], e)
		} else {
			events = append(events, e)
		}
		if e.Kind == "died" {
			r.dead[e.Child] = true
		}
	}
	branches := slices.SortedFunc(maps.Keys(lists), func(a, b branch) int {
		return cmp.Or(cmp.Compare(a.sup, b.sup), cmp.Compare(a.child, b.child))
	})
	for _, b := range branches {
		orphans = append(orphans, lists[b])
	}
	return events, orphans
}

// bereaved is the process with a label, or the one above it, whose supervisor has
// ended; nil if there is none.
func (r *replay) bereaved(label string) *member {
	for m := r.family.find(label); m != nil && m.parent != nil; m = m.parent {
		if r.dead[m.parent.label] {
			return m
		}
	}
	return nil
}

// parallel is an event that stands for several.
const parallel = "parallel"

// arrange brings what happened into the form of what was recorded: where that
// has events in parallel, so many are sorted by the child that they are about.
func (f *family) arrange(want, got []Event) (arranged []Event) {
	for _, w := range want {
		n := min(w.size(), len(got))
		if w.Kind != parallel {
			arranged = append(arranged, got[:n]...)
		} else if n > 0 {
			arranged = append(arranged, f.gather(w, got[:n]))
		}
		got = got[n:]
	}
	return append(arranged, got...)
}

// gather makes one parallel event of several others.
func (f *family) gather(want Event, got []Event) Event {
	lists := make(map[string][]Event)
	for _, e := range got {
		label := ""
		if m := f.find(e.Child); m != nil {
			if child := m.below(want.Sup); child != nil {
				label = child.label
			}
		}
		lists[label] = append(lists[label], e)
	}
	gathered := Event{Kind: parallel, Sup: want.Sup}
	for i, label := range slices.Sorted(maps.Keys(lists)) {
		list := lists[label]
		if i < len(want.Branches) {
			list = f.arrange(want.Branches[i], list)
		}
		gathered.Branches = append(gathered.Branches, list)
	}
	return gathered
}

// size is how many events it stands for.
func (e Event) size() int {
	if e.Kind != parallel {
		return 1
	}
	n := 0
	for _, branch := range e.Branches {
		for _, e := range branch {
			n += e.size()
		}
	}
	return n
}
