package docscheck

import (
	"fmt"
	"regexp"
	"strings"
	"unicode"
)

var (
	heading    = regexp.MustCompile(`^ {0,3}#{1,6}(?:[ \t]+(.*?))?(?:[ \t]+#+)?[ \t]*$`)
	underline  = regexp.MustCompile(`^ {0,3}(?:=+|-+)[ \t]*$`)
	linkText   = regexp.MustCompile(`!?\[([^\]]*)\](?:\([^)]*\)|\[[^\]]*\])`)
	htmlTag    = regexp.MustCompile(`</?[A-Za-z][^>]*>`)
	htmlAnchor = regexp.MustCompile(`<[A-Za-z]+[^>]*\s(?:id|name)="([^"]+)"`)
	emphasis   = regexp.MustCompile(`(^|[^\pL\pN])_+(\S(?:.*?\S)?)_+([^\pL\pN]|$)`)
)

// anchors are the places in a page that a link can lead to, as GitHub names
// them.
func (p *page) anchors() map[string]bool {
	all := make(map[string]bool)
	add := func(title string) {
		name := anchor(title)
		unique := name
		for n := 1; all[unique]; n++ {
			unique = fmt.Sprint(name, "-", n)
		}
		all[unique] = true
	}
	for i, line := range p.prose {
		if found := heading.FindStringSubmatch(line); found != nil {
			add(found[1])
		} else if i > 0 && underline.MatchString(line) && isParagraph(p.prose[i-1]) {
			add(p.prose[i-1])
		}
		for _, found := range htmlAnchor.FindAllStringSubmatch(withoutCode(line), -1) {
			all[found[1]] = true
		}
	}
	return all
}

// isParagraph tells whether a line under which there is another one of dashes is
// a heading.
func isParagraph(line string) bool {
	line = strings.TrimSpace(line)
	return line != "" && !strings.ContainsAny(line[:1], "#>|-*+") && !strings.HasPrefix(line, "```")
}

// anchor is GitHub's name for a heading: its letters, digits, hyphens and
// underscores in lower case, with hyphens for spaces.
func anchor(title string) string {
	title = linkText.ReplaceAllString(title, "$1")
	title = htmlTag.ReplaceAllString(title, "")
	title = emphasis.ReplaceAllString(title, "$1$2$3")
	var name strings.Builder
	for _, r := range strings.ToLower(strings.TrimSpace(title)) {
		switch {
		case r == ' ':
			name.WriteByte('-')
		case r == '-' || r == '_' || unicode.IsLetter(r) || unicode.IsMark(r) || unicode.IsNumber(r):
			name.WriteRune(r)
		}
	}
	return name.String()
}
