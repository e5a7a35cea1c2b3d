package docscheck_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// The program at the top of the README is what a newcomer tries first.
func TestTheProgramOfTheReadme(t *testing.T) {
	text, err := os.ReadFile("../../README.md")
	require.NoError(t, err)
	blocks := regexp.MustCompile("(?s)```go\n(.*?)```").FindSubmatch(text)
	require.Len(t, blocks, 2)
	file := filepath.Join(t.TempDir(), "main.go")
	require.NoError(t, os.WriteFile(file, blocks[1], 0o600))
	cmd := exec.Command("go", "run", file)
	cmd.Stdin = strings.NewReader("a b a")
	out, err := cmd.CombinedOutput()
	require.NoError(t, err, string(out))
	lines := strings.Split(strings.TrimSpace(string(out)), "\n")
	slices.Sort(lines)
	require.Equal(t, []string{"a 2", "b 1"}, lines)
}
