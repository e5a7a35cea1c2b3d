package conformance

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
)

// Comparison decides whether two JSON values count as equal.
type Comparison func(want, got any) bool

// Diff finds the first difference between two JSON values. It returns where that
// is, as a path that begins with the given one, or "" if there is none. What is
// found under a key of special is left to that comparison.
func Diff(path string, want, got any, special map[string]Comparison) string {
	switch want := want.(type) {
	case map[string]any:
		if got, ok := got.(map[string]any); ok {
			return diffMaps(path, want, got, special)
		}
	case []any:
		if got, ok := got.([]any); ok && len(got) == len(want) {
			return diffLists(path, want, got, special)
		}
	default:
		if want == got {
			return ""
		}
	}
	return path
}

func diffMaps(path string, want, got map[string]any, special map[string]Comparison) string {
	keys := maps.Clone(want)
	maps.Copy(keys, got)
	for _, key := range slices.Sorted(maps.Keys(keys)) {
		at := path + "." + key
		if equal, ok := special[key]; ok {
			if !equal(want[key], got[key]) {
				return at
			}
			continue
		}
		_, wanted := want[key]
		_, there := got[key]
		if wanted != there {
			return at
		}
		if d := Diff(at, want[key], got[key], special); d != "" {
			return d
		}
	}
	return ""
}

func diffLists(path string, want, got []any, special map[string]Comparison) string {
	for i := range want {
		if d := Diff(fmt.Sprintf("%s[%d]", path, i), want[i], got[i], special); d != "" {
			return d
		}
	}
	return ""
}

// Tree is a Go value as JSON decodes it.
func Tree(v any) any {
	text, err := json.Marshal(v)
	if err != nil {
		panic(err) // a record holds only what a recording may hold
	}
	var tree any
	if err := json.Unmarshal(text, &tree); err != nil {
		panic(err)
	}
	return tree
}
