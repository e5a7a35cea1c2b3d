package main

import (
	"bytes"
	"context"
	"errors"
	"io"
	"maps"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/stagecraft-go/stagecraft/examples/internal/program"
	"github.com/stagecraft-go/stagecraft/examples/internal/tally"
	"github.com/stagecraft-go/stagecraft/flow"
	"github.com/stagecraft-go/stagecraft/internal/leak"
)

// pattern is the rule of parse a second time.
var pattern = regexp.MustCompile(`^[^"]*"[^ "]+ ([^ "?]+)[^ "]* HTTP/[^"]*"`)

// plainly analyses a log line by line.
func plainly(log string) (f findings) {
	counts := make(map[time.Time]tally.Counts)
	var newest time.Time
	for line := range strings.Lines(log) {
		f.lines++
		_, stamp, _ := strings.Cut(line, "[")
		stamp, _, _ = strings.Cut(stamp, "]")
		at, err := time.Parse(stampLayout, stamp)
		if err == nil && at.Before(newest.Add(-slack)) {
			f.late++
			continue
		}
		if err == nil && at.After(newest) {
			newest = at
		}
		match := pattern.FindStringSubmatch(line)
		if err != nil || match == nil {
			f.malformed++
			continue
		}
		minute := time.UnixMicro(at.Truncate(time.Minute).UnixMicro()).UTC()
		if counts[minute] == nil {
			counts[minute] = tally.New()
		}
		counts[minute].Add(match[1])
	}
	for _, minute := range slices.SortedFunc(maps.Keys(counts), time.Time.Compare) {
		var most []hits
		for _, url := range counts[minute].Top(top) {
			most = append(most, hits{minute, url.Text, url.N})
		}
		f.minutes = append(f.minutes, most)
	}
	return f
}

// analyseAlone analyses in a system that is gone at the end.
func analyseAlone(ctx context.Context, log io.Reader) (findings, error) {
	system, shutdown := program.NewSystem()
	defer shutdown()
	return analyse(ctx, log, flow.In(system))
}

func requireRight(t *testing.T, log string) {
	t.Helper()
	got, err := analyseAlone(context.Background(), strings.NewReader(log))
	require.NoError(t, err)
	require.Equal(t, plainly(log), got)
}

// madeUp is a log of at least size bytes.
func madeUp(t *testing.T, size int) string {
	t.Helper()
	var log bytes.Buffer
	require.NoError(t, generate(context.Background(), &log, size))
	return log.String()
}

func TestExact(t *testing.T) {
	leak.Check(t)
	for _, size := range []int{1 << 20, 100_000, 5_000, 100, 0} {
		log := madeUp(t, size)
		for _, stages := range []int{1, 2, 8} {
			func() {
				defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(stages))
				requireRight(t, log)
			}()
		}
	}
}

func TestMadeUpLogHasEverything(t *testing.T) {
	f := plainly(madeUp(t, 1<<20))
	require.Len(t, f.minutes, 60)
	require.Greater(t, f.lines, int64(10_000))
	require.NotZero(t, f.malformed)
	require.NotZero(t, f.late)
	require.NotEqual(t, f.minutes[0][0].url, f.minutes[59][0].url)
}

func TestOrder(t *testing.T) {
	leak.Check(t)
	line := func(stamp, url string) string {
		return `192.0.2.1 - - [25/Nov/2026:` + stamp + `] "GET ` + url + " HTTP/1.1\" 200 1\n"
	}
	got, err := analyseAlone(context.Background(), strings.NewReader(
		line("10:00:58 +0000", "/a")+
			line("10:01:02 +0000", "/b")+
			line("10:00:57 +0000", "/a?x")+ // 5 s
			line("10:00:56 +0000", "/late")+ // 6 s
			line("12:01:01 +0200", "/b")+
			line("10:02:10 +0000", "/c")+
			line("10:01:59 +0000", "/late")+
			"nonsense\n"))
	require.NoError(t, err)
	at := func(minute int) time.Time {
		return time.UnixMicro(begin.UnixMicro()).UTC().Add(time.Duration(minute) * time.Minute)
	}
	require.Equal(t, findings{
		minutes: [][]hits{{{at(0), "/a", 2}}, {{at(1), "/b", 2}}, {{at(2), "/c", 1}}},
		lines:   8, malformed: 1, late: 2,
	}, got)
}

func TestFailures(t *testing.T) {
	leak.Check(t)
	broken := errors.New("disk on fire")
	log := io.MultiReader(strings.NewReader(madeUp(t, 1<<20)), iotest.ErrReader(broken))
	_, err := analyseAlone(context.Background(), log)
	require.ErrorIs(t, err, broken)
	require.EqualError(t, err, "flow: Lines (operation 1): disk on fire")

	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	_, err = analyseAlone(ctx, strings.NewReader(""))
	require.ErrorIs(t, err, context.Canceled)
}
