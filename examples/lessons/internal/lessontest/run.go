// Package lessontest runs lessons, and compares what they print with what their
// texts in docs/lessons say.
package lessontest

import (
	"os"
	"path/filepath"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/require"

	"github.com/stagecraft-go/stagecraft/internal/leak"
)

// Run is what a lesson prints. It runs in a bubble, where its sleeps take no
// time, and must leave no goroutine.
func Run(t *testing.T, main func()) (printed string) {
	leak.Check(t)
	synctest.Test(t, func(t *testing.T) { printed = run(t, main) })
	return printed
}

// RunInRealTime is Run for a lesson that measures.
func RunInRealTime(t *testing.T, main func()) (printed string) {
	leak.Check(t)
	return run(t, main)
}

func run(t *testing.T, main func()) (printed string) {
	name := filepath.Join(t.TempDir(), "stdout")
	file, err := os.Create(name)
	require.NoError(t, err)
	stdout := os.Stdout
	os.Stdout = file
	main()
	os.Stdout = stdout
	require.NoError(t, file.Close())
	text, err := os.ReadFile(name)
	require.NoError(t, err)
	return string(text)
}
