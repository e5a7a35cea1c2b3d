package testworld_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/stagecraft-go/stagecraft/internal/testworld"
	"github.com/stagecraft-go/stagecraft/process"
)

// behaviour does what its function says with each message.
type behaviour func(self *process.Self, msg any) error

func (behaviour) Init(self *process.Self) error              { return nil }
func (b behaviour) Handle(self *process.Self, msg any) error { return b(self, msg) }
func (behaviour) Terminate(*process.Self, error)             {}

func start(w *testworld.World, b behaviour) *process.Process {
	w.Helper()
	p, err := w.System.Start(context.Background(), b)
	require.NoError(w, err)
	return p
}

func idle(*process.Self, any) error { return nil }

// failures are those of a test in a bubble.
func failures(t *testing.T, test func(w *testworld.World)) []string {
	fake := new(testworld.Fake)
	testworld.Bubble(t, func(t *testing.T) {
		fake.TB = t
		test(testworld.New(fake))
		fake.End()
	})
	return fake.Errors
}

func TestAProcessMustNotBeLeft(t *testing.T) {
	assert.Equal(t, []string{"2 processes are left, 1 of them may be"}, failures(t, func(w *testworld.World) {
		w.Leave(start(w, idle))
		start(w, idle)
	}))
}

func TestProcessesThatMayBeLeft(t *testing.T) {
	assert.Empty(t, failures(t, func(w *testworld.World) {
		w.Leave(start(w, idle))
		ended := start(w, idle)
		w.Leave(ended)
		ended.Kill()
	}))
	assert.Empty(t, failures(t, func(w *testworld.World) {
		start(w, idle)
		w.LeaveAny()
	}))
}

// In a bubble it does not help that it would return in a second.
func TestAnAbandonedCallbackFails(t *testing.T) {
	assert.Equal(t, []string{"1 abandoned callbacks have not returned"}, failures(t, func(w *testworld.World) {
		p := start(w, func(*process.Self, any) error { time.Sleep(time.Second); return nil })
		p.Send("sleep")
		synctest.Wait()
		p.Kill()
	}))
}

func TestOutsideAnEndMayTakeItsTime(t *testing.T) {
	w := testworld.Outside(t)
	in := make(chan struct{})
	p := start(w, func(*process.Self, any) error {
		close(in)
		time.Sleep(20 * time.Millisecond)
		return nil
	})
	p.Send("sleep")
	<-in
	p.Kill()
	late := start(w, idle)
	time.AfterFunc(40*time.Millisecond, late.Kill)
}

func TestLogBook(t *testing.T) {
	testworld.In(t, func(w *testworld.World) {
		log := w.System.Logger()
		log.Debug("not kept")
		log.Info("hello", "pid", 7, "n", 1)
		assert.Equal(w, []string{"INFO hello n=1"}, w.Book.Take())
		log.Error("oh", "stack", "main.go")
		assert.Equal(w, []string{"ERROR oh"}, w.Book.Take())
		assert.Empty(w, w.Book.Take())
		assert.True(w, w.Book.Has("hello n="), "taken or not")
		assert.False(w, w.Book.Has("not kept"))
		assert.Len(w, w.Book.Records(), 2)
	})
}

func TestGate(t *testing.T) {
	testworld.In(t, func(w *testworld.World) {
		gate, passed := testworld.NewGate(), 0
		go func() {
			gate.Await()
			passed++
		}()
		synctest.Wait()
		assert.Zero(w, passed)
		gate.Open()
		synctest.Wait()
		assert.Equal(w, 1, passed)
		gate.Await()
	})
}

func TestUpTo(t *testing.T) {
	assert.Equal(t, []int{3, 4, 5}, testworld.UpTo(3, 5))
	assert.Empty(t, testworld.UpTo(1, 0))
}
