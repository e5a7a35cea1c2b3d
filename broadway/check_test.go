package broadway_test

import (
	"context"
	"errors"
	"runtime"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/stagecraft-go/stagecraft/broadway"
	"github.com/stagecraft-go/stagecraft/process"
	"github.com/stagecraft-go/stagecraft/stage"
	"github.com/stagecraft-go/stagecraft/supervisor"
)

// small is a config without a mistake.
func small() config {
	return config{
		Producers: from(idle()), Handler: pass,
		Processors: broadway.Processors[int]{Concurrency: 1},
		Batchers:   []broadway.Batcher[int]{{Handler: through}, {Name: "other", Handler: through}},
	}
}

func newPass(context.Context, broadway.Worker) (broadway.MessageHandler[int, int], error) {
	return pass, nil
}

func newThrough(context.Context, broadway.Worker) (broadway.BatchHandler[int], error) {
	return through, nil
}

func TestEveryMistakeInAConfigIsRefusedByTheNameOfItsField(t *testing.T) {
	never := func() func(*message) bool { return func(*message) bool { return false } }
	weight := func(*message) int { return 1 }
	for _, c := range []struct {
		field   string
		value   string
		mistake func(c *config)
	}{
		{"Producers", "empty", func(c *config) { c.Producers = nil }},
		{"Handler", "nil", func(c *config) { c.Handler = nil }},
		{"Handler", "a nil function", func(c *config) { c.Handler = broadway.MessageFunc[int, int](nil) }},
		{"NewHandler", "given beside Handler", func(c *config) { c.NewHandler = newPass }},
		{"Shutdown", "-1s", func(c *config) { c.Shutdown = -time.Second }},
		{"Restarts.Max", "-1", func(c *config) { c.Restarts.Max = new(-1) }},
		{"Restarts.Within", "-1ns", func(c *config) { c.Restarts.Within = -1 }},
		{"ResubscribeInterval", "-1ms", func(c *config) { c.ResubscribeInterval = new(-time.Millisecond) }},
		{"Retry.Attempts", "-1", func(c *config) { c.Retry.Attempts = -1 }},
		{"Retry.MaxWaiting", "-1", func(c *config) { c.Retry.MaxWaiting = -1 }},
		{"Retry.Backoff.Initial", "-1s", func(c *config) { c.Retry.Backoff.Initial = -time.Second }},
		{"Retry.Backoff.Max", "1s", func(c *config) { c.Retry.Backoff = supervisor.Backoff{Initial: 2 * time.Second, Max: time.Second} }},
		{"Retry.Backoff.Jitter", "1.5", func(c *config) { c.Retry.Backoff.Jitter = 1.5 }},
		{"Retry.Backoff.Jitter", "-0.5", func(c *config) { c.Retry.Backoff.Jitter = -0.5 }},

		{"Producers[0].Source", "empty", func(c *config) { c.Producers[0].Source = broadway.Source[int]{} }},
		{"Producers[0].Concurrency", "-1", func(c *config) { c.Producers[0].Concurrency = -1 }},
		{"Producers[0].Concurrency", "2", func(c *config) {
			c.Producers[0] = broadway.Producer[int]{Source: new(book).source(1), Concurrency: 2}
		}},
		{"Producers[0].RateLimit.Allowed", "0", func(c *config) { c.Producers[0].RateLimit.Interval = time.Second }},
		{"Producers[0].RateLimit.Allowed", "-2", func(c *config) { c.Producers[0].RateLimit = broadway.RateLimit{Allowed: -2, Interval: 1} }},
		{"Producers[0].RateLimit.Interval", "0s", func(c *config) { c.Producers[0].RateLimit.Allowed = 1 }},
		{"Producers[0].RateLimit.Interval", "-1s", func(c *config) {
			c.Producers[0].RateLimit = broadway.RateLimit{Allowed: 1, Interval: -time.Second}
		}},
		{"Producers[0].BufferSize", "-1", func(c *config) { c.Producers[0].BufferSize = new(-1) }},
		{"Producers[0].BufferKeep", "invalid(7)", func(c *config) { c.Producers[0].BufferKeep = 7 }},
		{"Producers[1].Source", "empty", func(c *config) { c.Producers = append(c.Producers, broadway.Producer[int]{}) }},

		{"Processors.Concurrency", "-1", func(c *config) { c.Processors.Concurrency = -1 }},
		{"Processors.MaxDemand", "-10", func(c *config) { c.Processors.MaxDemand = -10 }},
		{"Processors.MinDemand", "-1", func(c *config) { c.Processors.MinDemand = new(-1) }},
		{"Processors.MinDemand", "10", func(c *config) { c.Processors.MinDemand = new(10) }},
		{"Processors.MinDemand", "3", func(c *config) { c.Processors.MaxDemand, c.Processors.MinDemand = 3, new(3) }},
		{"Processors.HandleTimeout", "-1s", func(c *config) { c.Processors.HandleTimeout = -time.Second }},

		{"Batchers[0].Handler", "nil", func(c *config) { c.Batchers[0].Handler = nil }},
		{"Batchers[0].Handler", "a nil function", func(c *config) { c.Batchers[0].Handler = broadway.BatchFunc[int](nil) }},
		{"Batchers[0].NewHandler", "given beside Handler", func(c *config) { c.Batchers[0].NewHandler = newThrough }},
		{"Batchers[0].Concurrency", "-1", func(c *config) { c.Batchers[0].Concurrency = -1 }},
		{"Batchers[0].Size", "-1", func(c *config) { c.Batchers[0].Size = -1 }},
		{"Batchers[0].Size", "5", func(c *config) {
			c.Batchers[0].Full, c.Batchers[0].Size, c.Batchers[0].MaxDemand = never, 5, 5
		}},
		{"Batchers[0].MaxDemand", "0", func(c *config) { c.Batchers[0].Full = never }},
		{"Batchers[0].MaxDemand", "-1", func(c *config) { c.Batchers[0].MaxDemand = -1 }},
		{"Batchers[0].MaxWeight", "0", func(c *config) { c.Batchers[0].Weight = weight }},
		{"Batchers[0].MaxWeight", "9", func(c *config) { c.Batchers[0].MaxWeight = 9 }},
		{"Batchers[0].MaxWeight", "-9", func(c *config) { c.Batchers[0].Weight, c.Batchers[0].MaxWeight = weight, -9 }},
		{"Batchers[0].Timeout", "-1s", func(c *config) { c.Batchers[0].Timeout = -time.Second }},
		{"Batchers[0].HandleTimeout", "-1s", func(c *config) { c.Batchers[0].HandleTimeout = -time.Second }},
		{"Batchers[1].Name", `"default"`, func(c *config) { c.Batchers[1].Name = broadway.DefaultBatcher }},
		{"Batchers[1].Size", "-1", func(c *config) { c.Batchers[1].Size = -1 }},
	} {
		t.Run(c.field+" is "+c.value, func(t *testing.T) {
			w := outside(t)
			conf := small()
			c.mistake(&conf)
			conf.System = w.sys
			p, err := broadway.Start(background, conf)
			assert.Nil(t, p)
			mistake := new(broadway.ConfigError)
			require.ErrorAs(t, err, &mistake)
			assert.Equal(t, c.field, mistake.Field)
			assert.Equal(t, c.value, mistake.Value)
			assert.NotEmpty(t, mistake.Allowed)
			assert.Equal(t, "broadway: "+c.field+" is "+c.value+", allowed is "+mistake.Allowed, err.Error())
			assert.Zero(t, w.sys.Count())
		})
	}
}

