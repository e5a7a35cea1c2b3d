package main

import (
	"strings"
	"time"
)

// stamped is a line and its time.
type stamped struct {
	at   time.Time
	line string
}

// request is what is wanted of a line.
type request struct {
	at  time.Time
	url string // "": the line is malformed
}

// stampLayout is the time of the common log format.
const stampLayout = "02/Jan/2006:15:04:05 -0700"

// stamp finds the time of a line in the common log format:
//
//	192.0.2.7 - - [25/Nov/2026:10:00:00 +0000] "GET /news/17 HTTP/1.1" 200 5120
func stamp(line string) (stamped, bool) {
	_, rest, _ := strings.Cut(line, "[")
	text, _, found := strings.Cut(rest, "]")
	if !found {
		return stamped{}, false
	}
	at, err := time.Parse(stampLayout, text)
	return stamped{at, line}, err == nil
}

// parse finds the URL that was requested, without its query.
func parse(s stamped) request {
	_, rest, _ := strings.Cut(s.line, `"`)
	quoted, _, closed := strings.Cut(rest, `"`)
	_, rest, _ = strings.Cut(quoted, " ")
	url, protocol, _ := strings.Cut(rest, " ")
	if !closed || !strings.HasPrefix(protocol, "HTTP/") {
		return request{}
	}
	url, _, _ = strings.Cut(url, "?")
	return request{s.at, url}
}
