package stage_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/stagecraft-go/stagecraft/dispatcher"
	"github.com/stagecraft-go/stagecraft/internal/testworld"
	"github.com/stagecraft-go/stagecraft/process"
	"github.com/stagecraft-go/stagecraft/stage"
)

// A topology is a random graph of stages in layers, each of them subscribed to
// all stages of the layer above. It writes down what each stage emits and what
// each subscription brings, so that every hop can be checked by itself.
type topology struct {
	*world
	choose choose
	churn  churn
	layers [][]*node
	width  []int           // of the layers at the start
	text   strings.Builder // for the message of a failure

	mu     sync.Mutex
	nodes  map[string]*node     // by the id of their PID
	ledger map[*process.Ref]int // asked for and not yet sent
	faults []string
}

// choose makes the random decisions: a number from 0 to n-1.
type choose func(n int) int

func (c choose) between(low, high int) int { return low + c(high-low+1) }
func (c choose) oneIn(n int) bool          { return c(n) == 0 }

// churn says how consumers of the last layer come and go.
type churn int

const (
	nobodyLeaves churn = iota
	someCancel         // and still get what is on its way
	someExit           // and lose it
)

// style is how a stage answers what it gets.
type style int

const (
	plain style = iota // all of it, at once
	less               // a part, or not at once
	more               // more than that
	late               // in a later callback
	owned              // in place, where that is allowed
	styles
)

func (s style) String() string { return []string{"plain", "less", "more", "late", "owned"}[s] }

// kind is a dispatcher.
type kind int

const (
	byDemand kind = iota
	byBroadcast
	byPartition
	kinds
)

func (k kind) String() string { return []string{"demand", "broadcast", "partition"}[k] }

// item is an event: seq counts what its stage has emitted.
type item struct{ seq, value int }

// node is one stage.
type node struct {
	t            *topology
	layer, place int
	style        style
	kind         kind
	max, min     int
	recycles     bool
	reads        bool // only reads its lists, unless it changes them in place
	shares       bool // a producer: emits what is not its own
	selects      bool // takes only even values from broadcasts
	twice        bool // subscribes twice to dispatchers by demand
	left         int  // events that a producer has to emit
	extra        int
	leaves       int // batches until it leaves, or 0

	pid     *process.PID
	emitted []item
	waiting []item // to be emitted late
	owed    int    // demand to be served late
	inputs  map[*process.Ref]*input
	ended   int         // inputs that are over
	kept    [][2][]item // slices of a stage that may keep them, with copies
}

// input is one subscription and what came by it.
type input struct {
	sub  stage.Subscription
	from *node
	got  []item
}

func newTopology(w *world, choose choose, c churn) *topology {
	t := &topology{
		world: w, choose: choose, churn: c,
		nodes: make(map[string]*node), ledger: make(map[*process.Ref]int),
	}
	t.layers = append(t.layers, t.layer(0, choose.between(1, 3)))
	for layer := range choose(4) {
		t.layers = append(t.layers, t.layer(layer+1, choose.between(1, 4)))
	}
	t.layers = append(t.layers, t.layer(len(t.layers), choose.between(1, 4)))
	return t
}

func (t *topology) layer(layer, width int) (nodes []*node) {
	t.width = append(t.width, width)
	for place := range width {
		nodes = append(nodes, t.node(layer, place))
	}
	return nodes
}

func (t *topology) node(layer, place int) *node {
	n := &node{
		t: t, layer: layer, place: place,
		style: style(t.choose(int(styles))), kind: kind(t.choose(int(kinds))),
		max: t.choose.between(1, 20), recycles: t.choose.oneIn(2), selects: t.choose.oneIn(4), twice: t.choose.oneIn(6),
		left: t.choose.between(1, 100), extra: t.choose(4), leaves: t.choose.between(1, 6),
		inputs: make(map[*process.Ref]*input),
	}
	n.min = t.choose(n.max)
	n.reads, n.shares = n.style != owned && t.choose.oneIn(2), t.choose.oneIn(2)
	fmt.Fprintf(&t.text, "%d.%d %v, %v, max %d min %d, recycles %t, reads %t, shares %t, selects %t, twice %t, events %d, extra %d, leaves after %d\n",
		layer, place, n.style, n.kind, n.max, n.min, n.recycles, n.reads, n.shares, n.selects, n.twice, n.left, n.extra, n.leaves)
	return n
}

