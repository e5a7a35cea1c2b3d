package stage

// buffer holds events that nobody has asked for yet, and infos in their places
// between them. Events are dropped when it overflows; infos never are.
type buffer[T any] struct {
	size   int // capacity in events, or Infinite
	keep   Keep
	events ring[T]
	infos  ring[bufferedInfo]
	taken  uint64 // events that have left so far, delivered or dropped
	// counted makes an info behave as one item of the queue: it counts, and
	// needs a unit of demand to be reached. GenStage does so when the buffer is
	// infinite; otherwise an info comes with the event before it.
	counted bool
}

// bufferedInfo is an info with the number of events that go before it.
type bufferedInfo struct {
	after   uint64
	deliver func()
}

func newBuffer[T any](size int, keep Keep, exact bool) buffer[T] {
	return buffer[T]{size: size, keep: keep, counted: exact && size == Infinite}
}

// estimate is the number that is reported to users.
func (b *buffer[T]) estimate() int {
	if b.counted {
		return b.events.count + b.infos.count
	}
	return b.events.count
}

func (b *buffer[T]) empty() bool {
	return b.events.count == 0 && (!b.counted || b.infos.count == 0)
}

// overflow is what store will drop of the buffer and of events, oldest first.
func (b *buffer[T]) overflow(events []T) (dropped []T) {
	over := b.over(len(events))
	if b.keep == KeepFirst {
		return append(dropped, events[len(events)-over:]...)
	}
	for i := range min(over, b.events.count) {
		dropped = append(dropped, b.events.at(i))
	}
	return append(dropped, events[:over-len(dropped)]...)
}

// over is the number of events that are dropped when n come in.
func (b *buffer[T]) over(n int) int {
	if b.size == Infinite {
		return 0
	}
	return max(b.events.count+n-b.size, 0)
}

// store adds events. It returns how many were dropped, and the infos that have
// become due because the events before them were dropped.
func (b *buffer[T]) store(events []T) (dropped int, due []func()) {
	over := b.over(len(events))
	if b.keep == KeepFirst {
		b.events.pushAll(events[:len(events)-over])
		return over, nil
	}
	return over, b.storeDroppingOldest(events, over)
}

func (b *buffer[T]) storeDroppingOldest(events []T, over int) (due []func()) {
	old := min(over, b.events.count)
	b.events.drop(old)
	b.events.pushAll(events[over-old:])
	// New events beyond the size pass through the buffer, so that the infos
	// behind older ones become due in the same way.
	b.taken += uint64(over)
	for over > 0 && b.infoDue() { // else one that is due is a counted item, and waits
		due = append(due, b.infos.pop().deliver)
	}
	return due
}

// storeInfo puts an info behind the events, unless there are none: then it
// reports false.
func (b *buffer[T]) storeInfo(deliver func()) bool {
	if b.empty() {
		return false
	}
	b.infos.push(bufferedInfo{b.taken + uint64(b.events.count), deliver})
	return true
}

// next is how many events take can remove at a time: up to n, but not beyond an
// info.
func (b *buffer[T]) next(n int) int { return min(n, b.events.count, b.untilInfo()) }

// take removes len(into) events, as many as next says. The infos that are due
// after them come along.
func (b *buffer[T]) take(into []T) (due []func()) {
	if len(into) > 0 {
		b.events.popInto(into)
		b.taken += uint64(len(into))
		if b.counted {
			return nil
		}
	}
	for b.infoDue() {
		due = append(due, b.infos.pop().deliver)
		if b.counted {
			break
		}
	}
	return due
}

// infoDue tells whether all events before the oldest info have left.
func (b *buffer[T]) infoDue() bool {
	return b.infos.count > 0 && b.infos.items[b.infos.head].after <= b.taken
}

// untilInfo is the number of events before the oldest info.
func (b *buffer[T]) untilInfo() int {
	if b.infos.count == 0 {
		return b.events.count
	}
	return int(b.infos.items[b.infos.head].after - b.taken)
}
