package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/stagecraft-go/stagecraft/examples/internal/program"
	"github.com/stagecraft-go/stagecraft/internal/leak"
	"github.com/stagecraft-go/stagecraft/process"
	"github.com/stagecraft-go/stagecraft/stage"
)

// figures are those of the last lines of the output.
type figures struct {
	pushed, accepted, failed, dropped, refused int
	allowed, seen, over                        int
}

func parse(t *testing.T, out string) (f figures) {
	t.Helper()
	_, end, found := strings.Cut(out, "\n\n")
	require.True(t, found, out)
	lines := strings.Split(end, "\n")
	_, err := fmt.Sscanf(lines[0], "%d pushes = %d accepted + %d failed + %d dropped + %d refused",
		&f.pushed, &f.accepted, &f.failed, &f.dropped, &f.refused)
	require.NoError(t, err, out)
	_, err = fmt.Sscanf(lines[2], "in flight: %d allowed, %d seen by the gateway, too many %d times", &f.allowed, &f.seen, &f.over)
	require.NoError(t, err, out)
	require.Equal(t, f.pushed, f.accepted+f.failed+f.dropped+f.refused)
	require.Equal(t, slots, f.allowed)
	require.LessOrEqual(t, f.seen, slots)
	require.Zero(t, f.over)
	return f
}

var small = []string{"-bursts", "3", "-size", "20000", "-lasts", "50ms", "-every", "300ms", "-buffer", "5000"}

func TestRun(t *testing.T) {
	leak.Check(t)
	var out bytes.Buffer
	require.NoError(t, run(t.Context(), small, &out))
	f := parse(t, out.String())
	require.Equal(t, 60_000, f.pushed)
	require.Positive(t, f.accepted)
	require.Positive(t, f.dropped+f.refused, "a burst is larger than the buffer")
	require.Equal(t, shape(out.String()), shape(output(t)), "the output of the README")
}

// output is that of the README.
func output(t *testing.T) string {
	t.Helper()
	readme, err := os.ReadFile("README.md")
	require.NoError(t, err)
	blocks := regexp.MustCompile("(?s)```\n(burst.*?)```\n").FindAllSubmatch(readme, -1)
	require.NotEmpty(t, blocks)
	text := string(blocks[0][1])
	parse(t, text)
	return text
}

// shape is a text without its numbers.
func shape(text string) string {
	text = regexp.MustCompile(`\d+(\.\d+)?`).ReplaceAllString(text, "0")
	return regexp.MustCompile(` +`).ReplaceAllString(text, " ")
}

// inCollector runs a test with a collector that nobody is subscribed to.
func inCollector(t *testing.T, entrance, buffer int, test func(c *collector, counts *counts)) {
	leak.Check(t)
	system, shutdown := program.NewSystem()
	defer shutdown()
	var counts counts
	c, err := startCollector(t.Context(), system, &counts, entrance, buffer)
	require.NoError(t, err)
	test(c, &counts)
}

func TestTheBufferKeepsTheLatest(t *testing.T) {
	inCollector(t, 1000, 10, func(c *collector, counts *counts) {
		for n := range uint64(25) {
			require.True(t, c.push(push{device: n}))
		}
		c.close()
		var devices []uint64
		for p, err := range stage.Stream(t.Context(), stage.From(c.producer), stage.In(c.producer.Process().System())) {
			require.NoError(t, err)
			devices = append(devices, p.device)
		}
		require.Equal(t, []uint64{15, 16, 17, 18, 19, 20, 21, 22, 23, 24}, devices)
		require.Equal(t, totals{pushed: 25, dropped: 15}, counts.now())
	})
}

func TestTheEntranceRefuses(t *testing.T) {
	inCollector(t, 3, 10, func(c *collector, counts *counts) {
		// The stage stands still, as if its machine had other things to do.
		busy, goOn := make(chan struct{}), make(chan struct{})
		go func() { _ = c.producer.Process().Inspect(t.Context(), func() { close(busy); <-goOn }) }()
		<-busy
		for n := range uint64(5) {
			require.Equal(t, n < 3, c.push(push{device: n}))
		}
		close(goOn)
		waiting, err := c.producer.EstimateBuffered(t.Context())
		require.NoError(t, err)
		require.Equal(t, 3, waiting)
		require.True(t, c.push(push{device: 5}), "there is room again")
		require.Equal(t, totals{pushed: 6, refused: 2}, counts.now())
	})
}

