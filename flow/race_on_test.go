//go:build race

package flow_test

// raceDetector says that everything is ten times slower.
const raceDetector = true
