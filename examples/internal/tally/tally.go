// Package tally counts how often strings occur.
package tally

import (
	"cmp"
	"maps"
	"slices"
	"strings"
)

// Counts says how often each string occurs.
type Counts map[string]*int

// New returns empty counts.
func New() Counts { return make(Counts) }

// Add counts s once more and returns c, as a step of flow.Reduce has to. It
// keeps a copy of s, which may be a small part of a large text.
func (c Counts) Add(s string) Counts {
	if n := c[s]; n != nil {
		*n++ // c[s]++ on a map of numbers would also replace the key by s
		return c
	}
	one := 1
	c[strings.Clone(s)] = &one
	return c
}

// Merge adds the counts of more and returns c. More is not to be used again.
func (c Counts) Merge(more Counts) Counts {
	for s, n := range more {
		if sum := c[s]; sum != nil {
			*sum += *n
		} else {
			c[s] = n
		}
	}
	return c
}

// Equal tells whether both say the same.
func (c Counts) Equal(other Counts) bool {
	return maps.EqualFunc(c, other, func(a, b *int) bool { return *a == *b })
}

// Total is how many strings have been counted.
func (c Counts) Total() (total int) {
	for _, n := range c {
		total += *n
	}
	return total
}

// Count is a string and how often it occurs.
type Count struct {
	Text string
	N    int
}

// Top are the n most frequent strings; of equally frequent ones, the first in
// alphabetical order.
func (c Counts) Top(n int) []Count {
	all := make([]Count, 0, len(c))
	for s, n := range c {
		all = append(all, Count{s, *n})
	}
	slices.SortFunc(all, func(a, b Count) int {
		return cmp.Or(cmp.Compare(b.N, a.N), cmp.Compare(a.Text, b.Text))
	})
	return all[:min(n, len(all))]
}