func TestMistakesOfASourceAreRefused(t *testing.T) {
	stageOf := func(int) (stage.DemandHandler[int], error) { return nil, nil }
	fetch := func(context.Context, int) ([]message, error) { return nil, nil }
	for text, source := range map[string]broadway.Source[int]{
		"transform is nil, allowed is one that is not nil": broadway.FromStage[int, int](stageOf, nil),
		"newStage is nil, allowed is one that is not nil":  broadway.FromMessages[int](nil),
		"fetch is nil, allowed is one that is not nil":     broadway.FromFetch[int](nil, broadway.FetchOptions{}),
		"messages is nil, allowed is one that is not nil":  broadway.FromChan[int](nil),
		"FetchOptions.Max is -1, allowed is 1 or more, or 0 for no limit": broadway.FromFetch(fetch,
			broadway.FetchOptions{Max: -1}),
		"FetchOptions.Interval is -1ns, allowed is more than 0, or 0 for the default": broadway.FromFetch(fetch,
			broadway.FetchOptions{Interval: -1}),
	} {
		w := outside(t)
		_, err := broadway.Start(background, config{Producers: from(source), Handler: pass, System: w.sys})
		assert.EqualError(t, err, "broadway: Producers[0].Source."+text)
		assert.Zero(t, w.sys.Count())
	}
	var mistake *broadway.ConfigError
	_, err := broadway.Start(background, config{Producers: from(broadway.FromSeq[int](nil)), Handler: pass})
	require.ErrorAs(t, err, &mistake)
	assert.Equal(t, "Producers[0].Source.messages", mistake.Field)
}

