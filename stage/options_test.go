package stage_test

import (
	"errors"
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/stagecraft-go/stagecraft/dispatcher"
	"github.com/stagecraft-go/stagecraft/process"
	"github.com/stagecraft-go/stagecraft/stage"
)

func TestFromSeqRefusesBadOptions(t *testing.T) {
	_, err := stage.FromSeq(background, (&pulled{}).seq, stage.Recycle())
	requireOption(t, err, stage.OptionError{Option: "Recycle", Value: "given to a producer", Allowed: "for [producer_consumer consumer]"})
}

// starts are the start functions, by the role that they start.
var starts = map[stage.Role]func(opts ...stage.Option) error{
	stage.RoleProducer: func(opts ...stage.Option) error {
		_, err := stage.StartProducer(background, &source{}, opts...)
		return err
	},
	stage.RoleProducerConsumer: func(opts ...stage.Option) error {
		_, err := stage.StartProducerConsumer(background, &filter{}, nil, opts...)
		return err
	},
	stage.RoleConsumer: func(opts ...stage.Option) error {
		_, err := stage.StartConsumer(background, &sink{}, nil, opts...)
		return err
	},
}

// requireOption checks that an error refuses an option, and says all about it.
func requireOption(t *testing.T, err error, want stage.OptionError) {
	t.Helper()
	var bad *stage.OptionError
	require.ErrorAs(t, err, &bad)
	assert.Equal(t, want, *bad)
	assert.EqualError(t, bad, fmt.Sprintf("stage: option %s is %s, allowed is %s", want.Option, want.Value, want.Allowed))
}

func TestOptionsOutOfRange(t *testing.T) {
	for _, c := range []struct {
		role   stage.Role
		option stage.Option
		want   stage.OptionError
	}{
		{stage.RoleConsumer, nil, stage.OptionError{Option: "(unnamed)", Value: "nil", Allowed: "a value made by this package"}},
		{stage.RoleConsumer, stage.OnSend(nil), stage.OptionError{Option: "OnSend", Value: "nil", Allowed: "a function"}},
		{stage.RoleConsumer, stage.Name(""), stage.OptionError{Option: "Name", Value: `""`, Allowed: "a text that is not empty"}},
		{stage.RoleConsumer, stage.In(nil), stage.OptionError{Option: "In", Value: "nil", Allowed: "a process system"}},
		{stage.RoleConsumer, stage.LinkTo(nil), stage.OptionError{Option: "LinkTo", Value: "nil", Allowed: "the calling process"}},
		{stage.RoleProducer, stage.Demand(0), stage.OptionError{Option: "Demand", Value: "invalid(0)", Allowed: "Forward or Accumulate"}},
		{stage.RoleProducer, stage.Demand(3), stage.OptionError{Option: "Demand", Value: "invalid(3)", Allowed: "Forward or Accumulate"}},
		{stage.RoleProducer, stage.BufferSize(-1), stage.OptionError{Option: "BufferSize", Value: "-1", Allowed: "0 or more, or Infinite"}},
		{stage.RoleProducer, stage.BufferKeep(0), stage.OptionError{Option: "BufferKeep", Value: "invalid(0)", Allowed: "KeepLast or KeepFirst"}},
		{stage.RoleProducer, stage.BufferKeep(9), stage.OptionError{Option: "BufferKeep", Value: "invalid(9)", Allowed: "KeepLast or KeepFirst"}},
		{stage.RoleProducer, stage.Dispatch[int](nil), stage.OptionError{Option: "Dispatch", Value: "nil", Allowed: "a dispatcher of the stage's event type"}},
		{stage.RoleProducer, stage.Dispatch(dispatcher.Demand[string]()), stage.OptionError{
			Option: "Dispatch", Value: "dispatcher.Factory[string]", Allowed: "dispatcher.Factory[int]"}},
		{stage.RoleProducer, stage.StopAfterLastConsumer(), stage.OptionError{Option: "StopAfterLastConsumer", Value: "set", Allowed: "FromSeq only"}},

		{stage.RoleProducer, stage.Recycle(), stage.OptionError{Option: "Recycle", Value: "given to a producer", Allowed: "for [producer_consumer consumer]"}},
		{stage.RoleProducer, stage.DemandOf(), stage.OptionError{Option: "DemandOf", Value: "given to a producer", Allowed: "for [stream]"}},
		{stage.RoleProducerConsumer, stage.Demand(stage.Forward), stage.OptionError{
			Option: "Demand", Value: "given to a producer_consumer", Allowed: "for [producer stream]"}},
		{stage.RoleConsumer, stage.Demand(stage.Accumulate), stage.OptionError{
			Option: "Demand", Value: "given to a consumer", Allowed: "for [producer stream]"}},
		{stage.RoleConsumer, stage.BufferSize(5), stage.OptionError{
			Option: "BufferSize", Value: "given to a consumer", Allowed: "for [producer producer_consumer]"}},
		{stage.RoleConsumer, stage.BufferKeep(stage.KeepLast), stage.OptionError{
			Option: "BufferKeep", Value: "given to a consumer", Allowed: "for [producer producer_consumer]"}},
		{stage.RoleConsumer, stage.Dispatch(dispatcher.Demand[int]()), stage.OptionError{
			Option: "Dispatch", Value: "given to a consumer", Allowed: "for [producer producer_consumer]"}},
	} {
		t.Run(fmt.Sprint(c.role, " ", c.want.Option, " ", c.want.Value), func(t *testing.T) {
			inWorld(t, func(w *world) {
				requireOption(t, starts[c.role](stage.In(w.sys), c.option), c.want)
				assert.Zero(t, w.sys.Count(), "nothing is started")
			})
		})
	}
}

