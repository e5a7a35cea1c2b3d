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
	if at, differ := lenient().Diff(conformance.Tree(want), conformance.Tree(got)); differ {
		return at
	}
	if s.SUT.Type == "consumer_supervisor" {
		wantOrder, gotOrder = ownOrder(wantOrder), ownOrder(gotOrder)
	}
	if s.SUT.Type != "stream" && !conformance.SameOrder(wantOrder, gotOrder, isProbe) {
		return ".order"
	}
	return ""
}

// ownOrder are the callbacks and logs. The tracer of a stage sees what the stage
// sends by itself, which are not the asks and replies of a consumer_supervisor.
func ownOrder(tokens []string) (own []string) {
	for _, token := range tokens {
		if token == tokenCallback || token == tokenLog {
			own = append(own, token)
		}
	}
	return telling(own)
}

// isProbe tells messages to probes from other tokens. The order of messages to
// different probes is not promised.
func isProbe(token string) bool {
	return token != tokenCallback && token != tokenLog && token != tokenReply
}

// comparableLogs reduces recorded logs to what both sides log: codes, numbers,
// probes and reasons. Levels differ: what is orderly is for us no error.
func comparableLogs(logs []any) (reduced []any) {
	for _, log := range logs {
		e := entry{}
		for key, value := range log.(map[string]any) {
			switch list, isList := value.([]any); {
			case key == "level":
			case key == "from" && log.(map[string]any)["log"] == "start_child_failed":
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
	slices.SortFunc(entries, func(a, b any) int { return strings.Compare(conformance.Text(a), conformance.Text(b)) })
	return entries
}

// lenient is the comparison of records.
func lenient() conformance.Comparisons {
	return conformance.Comparisons{"opts": covers, "error": sameError}
}

// covers allows for more options: ours are given with their defaults.
func covers(want, got any) bool {
	wanted, _ := want.(map[string]any)
	given, _ := got.(map[string]any)
	for name, value := range wanted {
		if !lenient().Equal(value, given[name]) {
			return false
		}
	}
	return true
}

// sameError allows for other exceptions in the same place, and for other words
// about the same option.
func sameError(want, got any) bool {
	wanted, isTerm := want.(map[string]any)
	given, isTermToo := got.(map[string]any)
	if !isTerm || !isTermToo {
		return lenient().Equal(want, got)
	}
	_, crashed := given["crash"]
	refused, isRefused := given["bad_opts"].(map[string]any)
	if _, exception := wanted["crash"]; exception {
		return crashed || isRefused
	}
	if opts, ok := wanted["bad_opts"].(map[string]any); ok {
		return isRefused && (opts["option"] == nil || opts["option"] == refused["option"])
	}
	return lenient().Equal(want, got)
}
