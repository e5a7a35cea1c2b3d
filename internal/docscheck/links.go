package docscheck

import (
	"bytes"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
)

// DeadLinks are the links of a Markdown file that lead nowhere, and what is wrong
// with each. Files and headings have to be there, inside of the repository;
// other links have to be addresses.
func DeadLinks(file string) (dead []string, err error) {
	p, err := readPage(file)
	if err != nil {
		return nil, err
	}
	for _, l := range p.links() {
		if problem := l.problem(file); problem != "" {
			dead = append(dead, fmt.Sprintf("%s: %s: %s", file, l.text, problem))
		}
	}
	return dead, nil
}

// link is one of a page. Without a target it names a reference that there is not.
type link struct{ text, target string }

var (
	inlineLink = regexp.MustCompile(`\]\(\s*(<[^<>]*>|(?:[^\s()<>]|\([^\s()]*\))*)(?:\s+(?:"[^"]*"|'[^']*'))?\s*\)`)
	reference  = regexp.MustCompile(`\[([^\[\]]+)\]\[([^\[\]]*)\]`)
	definition = regexp.MustCompile(`^ {0,3}\[([^\[\]]+)\]:\s*(<[^<>]*>|\S+)`)
	autolink   = regexp.MustCompile(`<([a-zA-Z][a-zA-Z0-9+.-]*:[^\s<>]*)>`)
	attribute  = regexp.MustCompile(`<(?:a|img)\s[^>]*?(?:href|src)="([^"]*)"`)
)

// links are the links of the prose, in order of the lines.
func (p *page) links() (all []link) {
	defined := make(map[string]bool)
	for _, line := range p.prose {
		if found := definition.FindStringSubmatch(line); found != nil {
			defined[strings.ToLower(found[1])] = true
		}
	}
	for _, line := range p.prose {
		line = withoutCode(line)
		add := func(target string) {
			target = strings.TrimSuffix(strings.TrimPrefix(target, "<"), ">")
			all = append(all, link{target, target})
		}
		if found := definition.FindStringSubmatch(line); found != nil {
			add(found[2])
			continue
		}
		for _, pattern := range []*regexp.Regexp{inlineLink, autolink, attribute} {
			for _, found := range pattern.FindAllStringSubmatch(line, -1) {
				add(found[1])
			}
		}
		for _, found := range reference.FindAllStringSubmatch(line, -1) {
			name := found[2]
			if name == "" {
				name = found[1]
			}
			if !defined[strings.ToLower(name)] {
				all = append(all, link{text: name})
			}
		}
	}
	return all
}

// problem tells what is wrong with a link, or "".
func (l link) problem(file string) string {
	u, err := url.Parse(l.target)
	switch {
	case l.target == "":
		return "there is no such reference"
	case err != nil:
		return "no address"
	case u.Scheme == "mailto":
		return ""
	case u.Scheme == "http":
		return "not https"
	case u.Scheme == "https" && !host.MatchString(u.Hostname()):
		return "no host"
	case u.Scheme == "https":
		return ""
	case u.Scheme != "" || u.Host != "":
		return "neither a file nor an address"
	case strings.HasPrefix(u.Path, "/"):
		return "not relative to the file"
	}
	path := file
	if u.Path != "" {
		path = filepath.Join(filepath.Dir(file), filepath.FromSlash(u.Path))
	}
	if !inRepository(file, path) {
		return "outside of the repository"
	}
	return placeProblem(path, u.Fragment)
}

var host = regexp.MustCompile(`^[a-z0-9-]+(\.[a-z0-9-]+)+$`)

// inRepository tells whether a path lies in the repository of a file.
func inRepository(file, path string) bool {
	dir, err := filepath.Abs(filepath.Dir(file))
	if err != nil {
		return false
	}
	for !exists(filepath.Join(dir, "go.work")) && dir != filepath.Dir(dir) {
		dir = filepath.Dir(dir)
	}
	path, err = filepath.Abs(path)
	if err != nil {
		return false
	}
	inside, err := filepath.Rel(dir, path)
	return err == nil && filepath.IsLocal(inside)
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

var lines = regexp.MustCompile(`^L([0-9]+)(?:-L([0-9]+))?$`)

// placeProblem tells what is wrong with a place in a file: a heading of
// Markdown, or lines of anything else.
func placeProblem(path, place string) string {
	info, err := os.Stat(path)
	switch {
	case err != nil:
		return "there is no such file"
	case place == "":
		return ""
	case info.IsDir():
		return "a folder has no headings"
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return err.Error()
	}
	if strings.HasSuffix(path, ".md") {
		if !parsePage(path, string(text)).anchors()[place] {
			return "there is no such heading"
		}
		return ""
	}
	found := lines.FindStringSubmatch(place)
	if found == nil || lineNumber(found[1]) > lineCount(text) || lineNumber(found[2]) > lineCount(text) {
		return "there is no such line"
	}
	return ""
}

func lineCount(text []byte) int { return bytes.Count(text, []byte("\n")) }

func lineNumber(text string) int {
	n, _ := strconv.Atoi(text)
	return n
}
