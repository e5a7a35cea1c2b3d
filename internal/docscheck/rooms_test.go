package docscheck_test

import (
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const module = "github.com/stagecraft-go/stagecraft/"

var quoted = regexp.MustCompile("`([^`]+)`")

// rooms are what each package may import, by the table of CONTRIBUTING.md.
func rooms(t *testing.T) map[string][]string {
	text, err := os.ReadFile(filepath.Join(root, "CONTRIBUTING.md"))
	require.NoError(t, err)
	table := make(map[string][]string)
	for line := range strings.Lines(string(text)) {
		cells := strings.Split(line, "|")
		if len(cells) != 5 || !strings.HasPrefix(cells[1], " `") || strings.TrimSpace(cells[3]) == "all" {
			continue
		}
		room := quoted.FindStringSubmatch(cells[1])[1]
		table[room] = nil
		for _, name := range quoted.FindAllStringSubmatch(cells[3], -1) {
			table[room] = append(table[room], name[1])
		}
	}
	return table
}

// importsOf are the packages that the files of a folder and below import, tests
// left out.
func importsOf(t *testing.T, folder string) map[string]string {
	imports := make(map[string]string) // to a file that does it
	err := filepath.WalkDir(filepath.Join(root, folder), func(path string, _ fs.DirEntry, err error) error {
		if err != nil || filepath.Ext(path) != ".go" || strings.HasSuffix(path, "_test.go") {
			return err
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.ImportsOnly)
		if err != nil {
			return err
		}
		for _, i := range file.Imports {
			name, err := strconv.Unquote(i.Path.Value)
			if err != nil {
				return err
			}
			imports[name] = path
		}
		return nil
	})
	require.NoError(t, err)
	return imports
}

// Imports go one way, and one package knows the actor library.
func TestRoomsImportWhatTheyMay(t *testing.T) {
	table := rooms(t)
	require.Len(t, table, 8)
	for room, allowed := range table {
		for name, file := range importsOf(t, room) {
			if strings.Contains(name, "protoactor") {
				assert.Equal(t, "process", room, "%s imports %s", file, name)
			}
			inside, ours := strings.CutPrefix(name, module)
			other, _, _ := strings.Cut(inside, "/")
			if ours && other != room && other != "internal" {
				assert.True(t, slices.Contains(allowed, other), "%s imports %s, %s may import %v", file, name, room, allowed)
			}
		}
	}
}
