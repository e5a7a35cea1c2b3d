package main

import (
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/stagecraft-go/stagecraft/examples/lessons/internal/lessontest"
)

func TestLesson(t *testing.T) { require.Equal(t, lessontest.Said(t), lessontest.Run(t, main)) }

// Asks and batches are those of GenStage, as recorded.
func TestAsksAndBatches(t *testing.T) {
	_, both, _ := strings.Cut(lessontest.Run(t, main), "max 10, min 0")
	zero, five, found := strings.Cut(both, "max 10, min 5\nwho")
	require.True(t, found)
	require.Equal(t, []string{"10", "10"}, numbers(zero, "ask "))
	require.Equal(t, []string{"10", "10"}, numbers(zero, `HandleEvents\(`))
	require.Equal(t, []string{"10", "5", "5"}, numbers(five, "ask "))
	require.Equal(t, []string{"5", "5", "5"}, numbers(five, `HandleEvents\(`))
}

// numbers are those that stand behind a word.
func numbers(text, word string) (all []string) {
	for _, found := range regexp.MustCompile(word+`(\d+)`).FindAllStringSubmatch(text, -1) {
		all = append(all, found[1])
	}
	return all
}
