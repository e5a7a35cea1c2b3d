package main

import (
	"bytes"
	"context"
	"io"
	"os"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/stagecraft-go/stagecraft/examples/internal/program"
	"github.com/stagecraft-go/stagecraft/internal/leak"
)

func TestRunPrintsWhatTheReadmeSays(t *testing.T) {
	leak.Check(t)
	readme, err := os.ReadFile("README.md")
	require.NoError(t, err)
	for _, args := range [][]string{nil, {"-min", "2"}} {
		synctest.Test(t, func(t *testing.T) {
			var out bytes.Buffer
			require.NoError(t, run(t.Context(), args, &out))
			require.Contains(t, string(readme), "```\n"+out.String()+"```\n")
		})
	}
}

func TestNeverMoreThanMax(t *testing.T) {
	leak.Check(t)
	for most := 1; most <= len(jobs); most++ {
		synctest.Test(t, func(t *testing.T) {
			system, shutdown := program.NewSystem()
			defer shutdown()
			s := newShop()
			require.NoError(t, s.work(t.Context(), system, most, most/2))
			require.Equal(t, len(jobs), s.done)
			require.Equal(t, most, s.most)
		})
	}
}

func TestInterrupted(t *testing.T) {
	leak.Check(t)
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), 5*unit)
		defer cancel()
		began := time.Now()
		require.ErrorIs(t, run(ctx, nil, io.Discard), context.DeadlineExceeded)
		require.Equal(t, 5*unit, time.Since(began), "workers heed their context")
	})
}

func TestBadArguments(t *testing.T) {
	leak.Check(t)
	require.ErrorContains(t, run(t.Context(), []string{"-max", "0"}, io.Discard), "MaxDemand is 0")
	require.ErrorContains(t, run(t.Context(), []string{"-min", "4"}, io.Discard), "MinDemand is 4")
	require.ErrorContains(t, run(t.Context(), []string{"-min", "few"}, io.Discard), "few")
}