// run starts all stages and lets the producers begin when everybody has
// subscribed. It returns when nothing moves any more.
func (t *topology) run() {
	for _, layer := range t.layers {
		for _, n := range layer {
			t.start(n)
		}
	}
	for _, n := range t.layers[0] {
		t.sys.Send(n.pid, &stage.SetDemand{Mode: stage.Forward})
	}
	t.settle()
}

func (t *topology) start(n *node) {
	var started testworld.Living
	var err error
	opts := withRecorder([]stage.Option{stage.In(t.sys), stage.OnSend(t.trace)})
	if n.recycles && n.layer > 0 {
		opts = append(opts, stage.Recycle())
	}
	if n.reads && n.layer > 0 {
		opts = append(opts, stage.ReadOnly())
	}
	switch {
	case n.layer == 0:
		started, err = stage.StartProducer(background, (*producing)(n), append(opts, t.dispatch(n), stage.Demand(stage.Accumulate))...)
	case t.isLast(n):
		name := stage.Name(fmt.Sprintf("consumer %p", n))
		started, err = stage.StartConsumer(background, (*consuming)(n), t.sources(n), append(opts, name)...)
	default:
		started, err = stage.StartProducerConsumer(background, (*relaying)(n), t.sources(n), append(opts, t.dispatch(n))...)
	}
	if assert.NoError(t, err) {
		t.Leave(started)
	}
}

func (t *topology) isLast(n *node) bool { return n.layer > 0 && n.layer == len(t.layers)-1 }

func (t *topology) dispatch(n *node) stage.Option {
	width := t.width[n.layer+1]
	switch n.kind {
	case byBroadcast:
		return stage.Dispatch(dispatcher.Broadcast[item]())
	case byPartition:
		return stage.Dispatch(dispatcher.Partition(width, func(e item) int { return e.value % width }))
	}
	return stage.Dispatch(dispatcher.Demand[item]())
}

// sources are the subscriptions of a node to all stages above it.
func (t *topology) sources(n *node) (from stage.Sources[item]) {
	for _, up := range t.layers[n.layer-1] {
		source, opts := stage.ByPID[item](up.pid), n.options(up)
		from = from.And(source, opts...)
		if n.twice && up.kind == byDemand {
			from = from.And(source, opts...)
		}
	}
	return from
}

// options are those of a subscription to a stage above.
func (n *node) options(up *node) []stage.SubscribeOption {
	opts := []stage.SubscribeOption{
		stage.MaxDemand(n.max), stage.MinDemand(n.min),
		stage.Partition(n.place), stage.OnCancel(stage.Temporary),
	}
	if n.selects && up.kind == byBroadcast {
		opts = append(opts, stage.Selector(isEven))
	}
	return opts
}

func isEven(e item) bool { return e.value%2 == 0 }

// trace keeps the books: what is sent must have been asked for.
func (t *topology) trace(_ *process.PID, message any) {
	t.mu.Lock()
	defer t.mu.Unlock()
	switch m := message.(type) {
	case *stage.Ask:
		t.ledger[m.Ref] += m.N
	case *stage.Events[item]:
		t.ledger[m.Ref] -= len(m.Events)
		if open := t.ledger[m.Ref]; open < 0 {
			t.faults = append(t.faults, fmt.Sprintf("%d events beyond demand", -open))
		}
	}
}

func (t *topology) fault(format string, args ...any) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.faults = append(t.faults, fmt.Sprintf(format, args...))
}

func (n *node) String() string { return fmt.Sprint(n.layer, ".", n.place) }

// begin notes the address of the stage.
func (n *node) begin(self *process.Self) {
	n.t.mu.Lock()
	defer n.t.mu.Unlock()
	n.pid = self.PID()
	n.t.nodes[n.pid.Id] = n
}

// subscribed notes a subscription to a stage above.
func (n *node) subscribed(peer stage.Role, sub stage.Subscription) (stage.SubscriptionMode, error) {
	if peer == stage.RoleProducer {
		n.t.mu.Lock()
		defer n.t.mu.Unlock()
		n.inputs[sub.Ref()] = &input{sub: sub, from: n.t.nodes[sub.Peer().Id]}
	}
	return stage.Automatic, nil
}

