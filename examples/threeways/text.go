package main

import (
	"io"
	"strings"

	"github.com/stagecraft-go/stagecraft/examples/internal/book"
)

// repeated is a text that consists of copies of another one.
type repeated struct {
	text  string
	times int
}

// copies says how many Opticks are size bytes or more.
func copies(size int) int { return max(1, (size+len(book.Opticks)-1)/len(book.Opticks)) }

func (r repeated) size() int { return r.times * len(r.text) }

// open begins at the beginning.
func (r repeated) open() io.Reader {
	parts := make([]io.Reader, r.times)
	for i := range parts {
		parts[i] = strings.NewReader(r.text)
	}
	return io.MultiReader(parts...)
}
