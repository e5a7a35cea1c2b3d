package conformance

import "slices"

// SameOrder compares two orders of things that happened. Things of different
// free kinds may overtake each other; each free kind, and all else together, must
// be in the same order.
func SameOrder(want, got []string, free func(kind string) bool) bool {
	for _, kind := range append(slices.Concat(want, got), "") {
		seen := func(other string) bool { return other == kind || !free(other) }
		if !slices.Equal(filter(want, seen), filter(got, seen)) {
			return false
		}
	}
	return true
}

func filter(list []string, keep func(string) bool) (kept []string) {
	for _, s := range list {
		if keep(s) {
			kept = append(kept, s)
		}
	}
	return kept
}