func TestAStageThatIsNoneIsRefusedAtTheStart(t *testing.T) {
	w := outside(t)
	none := broadway.FromMessages(func(int) (stage.DemandHandler[message], error) { return nil, nil })
	_, err := broadway.Start(background, config{Producers: from(none), Handler: pass, System: w.sys})
	require.ErrorIs(t, err, stage.ErrNilBehaviour)
	assert.Zero(t, w.sys.Count())
}

func TestDefaultsAreThoseOfBroadway(t *testing.T) {
	inWorld(t, func(w *world) {
		var seen broadway.Settings
		source := idle().PrepareForStart(func(s *broadway.Settings) ([]supervisor.Spec, error) {
			seen = *s
			return nil, nil
		})
		p, err := broadway.Start(background, config{
			Producers: from(source), Handler: pass, System: w.sys,
			Batchers: []broadway.Batcher[int]{{Handler: through}, {Name: "big", Handler: through, Size: 500}},
		})
		require.NoError(w, err)
		w.stop(p)
		assert.Equal(w, broadway.Settings{
			Producers:  []broadway.ProducerSettings{{Concurrency: 1}},
			Processors: broadway.ProcessorSettings{Concurrency: 2 * runtime.GOMAXPROCS(0), MaxDemand: 10, MinDemand: 5},
			Batchers: []broadway.BatcherSettings{
				{Name: "default", Concurrency: 1, Size: 100, MaxDemand: 100, Timeout: time.Second},
				{Name: "big", Concurrency: 1, Size: 500, MaxDemand: 500, Timeout: time.Second},
			},
		}, seen)
	})
}

func TestMinDemandIsHalfOfMaxDemand(t *testing.T) {
	inWorld(t, func(w *world) {
		var seen broadway.Settings
		source := idle().PrepareForStart(func(s *broadway.Settings) ([]supervisor.Spec, error) {
			seen = *s
			return nil, nil
		})
		w.start(config{Producers: from(source), Handler: pass, Processors: broadway.Processors[int]{MaxDemand: 7}})
		assert.Equal(w, 3, seen.Processors.MinDemand)
	})
}

func TestAConfigIsNotChangedByItsStart(t *testing.T) {
	inWorld(t, func(w *world) {
		conf := small()
		w.start(conf)
		assert.Zero(w, conf.Producers[0].Concurrency)
		assert.Zero(w, conf.Batchers[0].Size)
		assert.Empty(w, conf.Batchers[0].Name)
		assert.Nil(w, conf.Processors.MinDemand)
	})
}

func TestAHookChangesSettingsBeforeTheStart(t *testing.T) {
	inWorld(t, func(w *world) {
		conf := small()
		conf.Producers[0].Source = idle().PrepareForStart(func(s *broadway.Settings) ([]supervisor.Spec, error) {
			s.Producers[0].Concurrency = 3
			s.Producers[0].RateLimit = broadway.RateLimit{Allowed: 7, Interval: time.Second}
			s.Processors.Concurrency = 4
			s.Batchers[1].Concurrency = 5
			return nil, nil
		})
		p := w.start(conf)
		top := p.Topology()
		assert.Equal(w, 3, top.Producers[0].Concurrency)
		assert.Equal(w, 4, top.Processors[0].Concurrency)
		assert.Equal(w, 5, top.Batchers[1].Concurrency)
		limit, err := p.RateLimit(0)
		assert.NoError(w, err)
		assert.Equal(w, 7, limit.Allowed)
	})
}

func TestWhatAHookChangesIsChecked(t *testing.T) {
	for field, hook := range map[string]func(s *broadway.Settings){
		"Processors.MinDemand":     func(s *broadway.Settings) { s.Processors.MaxDemand = 5 },
		"Producers[0].Concurrency": func(s *broadway.Settings) { s.Producers[0].Concurrency = -1 },
		"Batchers[1].Size":         func(s *broadway.Settings) { s.Batchers[1].Size = -1 },
		"Settings.Producers":       func(s *broadway.Settings) { s.Producers = nil },
		"Settings.Batchers":        func(s *broadway.Settings) { s.Batchers = s.Batchers[:1] },
	} {
		w := outside(t)
		conf := small()
		conf.System = w.sys
		conf.Producers[0].Source = idle().PrepareForStart(func(s *broadway.Settings) ([]supervisor.Spec, error) {
			hook(s)
			return nil, nil
		})
		_, err := broadway.Start(background, conf)
		mistake := new(broadway.ConfigError)
		require.ErrorAs(t, err, &mistake)
		assert.Equal(t, field, mistake.Field)
		assert.Zero(t, w.sys.Count())
	}
}

