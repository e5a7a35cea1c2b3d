package stagekit

import (
	"context"
	"log/slog"
	"strings"
)

// logCodes are the recordings' codes for what a stage and its dispatcher log.
var logCodes = map[string]string{
	"events discarded from the buffer":                       "discarded",
	"more events received than asked for":                    "excess_events",
	"stopping after the end of a subscription":               "stopping_after_cancel",
	"duplicated subscription refused":                        "duplicated_subscription",
	"process is already subscribed":                          "already_subscribed",
	"message for a producer received by a consumer":          "not_a_producer",
	"message for a consumer received by a producer":          "not_a_consumer",
	"a producer cannot subscribe to a stage":                 "subscribe_not_a_consumer",
	"subscription refused for an invalid option":             "invalid_subscribe_option",
	"the producer to subscribe to is not alive":              "producer_not_alive",
	"demand mode set on a stage that is not a producer":      "demand_mode_not_a_producer",
	"buffered count asked of a stage that is not a producer": "buffered_count_not_a_producer",
	"a consumer cannot emit events, they are dropped":        "consumer_cannot_emit",
	"no HandleInfo for this message, it is dropped":          "undefined_handle_info",
	"no HandleCast for this message, it is dropped":          "undefined_handle_cast",
	"ask above max demand":                                   "ask_above_max_demand",
	"supervisor: more events received than asked for":        "supervisor_excess_events",
	"supervisor: unexpected_message":                         "unexpected_message",
}

// childReport begins what a supervisor logs about its children.
const childReport = "supervisor: "

// crashReports are logged by package process about any process; GenStage's
// counterpart was not recorded.
var crashReports = map[string]bool{
	"process terminated":                              true,
	"callback crashed while the process was stopping": true,
}

// logHandler writes logs to the journal, in the goroutine that logs.
type logHandler struct{ *bench }

// Enabled implements slog.Handler.
func (logHandler) Enabled(context.Context, slog.Level) bool { return true }

// WithAttrs implements slog.Handler. The attributes of a logger name the stage
// under test.
func (h logHandler) WithAttrs([]slog.Attr) slog.Handler { return h }

// WithGroup implements slog.Handler.
func (h logHandler) WithGroup(string) slog.Handler { return h }

// Handle implements slog.Handler.
func (h logHandler) Handle(_ context.Context, r slog.Record) error {
	if crashReports[r.Message] {
		return nil
	}
	e := entry{"log": "unknown: " + r.Message}
	if code, ok := logCodes[r.Message]; ok {
		e["log"] = code
	} else if context, ok := strings.CutPrefix(r.Message, childReport); ok {
		e["log"], e["context"] = "child_report", context
	}
	r.Attrs(func(a slog.Attr) bool {
		h.note(e, a)
		return true
	})
	if e["context"] == "start_error" {
		h.startFailed(e)
	}
	h.journal.log(e)
	return nil
}

// startFailed: GenStage logs a child that fails to start for an event in two ways,
// and says so when it was a restart.
func (h logHandler) startFailed(e entry) {
	if e["child"] != nil {
		e["restarting"] = true
		return
	}
	h.journal.log(entry{"log": "start_child_failed", "reason": e["reason"]})
}

// note adds the attributes that the recordings have too.
func (h logHandler) note(e entry, a slog.Attr) {
	code := e["log"]
	switch a.Key {
	case "n", "max":
		e[a.Key] = a.Value.Int64()
	case "excess":
		e["n"] = a.Value.Int64()
	case "ref":
		if code == "supervisor_excess_events" {
			e["ref"] = h.names.nameOf(a.Value.String())
		}
	case "child_pid":
		e["child"] = h.nursery.nameOf(a.Value.String())
	case "events":
		e["n"] = a.Value.Int64()
	case "reason":
		e["reason"] = reasonOf(a.Value.Any().(error))
	case "producer", "consumer":
		if code != "already_subscribed" {
			e["from"] = h.probeIn(a.Value.String())
		}
	}
}

// probeIn is the name of the probe whose address ends a text.
func (h logHandler) probeIn(text string) string {
	for _, p := range h.probes.all {
		if id := p.process.PID().Id; text == id || strings.HasSuffix(text, "/"+id) {
			return p.name
		}
	}
	return text
}
