package conformance_test

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/stagecraft-go/stagecraft/internal/conformance"
)

func TestDiff(t *testing.T) {
	longer := func(want, got any) bool { return len(got.(string)) >= len(want.(string)) }
	c := conformance.Comparisons{"text": longer}
	for _, test := range []struct {
		name      string
		want, got any
		at        string
		differ    bool
	}{
		{"equal", map[string]any{"a": []any{1.0, nil}}, map[string]any{"a": []any{1.0, nil}}, "", false},
		{"scalar", 1.0, 2.0, "", true},
		{"scalar for list", 1.0, []any{1.0}, "", true},
		{"in a list", []any{"x", "y"}, []any{"x", "z"}, "[1]", true},
		{"length", map[string]any{"a": []any{}}, map[string]any{"a": []any{1.0}}, ".a", true},
		{"missing", map[string]any{"a": nil}, map[string]any{}, ".a", true},
		{"additional", map[string]any{}, map[string]any{"a": nil}, ".a", true},
		{"first of several", map[string]any{"b": 1.0, "a": map[string]any{"c": 1.0}}, map[string]any{"b": 2.0, "a": map[string]any{"c": 2.0}}, ".a.c", true},
		{"special", map[string]any{"text": "ab"}, map[string]any{"text": "xyz"}, "", false},
		{"special that differs", map[string]any{"text": "ab"}, map[string]any{"text": "x"}, ".text", true},
	} {
		at, differ := c.Diff(test.want, test.got)
		assert.Equal(t, test.at, at, test.name)
		assert.Equal(t, test.differ, differ, test.name)
		assert.Equal(t, !test.differ, c.Equal(test.want, test.got), test.name)
	}
}

func TestSameOrder(t *testing.T) {
	free := func(kind string) bool { return kind == "a" || kind == "b" }
	for _, test := range []struct {
		want, got []string
		same      bool
	}{
		{nil, nil, true},
		{[]string{"a", "b"}, []string{"b", "a"}, true},
		{[]string{"x", "a", "b", "y"}, []string{"x", "b", "a", "y"}, true},
		{[]string{"a", "x"}, []string{"x", "a"}, false},
		{[]string{"x", "y"}, []string{"y", "x"}, false},
		{[]string{"a", "x", "b"}, []string{"b", "x", "a"}, false},
		{[]string{"a"}, []string{"a", "a"}, false},
		{[]string{"a"}, nil, false},
	} {
		assert.Equal(t, test.same, conformance.SameOrder(test.want, test.got, free), "%v and %v", test.want, test.got)
	}
}
