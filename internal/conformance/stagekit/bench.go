package stagekit

import (
	"log/slog"

	"github.com/stagecraft-go/stagecraft/process"
	"github.com/stagecraft-go/stagecraft/stage"
)

// bench is what surrounds the stage under test.
type bench struct {
	sut     *SUT
	system  *process.System
	journal *journal
	names   *names
	probes  *probes
	nursery *nursery
}

func newBench(sut *SUT) *bench {
	b := &bench{sut: sut, journal: &journal{}, probes: &probes{}}
	b.nursery = &nursery{bench: b, calls: make(map[int]int)}
	b.system = process.NewSystem(process.WithLogger(slog.New(logHandler{b})))
	b.names = newNames(b.system)
	*b.probes = probes{system: b.system, journal: b.journal, names: b.names}
	return b
}

// trace sees what the stage under test sends.
func (b *bench) trace(to *process.PID, msg any) {
	if to == nil {
		b.journal.did(tokenReply)
		return
	}
	if m, ok := msg.(*stage.Subscribe); ok {
		b.names.subscribed(m, to)
	}
	b.sent(to)
}

// sent notes that the stage under test sends to a probe. What is sent to a dead
// one leaves no trace.
func (b *bench) sent(to *process.PID) {
	if p := b.probes.at(to); p != nil && p.alive() {
		b.journal.did(p.name)
	}
}

// source is what the stage under test can subscribe to at an address.
func (b *bench) source(a Address) stage.Source[int] {
	if a.Probe == "" {
		return stage.ByName[int](b.system, a.Name)
	}
	return stage.ByPID[int](b.probes.named(a.Probe).process.PID())
}