func TestAHookThatFailsFailsTheStart(t *testing.T) {
	for name, hook := range map[string]func(*broadway.Settings) ([]supervisor.Spec, error){
		"error": func(*broadway.Settings) ([]supervisor.Spec, error) { return nil, errBoom },
		"panic": func(*broadway.Settings) ([]supervisor.Spec, error) { panic(errBoom) },
	} {
		t.Run(name, func(t *testing.T) {
			w := outside(t)
			_, err := broadway.Start(background, config{
				Producers: from(idle().PrepareForStart(hook)), Handler: pass, System: w.sys,
			})
			require.ErrorIs(t, err, errBoom)
			assert.Zero(t, w.sys.Count())
		})
	}
}

// H29: the reason, not what supervisors wrapped around it.
func TestAStartThatFailsSaysWhyInPlainWords(t *testing.T) {
	failing := func(context.Context, broadway.Worker) (broadway.MessageHandler[int, int], error) { return nil, errBoom }
	none := func(context.Context, broadway.Worker) (broadway.MessageHandler[int, int], error) { return nil, nil }
	panicking := func(context.Context, broadway.Worker) (broadway.MessageHandler[int, int], error) { panic(errBoom) }
	leaving := func(context.Context, broadway.Worker) (broadway.MessageHandler[int, int], error) {
		runtime.Goexit()
		return nil, nil
	}
	for text, c := range map[string]config{
		"boom":                               {NewHandler: failing},
		"broadway: NewHandler returned nil":  {NewHandler: none},
		"panic: boom":                        {NewHandler: panicking},
		errors.New("runtime.Goexit").Error(): {NewHandler: leaving},
		"broadway: BatchProcessor_default_0: boom": {Handler: pass, Batchers: []broadway.Batcher[int]{{
			NewHandler: func(context.Context, broadway.Worker) (broadway.BatchHandler[int], error) { return nil, errBoom },
		}}},
		"broadway: BatchProcessor_default_0: broadway: NewHandler of the batcher returned nil": {Handler: pass,
			Batchers: []broadway.Batcher[int]{{
				NewHandler: func(context.Context, broadway.Worker) (broadway.BatchHandler[int], error) { return nil, nil },
			}}},
	} {
		t.Run(text, func(t *testing.T) {
			inWorld(t, func(w *world) {
				c.Producers, c.System = from(new(book).source(3)), w.sys
				_, err := broadway.Start(background, c)
				require.ErrorContains(w, err, text)
				assert.NotContains(w, err.Error(), "supervisor")
				assert.Zero(w, w.sys.Count())
			})
		})
	}
}

func TestTwoPipelinesCannotHaveOneName(t *testing.T) {
	inWorld(t, func(w *world) {
		conf := small()
		conf.Name = "orders"
		p := w.start(conf)
		count := w.sys.Count()
		conf.System = w.sys
		_, err := broadway.Start(background, conf)
		taken := new(process.NameTakenError)
		require.ErrorAs(w, err, &taken)
		assert.Equal(w, "orders", taken.Name)
		assert.Equal(w, count, w.sys.Count())
		w.stop(p)
		w.stop(w.start(conf))
	})
}

func TestAContextThatHasEndedStartsNothing(t *testing.T) {
	w := outside(t)
	ctx, cancel := context.WithCancelCause(background)
	cancel(errBoom)
	conf := small()
	conf.System = w.sys
	_, err := broadway.Start(ctx, conf)
	require.ErrorIs(t, err, errBoom)
	assert.Zero(t, w.sys.Count())
}

func TestAStartThatFailsFailsWhatCameIn(t *testing.T) {
	inWorld(t, func(w *world) {
		b := new(book)
		_, err := broadway.Start(background, config{
			System: w.sys,
			Producers: from(broadway.FromMessages(func(int) (stage.DemandHandler[message], error) {
				return &eager{b}, nil
			})),
			Processors: broadway.Processors[int]{Concurrency: 2},
			NewHandler: func(_ context.Context, k broadway.Worker) (broadway.MessageHandler[int, int], error) {
				if k.Index == 0 {
					return nil, errBoom
				}
				return pass, nil
			},
		})
		require.Error(w, err)
		time.Sleep(time.Minute)
		assert.Len(w, b.receipts(), 20)
	})
}

// eager emits messages as soon as it runs.
type eager struct{ b *book }

func (e *eager) Init(ctx *stage.Context[message]) error {
	ctx.EmitAll(e.b.messages(upTo(1, 20)...))
	return nil
}

func (e *eager) HandleDemand(*stage.Context[message], int) error { return nil }
