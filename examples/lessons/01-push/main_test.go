package main

import (
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/stagecraft-go/stagecraft/examples/lessons/internal/lessontest"
)

// number is what differs each time.
var number = regexp.MustCompile(` +[0-9]+`)

func TestLesson(t *testing.T) {
	require.Equal(t, number.ReplaceAllString(lessontest.Said(t), " #"),
		number.ReplaceAllString(lessontest.Run(t, main), " #"))
}

// Pushing takes ever more memory, asking no more than the events that were asked
// for.
func TestMemory(t *testing.T) {
	waiting.Store(0) // what the test before has left
	lines := strings.Split(lessontest.Run(t, main), "\n")
	for i, line := range lines[:8] {
		var what string
		var waiting, megabytes int
		_, err := fmt.Sscanf(line, "%s %d waiting %d MB", &what, &waiting, &megabytes)
		require.NoError(t, err)
		if i < 4 {
			require.Equal(t, "pushing", what)
			require.InDelta(t, 1800*(i+1), waiting, 30)
			require.InDelta(t, 18*(i+1), megabytes, 5)
		} else {
			require.Equal(t, "asking", what)
			require.InDelta(t, 50, waiting, 50)
			require.Less(t, megabytes, 6)
		}
	}
}
