package main

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestStampAndParse(t *testing.T) {
	at := time.Date(2026, time.November, 25, 10, 0, 0, 0, time.UTC)
	for line, url := range map[string]string{
		`192.0.2.7 - - [25/Nov/2026:10:00:00 +0000] "GET /news/17 HTTP/1.1" 200 512`:    "/news/17",
		`192.0.2.7 - - [25/Nov/2026:10:00:00 +0000] "GET /?q=a b HTTP/1.1" 200 512`:     "",
		`192.0.2.7 - - [25/Nov/2026:10:00:00 +0000] "POST /a?q=a+b HTTP/2.0" 200 -`:     "/a",
		`[25/Nov/2026:02:00:00 -0800] "GET / HTTP/1.1" 200 512`:                         "/",
		`192.0.2.7 - - [25/Nov/2026:10:00:00 +0000] "GET /news/17 HTTP/1.1`:             "",
		`192.0.2.7 - - [25/Nov/2026:10:00:00 +0000] "GET /news/17" 200 512`:             "",
		`192.0.2.7 - - [25/Nov/2026:10:00:00 +0000] "" 400 0`:                           "",
		`192.0.2.7 - - [25/Nov/2026:10:00:00 +0000] "GET"`:                              "",
		`192.0.2.7 - - [25/Nov/2026:10:00:00 +0000] "GET ?from=mail HTTP/1.1" 404 0`:    "",
		`192.0.2.7 - me [25/Nov/2026:10:00:00 +0000] "GET /é HTTP/1.1" 200 512 "-" "x"`: "/é",
	} {
		s, ok := stamp(line)
		require.True(t, ok, line)
		require.True(t, at.Equal(s.at), line)
		require.Equal(t, url, parse(s).url, line)
	}
	for _, line := range []string{
		"", "[", "]", "[]", "25/Nov/2026:10:00:00 +0000",
		`192.0.2.7 - - [25/Nov/2026:10:00:00 +0000`,
		`192.0.2.7 - - [35/Nov/2026:10:00:00 +0000] "GET / HTTP/1.1" 200 512`,
		`192.0.2.7 - - [25/Nov/2026:10:00:00] "GET / HTTP/1.1" 200 512`,
	} {
		_, ok := stamp(line)
		require.False(t, ok, line)
	}
}
