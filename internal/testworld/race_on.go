//go:build race

package testworld

// Race says that the race detector is on, and everything ten times slower.
const Race = true
