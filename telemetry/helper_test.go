package telemetry_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/stagecraft-go/stagecraft/telemetry"
)

var (
	bg      = context.Background()
	errBoom = errors.New("boom")
)

// begun and done are events of tests: one that starts something and one that does not.
type begun struct{}

type done struct{ n int }

func (begun) Name() string { return "test.start" }

func (done) Name() string { return "test.stop" }

func (begun) LogAttrs() []slog.Attr { return nil }

func (done) LogAttrs() []slog.Attr { return nil }

// key is that of the values which handlers of tests put into contexts.
type key string

// attach attaches a handler that must not be refused.
func attach(t testing.TB, h *telemetry.Hub, name string, f telemetry.HandlerFunc) (detach func()) {
	t.Helper()
	detach, err := h.Attach(name, f)
	require.NoError(t, err)
	return detach
}

// noter makes handlers that note their names in a journal and do nothing else.
type noter struct{ journal []string }

func (n *noter) handler(name string) telemetry.HandlerFunc {
	return func(context.Context, telemetry.Event) context.Context {
		n.journal = append(n.journal, name)
		return nil
	}
}

// captureLog makes slog's default logger write into a buffer until the test ends.
func captureLog(t *testing.T) *bytes.Buffer {
	t.Helper()
	old, buf := slog.Default(), &bytes.Buffer{}
	slog.SetDefault(slog.New(slog.NewTextHandler(buf, nil)))
	t.Cleanup(func() { slog.SetDefault(old) })
	return buf
}
