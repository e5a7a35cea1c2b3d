package processtest_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/stagecraft-go/stagecraft/internal/leak"
	"github.com/stagecraft-go/stagecraft/internal/testworld"
	"github.com/stagecraft-go/stagecraft/process"
	"github.com/stagecraft-go/stagecraft/process/processtest"
)

// behaviour does what its function says with each message.
type behaviour func(self *process.Self, msg any) error

func (behaviour) Init(self *process.Self) error              { return nil }
func (b behaviour) Handle(self *process.Self, msg any) error { return b(self, msg) }
func (behaviour) Terminate(*process.Self, error)             {}

func start(t testing.TB, system *process.System, b behaviour) *process.Process {
	t.Helper()
	p, err := system.Start(context.Background(), b)
	require.NoError(t, err)
	return p
}

func wait(*process.Self, any) error { return nil }

func TestWhatATestLeavesIsShutDown(t *testing.T) {
	leak.Check(t)
	test := &testworld.Fake{TB: t}
	system := processtest.NewSystem(test)
	p := start(t, system, wait)
	test.Cleanup(func() { assert.NoError(t, p.Err(), "it lives until what came later is cleaned up") })
	test.End()
	assert.Equal(t, process.Shutdown, p.Err())
	assert.Empty(t, test.Errors)
	_, err := system.Start(context.Background(), behaviour(wait))
	assert.ErrorIs(t, err, process.ErrSystemStopped)
}

func TestItLogsToTheTest(t *testing.T) {
	leak.Check(t)
	crash := func(*process.Self, any) error { return errors.New("boom") }
	test := &testworld.Fake{TB: t}
	p := start(t, processtest.NewSystem(test), crash)
	p.Send("go")
	<-p.Done()
	test.End()
	assert.Contains(t, test.Out.String(), "boom")

	other := new(bytes.Buffer)
	test = &testworld.Fake{TB: t}
	p = start(t, processtest.NewSystem(test, process.WithLogger(slog.New(slog.NewTextHandler(other, nil)))), crash)
	p.Send("go")
	<-p.Done()
	test.End()
	assert.Contains(t, other.String(), "boom")
	assert.Empty(t, test.Out.String())
}

// In a bubble the minute takes no time.
func TestAProcessThatDoesNotEndFailsTheTest(t *testing.T) {
	leak.Check(t)
	synctest.Test(t, func(t *testing.T) {
		test := &testworld.Fake{TB: t}
		p := start(t, processtest.NewSystem(test), func(self *process.Self, _ any) error {
			self.TrapExit(true)
			return nil
		})
		p.Send("trap")
		synctest.Wait()
		began := time.Now()
		test.End()
		assert.Equal(t, time.Minute, time.Since(began))
		assert.Equal(t, []string{"processtest: process: shutdown: 1 killed: context deadline exceeded"}, test.Errors)
	})
}

func TestAnAbandonedCallbackFailsTheTest(t *testing.T) {
	leak.Check(t)
	synctest.Test(t, func(t *testing.T) {
		test := &testworld.Fake{TB: t}
		free := make(chan struct{})
		p := start(t, processtest.NewSystem(test), func(*process.Self, any) error { <-free; return nil })
		p.Send("wait")
		synctest.Wait()
		p.Kill()
		test.End()
		assert.Equal(t, []string{"processtest: 1 abandoned callbacks have not returned"}, test.Errors)
		close(free)
	})
}

func TestAnAbandonedCallbackMayTakeItsTime(t *testing.T) {
	for name, bubble := range map[string]func(*testing.T, func(*testing.T)){
		"in a bubble":  synctest.Test,
		"in real time": func(t *testing.T, test func(*testing.T)) { test(t) },
	} {
		t.Run(name, func(t *testing.T) {
			leak.Check(t)
			bubble(t, func(t *testing.T) {
				test := &testworld.Fake{TB: t}
				in := make(chan struct{})
				p := start(t, processtest.NewSystem(test), func(*process.Self, any) error {
					close(in)
					time.Sleep(20 * time.Millisecond)
					return nil
				})
				p.Send("sleep")
				<-in
				p.Kill()
				test.End()
				assert.Empty(t, test.Errors)
			})
		})
	}
}
