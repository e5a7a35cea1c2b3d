package broadway

import (
	"sync"
	"sync/atomic"
)

// loan is the memory of the messages that a processor makes of one chunk for the
// batchers. When all of them are settled it is used again. What a dead worker has
// is never given back, so that nobody gets what it may still look at.
type loan[T any] struct {
	messages []Message[T]
	left     atomic.Int32
	pool     *sync.Pool
}

// lend is memory for n messages.
func lend[T any](pool *sync.Pool, n int) *loan[T] {
	l, ok := pool.Get().(*loan[T])
	if !ok || cap(l.messages) < n {
		l = &loan[T]{messages: make([]Message[T], n), pool: pool}
		for i := range l.messages {
			l.messages[i].lent = l
		}
	}
	l.messages = l.messages[:n]
	l.left.Store(int32(n))
	return l
}

// giveBack ends the use of messages.
func giveBack[T any](messages []*Message[T]) {
	for _, m := range messages {
		if m.lent != nil {
			m.lent.giveBack(1)
		}
	}
}

func (l *loan[T]) giveBack(n int) {
	if n == 0 || l.left.Add(int32(-n)) > 0 {
		return
	}
	for i := range l.messages { // what is free must not keep data alive
		l.messages[i] = Message[T]{lent: l}
	}
	l.pool.Put(l)
}
