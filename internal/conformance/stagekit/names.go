package stagekit

import (
	"sync"

	"github.com/stagecraft-go/stagecraft/process"
	"github.com/stagecraft-go/stagecraft/stage"
)

// unnamed is the name of subscriptions that the scenario does not name.
const unnamed = "?"

// names connects the references of a scenario with real ones. Probes choose
// theirs; those of the stage under test become known when it subscribes.
type names struct {
	system *process.System

	mu   sync.Mutex
	refs map[string]*process.Ref
	of   map[*process.Ref]string
	subs map[string]stage.Subscription // of the stage under test
}

func newNames(system *process.System) *names {
	return &names{
		system: system,
		refs:   make(map[string]*process.Ref),
		of:     make(map[*process.Ref]string),
		subs:   make(map[string]stage.Subscription),
	}
}

// ref is the reference of a name. It is made at its first mention.
func (n *names) ref(name string) *process.Ref {
	n.mu.Lock()
	defer n.mu.Unlock()
	ref, ok := n.refs[name]
	if !ok {
		ref = process.NewRef()
		n.refs[name], n.of[ref] = ref, name
	}
	return ref
}

// name is the name of a reference.
func (n *names) name(ref *process.Ref) string {
	n.mu.Lock()
	defer n.mu.Unlock()
	if name, ok := n.of[ref]; ok {
		return name
	}
	return "unknown " + ref.String()
}

// subscribed notes a subscription that the stage under test makes.
func (n *names) subscribed(m *stage.Subscribe, producer *process.PID) {
	name, ok := m.Options.Extra[extraAs]
	if !ok || name == "" {
		name = unnamed
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	n.refs[name], n.of[m.Ref] = m.Ref, name
	n.subs[name] = stage.NewSubscription(n.system, m.From, producer, m.Ref)
}

// subscription is a subscription of the stage under test; it need not exist.
func (n *names) subscription(name string) stage.Subscription {
	ref := n.ref(name)
	n.mu.Lock()
	defer n.mu.Unlock()
	if sub, ok := n.subs[name]; ok {
		return sub
	}
	return stage.NewSubscription(n.system, nil, nil, ref)
}

// returned is the name of a subscription that a client got. One that was never
// made, for want of a producer, gets the name that it was to have.
func (n *names) returned(sub stage.Subscription, as string) string {
	n.mu.Lock()
	defer n.mu.Unlock()
	if _, ok := n.of[sub.Ref()]; !ok {
		n.refs[as], n.of[sub.Ref()] = sub.Ref(), as
	}
	return n.of[sub.Ref()]
}

// nameOf is the name of a reference that was logged.
func (n *names) nameOf(text string) string {
	n.mu.Lock()
	defer n.mu.Unlock()
	for ref, name := range n.of {
		if ref.String() == text {
			return name
		}
	}
	return "unknown " + text
}
