package stage_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/stagecraft-go/stagecraft/process"
	"github.com/stagecraft-go/stagecraft/stage"
)

// words is a producer of texts within a producer of their lengths.
type words struct{ d *diary }

func (s words) Init(ctx *stage.Context[string]) error {
	ctx.Emit("init")
	ctx.Process().SendAfter(time.Second, errors.New("tick"))
	return nil
}

func (s words) HandleDemand(_ *stage.Context[string], demand int) error {
	s.d.note("demand %d", demand)
	return nil
}

func (s words) HandleCall(ctx *stage.Context[string], req string, _ stage.Caller[int]) (int, error) {
	ctx.Emit(req)
	return len(req), nil
}

func (s words) HandleCast(ctx *stage.Context[string], msg string) error {
	if msg == "stop" {
		return process.Normal
	}
	ctx.EmitAll([]string{msg, msg})
	return nil
}

func (s words) HandleInfo(_ *stage.Context[string], msg any) error {
	s.d.note("info %v", msg)
	return nil
}

func (s words) Terminate(_ *stage.Context[string], reason error) { s.d.note("terminate %v", reason) }

// lengths is the behaviour around it.
type lengths struct {
	stage.Adapter[int]
	a *stage.Adapted[string, int]
}

func (l *lengths) HandleCall(ctx *stage.Context[int], n int, _ stage.Caller[string]) (string, error) {
	err := l.a.Do(func(ctx *stage.Context[string]) error {
		ctx.Emit("outer")
		return nil
	})
	return fmt.Sprint("outer ", n), err
}

func adapted(t testing.TB, d *diary) *lengths {
	a, err := stage.Adapt[string](words{d}, func(ctx *stage.Context[int], events []string) {
		for _, event := range events {
			ctx.Emit(len(event))
		}
	})
	require.NoError(t, err)
	return &lengths{a, a}
}

func TestAnAdapterPassesOnWhatTheInnerBehaviourEmits(t *testing.T) {
	inWorld(t, func(w *world) {
		d, to := new(diary), new(sink)
		p := w.producer(adapted(w, d))
		w.consumer(to, stage.From(p, stage.MaxDemand(10)))
		w.settle()
		assert.Equal(w, []int{4}, to.got)
		reply, err := stage.Call[string](background, p, 7)
		require.NoError(w, err)
		assert.Equal(w, "outer 7", reply)
		w.settle()
		assert.Equal(w, []int{4, 5}, to.got)
		time.Sleep(time.Second)
		w.settle()
		assert.Equal(w, []string{"demand 9", "info tick"}, d.take())
		require.NoError(w, p.Stop(background, errors.New("enough")))
		assert.Equal(w, []string{"terminate enough"}, d.take())
	})
}

func TestAnAdapterGivesMessagesOfItsTypeToTheInnerBehaviour(t *testing.T) {
	inWorld(t, func(w *world) {
		d, to := new(diary), new(sink)
		p := w.producer(adapted(w, d), stage.Name("lengths"))
		w.consumer(to, stage.From(p, stage.MaxDemand(10)))
		inner := stage.ByName[string](w.sys, "lengths")
		reply, err := stage.Call[int](background, inner, "four")
		require.NoError(w, err)
		assert.Equal(w, 4, reply)
		stage.Cast(inner, "ab")
		w.settle()
		assert.Equal(w, []int{4, 4, 2, 2}, to.got)
		_, err = stage.Call[int](background, stage.ByName[float64](w.sys, "lengths"), "third type")
		assert.Error(w, err)
		stage.Cast(inner, "stop")
		w.settle()
		assert.Equal(w, process.Normal, p.Err())
	})
}

func TestTheOuterBehaviourDecidesWhatTheEndOfTheInnerOneMeans(t *testing.T) {
	inWorld(t, func(w *world) {
		d := new(diary)
		a := adapted(w, d)
		a.a.OnEnd(func(reason error) error { d.note("end %v", reason); return nil })
		p := w.producer(a, stage.Name("lengths"))
		stage.Cast(stage.ByName[string](w.sys, "lengths"), "stop")
		w.settle()
		assert.NoError(w, p.Err())
		assert.Equal(w, []string{"end normal"}, d.take())
	})
}

func TestWhatCannotBeAdaptedIsRefused(t *testing.T) {
	pass := func(*stage.Context[int], []string) {}
	_, err := stage.Adapt[string, int](nil, pass)
	assert.ErrorIs(t, err, stage.ErrNilBehaviour)
	_, err = stage.Adapt[string, int](stage.ProducerFunc[string](nil), pass)
	assert.ErrorIs(t, err, stage.ErrNilBehaviour)
	_, err = stage.Adapt[string, int](words{}, nil)
	assert.Error(t, err)
	_, err = stage.Adapt[string](wrongCallback{}, pass)
	mistake := new(stage.CallbackError)
	assert.ErrorAs(t, err, &mistake)
}

type wrongCallback struct{ words }

func (wrongCallback) Init(int) error { return nil }
