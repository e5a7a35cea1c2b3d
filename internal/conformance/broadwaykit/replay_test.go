package broadwaykit

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/stagecraft-go/stagecraft/internal/conformance"
)

// unrecorded are scenarios with steps and rules that no recording at hand has,
// as Broadway would give them.
var unrecorded = map[string]struct {
	scenario string
	verdict  conformance.Verdict
	detail   string
}{
	"a push while draining is refused": {`{
		"config":{"producer":{"kind":"push"},"processors":{"concurrency":1,"max_demand":4,"min_demand":2}},
		"rules":{"message":[{"do":"gate","name":"g","when":{"ids":[1]}}]},
		"script":[{"do":"push","data":[1,2]},{"do":"wait_gate","name":"g"},{"do":"stop_async"},{"do":"wait_draining"},
			{"do":"push","data":[3]},{"do":"open_gate","name":"g"},{"do":"await_stopped"}],
		"compare":{"status":"seq","results":"seq"},
		"expect":{"status":[[1,"ok"],[2,"ok"],[3,"none"]],"results":[["await_stopped","normal"]]}}`,
		conformance.Deviation, "push-while-draining"},
	"sleeps, batches and users": {`{
		"config":{"producer":{"kind":"push"},"processors":{"concurrency":2,"max_demand":4,"min_demand":2},
			"batchers":[{"name":"default","batch_size":2,"batch_timeout_ms":600000}]},
		"rules":{"message":[{"do":"put_data","v":{"id":9,"user":4},"when":{"ids":[2]}},{"do":"sleep","ms":500,"when":{"ids":[1]}},
			{"do":"batch_key","user":true}],"batch":[{"do":"sleep","ms":20},{"do":"linked_crash"}]},
		"script":[{"do":"push","data":[{"id":2,"user":1},{"id":3,"user":4}],"api":"test_batch"},{"do":"wait_batches","n":1},
			{"do":"sleep","ms":100},{"do":"stop_by_pid"},{"do":"is_running"}],
		"compare":{"status":"seq","batches_by_key":"seq","batched_by_user":"seq","handled_by_user":"seq","results":"seq"},
		"expect":{"status":[[2,"ok"],[3,"ok"]],
			"batches_by_key":{"[\"default\",4,null]":[{"size":2,"trigger":"size","data":[{"id":9,"user":4},{"id":3,"user":4}]}]},
			"batched_by_user":{"4":[9,3]},"handled_by_user":{"1":[2],"4":[3]},"results":[["stop_by_pid","normal"],["is_running",false]]}}`,
		conformance.Identical, ""},
	"handle_batch is missing": {`{
		"config":{"producer":{"kind":"push"},"processors":{"concurrency":1},"handle_batch":false,
			"batchers":[{"name":"default","batch_size":1,"batch_timeout_ms":600000}]},
		"script":[{"do":"push","data":[1]},{"do":"wait_acked","n":1},{"do":"stop"}],
		"compare":{"status":"seq"},"expect":{"status":[[1,"failed","error","internal"]]}}`,
		conformance.Deviation, "batch-handler-is-required"},
	"an unknown step": {`{
		"config":{"producer":{"kind":"push"},"processors":{"concurrency":1}},
		"script":[{"do":"dance"}],"compare":{"results":"seq"},"expect":{"results":[]}}`,
		conformance.Different, "unknown step"},
	"a message that is lost": {`{
		"config":{"producer":{"kind":"push"},"processors":{"concurrency":1}},
		"script":[{"do":"push","data":[1]},{"do":"settle","ms":10},{"do":"stop"}],
		"compare":{"status":"seq"},"expect":{"status":[[1,"none"]]}}`,
		conformance.Different, "status differs"},
	"a worker that is not killed": {`{
		"config":{"producer":{"kind":"push"},"processors":{"concurrency":1}},
		"rules":{"message":[{"do":"kill","when":{"ids":[7]}}]},
		"script":[{"do":"push","data":[1]},{"do":"settle","ms":10},{"do":"stop"}],
		"compare":{"status":"seq","killed":"seq"},"expect":{"status":[[1,"none"]],"killed":[["Processor_default_0",1]]}}`,
		conformance.Different, "killed differs"},
}

func TestUnrecorded(t *testing.T) {
	for name, test := range unrecorded {
		t.Run(name, func(t *testing.T) {
			var s Scenario
			require.NoError(t, json.Unmarshal([]byte(test.scenario), &s))
			outcome := Replay(t, &s)
			assert.Equal(t, test.verdict, outcome.Verdict, outcome.Detail)
			assert.Contains(t, outcome.Detail, test.detail)
		})
	}
}
