package broadwaykit

import (
	"cmp"
	"slices"
	"strconv"

	"github.com/stagecraft-go/stagecraft/internal/conformance"
)

// observe is a record as recordings have it.
func (s *Scenario) observe(r *record) map[string]any {
	got := map[string]any{
		"status":             s.status(r),
		"processed_at_marks": list(r.marks),
		"killed":             list(r.killed),
		"results":            list(r.results),
		"shutdown_order":     list(r.ended),
		"draining":           slices.Sorted(slices.Values(list(r.draining))),
		"producer_events":    list(r.producers),
		"prepare_for_start":  list(r.preparing),
	}
	if r.refused {
		got["error"] = refused
	}
	r.observeMessages(got)
	r.observeAcks(got)
	r.observeBatches(got)
	r.observeEvents(got)
	got["lost"] = lost(got["status"].([][]any))
	return conformance.Tree(got).(map[string]any)
}

// refused is the error of a pipeline that did not start.
const refused = "config"

// list is never nil: an empty list is no null.
func list[T any](of []T) []T {
	if of == nil {
		return []T{}
	}
	return of
}

// group collects things by a key.
type group[T any] map[string][]T

func (g group[T]) add(key string, thing T) { g[key] = append(g[key], thing) }

func (r *record) observeMessages(got map[string]any) {
	messages, users, all := group[Data]{}, group[int]{}, []Data{}
	for _, m := range r.messages {
		messages.add(m.worker, m.data)
		users.add(strconv.Itoa(m.data.user()), m.data.ID)
		all = append(all, m.data)
	}
	prepared := group[[]Data]{}
	for _, c := range r.prepared {
		prepared.add(c.worker, c.data)
	}
	demands := group[int]{}
	for _, d := range r.demands {
		demands.add(d.producer, d.n)
	}
	got["messages"], got["all_messages"], got["handled_by_user"] = messages, all, users
	got["prepared"], got["demands"] = prepared, demands
}

// json is a call of an acknowledger.
func (a *ack) json() map[string]any {
	ok, failed := []Data{}, []any{}
	for _, r := range a.ok {
		ok = append(ok, r.data)
	}
	for _, r := range a.failed {
		failed = append(failed, r.json())
	}
	return map[string]any{"ref": a.ref, "ok": ok, "failed": failed}
}

// json is a failed message.
func (r *receipt) json() []any { return append([]any{r.data}, r.status.status()...) }

func (r *record) observeAcks(got map[string]any) {
	before, after, all := group[any]{}, group[any]{}, []any{}
	options := [][]any{}
	for i := range r.acks {
		a := &r.acks[i]
		call := a.json()
		all = append(all, call)
		if a.atStop {
			after.add(a.stage, call)
		} else {
			before.add(a.stage, call)
		}
		for _, m := range slices.Concat(a.ok, a.failed) {
			if m.options != nil {
				options = append(options, []any{m.born.ID, m.options})
			}
		}
	}
	failed := group[any]{}
	for _, c := range r.failed {
		call := []any{}
		for _, m := range c.messages {
			call = append(call, m.json())
		}
		failed.add(c.stage, call)
	}
	configured := []any{}
	for _, c := range r.configured {
		configured = append(configured, map[string]any{"stage": c.stage, "ref": c.ref, "options": c.options})
	}
	got["acks"], got["acks_at_stop"], got["all_acks"] = before, after, all
	got["ack_options"], got["failed_calls"], got["configured"] = options, failed, configured
}

func (r *record) observeBatches(got map[string]any) {
	before, after, workers, keys := group[any]{}, group[any]{}, group[any]{}, group[any]{}
	users, all := group[int]{}, []any{}
	for _, b := range r.batches {
		call := b.json("key", "partition")
		if b.atStop {
			after.add(b.batcher, call)
		} else {
			before.add(b.batcher, call)
		}
		workers.add(b.worker, call)
		keys.add(conformance.Text([]any{b.batcher, keyOf(b.key), partitionOf(b.partition)}), b.json())
		all = append(all, b.json("batcher", "key", "partition"))
		for _, d := range b.data {
			users.add(strconv.Itoa(d.user()), d.ID)
		}
	}
	got["batches"], got["batches_at_stop"], got["all_batches"] = before, after, all
	got["batches_by_worker"], got["batches_by_key"], got["batched_by_user"] = workers, keys, users
}

// json is a call of handle_batch, with more or less of its address.
func (b *batch) json(address ...string) map[string]any {
	call := map[string]any{"size": len(b.data), "trigger": b.trigger, "data": b.data}
	for _, part := range address {
		switch part {
		case "batcher":
			call[part] = b.batcher
		case "key":
			call[part] = keyOf(b.key)
		case "partition":
			call[part] = partitionOf(b.partition)
		}
	}
	return call
}

// status is how each message has ended, by the id that it was created with.
func (s *Scenario) status(r *record) [][]any {
	ends := make(map[int][][]any)
	for _, a := range r.acks {
		for _, m := range a.ok {
			ends[m.born.ID] = append(ends[m.born.ID], []any{success})
		}
		for _, m := range a.failed {
			ends[m.born.ID] = append(ends[m.born.ID], append([]any{failed}, m.status.status()...))
		}
	}
	all := [][]any{}
	for _, d := range s.created() {
		all = append(all, statusOfAll(d.ID, ends[d.ID]))
	}
	slices.SortFunc(all, func(a, b []any) int { return cmp.Compare(a[0].(int), b[0].(int)) })
	return slices.CompactFunc(all, func(a, b []any) bool { return a[0] == b[0] })
}

func statusOfAll(id int, ends [][]any) []any {
	switch len(ends) {
	case 0:
		return []any{id, none}
	case 1:
		return append([]any{id}, ends[0]...)
	}
	var words []any
	for _, end := range ends {
		words = append(words, end[0])
	}
	return []any{id, several, words}
}

// Words for messages that were not acknowledged once.
const (
	none    = "none"
	several = "several"
)

// lost are the messages that were never acknowledged.
func lost(status [][]any) []int {
	ids := []int{}
	for _, s := range status {
		if s[1] == none {
			ids = append(ids, s[0].(int))
		}
	}
	return ids
}

// created is the data of all messages of a scenario.
func (s *Scenario) created() (all []Data) {
	p := &s.Config.Producer
	for _, l := range p.Lists {
		all = append(all, l...)
	}
	for i := range s.Script {
		if step := &s.Script[i]; step.Do == "push" || step.Do == "emit" {
			all = append(all, step.events()...)
		}
	}
	return slices.Concat(all, p.DrainEmits, p.DrainLate)
}
