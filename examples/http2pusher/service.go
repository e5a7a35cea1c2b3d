package main

import (
	"context"
	"net"
	"net/http"
	"strconv"
	"sync"
	"sync/atomic"
	"time"
)

// service is a push service as the big ones are: HTTP/2, many requests at a time
// on one connection, and not all of them go well. It listens on this machine.
type service struct {
	latency time.Duration
	server  *http.Server
	address string

	connections atomic.Int64

	mu     sync.Mutex
	flying int
	most   int         // flying at the same time
	tries  map[int]int // by device
}

func startService(latency time.Duration) (*service, error) {
	// Without TLS, so that nobody has to make a certificate.
	var protocols http.Protocols
	protocols.SetUnencryptedHTTP2(true)
	s := &service{latency: latency, tries: make(map[int]int)}
	mux := http.NewServeMux()
	mux.HandleFunc("POST /device/{device}", s.push)
	s.server = &http.Server{
		Handler: mux, Protocols: &protocols, ConnState: s.count, ReadHeaderTimeout: time.Minute,
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	s.address = "http://" + listener.Addr().String()
	go func() { _ = s.server.Serve(listener) }()
	return s, nil
}

func (s *service) close() { _ = s.server.Shutdown(context.Background()) }

func (s *service) count(_ net.Conn, state http.ConnState) {
	if state == http.StateNew {
		s.connections.Add(1)
	}
}

// push answers after a while.
func (s *service) push(w http.ResponseWriter, r *http.Request) {
	device, err := strconv.Atoi(r.PathValue("device"))
	if err != nil {
		http.Error(w, "no such device", http.StatusNotFound)
		return
	}
	try := s.enter(device)
	defer s.leave()
	time.Sleep(s.latency)
	w.WriteHeader(verdict(device, try))
}

// verdict is the same for a device in each run: some are gone, some are busy at
// the first try, and some are always.
func verdict(device, try int) (status int) {
	switch {
	case device%50 == 0:
		return http.StatusGone
	case device%100 == 77, device%10 == 3 && try == 1:
		return http.StatusServiceUnavailable
	}
	return http.StatusOK
}

func (s *service) enter(device int) (try int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.flying++
	s.most = max(s.most, s.flying)
	s.tries[device]++
	return s.tries[device]
}

func (s *service) leave() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.flying--
}

// seen is the largest number of requests that were there at the same time.
func (s *service) seen() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.most
}
