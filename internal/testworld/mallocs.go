package testworld

import "runtime"

// Mallocs is the number of allocations of the program so far.
func Mallocs() uint64 { return memStats().Mallocs }

// Allocated is their bytes.
func Allocated() uint64 { return memStats().TotalAlloc }

func memStats() (stats runtime.MemStats) {
	runtime.ReadMemStats(&stats)
	return stats
}
