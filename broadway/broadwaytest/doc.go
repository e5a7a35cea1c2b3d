// Package broadwaytest helps to test pipelines: handlers without a source,
// sources without a pipeline of their own, and both together with a queue that
// has the rules of a real one.
//
//	func TestOrders(t *testing.T) {
//		p := broadwaytest.Start(t, ordersConfig())
//		receipt, err := broadwaytest.TryMessage(t.Context(), p, Order{ID: 7})
//		// receipt.Outcome, receipt.Err, broadway.DataOf[Row](receipt)
//	}
//
// [Start] runs the pipeline of a config with a source that does nothing.
// [TryMessage] and [TryBatch] push data into it and wait for the
// acknowledgements, which come as receipts with the position of the data as ID.
// [Recorder] is an acknowledger for messages of one's own making. [Queue] is a
// queue like SQS in memory: visibility timeout, receive counts, dead letters.
// [CheckSource] checks a source, with its acknowledger.
//
// Everything works in real time and in a bubble of testing/synctest, where the
// timeouts of batches, retries and queues take no time. See docs/testing.md.
package broadwaytest
