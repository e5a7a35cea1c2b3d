package main

import (
	"bufio"
	"bytes"
	"context"
	"net"
	"net/http"
	"strconv"
	"sync"
	"sync/atomic"
	"time"
)

// slots is how many pushes the gateway works on at the same time.
const slots = 100

// gateway is a push service on this machine, behind HTTP. A request has a push in
// each line, and the answer is how many of them were accepted. Pushes beyond its
// slots are refused, and so are those for devices that it does not know.
type gateway struct {
	server  *http.Server
	url     string
	latency time.Duration

	accepted atomic.Int64

	mu   sync.Mutex
	busy int // slots
	most int // busy at the same time
	over int // requests that came when there were not slots enough
}

func startGateway(latency time.Duration) (*gateway, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	g := &gateway{latency: latency, url: "http://" + listener.Addr().String()}
	g.server = &http.Server{Handler: g, ReadHeaderTimeout: time.Minute}
	go func() { _ = g.server.Serve(listener) }()
	return g, nil
}

func (g *gateway) close() { _ = g.server.Shutdown(context.Background()) }

func (g *gateway) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	all, known, err := read(r)
	switch {
	case err != nil:
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	case !g.take(all):
		http.Error(w, "too many pushes in flight", http.StatusTooManyRequests)
		return
	}
	defer g.release(all)
	time.Sleep(g.latency)
	g.accepted.Add(int64(known))
	_, _ = w.Write(strconv.AppendInt(nil, int64(known), 10))
}

// read counts the pushes of a request, and those for devices that are known.
func read(r *http.Request) (all, known int, err error) {
	for lines := bufio.NewScanner(r.Body); ; {
		if !lines.Scan() {
			return all, known, lines.Err()
		}
		number, _, _ := bytes.Cut(lines.Bytes(), []byte(" "))
		device, err := strconv.ParseUint(string(number), 10, 64)
		if err != nil {
			return 0, 0, err
		}
		all++
		if device%1000 != 0 {
			known++
		}
	}
}

func (g *gateway) take(n int) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.busy+n > slots {
		g.over++
		return false
	}
	g.busy += n
	g.most = max(g.most, g.busy)
	return true
}

func (g *gateway) release(n int) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.busy -= n
}

// seen is the most slots that were busy at the same time, and how often there were
// not enough.
func (g *gateway) seen() (most, over int) {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.most, g.over
}
