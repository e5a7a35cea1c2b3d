package main

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/stagecraft-go/stagecraft/examples/lessons/internal/lessontest"
)

func TestLesson(t *testing.T) { require.Equal(t, lessontest.Said(t), lessontest.Run(t, main)) }
