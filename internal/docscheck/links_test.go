package docscheck_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/stagecraft-go/stagecraft/internal/docscheck"
)

func TestDeadLinksOfAllKinds(t *testing.T) {
	dead, err := docscheck.DeadLinks("testdata/dead.md")
	require.NoError(t, err)
	assert.Equal(t, []string{
		"testdata/dead.md: gone.png: there is no such file",
		"testdata/dead.md: gone title.md: there is no such file",
		"testdata/dead.md: gone.html: there is no such file",
		"testdata/dead.md: nowhere: there is no such reference",
		"testdata/dead.md: gone-too.md: there is no such file",
		"testdata/dead.md: /doc.go: not relative to the file",
		"testdata/dead.md: ../../../../outside.md: outside of the repository",
		"testdata/dead.md: https://nowhere/x: no host",
		"testdata/dead.md: https://: no host",
		"testdata/dead.md: ftp://example.org/x: neither a file nor an address",
		"testdata/dead.md: bare#part: a folder has no headings",
		"testdata/dead.md: bare/bare.go#L1000: there is no such line",
		"testdata/dead.md: bare/bare.go#part: there is no such line",
		"testdata/dead.md: #twice-2: there is no such heading",
		"testdata/dead.md: Links.md: there is no such file",
	}, dead)
}

// Anchors are as GitHub makes them.
func TestAnchorsOfHeadings(t *testing.T) {
	for heading, anchor := range map[string]string{
		"# Two words":                       "two-words",
		"## What is it? `Code`, (x)":        "what-is-it-code-x",
		"### MaxDemand/MinDemand":           "maxdemandmindemand",
		"# a_b and _c_":                     "a_b-and-c",
		"# **bold** and [text](x.md)":       "bold-and-text",
		"# A – B":                           "a--b",
		"# 1. First":                        "1-first",
		"# Größe":                           "größe",
		"# closed #":                        "closed",
		"# `stage.MaxDemand(10)`":           "stagemaxdemand10",
		"under\n=====":                      "under",
		"under again\n---":                  "under-again",
		"<a id=\"own\"></a>":                "own",
		"# one\n\n# one\n\n# one":           "one-2",
		"```\n# no\n```\n\n# after a block": "after-a-block",
	} {
		file := filepath.Join(t.TempDir(), "x.md")
		require.NoError(t, os.WriteFile(file, []byte(heading+"\n\n[link](#"+anchor+")\n"), 0o600))
		dead, err := docscheck.DeadLinks(file)
		require.NoError(t, err)
		assert.Empty(t, dead, heading)
	}
}

func TestHeadingsInCodeAreNone(t *testing.T) {
	file := filepath.Join(t.TempDir(), "x.md")
	require.NoError(t, os.WriteFile(file, []byte("```sh\n# no heading\n```\n<!--\n# nor this\n-->\n[a](#no-heading) [b](#nor-this)\n"), 0o600))
	dead, err := docscheck.DeadLinks(file)
	require.NoError(t, err)
	assert.Len(t, dead, 2)
}
