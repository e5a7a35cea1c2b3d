package testworld

import "runtime"

// Mallocs is the number of allocations of the program so far.
func Mallocs() uint64 {
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats)
	return stats.Mallocs
}
