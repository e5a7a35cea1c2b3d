package stagekit

import (
	"slices"
	"sync"
)

// Record is what a step caused.
type Record struct {
	Result      any              `json:"result,omitempty"`
	Callbacks   []any            `json:"callbacks,omitempty"`
	Probes      map[string][]any `json:"probes,omitempty"`
	Logs        []any            `json:"logs,omitempty"`
	Order       []string         `json:"order,omitempty"`
	ChildExits  []any            `json:"child_exits,omitempty"`
	LateResults map[string]any   `json:"late_results,omitempty"`
	Stage       any              `json:"stage,omitempty"`
}

// Tokens of Record.Order, beside the names of probes.
const (
	tokenCallback = "cb"
	tokenLog      = "log"
	tokenReply    = "reply"
)

// entry is one thing in a record.
type entry map[string]any

// journal collects the record of the current step. The stage under test, the
// probes and clients write to it.
type journal struct {
	mu     sync.Mutex
	record Record
}

// callback notes that the stage under test runs a callback.
func (j *journal) callback(name string, e entry) {
	e["cb"] = name
	j.mu.Lock()
	defer j.mu.Unlock()
	j.record.Callbacks = append(j.record.Callbacks, e)
	j.record.Order = append(j.record.Order, tokenCallback)
}

// log notes that it logs.
func (j *journal) log(e entry) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.record.Logs = append(j.record.Logs, e)
	j.record.Order = append(j.record.Order, tokenLog)
}

// did notes that it sends to a probe, or replies.
func (j *journal) did(token string) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.record.Order = append(j.record.Order, token)
}

// received notes what a probe gets.
func (j *journal) received(probe, msg string, e entry) {
	e["msg"] = msg
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.record.Probes == nil {
		j.record.Probes = make(map[string][]any)
	}
	j.record.Probes[probe] = append(j.record.Probes[probe], e)
}

// take ends a step.
func (j *journal) take() Record {
	j.mu.Lock()
	defer j.mu.Unlock()
	record := j.record
	j.record = Record{}
	record.Order = telling(record.Order)
	return record
}

// telling is an order if it says anything: not all tokens are equal.
func telling(tokens []string) []string {
	if slices.ContainsFunc(tokens, func(t string) bool { return t != tokens[0] }) {
		return tokens
	}
	return nil
}
