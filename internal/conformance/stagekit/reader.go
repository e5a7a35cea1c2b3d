package stagekit

import (
	"iter"

	"github.com/stagecraft-go/stagecraft/process"
)

// reader is the client that ranges over a stream, one element per credit.
type reader struct {
	credits chan struct{}
	exit    chan error
}

const manyCredits = 1 << 16

func newReader(b *bench, seq iter.Seq2[int, error]) *reader {
	r := &reader{credits: make(chan struct{}, manyCredits), exit: make(chan error, 1)}
	go func() { r.exit <- r.read(b, seq) }()
	return r
}

// grant gives n more credits.
func (r *reader) grant(n int) {
	for range n {
		r.credits <- struct{}{}
	}
}

// read returns the reason with which the client ends.
func (r *reader) read(b *bench, seq iter.Seq2[int, error]) error {
	if _, ok := <-r.credits; !ok {
		return nil
	}
	elements := 0
	for event, err := range seq {
		if err != nil {
			return err
		}
		b.journal.callback("element", entry{"event": event})
		elements++
		if elements == b.sut.Take {
			break
		}
		if _, ok := <-r.credits; !ok {
			return nil
		}
	}
	b.journal.callback("stream_end", entry{})
	return process.Normal
}
