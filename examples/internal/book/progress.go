package book

import (
	"fmt"
	"io"
	"time"
)

const (
	// progressSize is the size from which a text is worth a progress line.
	progressSize = 10 << 20
	// progressInterval is the time between two updates of the line.
	progressInterval = 100 * time.Millisecond
)

// progress is a text that shows how much of it has been read.
type progress struct {
	text       io.Reader
	size, read int64
	out        io.Writer
	next       time.Time // of the next update
}

func newProgress(text io.Reader, size int64, out io.Writer) *progress {
	if size <= progressSize {
		out = io.Discard
	}
	return &progress{text: text, size: size, out: out}
}

// Read implements io.Reader.
func (p *progress) Read(into []byte) (int, error) {
	n, err := p.text.Read(into)
	p.read += int64(n)
	if now := time.Now(); p.size > 0 && now.After(p.next) {
		p.next = now.Add(progressInterval)
		fmt.Fprintf(p.out, "\r%3d %%", min(100*p.read/p.size, 100))
	}
	return n, err
}

// clear makes room for the result.
func (p *progress) clear() { fmt.Fprint(p.out, "\r     \r") }
