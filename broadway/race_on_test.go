//go:build race

package broadway_test

// raceDetector says that everything is ten times slower.
const raceDetector = true
