package guard_test

import (
	"errors"
	"runtime"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/stagecraft-go/stagecraft/internal/guard"
	"github.com/stagecraft-go/stagecraft/internal/leak"
	"github.com/stagecraft-go/stagecraft/process"
)

var errBoom = errors.New("boom")

func TestRun(t *testing.T) {
	leak.Check(t)
	for name, c := range map[string]struct {
		f       func() error
		err     string // "": none
		returns bool
	}{
		"returns":        {func() error { return nil }, "", true},
		"fails":          {func() error { return errBoom }, "boom", true},
		"panics":         {func() error { panic("oh") }, "panic: oh", true},
		"calls Goexit":   {func() error { runtime.Goexit(); return nil }, "runtime.Goexit was called", false},
		"panics by nil":  {func() error { panic(nil) }, "panic: panic called with nil argument", true},
		"panics by boom": {func() error { panic(errBoom) }, "panic: boom", true},
	} {
		t.Run(name, func(t *testing.T) {
			ends, returned, done := 0, false, make(chan struct{})
			var err error
			go func() {
				defer close(done)
				guard.Run(c.f, func(e error) { ends, err = ends+1, e })
				returned = true
			}()
			<-done
			assert.Equal(t, 1, ends)
			assert.Equal(t, c.returns, returned)
			if c.err == "" {
				require.NoError(t, err)
				return
			}
			require.EqualError(t, err, c.err)
			if err != errBoom {
				var crash *process.Crash
				require.ErrorAs(t, err, &crash)
				assert.Contains(t, string(crash.Stack), "TestRun", "it tells where")
			}
		})
	}
}

func TestRunAllocatesNothing(t *testing.T) {
	sum := 0
	assert.Zero(t, testing.AllocsPerRun(100, func() {
		guard.Run(func() error { sum++; return nil }, func(error) { sum++ })
	}))
}

func TestRecover(t *testing.T) {
	call := func(f func() error) (err error) {
		defer guard.Recover(&err)
		return f()
	}
	require.NoError(t, call(func() error { return nil }))
	assert.Equal(t, errBoom, call(func() error { return errBoom }))
	assert.EqualError(t, call(func() error { panic("oh") }), "panic: oh")
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = call(func() error { runtime.Goexit(); return nil })
		t.Error("it goes on")
	}()
	<-done
}
