package flow

// Combine merges the states of all stages of a layer into one for each window,
// when it is done, in one stage. Merge may change and return its first argument.
// A stage without any event has the state that the init of the reduce makes:
// merging that must change nothing. Triggers before Done emit nothing. [Stages] of
// more than 1 is refused.
//
//	total, err := flow.Combine(flow.Reduce(...), merge).One(ctx)
//
// It is a [Departition] for the common case.
func Combine[S any](r Reduced[S], merge func(a, b S) S, opts ...Option) Flow[S] {
	done := emitted(r, "Combine", merge == nil, func(state S, f Firing, out *collector[S]) S {
		if f.Trigger == Done {
			out.add(state)
		}
		return state
	})
	p := *done.plan
	p.program.ops = r.program.ops // what follows is the operation
	return departition(Flow[S]{&p}, "Combine", opts, merge == nil, func(states []S) []S { return states },
		func() combined[S] { return combined[S]{} },
		func(all combined[S], state S) combined[S] {
			if !all.any {
				return combined[S]{state, true}
			}
			return combined[S]{merge(all.state, state), true}
		},
		func(all combined[S], _ WindowID) S { return all.state })
}

// combined is what is merged so far.
type combined[S any] struct {
	state S
	any   bool
}
