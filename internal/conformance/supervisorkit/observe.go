package supervisorkit

import (
	"context"
	"slices"
)

// record completes the record of a step that is over.
func (r *replay) record(record Record) Record {
	record.Events, record.Orphans = r.sortOut(r.journal.take())
	record.Reports = r.reports.take()
	record.Tree = r.tree()
	record.Leaked = r.leaked()
	if !r.exited && r.root.child != nil && !r.root.alive() {
		r.exited = true
		record.Exit = reasonOf(r.root.process().Err())
	}
	record.Parent = r.parentNow()
	return record
}

// tree is the picture of all supervisors that are alive and no orphans.
func (r *replay) tree() map[string]Branch {
	ctx, cancel := context.WithTimeout(r.ctx, patience)
	defer cancel()
	tree := make(map[string]Branch)
	for _, m := range r.family.members() {
		sup, isSupervisor := m.child.(asker)
		if !isSupervisor || !m.alive() || m.orphan() {
			continue
		}
		infos, err := sup.WhichChildren(ctx)
		if err != nil {
			continue
		}
		counts, err := sup.CountChildren(ctx)
		if err != nil {
			continue
		}
		tree[m.label] = Branch{r.family.kids(m, infos), Count(counts)}
	}
	return tree
}

// leaked are the processes that are alive without a living supervisor.
func (r *replay) leaked() (labels []string) {
	for _, m := range r.family.members() {
		if m.alive() && m.parent != nil && !m.parent.alive() {
			labels = append(labels, m.label)
		}
	}
	slices.Sort(labels)
	return labels
}

// parentNow is what has happened to the parent in this step.
func (r *replay) parentNow() any {
	if reason := r.starter.Err(); reason != nil {
		if r.bereft {
			return nil
		}
		r.bereft = true
		return entry{"died": reasonOf(reason)}
	}
	signal := r.parent.signal
	r.parent.signal = nil
	if signal == nil {
		return nil
	}
	return entry{"signal": reasonOf(signal)}
}
