package flowkit

// semantics are the rules in which we differ from Flow on purpose. The zero
// value is Flow. docs/deviations.md has the list for users.
type semantics struct {
	// uniqStreams: a uniq without a reduce lets an element pass at once; in Flow
	// it holds all, newest first, and emits them at each trigger.
	uniqStreams bool
	// triggerLast: the events of a trigger come behind those of the elements
	// before it; in Flow in front of those of its own piece.
	triggerLast bool
	// flatOrder: an emit_and_reduce sees the results of a flat_map in order; in
	// Flow those of one element in reverse.
	flatOrder bool
	// markers: a stage says to a departition that it is done with a window; in
	// Flow each of its last events says so.
	markers bool
	// restPasses: windows that a departition has left at the end pass through
	// the operations behind it; in Flow they are emitted directly.
	restPasses bool
	// floorTime: fixed windows round down; in Flow towards zero.
	floorTime bool
	// lateWhenOver: an element is late only if its window is over; in Flow also
	// if it has no window and its producer has sent one of a later window.
	lateWhenOver bool
	// lateOpens: an allowed lateness counts from when a window was passed; in Flow
	// there is none for windows before the first one.
	lateOpens bool
	// endsAtOnce: the end of a producer ends windows at once; in Flow with the
	// next list.
	endsAtOnce bool
	// batchFixed: a batch function may stand in a layer with a fixed window; in
	// Flow it fails.
	batchFixed bool
	// sortsAll: take_sort may stand behind a layer that does not reduce; Flow
	// refuses it.
	sortsAll bool
	// windowOpens: a window on a source without operations makes a layer of it;
	// Flow refuses it.
	windowOpens bool
	// keepsForOne: a placement that drops or changes elements does so also if
	// there is one stage; Flow does not call it then.
	keepsForOne bool
}

// ours are the rules of package flow.
var ours = semantics{
	uniqStreams:  true,
	triggerLast:  true,
	flatOrder:    true,
	markers:      true,
	restPasses:   true,
	floorTime:    true,
	lateWhenOver: true,
	lateOpens:    true,
	endsAtOnce:   true,
	batchFixed:   true,
	sortsAll:     true,
	windowOpens:  true,
	keepsForOne:  true,
}
