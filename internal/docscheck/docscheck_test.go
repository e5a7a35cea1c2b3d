package docscheck_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/stagecraft-go/stagecraft/internal/docscheck"
)

const root = "../.."

func markdown(t *testing.T) []string {
	files, err := docscheck.Markdown(root)
	require.NoError(t, err)
	require.Greater(t, len(files), 20)
	return files
}

func TestNoLinkIsDead(t *testing.T) {
	for _, file := range markdown(t) {
		dead, err := docscheck.DeadLinks(file)
		require.NoError(t, err)
		assert.Empty(t, dead)
	}
}

func TestDeadLinksAreFound(t *testing.T) {
	dead, err := docscheck.DeadLinks("testdata/links.md")
	require.NoError(t, err)
	assert.Equal(t, []string{
		"testdata/links.md: gone.md: there is no such file",
		"testdata/links.md: #missing: there is no such heading",
		"testdata/links.md: links.md#no: there is no such heading",
		"testdata/links.md: http://example.org: not https",
	}, dead)
}

func TestDiagramsAreWellFormed(t *testing.T) {
	found := 0
	for _, file := range markdown(t) {
		diagrams, err := docscheck.Diagrams(file)
		require.NoError(t, err)
		for _, d := range diagrams {
			found++
			assert.NoError(t, docscheck.CheckDiagram(d), "%s:\n%s", file, d)
		}
	}
	assert.Greater(t, found, 20)
}

func TestBadDiagramsAreFound(t *testing.T) {
	for name, text := range map[string]string{
		"nothing":         "flowchart LR\n",
		"unknown":         "flowchart XY\nA --> B\n",
		"open quote":      "flowchart LR\nA[\"a] --> B\n",
		"open bracket":    "flowchart LR\nA[a --> B\n",
		"open subgraph":   "flowchart LR\nsubgraph x\nA --> B\n",
		"no subgraph":     "flowchart LR\nA --> B\nend\n",
		"not a message":   "sequenceDiagram\nA -> B says hello\n",
		"block not ended": "sequenceDiagram\nloop x\nA->>B: hello\n",
	} {
		assert.Error(t, docscheck.CheckDiagram(text), name)
	}
}

// packages are those for users.
var packages = []string{
	"process", "process/processtest", "dispatcher", "dispatcher/dispatchertest", "stage", "supervisor", "flow", "trace",
	"broadway", "broadway/broadwaytest", "telemetry", "telemetry/slogbridge", "telemetry/otelbridge",
}

func TestAllThatIsExportedIsDocumented(t *testing.T) {
	for _, dir := range packages {
		missing, err := docscheck.Undocumented(filepath.Join(root, dir))
		require.NoError(t, err)
		assert.Empty(t, missing)
	}
}

func TestNoPackageIsForgotten(t *testing.T) {
	known := map[string]bool{"docs": true, "examples": true, "internal": true, "benchmarks": true, "dev.test": true}
	for _, dir := range packages {
		known[dir] = true
	}
	entries, err := os.ReadDir(root)
	require.NoError(t, err)
	for _, e := range entries {
		if e.IsDir() && e.Name()[0] != '.' {
			assert.True(t, known[e.Name()], e.Name())
		}
	}
}

func TestMissingCommentsAreFound(t *testing.T) {
	missing, err := docscheck.Undocumented("testdata/bare")
	require.NoError(t, err)
	assert.Equal(t, []string{
		"testdata/bare: no overview", "testdata/bare: no example",
		"testdata/bare: type T", "testdata/bare: func F", "testdata/bare: method T.M", "testdata/bare: C",
	}, missing)
}
