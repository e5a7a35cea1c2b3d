//go:build !race

// It builds all lessons anew, without the race detector in any case. So once is
// enough.

package lessons_test

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/stagecraft-go/stagecraft/examples/lessons/internal/lessontest"
)

// A reader who does the exercises sees what the texts say: the tests of all
// lessons pass with the programs changed accordingly.
func TestExercises(t *testing.T) {
	changed := struct{ Replace map[string]string }{make(map[string]string)}
	for _, name := range names(t) {
		original, err := filepath.Abs(filepath.Join(name, "main.go"))
		require.NoError(t, err)
		copied := filepath.Join(t.TempDir(), "main.go")
		require.NoError(t, os.WriteFile(copied, []byte(solved(t, name)), 0o600))
		changed.Replace[original] = copied
	}
	overlay, err := json.Marshal(changed)
	require.NoError(t, err)
	file := filepath.Join(t.TempDir(), "overlay.json")
	require.NoError(t, os.WriteFile(file, overlay, 0o600))

	test := exec.Command("go", "test", "-count=1", "-overlay", file, "-run", "^TestLesson$", "./...")
	test.Env = append(os.Environ(), lessontest.Exercise+"=1")
	output, err := test.CombinedOutput()
	require.NoError(t, err, "%s", output)
	for _, name := range names(t) {
		require.Regexp(t, `(?m)^ok\s+\S+/`+name+`\s+[0-9.]+s$`, string(output))
	}
}

// solved is a program after the exercise of its text.
func solved(t *testing.T, name string) string {
	t.Helper()
	program := program(t, name)
	changes := text(t, name).Blocks("diff")
	require.NotEmpty(t, changes, name)
	for _, change := range changes {
		var before, after string
		for line := range strings.Lines(change) {
			switch line[0] {
			case '-':
				before += line[1:]
			case '+':
				after += line[1:]
			default:
				before += line[1:]
				after += line[1:]
			}
		}
		require.Equal(t, 1, strings.Count(program, before), "%s: %s", name, before)
		program = strings.Replace(program, before, after, 1)
	}
	return program
}