func TestOptionsOfDispatchersOutOfRange(t *testing.T) {
	for name, c := range map[string]struct {
		factory dispatcher.Factory[int]
		kind    error
		text    string
	}{
		"no partitions": {dispatcher.Partition[int](0, nil), dispatcher.ErrNoPartitions, "option partitions is 0, allowed is 1 or more"},
		"no hash":       {dispatcher.Partition[int](2, nil), dispatcher.ErrHashRequired, "allowed is a function, since there are 2 partitions"},
		"max demand":    {dispatcher.Demand[int](dispatcher.MaxDemand(0)), nil, "option MaxDemand is 0, allowed is 1 or more"},
	} {
		t.Run(name, func(t *testing.T) {
			for _, role := range []stage.Role{stage.RoleProducer, stage.RoleProducerConsumer} {
				err := starts[role](stage.Dispatch(c.factory))
				var bad *dispatcher.OptionError
				require.ErrorAs(t, err, &bad)
				assert.ErrorContains(t, err, c.text)
				if c.kind != nil {
					assert.ErrorIs(t, err, c.kind)
				}
			}
		})
	}
}

func TestNothingStartsWithoutABehaviour(t *testing.T) {
	p, err := stage.StartProducer[int](background, nil)
	assert.Nil(t, p)
	assert.ErrorIs(t, err, stage.ErrNilBehaviour)
	pc, err := stage.StartProducerConsumer[int, int](background, nil, nil)
	assert.Nil(t, pc)
	assert.ErrorIs(t, err, stage.ErrNilBehaviour)
	c, err := stage.StartConsumer[int](background, nil, nil)
	assert.Nil(t, c)
	assert.ErrorIs(t, err, stage.ErrNilBehaviour)
}

func TestASourceMustBeGiven(t *testing.T) {
	inWorld(t, func(w *world) {
		p := w.producer(&source{})
		_, err := stage.StartConsumer(background, &sink{}, stage.From(p).And(nil), stage.In(w.sys))
		assert.ErrorIs(t, err, stage.ErrNoSource)
		assert.EqualError(t, err, "stage: no source to subscribe to: source 1")
		_, err = stage.StartProducerConsumer(background, &filter{}, stage.From[int](nil), stage.In(w.sys))
		assert.ErrorIs(t, err, stage.ErrNoSource)
	})
}

