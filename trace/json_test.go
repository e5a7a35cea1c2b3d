package trace_test

import (
	"bytes"
	"flag"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/stagecraft-go/stagecraft/process"
	"github.com/stagecraft-go/stagecraft/stage"
	"github.com/stagecraft-go/stagecraft/trace"
)

// everything is a timeline in which each field is used.
func everything() trace.Timeline {
	timeline := trace.Timeline{Stages: []string{"a", "b"}, Dropped: 3}
	none := stage.Levels{Demand: -1, Buffered: -1, InFlight: -1}
	for kind := stage.ObservationKind(0); kind <= stage.ObservedStop; kind++ {
		timeline.Entries = append(timeline.Entries, trace.Entry{
			At: time.Duration(kind) * time.Second, Kind: kind, From: "a", To: "b", Subscription: 1, N: int(kind),
			Values: "x … <y> & \"z\"", MaxDemand: 10, MinDemand: 5, Cancel: stage.Transient, Mode: stage.Accumulate,
			Reason: "two\nlines", Levels: stage.Levels{Demand: 0, Buffered: 7, InFlight: 2}, Receipt: trace.Lost, Taken: 1,
		}, trace.Entry{Kind: kind, From: "b", Levels: none})
	}
	return timeline
}

func TestJSONComesBack(t *testing.T) {
	var text bytes.Buffer
	require.NoError(t, everything().WriteJSON(&text))
	read, err := trace.ReadJSON(&text)
	require.NoError(t, err)
	assert.Equal(t, everything(), read)
}

// The lines are read by others: they stay as they are.
func TestJSONLines(t *testing.T) {
	inWorld(t, func(w *world) {
		walk(w, &printer{each: time.Second, batches: 2, reason: process.Normal}, stage.MaxDemand(2))
		assert.Equal(w, page(`
			{"stagecraft_trace":1,"stages":["counter","printer"],"dropped":0,"untimed":false}
			{"at_ns":0,"kind":"subscribe","from":"printer","to":"counter","subscription":1,"max_demand":2,"min_demand":1,"cancel":"permanent","receipt":"taken"}
			{"at_ns":0,"kind":"ask","from":"printer","to":"counter","subscription":1,"n":2,"demand":2,"buffered":0,"in_flight":2,"receipt":"taken"}
			{"at_ns":0,"kind":"handle_demand","from":"counter","n":2,"demand":2,"buffered":0}
			{"at_ns":0,"kind":"events","from":"counter","to":"printer","subscription":1,"n":2,"values":"0, 1","demand":0,"buffered":0,"in_flight":2,"receipt":"taken"}
			{"at_ns":0,"kind":"handle_events","from":"printer","subscription":1,"n":1,"values":"0","in_flight":1}
			{"at_ns":1000000000,"kind":"ask","from":"printer","to":"counter","subscription":1,"n":1,"demand":1,"buffered":0,"in_flight":2,"receipt":"taken","taken_ns":1000000000}
			{"at_ns":1000000000,"kind":"handle_events","from":"printer","subscription":1,"n":1,"values":"1","in_flight":1}
			{"at_ns":1000000000,"kind":"handle_demand","from":"counter","n":1,"demand":1,"buffered":0}
			{"at_ns":1000000000,"kind":"events","from":"counter","to":"printer","subscription":1,"n":1,"values":"2","demand":0,"buffered":0,"receipt":"lost"}
			{"at_ns":2000000000,"kind":"stop","from":"printer","reason":"normal"}
			{"at_ns":2000000000,"kind":"down","from":"printer","to":"counter","subscription":1,"reason":"normal","receipt":"taken","taken_ns":2000000000}
			{"at_ns":2000000000,"kind":"stop","from":"counter","reason":"normal"}
			`), written(w, w.rec.WriteJSON))
	})
}

func TestJSONThatIsNone(t *testing.T) {
	head := `{"stagecraft_trace":1,"stages":[]}`
	for text, want := range map[string]string{
		"":                              "trace: line 1: EOF",
		"[]":                            "trace: line 1: json: cannot unmarshal array",
		`{"stagecraft_trace":2}`:        "trace: line 1: stagecraft_trace is 2, allowed is 1",
		head + `{"kind":"shout"}`:       `trace: line 2: kind is "shout", allowed is one of subscribe, ask,`,
		head + `{"kind":"begin"}`:       `trace: line 2: kind is "begin"`,
		head + `{"kind":"ask"}{"at"`:    "trace: line 3: unexpected EOF",
		head + `{"kind":"ask","n":"x"}`: "trace: line 2: json: cannot unmarshal string",
		head + `{"kind":"set_demand","mode":"both"}`:     `trace: line 2: mode is "both", allowed is one of forward, accumulate`,
		head + `{"kind":"subscribe","cancel":"never"}`:   `trace: line 2: cancel is "never", allowed is one of permanent, transient, temporary`,
		head + `{"kind":"events","receipt":"forgotten"}`: `trace: line 2: receipt is "forgotten", allowed is one of taken, waiting, lost`,
	} {
		_, err := trace.ReadJSON(strings.NewReader(text))
		assert.ErrorContains(t, err, want, text)
	}
	_, err := trace.ReadJSON(strings.NewReader(head + `{"kind":"ask","colour":"red"}`))
	assert.NoError(t, err, "a field of the future")
}

// FuzzTimeline: what can be read is written in all three forms, and read again.
func FuzzTimeline(f *testing.F) {
	// Making inputs smaller that cover the same takes longer than finding them.
	require.NoError(f, flag.Set("test.fuzzminimizetime", "1x"))
	var text bytes.Buffer
	require.NoError(f, everything().WriteJSON(&text))
	f.Add(text.Bytes())
	f.Add([]byte(`{"stagecraft_trace":1,"stages":["wrap: end","participant"],"dropped":1}{"kind":"note","values":"%%;#\n"}`))
	f.Add([]byte(`{"stagecraft_trace":1}{"kind":"note"}{"kind":"stop","reason":"$$x$$ <script>"}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		timeline, err := trace.ReadJSON(bytes.NewReader(text))
		if err != nil {
			return
		}
		if timeline.Stages == nil {
			timeline.Stages = []string{}
		}
		read, err := trace.ReadJSON(strings.NewReader(written(t, timeline.WriteJSON)))
		require.NoError(t, err)
		require.Equal(t, timeline, read)

		plain := written(t, timeline.WriteText)
		require.Equal(t, strings.Count(plain, "\n"), len(strings.FieldsFunc(plain, isBreak)), "a line for each entry: %q", plain)
		requireDiagram(t, written(t, timeline.WriteMermaid))
	})
}

// isBreak tells whether a rune may begin a new line on somebody's screen.
func isBreak(r rune) bool { return strings.ContainsRune("\n\r\v\f\u0085\u2028\u2029", r) }
