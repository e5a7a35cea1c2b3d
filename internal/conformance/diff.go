package conformance

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
)

// Comparison decides whether two JSON values count as equal.
type Comparison func(want, got any) bool

// Comparisons are for values that may differ to some extent, by the key under
// which they are found.
type Comparisons map[string]Comparison

// Diff finds the first difference between two JSON values, and says where it is:
// ".list[2].name".
func (c Comparisons) Diff(want, got any) (at string, differ bool) {
	switch want := want.(type) {
	case map[string]any:
		if got, ok := got.(map[string]any); ok {
			return c.diffMaps(want, got)
		}
		return "", true
	case []any:
		if got, ok := got.([]any); ok && len(got) == len(want) {
			return c.diffLists(want, got)
		}
		return "", true
	}
	return "", want != got
}

// Equal says that Diff finds nothing.
func (c Comparisons) Equal(want, got any) bool {
	_, differ := c.Diff(want, got)
	return !differ
}

func (c Comparisons) diffMaps(want, got map[string]any) (at string, differ bool) {
	keys := maps.Clone(want)
	maps.Copy(keys, got)
	for _, key := range slices.Sorted(maps.Keys(keys)) {
		if at, differ := c.diffKey(key, want, got); differ {
			return "." + key + at, true
		}
	}
	return "", false
}

func (c Comparisons) diffKey(key string, want, got map[string]any) (at string, differ bool) {
	if equal, ok := c[key]; ok {
		return "", !equal(want[key], got[key])
	}
	if _, there := got[key]; !there {
		return "", true
	}
	if _, wanted := want[key]; !wanted {
		return "", true
	}
	return c.Diff(want[key], got[key])
}

func (c Comparisons) diffLists(want, got []any) (at string, differ bool) {
	for i := range want {
		if at, differ := c.Diff(want[i], got[i]); differ {
			return fmt.Sprintf("[%d]%s", i, at), true
		}
	}
	return "", false
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

// Text is a value as JSON, for people.
func Text(v any) string {
	text, err := json.Marshal(v)
	if err != nil {
		return err.Error()
	}
	return string(text)
}
