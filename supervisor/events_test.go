package supervisor_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/stagecraft-go/stagecraft/internal/leak"
	"github.com/stagecraft-go/stagecraft/process"
	"github.com/stagecraft-go/stagecraft/supervisor"
)

func TestEvents(t *testing.T) {
	leak.Check(t)
	r := newRig(t)
	r.start([]supervisor.Spec{r.child("p"), r.child("t", restart(supervisor.Temporary)), r.child("u", restart(supervisor.Transient))})
	r.end("p", process.Normal)
	r.end("t", errBoom)
	r.end("u", process.Shutdown)
	r.sup.Process().Send("what?")
	r.rest()
	require.NoError(t, r.sup.Stop(r.ctx, nil))
	require.Equal(t, []string{
		"child_started p", "child_started t", "child_started u",
		"child_terminated p: normal", "child_restarting p: normal", "child_started p",
		"child_terminated t: boom",
		"child_exited u: shutdown",
		"unexpected_message ",
		"child_stopped p: shutdown",
	}, r.take())
}

func TestEventTellsWho(t *testing.T) {
	leak.Check(t)
	sys := newSystem(t)
	events := make(chan supervisor.Event, 10)
	sup, err := supervisor.Start(context.Background(), []supervisor.Spec{
		supervisor.Func("f", func(ctx context.Context) error { <-ctx.Done(); return nil }),
	}, supervisor.In(sys), supervisor.OnEvent(func(e supervisor.Event) { events <- e }))
	require.NoError(t, err)
	t.Cleanup(sup.Process().Kill)
	e := <-events
	require.Equal(t, supervisor.ChildStarted, e.Kind)
	require.False(t, e.Kind.Report())
	require.Same(t, sup.Process(), e.Supervisor)
	require.NotNil(t, e.Child.Process())
	sup.Process().Send(42)
	e = <-events
	require.Equal(t, supervisor.UnexpectedMessage, e.Kind)
	require.True(t, e.Kind.Report())
	require.Equal(t, 42, e.Message)
}

func TestAPanicInOnEventDoesNoHarm(t *testing.T) {
	leak.Check(t)
	r := newRig(t)
	r.start(r.plain("a"), supervisor.OnEvent(func(supervisor.Event) { panic("oh") }))
	require.Equal(t, "a running", r.states())
	require.NoError(t, r.sup.Stop(r.ctx, nil))
	require.Contains(t, r.log.Take(), "ERROR supervisor: panic in OnEvent error=panic: oh")
}

func TestReportsAreLogged(t *testing.T) {
	leak.Check(t)
	r := newRig(t)
	r.start(r.plain("worker-1"))
	r.end("worker-1", errBoom)
	require.NoError(t, r.sup.Stop(r.ctx, nil))
	require.Contains(t, r.log.Take(), "ERROR supervisor: child_terminated child=worker-1 reason=boom")
}
