package broadway

// parcel is a message as its source made it. It is small, for it goes to and fro
// between processors: what few messages have is kept elsewhere.
type parcel[T any] struct {
	data      T
	ticket    ticket
	metadata  map[string]string
	extras    *extras // nil: none
	partition int32   // of processors
}

// extras is what few sources say of a message.
type extras struct {
	batcher, batchKey string
	batchMode         BatchMode
	failure           error
}

// wrap makes a parcel of a message.
func wrap[T any](m *Message[T]) parcel[T] {
	p := parcel[T]{data: m.Data, ticket: m.ticket, metadata: m.metadata, partition: m.partition}
	if m.Batcher != "" || m.BatchKey != "" || m.BatchMode != Bulk || m.failure != nil {
		p.extras = &extras{m.Batcher, m.BatchKey, m.BatchMode, m.failure}
	}
	return p
}

// unwrap makes a message of the entry again. It has no epoch yet.
func (e *entry[T]) unwrap(into *Message[T]) {
	*into = Message[T]{
		Data: e.data, ticket: e.ticket, metadata: e.metadata, partition: e.partition, record: &e.record,
	}
	if x := e.extras; x != nil {
		into.Batcher, into.BatchKey, into.BatchMode, into.failure = x.batcher, x.batchKey, x.batchMode, x.failure
	}
}
