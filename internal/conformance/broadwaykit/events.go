package broadwaykit

import (
	"maps"
	"reflect"
	"slices"
	"strings"

	"github.com/stagecraft-go/stagecraft/telemetry"
)

// spans are the events that Broadway has too, without its name.
var spans = []string{"topology.", "processor.", "batcher.", "batch_processor.", "handle_failed."}

// observeEvents counts the events of telemetry, and says what they consist of.
func (r *record) observeEvents(got map[string]any) {
	counts, fields := make(map[string]int), make(map[string][]string)
	for _, e := range r.events {
		name := strings.TrimPrefix(e.Name(), "broadway.")
		if slices.ContainsFunc(spans, func(span string) bool { return strings.HasPrefix(name, span) }) {
			counts[name]++
			fields[name] = fieldsOf(e)
		}
	}
	events := []any{}
	for _, name := range slices.Sorted(maps.Keys(counts)) {
		events = append(events, map[string]any{"event": name, "count": counts[name], "fields": fields[name]})
	}
	got["telemetry"], got["telemetry_counts"] = events, counts
}

// fieldsOf are the names of an event's fields, its component's with them.
func fieldsOf(e telemetry.Event) (names []string) {
	for _, f := range reflect.VisibleFields(reflect.TypeOf(e)) {
		names = append(names, f.Name)
	}
	return names
}

// fields are the fields of our events for the measurements and metadata of
// Broadway's. The rest has no counterpart: what a program has in its context, or
// knows.
var fields = map[string][]string{
	"system_time":                    {"At"},
	"duration":                       {"Took"},
	"topology_name":                  {"Pipeline"},
	"name":                           {"Component"},
	"index":                          {"Index"},
	"processor_key":                  {"Key"},
	"batcher_key":                    {"Key"},
	"message":                        {"Message"},
	"messages":                       {"Messages"},
	"successful_messages_to_ack":     {"Acknowledged"},
	"successful_messages_to_forward": {"Forwarded"},
	"successful_messages":            {"Successful"},
	"failed_messages":                {"Failed"},
	"batch_info":                     {"BatchKey", "Partition", "Size", "Trigger"},
	"reason":                         {"Err"},
	"config":                         {"Producers", "Processors", "Batchers"},
}

// typed is a recorded event as ours must be: the same number of them, and fields
// for what there is a counterpart of.
func typed(event map[string]any) map[string]any {
	want := map[string]bool{}
	for _, keys := range []any{event["measurements"], event["metadata"]} {
		for _, key := range keys.([]any) {
			for _, field := range fields[key.(string)] {
				want[field] = true
			}
		}
	}
	return map[string]any{"event": event["event"], "count": event["count"], "fields": slices.Sorted(maps.Keys(want))}
}
