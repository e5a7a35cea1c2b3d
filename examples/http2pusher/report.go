package main

import (
	"errors"
	"fmt"
	"io"
)

// report counts outcomes.
type report struct {
	delivered, gone, failed int
	retries                 int
	proto                   string
}

func (r *report) add(o outcome) {
	r.retries += o.tries - 1
	if o.proto != "" {
		r.proto = o.proto
	}
	switch {
	case o.err == nil:
		r.delivered++
	case errors.Is(o.err, errGone):
		r.gone++
	default:
		r.failed++
	}
}

func (r *report) sent() int { return r.delivered + r.gone + r.failed }

func (r *report) print(out io.Writer, limit int, s *service) error {
	plural := "s"
	if s.connections.Load() == 1 {
		plural = ""
	}
	_, err := fmt.Fprintf(out, `%d notifications over %s, %d connection%s
delivered:   %d
device gone: %d
given up:    %d
tried again: %d
in flight:   %d allowed, %d seen by the service
`, r.sent(), r.proto, s.connections.Load(), plural, r.delivered, r.gone, r.failed, r.retries, limit, s.seen())
	return err
}
