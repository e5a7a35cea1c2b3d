package flow

import "fmt"

// program is the list of the operations of a flow, and what is wrong with it.
type program struct {
	ops []string
	err error
}

// ProgramError says why a flow cannot be run. It is found before anything
// starts.
type ProgramError struct {
	Op       string // name of the operation
	Position int    // in the flow, see OpError; 0 for a mistake in how it is run
	Problem  string
}

func (e *ProgramError) Error() string {
	if e.Position == 0 { // it is none of the program
		return fmt.Sprintf("flow: %s: %s", e.Op, e.Problem)
	}
	return fmt.Sprintf("flow: %s (operation %d): %s", e.Op, e.Position, e.Problem)
}

// OpError is the failure of an operation of a running flow: an error that it
// returned, or a panic.
type OpError struct {
	Op string // name of the operation
	// Position counts the operations as they are written: the source is 1. In
	// a [Union] or [Join] those of the second flow count on from those of the
	// first, and the union or join itself comes behind all of them.
	Position int
	Err      error // a *process.Crash if it was a panic
}

func (e *OpError) Error() string {
	return fmt.Sprintf("flow: %s (operation %d): %v", e.Op, e.Position, e.Err)
}

// Unwrap is the error itself.
func (e *OpError) Unwrap() error { return e.Err }

// with adds an operation.
func (p program) with(op string) program {
	p.ops = append(p.ops[:len(p.ops):len(p.ops)], op)
	return p
}

// fail makes the last operation the mistake, unless there is an earlier one.
func (p program) fail(format string, args ...any) program {
	if p.err == nil {
		p.err = &ProgramError{p.ops[len(p.ops)-1], len(p.ops), fmt.Sprintf(format, args...)}
	}
	return p
}

// position is that of the last operation.
func (p program) position() int { return len(p.ops) }

// branch adds the program of one of several flows behind those of others. The
// positions of its operations count on.
func (p program) branch(other program) program {
	if p.err == nil && other.err != nil {
		p.err = other.err
		if e, ok := p.err.(*ProgramError); ok {
			p.err = &ProgramError{e.Op, len(p.ops) + e.Position, e.Problem}
		}
	}
	p.ops = append(p.ops[:len(p.ops):len(p.ops)], other.ops...)
	return p
}

// merged is the program of several flows taken together.
func merged[T any](op string, flows ...Flow[T]) (prog program) {
	for _, f := range flows {
		if f.plan == nil {
			return prog.with(op).fail("a flow has no source")
		}
		prog = prog.branch(f.plan.program)
	}
	prog = prog.with(op)
	if len(flows) == 0 {
		prog = prog.fail("no flow is given")
	}
	return prog
}
