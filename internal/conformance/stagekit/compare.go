package stagekit

import (
	"slices"
	"strings"

	"github.com/stagecraft-go/stagecraft/internal/conformance"
)

// difference compares two records of a step, and returns where they differ, or
// "". Beside what must be equal (results, callbacks, messages, exits) that is
// what the stage logs, and the order of everything it does.
func difference(s *Scenario, want, got Record) string {
	wantOrder, gotOrder := want.Order, got.Order
	want.Order, got.Order = nil, nil
	want.Logs = comparableLogs(want.Logs)
	if slices.Contains(s.Tags, "down_order") {
		want.Callbacks, got.Callbacks = sorted(want.Callbacks), sorted(got.Callbacks)
	}
	at := conformance.Diff("record", conformance.Tree(want), conformance.Tree(got), comparisons())
	if at == "" && s.SUT.Type != "stream" && !sameOrder(wantOrder, gotOrder) {
		return "record.order"
	}
	return at
}

// comparableLogs reduces recorded logs to what both sides log: codes, numbers,
// probes and reasons. Levels differ: what is orderly is for us no error.
func comparableLogs(logs []any) (reduced []any) {
	for _, log := range logs {
		e := entry{}
		for key, value := range log.(map[string]any) {
			switch list, isList := value.([]any); {
			case key == "level":
			case key == "from" && isList:
				e["from"] = list[0]
			case key == "events" && isList:
				e["n"] = len(list) // a consumer's events have no values here
			default:
				e[key] = value
			}
		}
		reduced = append(reduced, e)
	}
	return reduced
}

// sorted puts entries into an order that does not depend on when they happened.
func sorted(entries []any) []any {
	entries = slices.Clone(entries)
	slices.SortFunc(entries, func(a, b any) int { return strings.Compare(text(a), text(b)) })
	return entries
}

// comparisons are for the fields that may differ to some extent.
func comparisons() map[string]conformance.Comparison {
	return map[string]conformance.Comparison{
		"opts":  covers,
		"error": sameError,
	}
}

// covers allows for more options: ours are given with their defaults.
func covers(want, got any) bool {
	given, ok := got.(map[string]any)
	if !ok {
		return false
	}
	for name, value := range want.(map[string]any) {
		if conformance.Diff("", value, given[name], comparisons()) != "" {
			return false
		}
	}
	return true
}

// sameError allows for other exceptions in the same place, and for other words
// about the same option.
func sameError(want, got any) bool {
	wanted, ok := want.(map[string]any)
	given, isMap := got.(map[string]any)
	if !ok || !isMap {
		return conformance.Diff("error", want, got, nil) == ""
	}
	_, crashed := given["crash"]
	refused, isRefused := given["bad_opts"].(map[string]any)
	if _, exception := wanted["crash"]; exception {
		return crashed || isRefused
	}
	if opts, ok := wanted["bad_opts"].(map[string]any); ok {
		return isRefused && (opts["option"] == nil || opts["option"] == refused["option"])
	}
	return conformance.Diff("error", want, got, comparisons()) == ""
}

// sameOrder compares orders except for messages to different probes, which may
// overtake each other: for each probe, its messages and all else must be in the
// same order.
func sameOrder(want, got []string) bool {
	for _, probe := range append(slices.Concat(want, got), "") {
		if !slices.Equal(seenBy(probe, want), seenBy(probe, got)) {
			return false
		}
	}
	return true
}

// seenBy is an order without the messages to other probes.
func seenBy(probe string, order []string) (seen []string) {
	for _, token := range order {
		switch token {
		case probe, tokenCallback, tokenLog, tokenReply:
			seen = append(seen, token)
		}
	}
	return seen
}
