package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/stagecraft-go/stagecraft/internal/leak"
)

// output is what a program has printed so far.
type output struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (o *output) Write(text []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.Write(text)
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.String()
}

// found is how often each number is in the files below dir.
func found(t *testing.T, dir string) map[int]int {
	t.Helper()
	times := make(map[int]int)
	add := func(text string, parity int) {
		number, err := strconv.Atoi(text)
		require.NoError(t, err)
		if parity >= 0 {
			require.Equal(t, parity, number%2, number)
		}
		times[number]++
	}
	for line := range strings.Lines(read(t, dir, "queue.txt")) {
		add(strings.TrimSuffix(line, "\n"), 0)
	}
	for line := range strings.Lines(read(t, dir, "dead_letters.txt")) {
		number, reason, _ := strings.Cut(line, "\t")
		add(number, -1)
		require.NotEmpty(t, reason)
	}
	objects, err := os.ReadDir(filepath.Join(dir, "objects"))
	require.NoError(t, err)
	for _, object := range objects {
		var numbers []int
		require.NoError(t, json.Unmarshal([]byte(read(t, dir, "objects", object.Name())), &numbers))
		require.Equal(t, fmt.Sprintf("%08d.json", numbers[0]), object.Name())
		for _, number := range numbers {
			add(strconv.Itoa(number), 1)
		}
	}
	return times
}

func read(t *testing.T, path ...string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(path...))
	require.NoError(t, err)
	return string(text)
}

// requireOnce checks that the numbers from 1 to n are each in one file.
func requireOnce(t *testing.T, n int, times map[int]int) {
	t.Helper()
	require.Len(t, times, n)
	for number := range n {
		require.Equal(t, 1, times[number+1], number+1)
	}
}

func TestEveryNumberIsInOneFile(t *testing.T) {
	leak.Check(t)
	dir := t.TempDir()
	var out output
	require.NoError(t, run(context.Background(), []string{"-n", "6000", "-rate", "20000", "-dir", dir}, &out))
	require.Contains(t, out.String(), "\n6000 numbers: 5994 succeeded, 6 dead letters, 0 failed, 0 unfinished\n")
	require.Contains(t, out.String(), "\nsqs    2994 numbers, ")
	require.Contains(t, out.String(), "\ns3     3000 numbers, ")
	requireOnce(t, 6000, found(t, dir))
	require.Contains(t, read(t, dir, "dead_letters.txt"), "3000\t\"there is no such number\"\n")
}

func TestInterrupt(t *testing.T) {
	leak.Check(t)
	dir := t.TempDir()
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	var out output
	ended := make(chan error, 1)
	go func() { ended <- run(ctx, []string{"-n", "0", "-live", "-dir", dir}, &out) }()
	for !strings.Contains(out.String(), "/s ") { // the first second
		time.Sleep(time.Millisecond)
	}
	cancel()
	require.NoError(t, <-ended)
	require.Contains(t, out.String(), "\nInterrupted, and drained in ")

	var n, succeeded, dead, failed int
	_, report, _ := strings.Cut(out.String(), "Interrupted")
	_, report, _ = strings.Cut(report, "\n\n")
	_, err := fmt.Sscanf(report, "%d numbers: %d succeeded, %d dead letters, %d failed, 0 unfinished", &n, &succeeded, &dead, &failed)
	require.NoError(t, err, out.String())
	require.Equal(t, n, succeeded+dead+failed)
	// What has failed is for the source to send again.
	times := found(t, dir)
	require.Len(t, times, succeeded+dead)
	for number, n := range times {
		require.Equal(t, 1, n, number)
	}
}

func TestTemporaryFolderIsRemoved(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	var out output
	require.NoError(t, run(context.Background(), []string{"-n", "100", "-rate", "10000"}, &out))
	require.Contains(t, out.String(), "(removed now; -dir keeps them)")
	left, err := os.ReadDir(os.TempDir())
	require.NoError(t, err)
	require.Empty(t, left)
}

func TestFailures(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	require.NoError(t, os.WriteFile(file, nil, 0o600))
	require.Error(t, run(context.Background(), []string{"-dir", file}, new(output)))
	require.Error(t, run(context.Background(), []string{"-n", "many"}, new(output)))

	dir := t.TempDir()
	require.NoError(t, os.Mkdir(filepath.Join(dir, "queue.txt"), 0o750))
	err := run(context.Background(), []string{"-dir", dir}, new(output))
	var path *os.PathError
	require.True(t, errors.As(err, &path), err)
}
