package main

import (
	"bufio"
	"context"
	"errors"
	"io"
	"math/rand/v2"
	"os"
	"strconv"
	"time"
)

const (
	urls = 5000 // of the site
	// jitter is how long a request takes at most. A server writes the line of a
	// request at its end, with the time of its beginning.
	jitter = 3 * time.Second
)

var begin = time.Date(2026, time.November, 25, 10, 0, 0, 0, time.UTC)

// writeLog makes up a log of one hour, of at least size bytes.
func writeLog(ctx context.Context, name string, size int) error {
	file, err := os.Create(name)
	if err != nil {
		return err
	}
	err = errors.Join(generate(ctx, file, size), file.Close())
	if err != nil {
		os.Remove(name)
	}
	return err
}

// generate writes the same log each time.
func generate(ctx context.Context, out io.Writer, size int) error {
	g := newGenerator()
	buffered := bufio.NewWriterSize(out, 64<<10)
	var line []byte
	for written := 0; written < size && ctx.Err() == nil; written += len(line) {
		passed := float64(time.Hour-jitter) * float64(written) / float64(size)
		line = g.appendLine(line[:0], begin.Add(jitter+time.Duration(passed)))
		if _, err := buffered.Write(line); err != nil {
			return err
		}
	}
	return errors.Join(context.Cause(ctx), buffered.Flush())
}

type generator struct {
	*rand.Rand
	rank *rand.Zipf
}

func newGenerator() *generator {
	r := rand.New(rand.NewPCG(1, 2))
	return &generator{r, rand.NewZipf(r, 1.1, 3, urls-1)}
}

// appendLine appends the line of a request that has ended now. A few lines are
// older than they should be, or broken.
func (g *generator) appendLine(line []byte, now time.Time) []byte {
	start := len(line)
	line = append(line, "192.0.2."...)
	line = strconv.AppendInt(line, int64(1+g.IntN(254)), 10)
	line = append(line, " - - ["...)
	line = g.time(now).AppendFormat(line, stampLayout)
	line = append(line, `] "GET /`...)
	line = g.appendURL(line, now)
	line = append(line, ` HTTP/1.1" `...)
	line = append(line, pick(g, "200", "200", "200", "200", "200", "304", "404", "500")...)
	line = append(line, ' ')
	line = strconv.AppendInt(line, 200+int64(g.ExpFloat64()*8000), 10)
	if g.IntN(1000) == 0 {
		line = line[:start+g.IntN(60)] // too short to be whole
	}
	return append(line, '\n')
}

// time is when a request began that has ended now.
func (g *generator) time(now time.Time) time.Time {
	if g.IntN(5000) == 0 { // its server was stuck
		return now.Add(-10*time.Second - time.Duration(g.Int64N(int64(2*time.Minute))))
	}
	return now.Add(-time.Duration(g.Int64N(int64(jitter))))
}

// appendURL appends a path, maybe with a query. What is popular changes every
// ten minutes.
func (g *generator) appendURL(line []byte, now time.Time) []byte {
	page := (g.rank.Uint64() + 100*uint64(now.Minute()/10)) % urls
	line = append(line, [...]string{"news", "sport", "weather", "blog", "shop"}[page%5]...)
	line = append(line, '/')
	line = strconv.AppendUint(line, page, 10)
	if g.IntN(10) == 0 {
		line = append(line, "?from="...)
		line = append(line, pick(g, "mail", "feed", "search")...)
	}
	return line
}

func pick(g *generator, from ...string) string { return from[g.IntN(len(from))] }
