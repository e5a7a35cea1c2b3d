package book

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestWords(t *testing.T) {
	for text, want := range map[string][]string{
		"":                          nil,
		" .,;-_ ' '' ":              nil,
		"The end":                   {"the", "end"},
		"_Paul's_ don’t 'tis dogs'": {"paul's", "don’t", "tis", "dogs"},
		"rock''n'roll o'":           {"rock", "n'roll", "o"},
		"a'b'c'":                    {"a'b'c"},
		"3.14 MDCCXXX 1st":          {"3", "14", "mdccxxx", "1st"},
		"LIGHT\r\nLight\n":          {"light", "light"},
		"Phænomenon ÆQUATIONS":      {"phænomenon", "æquations"},
		"e\u0301te\u0301 日本語 ٣٤":    {"e\u0301te\u0301", "日本語", "٣٤"},
		"x\xffy \xe6\x97z":          {"x", "y", "z"},
		"don'\nt":                   {"don", "t"},
	} {
		require.Equal(t, want, slices.Collect(Words(text)), "%q", text)
	}
}

func TestWordsCanBeLeftEarly(t *testing.T) {
	for word := range Words("one two") {
		require.Equal(t, "one", word)
		break
	}
}

// pattern is the rule of Words a second time.
var pattern = regexp.MustCompile(`[\p{L}\p{M}\p{Nd}]+(?:['’][\p{L}\p{M}\p{Nd}]+)*`)

func FuzzWords(f *testing.F) {
	f.Add("It's the o'_Cambridge's_ 'x''y’z’’ \xc3\x28 Ǆ İ")
	f.Fuzz(func(t *testing.T, text string) {
		got := slices.Collect(Words(text))
		require.Equal(t, pattern.FindAllString(strings.ToLower(text), -1), got)

		var byLine []string
		for line := range strings.Lines(text) {
			byLine = slices.AppendSeq(byLine, Words(line))
		}
		require.Equal(t, got, byLine)
	})
}
