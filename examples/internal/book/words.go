package book

import (
	"iter"
	"strings"
	"unicode"
)

// Words are the words of a text, in lower case. A word is a maximal run of
// letters, marks and digits as Unicode has them; a single apostrophe (' or ’)
// between two of these belongs to it. Whatever is not UTF-8 separates words.
//
// No word goes beyond the end of a line, so a text may be taken line by line.
func Words(text string) iter.Seq[string] {
	return func(yield func(string) bool) {
		rest := strings.ToLower(text)
		for {
			start := strings.IndexFunc(rest, inWord)
			if start < 0 {
				return
			}
			rest = rest[start:]
			end := wordEnd(rest)
			if !yield(rest[:end]) {
				return
			}
			rest = rest[end:]
		}
	}
}

// wordEnd is the length of the word that text begins with.
func wordEnd(text string) int {
	end, open := len(text), false // open: an apostrophe at end waits for a letter
	for i, r := range text {
		switch {
		case inWord(r):
			end, open = len(text), false
		case open:
			return end
		case r == '\'' || r == '’':
			end, open = i, true
		default:
			return i
		}
	}
	return end
}

func inWord(r rune) bool {
	if r <= unicode.MaxASCII {
		return 'a' <= r && r <= 'z' || '0' <= r && r <= '9' || 'A' <= r && r <= 'Z'
	}
	return unicode.In(r, unicode.Letter, unicode.Mark, unicode.Digit)
}
