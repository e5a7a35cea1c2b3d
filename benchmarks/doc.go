// Package benchmarks lets stages and hand-written channels do the same work.
// It has tests only; README.md says how to run them and what came out.
package benchmarks
