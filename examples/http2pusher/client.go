package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"
)

// notification is a text for a device.
type notification struct {
	device int
	text   string
}

// outcome is what became of a notification.
type outcome struct {
	device int
	tries  int
	proto  string // of the last answer
	err    error  // nil: delivered
}

// errGone says that a device is not there any more: nobody should push to it
// again.
var errGone = errors.New("the device is gone")

// client sends requests over HTTP/2.
type client struct {
	address string
	tries   int           // for one notification
	backoff time.Duration // before the second one
	http    *http.Client
}

func newClient(address string) *client {
	var protocols http.Protocols
	protocols.SetUnencryptedHTTP2(true)
	// One connection is enough, and all that a service allows at times.
	transport := &http.Transport{Protocols: &protocols, MaxConnsPerHost: 1}
	return &client{
		address: address, tries: 3, backoff: 10 * time.Millisecond,
		http: &http.Client{Transport: transport, Timeout: 10 * time.Second},
	}
}

func (c *client) close() { c.http.CloseIdleConnections() }

// send pushes a notification. A service that is busy is asked again after a
// while; meanwhile the notification keeps its place, so that a service in
// trouble gets fewer requests, and not more.
func (c *client) send(ctx context.Context, n notification) (o outcome) {
	o.device = n.device
	for backoff := c.backoff; ; backoff *= 2 {
		o.tries++
		status, proto, err := c.post(ctx, n)
		o.proto, o.err = proto, err
		switch {
		case err != nil:
		case status == http.StatusOK:
			return o
		case status == http.StatusGone:
			o.err = errGone
			return o
		default:
			o.err = fmt.Errorf("the service says %d", status)
		}
		if o.tries == c.tries {
			return o
		}
		select {
		case <-time.After(backoff):
		case <-ctx.Done():
			return o
		}
	}
}

func (c *client) post(ctx context.Context, n notification) (status int, proto string, err error) {
	url := fmt.Sprintf("%s/device/%d", c.address, n.device)
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, url, strings.NewReader(n.text))
	if err != nil {
		return 0, "", err
	}
	response, err := c.http.Do(request)
	if err != nil {
		return 0, "", err
	}
	defer response.Body.Close()
	_, err = io.Copy(io.Discard, response.Body) // so that the stream is free
	return response.StatusCode, response.Proto, err
}