// TestWhatWaitsIsBounded pushes as fast as it can into a collector that gets rid
// of nothing.
func TestWhatWaitsIsBounded(t *testing.T) {
	inCollector(t, 100, 200, func(c *collector, counts *counts) {
		load := traffic{bursts: 2, size: 100_000, lasts: time.Millisecond, every: time.Millisecond, senders: 8}
		load.run(t.Context(), func(p push) bool {
			if p.device%50 == 0 {
				require.LessOrEqual(t, counts.now().waiting(), int64(100+200+load.senders))
			}
			return c.push(p)
		}, func(int) {})
		waiting, err := c.producer.EstimateBuffered(t.Context())
		require.NoError(t, err)
		require.Equal(t, 200, waiting)
		now := counts.now()
		require.EqualValues(t, 200_000, now.pushed)
		require.EqualValues(t, 200, now.waiting())
		require.EqualError(t, now.check(), "200 of 200000 pushes are not accounted for")
	})
}

func TestTheGatewayAgrees(t *testing.T) {
	leak.Check(t)
	g, err := startGateway(0)
	require.NoError(t, err)
	defer g.close()
	r := newReport(io.Discard)
	defer r.close()
	load := traffic{bursts: 1, size: 5000, lasts: time.Millisecond, every: time.Millisecond, senders: 3}
	require.NoError(t, collect(t.Context(), load, g, 5000, 7, r))
	now := r.counts.now()
	require.Equal(t, now.accepted, g.accepted.Load())
	require.EqualValues(t, 5, now.failed, "devices that it does not know")
	require.Zero(t, now.dropped+now.refused)
}

func TestTheGatewayRefusesTooMany(t *testing.T) {
	leak.Check(t)
	g, err := startGateway(0)
	require.NoError(t, err)
	defer g.close()
	transport := &http.Transport{}
	defer transport.CloseIdleConnections()
	p := &pusher{client: &http.Client{Transport: transport}, url: g.url}
	_, err = p.send(t.Context(), make([]push, slots+1))
	require.EqualError(t, err, "the gateway says 429 Too Many Requests")
	accepted, err := p.send(t.Context(), []push{{1, "a"}, {1000, "b"}, {1001, "c"}})
	require.NoError(t, err)
	require.Equal(t, 2, accepted)
}

func TestAGatewayThatIsNotThere(t *testing.T) {
	leak.Check(t)
	g, err := startGateway(0)
	require.NoError(t, err)
	g.close()
	r := newReport(io.Discard)
	defer r.close()
	load := traffic{bursts: 1, size: 1000, lasts: time.Millisecond, every: time.Millisecond, senders: 2}
	require.NoError(t, collect(t.Context(), load, g, 1000, 4, r))
	require.EqualValues(t, 1000, r.counts.now().failed)
}

// TestInterrupted: what has been collected is sent.
func TestInterrupted(t *testing.T) {
	leak.Check(t)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	out := &interrupter{cancel: cancel}
	require.NoError(t, run(ctx, append(small, "-bursts", "1000"), out))
	f := parse(t, out.String())
	require.GreaterOrEqual(t, f.pushed, 20_000)
	require.Less(t, f.pushed, 100_000)
}

// interrupter interrupts a program when its first burst is over.
type interrupter struct {
	bytes.Buffer
	cancel func()
}

func (i *interrupter) Write(text []byte) (int, error) {
	if bytes.HasPrefix(text, []byte("    1 ")) {
		i.cancel()
	}
	return i.Buffer.Write(text)
}

func TestBadArguments(t *testing.T) {
	leak.Check(t)
	require.EqualError(t, run(t.Context(), []string{"-pushers", "101"}, io.Discard), "pushers is 101, allowed is 1 to 100")
	require.ErrorContains(t, run(t.Context(), []string{"-buffer", "-1"}, io.Discard), "BufferSize is -1")
	require.ErrorContains(t, run(t.Context(), []string{"-size", "large"}, io.Discard), "large")
}

func TestThePushersEndWithTheCollector(t *testing.T) {
	inCollector(t, 10, 10, func(c *collector, _ *counts) {
		all, err := startPushers(t.Context(), c, "", http.DefaultClient, 3, 30)
		require.NoError(t, err)
		c.close()
		for _, p := range all {
			<-p.Done()
			require.ErrorIs(t, p.Err(), process.Normal)
		}
	})
}
