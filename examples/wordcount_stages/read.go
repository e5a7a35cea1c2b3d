package main

import (
	"bufio"
	"fmt"
	"io"

	"github.com/stagecraft-go/stagecraft/process"
	"github.com/stagecraft-go/stagecraft/stage"
)

// reader is the producer: it reads as many lines as are asked for.
type reader struct {
	text  *bufio.Reader
	ended bool
}

// finished is what a stage sends to itself behind its last events.
type finished struct{}

func (r *reader) HandleDemand(ctx *stage.Context[string], demand int) error {
	for n := 0; n < demand && !r.ended; n++ {
		line, err := r.text.ReadString('\n')
		if line != "" {
			ctx.Emit(line)
		}
		switch {
		case err == io.EOF:
			r.ended = true
			stage.AsyncInfo(ctx.Self(), finished{})
		case err != nil:
			return fmt.Errorf("reading the text: %w", err)
		}
	}
	return nil
}

// HandleInfo ends the stage, now that the last line is on its way.
func (*reader) HandleInfo(*stage.Context[string], finished) error { return process.Normal }
