package stagekit

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing/synctest"

	"github.com/stagecraft-go/stagecraft/internal/conformance"
	"github.com/stagecraft-go/stagecraft/process"
	"github.com/stagecraft-go/stagecraft/supervisor"
)

// Children says how the start function of a consumer_supervisor treats events.
type Children struct {
	Ignore           []int `json:"ignore"`
	Error            []int `json:"error"`
	Raise            []int `json:"raise"`
	Bad              []int `json:"bad"`
	Exit             []int `json:"exit"`
	RestartError     []int `json:"restart_error"`      // from the second start on
	RestartIgnore    []int `json:"restart_ignore"`     // likewise
	RestartErrorOnce []int `json:"restart_error_once"` // the second start
	Extra            []int `json:"extra"`
	Stubborn         []int `json:"stubborn"`
}

// outcome is what a start does: the first that matches.
func (c *Children) outcome(event, call int) string {
	for _, rule := range []struct {
		events  []int
		applies bool
		outcome string
	}{
		{c.Ignore, true, "ignore"},
		{c.Error, true, "error"},
		{c.Raise, true, "raise"},
		{c.Bad, true, "bad"},
		{c.Exit, true, "exit"},
		{c.RestartError, call > 1, "error"},
		{c.RestartIgnore, call > 1, "ignore"},
		{c.RestartErrorOnce, call == 2, "error"},
	} {
		if rule.applies && slices.Contains(rule.events, event) {
			return rule.outcome
		}
	}
	return "ok"
}

// nursery are the children of a consumer_supervisor.
type nursery struct {
	*bench
	supervisor *supervisor.ConsumerSupervisor[int] // nil: it has not started
	calls      map[int]int                         // of the start function, by event
	all        []*child
}

// child is the behaviour of a scripted child.
type child struct {
	name     string
	stubborn bool
	process  *process.Process
	gone     bool // its end was recorded
}

// extraData is a child whose start function returned something else too.
type extraData struct{ supervisor.Child }

// start is the start function.
func (n *nursery) start(ctx context.Context, event int) (supervisor.Child, error) {
	n.calls[event]++
	call := n.calls[event]
	outcome := n.sut.Children.outcome(event, call)
	note := entry{"event": event, "result": outcome}
	defer n.journal.callback("start_child", note)
	switch outcome {
	case "ignore":
		return nil, process.Ignore
	case "error":
		return nil, conformance.Failure("found")
	case "exit":
		return nil, conformance.Failure("left") // no Go function can make its caller exit
	case "bad":
		return nil, nil
	case "raise":
		panic("callback")
	}
	c := &child{name: childName(event, call), stubborn: slices.Contains(n.sut.Children.Stubborn, event)}
	note["child"] = c.name
	p, err := n.system.Start(ctx, c)
	if err != nil {
		return nil, err
	}
	c.process = p
	n.all = append(n.all, c)
	if slices.Contains(n.sut.Children.Extra, event) {
		return extraData{supervisor.Wrap(p)}, nil
	}
	return supervisor.Wrap(p), nil
}

func childName(event, call int) string {
	if call == 1 {
		return fmt.Sprintf("k%d", event)
	}
	return fmt.Sprintf("k%d.%d", event, call)
}

// Init implements process.Behaviour.
func (c *child) Init(self *process.Self) error {
	self.TrapExit(c.stubborn)
	return nil
}

// Handle implements process.Behaviour. A stubborn child hears no signals.
func (c *child) Handle(_ *process.Self, msg any) error {
	if m, ok := msg.(*die); ok {
		return m.reason
	}
	return nil
}

// Terminate implements process.Behaviour.
func (c *child) Terminate(*process.Self, error) {}

// exit ends a child, as a step.
func (n *nursery) exit(s *Step) {
	c := n.named(s.Child)
	if c == nil {
		return
	}
	if reason := errOf(s.Reason); reason == process.Killed {
		c.process.Kill()
	} else {
		c.process.Send(&die{reason})
	}
	synctest.Wait()
}

func (n *nursery) named(name string) *child {
	i := slices.IndexFunc(n.all, func(c *child) bool { return c.name == name })
	if i < 0 {
		return nil
	}
	return n.all[i]
}

// nameOf is the name of the child whose address this is.
func (n *nursery) nameOf(pid string) string {
	for _, c := range n.all {
		if c.process.PID().GetId() == pid {
			return c.name
		}
	}
	return pid
}

// exits are the children that have ended in this step.
func (n *nursery) exits() (exits []any) {
	for _, c := range n.all {
		if reason := c.process.Err(); reason != nil && !c.gone {
			c.gone = true
			exits = append(exits, entry{"child": c.name, "reason": reasonOf(reason)})
		}
	}
	slices.SortFunc(exits, func(a, b any) int {
		return strings.Compare(a.(entry)["child"].(string), b.(entry)["child"].(string))
	})
	return exits
}

// step does an operation of a client of the supervisor.
func (n *nursery) step(ctx context.Context, s *Step) any {
	if n.supervisor == nil {
		return resultOf(nil, process.NoProc)
	}
	switch s.Op {
	case "start_child":
		return n.started(n.supervisor.StartChild(ctx, s.Args[0]))
	case "terminate_child":
		return okOr(n.supervisor.TerminateChild(ctx, n.handle(s.Child)))
	case "which_children":
		infos, err := n.supervisor.WhichChildren(ctx)
		return resultOf(n.names(infos), err)
	}
	counts, err := n.supervisor.CountChildren(ctx)
	return resultOf(entry{
		"specs": counts.Specs, "active": counts.Active,
		"supervisors": counts.Supervisors, "workers": counts.Workers,
	}, err)
}

func (n *nursery) started(child supervisor.Child, err error) any {
	if err != nil {
		return startResult(err)
	}
	result := entry{"ok": n.nameOf(child.Process().PID().GetId())}
	if _, more := child.(extraData); more {
		result["extra"] = "extra"
	}
	return result
}

// startResult is the result of a start that failed.
func startResult(err error) entry {
	if errors.Is(err, process.Ignore) {
		return entry{"ignore": true}
	}
	return entry{"error": reasonOf(err)}
}

// handle is a child that was started, or somebody who is no child.
func (n *nursery) handle(name string) supervisor.Child {
	if c := n.named(name); c != nil {
		return supervisor.Wrap(c.process)
	}
	return supervisor.Wrap(n.supervisor.Process())
}

func (n *nursery) names(infos []supervisor.ChildInfo) []string {
	names := []string{}
	for _, info := range infos {
		name := info.State.String()
		if info.State == supervisor.Running {
			name = n.nameOf(info.Child.Process().PID().GetId())
		}
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}
