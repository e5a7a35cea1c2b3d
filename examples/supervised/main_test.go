package main

import (
	"bytes"
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/stagecraft-go/stagecraft/internal/leak"
)

func TestStory(t *testing.T) {
	leak.Check(t)
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	var out bytes.Buffer
	require.NoError(t, run(ctx, &out))
	require.Equal(t, `At first:

app            supervisor  running
├─ heartbeat   worker      running
└─ pipeline    supervisor  running
   ├─ numbers  worker      running
   └─ sum      worker      running

The producer is killed, and the heartbeat panics ...

Afterwards:

app            supervisor  running
├─ heartbeat   worker      running  restarts: 1, last: panic: the heart stood still
└─ pipeline    supervisor  running
   ├─ numbers  worker      running  restarts: 1, last: killed
   └─ sum      worker      running  restarts: 1, last: shutdown
`, out.String())
}

func TestInterrupted(t *testing.T) {
	leak.Check(t)
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	require.ErrorIs(t, run(ctx, &bytes.Buffer{}), context.Canceled)
}