func TestSubscriptionOptionsOutOfRange(t *testing.T) {
	for _, c := range []struct {
		opts []stage.SubscribeOption
		want stage.OptionError
	}{
		{[]stage.SubscribeOption{nil}, stage.OptionError{Option: "(unnamed)", Value: "nil", Allowed: "a value made by this package"}},
		{[]stage.SubscribeOption{stage.MaxDemand(0)}, stage.OptionError{Option: "MaxDemand", Value: "0", Allowed: "1 or more"}},
		{[]stage.SubscribeOption{stage.MaxDemand(-7)}, stage.OptionError{Option: "MaxDemand", Value: "-7", Allowed: "1 or more"}},
		{[]stage.SubscribeOption{stage.MinDemand(-1)}, stage.OptionError{Option: "MinDemand", Value: "-1", Allowed: "0 to 999 (MaxDemand-1)"}},
		{[]stage.SubscribeOption{stage.MinDemand(1000)}, stage.OptionError{Option: "MinDemand", Value: "1000", Allowed: "0 to 999 (MaxDemand-1)"}},
		{[]stage.SubscribeOption{stage.MinDemand(5), stage.MaxDemand(5)}, stage.OptionError{Option: "MinDemand", Value: "5", Allowed: "0 to 4 (MaxDemand-1)"}},
		{[]stage.SubscribeOption{stage.OnCancel(0)}, stage.OptionError{Option: "OnCancel", Value: "invalid(0)", Allowed: "Permanent, Transient or Temporary"}},
		{[]stage.SubscribeOption{stage.OnCancel(4)}, stage.OptionError{Option: "OnCancel", Value: "invalid(4)", Allowed: "Permanent, Transient or Temporary"}},
		{[]stage.SubscribeOption{stage.Selector(func(string) bool { return true })},
			stage.OptionError{Option: "Selector", Value: "func(string) bool", Allowed: "func(int) bool, not nil"}},
		{[]stage.SubscribeOption{stage.Selector[int](nil)},
			stage.OptionError{Option: "Selector", Value: "func(int) bool", Allowed: "func(int) bool, not nil"}},
	} {
		t.Run(fmt.Sprint(c.want.Option, " ", c.want.Value), func(t *testing.T) {
			inWorld(t, func(w *world) {
				from := &source{}
				p, running := w.producer(from), w.consumer(&sink{}, nil)
				_, err := stage.StartConsumer(background, &sink{}, stage.From(p, c.opts...), stage.In(w.sys))
				requireOption(t, err, c.want)
				_, err = stage.SyncSubscribe(background, running, p, c.opts...)
				requireOption(t, err, c.want)
				err = stage.AsyncSubscribe(running, p, c.opts...)
				requireOption(t, err, c.want)
				w.settle()
				assert.NoError(t, running.Err(), "a running consumer lives on")
				assert.Empty(t, from.take())
				assert.GreaterOrEqual(t, len(w.log.Take()), 2)
			})
		})
	}
}

func TestNamesOfTheValues(t *testing.T) {
	for want, value := range map[string]fmt.Stringer{
		"producer":          stage.RoleProducer,
		"producer_consumer": stage.RoleProducerConsumer,
		"consumer":          stage.RoleConsumer,
		"forward":           stage.Forward,
		"accumulate":        stage.Accumulate,
		"last":              stage.KeepLast,
		"first":             stage.KeepFirst,
		"permanent":         stage.Permanent,
		"transient":         stage.Transient,
		"temporary":         stage.Temporary,
		"automatic":         stage.Automatic,
		"manual":            stage.Manual,
		"cancel":            stage.ByCancel,
		"down":              stage.ByDown,
		"invalid(17)":       stage.Role(17),
	} {
		assert.Equal(t, want, value.String())
	}
}

func TestALogDoesNotPrintTheEvents(t *testing.T) {
	ref := process.NewRef()
	m := &stage.Events[string]{Ref: ref, Events: []string{"secret", "also secret"}}
	assert.Equal(t, "2 events of "+ref.String(), m.LogValue().String())
}

// Every reason and error of the package can be told apart.
func TestErrorsAreDistinct(t *testing.T) {
	all := []error{
		stage.ErrUnknownSubscription, stage.ErrDuplicatedSubscription, stage.ErrAlreadySubscribed, stage.ErrWrongEventType,
		stage.ErrNotAConsumer, stage.ErrNotAProducer, stage.ErrNoHandler, stage.ErrNilBehaviour, stage.ErrNoSource,
		stage.ErrBadReturn, stage.ErrNilSeq, stage.ErrNoReply, stage.ErrOtherSystem, stage.ErrObserved,
	}
	for _, err := range all[3:] { // the first three are words of GenStage's
		assert.ErrorContains(t, err, "stage: ")
	}
	for i, err := range all {
		for j, other := range all {
			assert.Equal(t, i == j, errors.Is(err, other))
		}
	}
}