// receive writes a batch down.
func (n *node) receive(events []item, from stage.Subscription) *input {
	if len(events) == 0 || len(events) > n.max-n.min {
		n.t.fault("%v gets a batch of %d", n, len(events))
	}
	in := n.inputs[from.Ref()]
	in.got = append(in.got, events...)
	return in
}

// number makes the next events of the stage.
func (n *node) number(values ...int) []item {
	for _, v := range values {
		n.emitted = append(n.emitted, item{len(n.emitted), v})
	}
	return n.emitted[len(n.emitted)-len(values):]
}

// The behaviours of a node, by its role.
type (
	producing node
	relaying  node
	consuming node
)

// flush is what a stage sends itself to do something later.
type flush struct{}

func (p *producing) Init(ctx *stage.Context[item]) error {
	(*node)(p).begin(ctx.Process())
	if p.style == more {
		p.emit(ctx, p.extra) // before anybody has asked
	}
	return nil
}

func (p *producing) HandleDemand(ctx *stage.Context[item], demand int) error {
	switch p.style {
	case less:
		p.emit(ctx, demand/2)
		p.owed += demand - demand/2
	case late:
		p.owed += demand
	case more:
		p.emit(ctx, demand+p.extra)
	default:
		p.emit(ctx, demand)
	}
	if p.owed > 0 {
		stage.Info(ctx.Self(), flush{})
	}
	return nil
}

func (p *producing) HandleInfo(ctx *stage.Context[item], _ flush) error {
	p.emit(ctx, p.owed)
	p.owed = 0
	return nil
}

func (p *producing) emit(ctx *stage.Context[item], count int) {
	var events []item
	for ; count > 0 && p.left > 0; count-- {
		p.left--
		events = append(events, (*node)(p).number(7*p.left+p.place)...)
	}
	if !p.shares {
		ctx.EmitAll(events)
		return
	}
	p.kept = append(p.kept, [2][]item{events, slices.Clone(events)})
	ctx.EmitShared(events)
}

func (r *relaying) Init(ctx *stage.Context[item]) error {
	(*node)(r).begin(ctx.Process())
	return nil
}

func (r *relaying) HandleSubscribe(_ *stage.Context[item], peer stage.Role, sub stage.Subscription, _ stage.SubscribeOptions) (stage.SubscriptionMode, error) {
	return (*node)(r).subscribed(peer, sub)
}

func (r *relaying) HandleEvents(ctx *stage.Context[item], events []item, from stage.Subscription) error {
	n := (*node)(r)
	in := n.receive(events, from)
	switch {
	case n.style == owned && in.from.kind != byBroadcast:
		for i, e := range events {
			events[i] = n.number(e.value)[0]
		}
		ctx.EmitOwned(events)
		for range n.extra { // and some that do not fit into the slice
			ctx.EmitAll(n.number(n.place))
		}
		return nil
	case !n.recycles:
		n.kept = append(n.kept, [2][]item{events, slices.Clone(events)})
	}
	for _, e := range events {
		switch {
		case n.style == less && e.value%3 == 0:
		case n.style == more && e.value%3 == 0:
			ctx.EmitAll(n.number(e.value, e.value+1))
		case n.style == late:
			n.waiting = append(n.waiting, n.number(e.value)...)
		default:
			ctx.EmitAll(n.number(e.value))
		}
	}
	if n.style == late {
		stage.Info(ctx.Self(), flush{})
	}
	return nil
}

func (r *relaying) HandleInfo(ctx *stage.Context[item], _ flush) error {
	ctx.EmitAll(r.waiting)
	r.waiting = nil
	return nil
}

func (c *consuming) Init(ctx *stage.Context[stage.None]) error {
	(*node)(c).begin(ctx.Process())
	return nil
}

func (c *consuming) HandleSubscribe(_ *stage.Context[stage.None], peer stage.Role, sub stage.Subscription, _ stage.SubscribeOptions) (stage.SubscriptionMode, error) {
	return (*node)(c).subscribed(peer, sub)
}

