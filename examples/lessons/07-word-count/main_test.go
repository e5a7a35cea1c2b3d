package main

import (
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/stagecraft-go/stagecraft/examples/lessons/internal/lessontest"
)

// measured is what differs each time: seconds and megabytes.
var measured = regexp.MustCompile(` +[0-9]+\.[0-9]+`)

func TestLesson(t *testing.T) {
	printed := lessontest.RunInRealTime(t, main)
	require.Equal(t, measured.ReplaceAllString(lessontest.Said(t), " #"), measured.ReplaceAllString(printed, " #"))

	peak := make(map[string]float64)
	for line := range strings.Lines(printed) {
		var way string
		var seconds, megabytes float64
		_, err := fmt.Sscanf(line, "%s %f s %f MB", &way, &seconds, &megabytes)
		require.NoError(t, err)
		peak[way] = megabytes
	}
	require.Greater(t, peak["eager"], 4*peak["lazy"])
	require.Greater(t, peak["eager"], 4*peak["concurrent"])
}
