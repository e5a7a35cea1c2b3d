package tally

import (
	"testing"
	"unsafe"

	"github.com/stretchr/testify/require"
)

func counts(texts ...string) Counts {
	c := New()
	for _, s := range texts {
		c = c.Add(s)
	}
	return c
}

func TestCounts(t *testing.T) {
	c := counts("b", "a", "b", "c", "")
	require.Equal(t, 5, c.Total())
	require.Equal(t, []Count{{"b", 2}, {"", 1}, {"a", 1}}, c.Top(3))
	require.Len(t, c.Top(9), 4)
	require.Empty(t, New().Top(3))
	require.Zero(t, New().Total())
}

func TestEqual(t *testing.T) {
	require.True(t, New().Equal(New()))
	require.True(t, counts("a", "b").Equal(counts("b", "a")))
	require.False(t, counts("a", "b").Equal(counts("a", "b", "b")))
	require.False(t, counts("a", "b").Equal(counts("a", "c")))
	require.False(t, counts("a", "b").Equal(counts("a")))
}

func TestMerge(t *testing.T) {
	c := counts("a", "b", "b").Merge(counts("b", "c")).Merge(New())
	require.Equal(t, counts("a", "b", "b", "b", "c"), c)
}

func TestKeysAreCopies(t *testing.T) {
	text := "again and again"
	c := counts(text[:5], text[10:])
	require.Equal(t, counts("again", "again"), c)
	for s := range c {
		require.NotSame(t, unsafe.StringData(text), unsafe.StringData(s))
		require.NotSame(t, unsafe.StringData(text[10:]), unsafe.StringData(s))
	}
}
