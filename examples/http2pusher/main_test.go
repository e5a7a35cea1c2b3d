package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"regexp"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/stagecraft-go/stagecraft/internal/leak"
)

func TestRunPrintsWhatTheReadmeSays(t *testing.T) {
	leak.Check(t)
	var out bytes.Buffer
	require.NoError(t, run(t.Context(), nil, &out))
	readme, err := os.ReadFile("README.md")
	require.NoError(t, err)
	// That all places are taken at some time is all but certain.
	seen := regexp.MustCompile(`\d+ seen`)
	require.Contains(t, string(readme), "```\n"+seen.ReplaceAllString(out.String(), "50 seen")+"```\n")
	requireSeen(t, out.String(), 50)
}

// requireSeen checks that the service has never seen too many requests.
func requireSeen(t *testing.T, out string, limit int) {
	t.Helper()
	match := regexp.MustCompile(`in flight: +(\d+) allowed, (\d+) seen`).FindStringSubmatch(out)
	require.NotNil(t, match, out)
	require.Equal(t, strconv.Itoa(limit), match[1])
	seen, err := strconv.Atoi(match[2])
	require.NoError(t, err)
	require.Positive(t, seen)
	require.LessOrEqual(t, seen, limit)
}

func TestNeverTooManyInFlight(t *testing.T) {
	leak.Check(t)
	for _, limit := range []int{1, 3, mostFlying} {
		var out bytes.Buffer
		require.NoError(t, run(t.Context(), []string{"-n", "200", "-latency", "1ms", "-flying", strconv.Itoa(limit)}, &out))
		requireSeen(t, out.String(), limit)
		require.Contains(t, out.String(), "200 notifications over HTTP/2.0, 1 connection\n")
		require.Contains(t, out.String(), "delivered:   194\n")
	}
}

// TestAServiceThatIsNotThere: each notification fails, and the pusher comes to
// its end.
func TestAServiceThatIsNotThere(t *testing.T) {
	leak.Check(t)
	s, err := startService(0)
	require.NoError(t, err)
	s.close()
	c := newClient(s.address)
	defer c.close()
	c.backoff = 1
	report, err := push(t.Context(), notifications(100), c, 10)
	require.NoError(t, err)
	require.Equal(t, 100, report.failed)
	require.Equal(t, 200, report.retries)
}

func TestASourceThatFails(t *testing.T) {
	leak.Check(t)
	s, err := startService(0)
	require.NoError(t, err)
	defer s.close()
	c := newClient(s.address)
	defer c.close()
	_, err = push(t.Context(), func(yield func(notification) bool) {
		yield(notification{device: 1})
		panic("no more devices")
	}, c, 10)
	require.ErrorContains(t, err, "no more devices")
}

func TestInterruptedWaitsForWhatIsInFlight(t *testing.T) {
	leak.Check(t)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	s, err := startService(0)
	require.NoError(t, err)
	defer s.close()
	c := newClient(s.address)
	defer c.close()
	begun := 0
	report, err := push(ctx, func(yield func(notification) bool) {
		for device := 1; ; device++ {
			begun = device
			if device == 500 {
				cancel()
			}
			if !yield(notification{device, "Goal!"}) {
				return
			}
		}
	}, c, 20)
	require.NoError(t, err)
	require.GreaterOrEqual(t, begun, 500)
	require.Equal(t, begun, report.sent(), "nothing is forgotten")
}

func TestInterruptedBeforeTheBeginning(t *testing.T) {
	leak.Check(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	var out bytes.Buffer
	require.NoError(t, run(ctx, nil, &out))
	require.Contains(t, out.String(), "Interrupted. ")
}

func TestBadArguments(t *testing.T) {
	leak.Check(t)
	for _, flying := range []int{0, mostFlying + 1} {
		err := run(t.Context(), []string{"-flying", strconv.Itoa(flying)}, io.Discard)
		require.EqualError(t, err, fmt.Sprintf("flying is %d, allowed is 1 to 100", flying))
	}
	require.ErrorContains(t, run(t.Context(), []string{"-n", "many"}, io.Discard), "many")
}
