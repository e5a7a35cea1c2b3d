package docscheck

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
)

// Markdown are the Markdown files below a folder.
func Markdown(root string) (files []string, err error) {
	err = filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && (strings.HasPrefix(d.Name(), ".") && len(d.Name()) > 2 || d.Name() == "testdata" || d.Name() == "shared"):
			return filepath.SkipDir
		case strings.HasSuffix(path, ".md"):
			files = append(files, path)
		}
		return nil
	})
	return files, err
}

// page is a file of Markdown, as far as the checks look at it.
type page struct {
	path   string
	prose  []string // its lines; those of code are empty
	blocks []block
}

// block is code between fences.
type block struct {
	line     int // of the opening fence
	language string
	lines    []string
	closed   bool
}

func readPage(path string) (*page, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	return parsePage(path, string(text)), nil
}

var (
	fence       = regexp.MustCompile("^( *)(```+|~~~+) *([^`]*)$")
	htmlComment = regexp.MustCompile(`(?s)<!--.*?-->`)
)

// parsePage separates prose from code.
func parsePage(path, text string) *page {
	text = strings.ReplaceAll(text, "\r\n", "\n")
	text = htmlComment.ReplaceAllStringFunc(text, func(comment string) string {
		return strings.Repeat("\n", strings.Count(comment, "\n"))
	})
	p := &page{path: path}
	open := "" // the fence of the block at hand
	for i, line := range strings.Split(text, "\n") {
		prose := ""
		found := fence.FindStringSubmatch(line)
		switch {
		case open == "" && found != nil:
			open = found[2]
			language, _, _ := strings.Cut(strings.TrimSpace(found[3]), " ")
			p.blocks = append(p.blocks, block{line: i + 1, language: language})
		case open == "":
			prose = line
		case found != nil && strings.HasPrefix(found[2], open) && found[3] == "":
			open = ""
			p.blocks[len(p.blocks)-1].closed = true
		default:
			b := &p.blocks[len(p.blocks)-1]
			b.lines = append(b.lines, line)
		}
		p.prose = append(p.prose, prose)
	}
	return p
}

var codeSpan = regexp.MustCompile("``[^`]+(?:`[^`]+)*``|`[^`]+`")

// withoutCode is a line of prose without its code spans. What is left keeps its
// place.
func withoutCode(line string) string {
	return codeSpan.ReplaceAllStringFunc(line, func(code string) string { return strings.Repeat(" ", len(code)) })
}