func (c *consuming) HandleEvents(ctx *stage.Context[stage.None], events []item, from stage.Subscription) error {
	n := (*node)(c)
	n.receive(events, from)
	if !n.recycles {
		n.kept = append(n.kept, [2][]item{events, slices.Clone(events)})
	}
	n.leaves--
	switch {
	case n.leaves != 0 || n.t.churn == nobodyLeaves:
	case n.t.churn == someExit:
		n.successor(ctx.Process().Process())
		return process.Shutdown
	default:
		for _, in := range n.inputs {
			in.sub.Cancel(nil)
		}
	}
	return nil
}

func (c *consuming) HandleCancel(ctx *stage.Context[stage.None], _ stage.CancelKind, sub stage.Subscription, reason error) error {
	n := (*node)(c)
	switch n.ended++; {
	case errors.Is(reason, dispatcher.ErrPartitionTaken):
		// The producer has yet to hear of the end of the predecessor.
		up := n.inputs[sub.Ref()].from
		self := stage.ByName[item](n.t.sys, ctx.Process().Process().Name())
		return stage.AsyncSubscribe(self, stage.ByPID[item](up.pid), n.options(up)...)
	case n.ended == len(n.inputs):
		n.successor(nil)
	}
	return nil
}

// successor starts a consumer in the place of one that leaves, as soon as that
// is free.
func (n *node) successor(leaving *process.Process) {
	t := n.t
	t.mu.Lock()
	defer t.mu.Unlock()
	next := t.node(n.layer, n.place)
	last := len(t.layers) - 1
	t.layers[last] = append(t.layers[last], next)
	go func() {
		if leaving != nil {
			<-leaving.Done()
		}
		t.start(next)
	}()
}

// check looks at each hop.
func (t *topology) check() {
	assert.Empty(t, t.faults)
	for _, n := range t.layers[0] {
		assert.Zero(t, n.left, "%v has not emitted all", n)
	}
	for layer := range len(t.layers) - 1 {
		for _, n := range t.layers[layer] {
			t.checkHop(n, t.layers[layer+1])
		}
	}
	for _, layer := range t.layers {
		for _, n := range layer {
			for _, pair := range n.kept {
				require.Equal(t, pair[1], pair[0], "a slice that %v has kept has changed", n)
			}
		}
	}
	for _, line := range t.log.Take() {
		assert.Contains(t, line, "ask above max demand", "nothing else is to be logged")
	}
	if t.Failed() {
		t.Log(t.text.String())
	}
}

// checkHop compares what a stage has emitted with what others have got of it.
func (t *topology) checkHop(from *node, to []*node) {
	times := make([]int, len(from.emitted)) // delivered, by seq
	for _, n := range to {
		for _, in := range n.inputs {
			if in.from == from {
				t.checkInput(n, in)
				for _, e := range in.got {
					times[e.seq]++
				}
			}
		}
	}
	if from.kind == byBroadcast {
		return // checkInput has seen to it
	}
	for seq, n := range times {
		assert.LessOrEqual(t, n, 1, "%v of %v was delivered twice", from.emitted[seq], from)
		if t.churn != someExit || !t.isLast(to[0]) {
			assert.NotZero(t, n, "%v of %v was lost", from.emitted[seq], from)
		}
	}
}

// checkInput checks one subscription: it has events of its stage in their
// order. Of a broadcast it has all that its selector lets pass, and no gap if
// it was there for a while only.
func (t *topology) checkInput(to *node, in *input) {
	for i, e := range in.got {
		require.Equal(t, in.from.emitted[e.seq], e)
		if i > 0 && e.seq <= in.got[i-1].seq {
			t.Errorf("%v gets %v of %v after %v", to, e, in.from, in.got[i-1])
		}
		if in.from.kind == byPartition {
			assert.Equal(t, to.place, e.value%t.width[to.layer], "%v gets %v of %v", to, e, in.from)
		}
	}
	if in.from.kind != byBroadcast {
		return
	}
	want := in.from.emitted
	if t.churn != nobodyLeaves && t.isLast(to) {
		if len(in.got) == 0 {
			return
		}
		want = want[in.got[0].seq : in.got[len(in.got)-1].seq+1]
	}
	if to.selects {
		want = slices.DeleteFunc(slices.Clone(want), func(e item) bool { return !isEven(e) })
	}
	if len(want)+len(in.got) > 0 {
		assert.Equal(t, want, in.got, "%v gets of the broadcast of %v", to, in.from)
	}
}
