package flow

import (
	"bytes"
	"context"
	"errors"
	"io"
	"strings"
	"sync/atomic"

	"github.com/stagecraft-go/stagecraft/process"
	"github.com/stagecraft-go/stagecraft/stage"
)

// Lines is a flow of the lines of a text, without their ends (\n or \r\n). It
// reads in one stage, as fast as lines are asked for. An error of the reader
// ends the flow. A line may have any length; it keeps a block of up to 64 KiB
// of the text alive, so what is stored for long should be cloned.
//
// A Read that blocks cannot be interrupted: a flow that is stopped meanwhile
// waits for it up to its [Shutdown] time.
//
// A reader can be read once, and so can the flow: a second run of it, or a
// second branch of a [Union] or [Join] over it, fails with [ErrReaderUsed]. To
// run a flow again, make the reader and the flow anew.
func Lines(r io.Reader, opts ...Option) Flow[string] {
	problem := ""
	if r == nil {
		problem = "the reader is nil"
	}
	used := new(atomic.Bool)
	return newSource("Lines", problem, opts, func(ctx context.Context, stageOpts []stage.Option) (*stage.Producer[string], error) {
		if used.Swap(true) {
			return nil, ErrReaderUsed
		}
		p, err := stage.StartProducer(ctx, &lineProducer{reader: r, block: make([]byte, lineBlock)}, stageOpts...)
		if err != nil {
			used.Store(false)
		}
		return p, err
	})
}

// ErrReaderUsed says that the reader of [Lines] has been given to another run
// or another branch of the flow already. It comes in an [*OpError].
var ErrReaderUsed = errors.New("the reader has been read already, by another run or branch of the flow")

const (
	lineBlock     = 64 << 10
	maxEmptyReads = 100 // in a row: then the reader is broken
)

// lineProducer reads blocks and cuts lines off them.
type lineProducer struct {
	lastConsumer[string]
	reader io.Reader
	block  []byte
	held   int    // bytes of an incomplete line at the beginning of block
	text   string // lines that are read and not emitted
	wanted int    // lines that are asked for and not emitted
	ended  bool
	empty  int // reads without a result, in a row
}

// lineSignal is what the producer says to itself.
type lineSignal uint8

const (
	lineMore lineSignal = iota // go on reading
	lineEnd                    // the last line is on its way
)

// HandleDemand implements stage.DemandHandler.
func (p *lineProducer) HandleDemand(ctx *stage.Context[string], demand int) error {
	reading := p.wanted > 0
	p.wanted += demand
	if reading {
		return nil // the signal to go on is on its way
	}
	return p.emit(ctx)
}

// emit emits what one block has, so that lines of a slow text do not wait for
// the next block. It reads once at most: between two reads of a long line the
// stage looks at its other messages.
func (p *lineProducer) emit(ctx *stage.Context[string]) error {
	if p.text == "" && !p.ended {
		if err := p.read(); err != nil {
			return err
		}
	}
	if p.text == "" && p.ended {
		stage.AsyncInfo(ctx.Self(), lineEnd)
		return nil
	}
	for ; p.wanted > 0 && p.text != ""; p.wanted-- {
		line, rest, _ := strings.Cut(p.text, "\n")
		p.text = rest
		ctx.Emit(strings.TrimSuffix(line, "\r"))
	}
	if p.wanted > 0 {
		stage.Info(ctx.Self(), lineMore)
	}
	return nil
}

// read fills text with the complete lines of the next block.
func (p *lineProducer) read() error {
	if p.held == len(p.block) { // a long line
		p.block = append(p.block, make([]byte, len(p.block))...)
	}
	n, err := p.reader.Read(p.block[p.held:])
	filled := p.block[:p.held+n]
	switch {
	case err == io.EOF: // not one that wraps it: that is a failure
		p.ended = true
		p.text, p.held = string(filled), 0
		return nil
	case err != nil:
		return err
	case n > 0:
		p.empty = 0
	case p.empty == maxEmptyReads:
		return io.ErrNoProgress
	default:
		p.empty++
	}
	last := bytes.LastIndexByte(filled[p.held:], '\n')
	if last < 0 { // and there is none in what was held
		p.held = len(filled)
		return nil
	}
	end := p.held + last + 1
	p.text = string(filled[:end])
	p.keep(filled[end:])
	return nil
}

// keep holds an incomplete line, in a block that is no larger than it has to be.
func (p *lineProducer) keep(rest []byte) {
	if len(rest) < lineBlock && len(p.block) > lineBlock {
		p.block = make([]byte, lineBlock)
	}
	p.held = copy(p.block, rest)
}

// HandleInfo implements stage.InfoHandler.
func (p *lineProducer) HandleInfo(ctx *stage.Context[string], signal lineSignal) error {
	if signal == lineMore {
		return p.emit(ctx)
	}
	return process.Normal
}
