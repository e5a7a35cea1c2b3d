package broadwaykit

import (
	"fmt"
	"maps"
	"slices"

	"github.com/stagecraft-go/stagecraft/internal/conformance"
)

// difference compares what should have been observed with what was, and says
// where they differ, or "".
func difference(s *Scenario, want, got map[string]any) string {
	if want["error"] != nil || got["error"] != nil {
		return differ("error", merged(want["error"]), got["error"])
	}
	for _, name := range slices.Sorted(maps.Keys(s.Compare)) {
		if !same(name, s.Compare[name], want[name], got[name]) {
			return differ(name, want[name], got[name])
		}
	}
	return ""
}

func differ(name string, want, got any) string {
	w, g := conformance.Text(want), conformance.Text(got)
	if w == g {
		return ""
	}
	return fmt.Sprintf("%s differs\n  want %s\n  got  %s", name, w, g)
}

// same compares an observation in the way of a mode.
func same(name, mode string, want, got any) bool {
	want, got = merged(want), merged(got)
	if mode == "multiset" {
		want, got = unordered(want), unordered(got)
	}
	return conformance.Comparisons{"fields": covers}.Equal(named(name, want), named(name, got))
}

// named gives an observation its name, by which comparisons are found.
func named(name string, value any) any { return map[string]any{name: value} }

// covers allows for more fields: ours say more.
func covers(want, got any) bool {
	given, _ := got.([]any)
	for _, field := range want.([]any) {
		if !slices.Contains(given, field) {
			return false
		}
	}
	return true
}

// merged forgets what Go does not tell apart: ways to raise, and when a config
// is refused.
func merged(tree any) any {
	switch tree := tree.(type) {
	case string:
		if tree == "start" {
			return refused
		}
		return tree
	case []any:
		list := make([]any, len(tree))
		for i, v := range tree {
			list[i] = merged(v)
		}
		if kind := len(list) - 2; kind >= 1 && (list[kind] == "throw" || list[kind] == "exit") {
			list[kind] = raised
		}
		return list
	case map[string]any:
		object := make(map[string]any, len(tree))
		for key, v := range tree {
			object[key] = merged(v)
		}
		return object
	}
	return tree
}

// unordered sorts a list, or the lists of an object.
func unordered(tree any) any {
	switch tree := tree.(type) {
	case []any:
		return slices.SortedFunc(slices.Values(tree), func(a, b any) int {
			return compareText(conformance.Text(a), conformance.Text(b))
		})
	case map[string]any:
		object := make(map[string]any, len(tree))
		for key, v := range tree {
			object[key] = unordered(v)
		}
		return object
	}
	return tree
}

func compareText(a, b string) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}
