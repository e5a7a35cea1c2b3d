//go:build race

package stage_test

// raceDetector says that everything is ten times slower.
const raceDetector = true
