package supervisor

import (
	"context"
	"fmt"
	"strings"
	"text/tabwriter"
)

// Node is a child, or the supervisor itself, in the picture of a living tree.
type Node struct {
	ID         string
	PID        string // empty: no process
	Type       Type
	State      State
	Restarts   int   // of this child by its supervisor as it is now
	LastReason error // of the last end or failed start; nil: none yet
	Children   []Node

	child Child
}

// Tree is a picture of the supervisor and all below it. Each supervisor is asked
// in turn, so a tree that is changing may never have looked exactly like this.
// What could not be asked has no children in it.
func (s *Supervisor) Tree(ctx context.Context) (Node, error) {
	return treeOf(ctx, s.Handle, func(s *static) []*slot { return s.slots })
}

// Tree is a picture of the supervisor and all below it: see [Supervisor.Tree].
func (d *Dynamic) Tree(ctx context.Context) (Node, error) {
	return treeOf(ctx, d.Handle, func(d *dynamic) []*slot { return d.slots() })
}

// Tree is a picture of the supervisor and all below it: see [Supervisor.Tree].
func (c *ConsumerSupervisor[In]) Tree(ctx context.Context) (Node, error) {
	return treeOf(ctx, Handle{c.Process()}, func(c *consumer[In]) []*slot { return c.slots() })
}

// grower is a child with a tree of its own.
type grower interface {
	Tree(ctx context.Context) (Node, error)
}

func treeOf[S any](ctx context.Context, h Handle, slots func(S) []*slot) (Node, error) {
	root := Node{ID: h.Name(), PID: h.PID().GetId(), Type: TypeSupervisor, State: Running}
	if root.ID == "" {
		root.ID = "supervisor"
	}
	children, err := ask(ctx, h.process, func(s S) (nodes []Node, _ error) {
		for _, sl := range slots(s) {
			nodes = append(nodes, sl.node())
		}
		return nodes, nil
	})
	if err != nil {
		return Node{}, err
	}
	for i := range children {
		children[i].grow(ctx)
	}
	root.Children = children
	return root, nil
}

func (sl *slot) node() Node {
	n := Node{
		ID: sl.spec.ID, Type: sl.spec.Type, State: sl.state,
		Restarts: sl.restarts, LastReason: sl.reason, child: sl.visible(),
	}
	if n.child != nil {
		n.PID = pidOf(sl.body).GetId()
	}
	return n
}

// grow asks a child for what is below it. That is done by the caller: no
// supervisor waits for another.
func (n *Node) grow(ctx context.Context) {
	if child, ok := n.child.(grower); ok {
		if tree, err := child.Tree(ctx); err == nil {
			n.Children = tree.Children
		}
	}
}

// String is the tree as text, a line for each node.
func (n Node) String() string {
	var text strings.Builder
	w := tabwriter.NewWriter(&text, 0, 8, 2, ' ', 0)
	n.write(w, "", "")
	w.Flush()
	var trimmed strings.Builder
	for line := range strings.Lines(text.String()) {
		trimmed.WriteString(strings.TrimRight(line, " \n") + "\n")
	}
	return trimmed.String()
}

// write writes a node behind the branch that leads to it, and the others behind
// the branches that go on.
func (n Node) write(w *tabwriter.Writer, branch, rest string) {
	fmt.Fprintf(w, "%s%s\t%s\t%s\t%s\n", branch, n.ID, n.Type, n.State, n.history())
	for i, child := range n.Children {
		if i == len(n.Children)-1 {
			child.write(w, rest+"└─ ", rest+"   ")
		} else {
			child.write(w, rest+"├─ ", rest+"│  ")
		}
	}
}

// history says what has happened to a child.
func (n Node) history() string {
	var parts []string
	if n.Restarts > 0 {
		parts = append(parts, fmt.Sprintf("restarts: %d", n.Restarts))
	}
	if n.LastReason != nil {
		reason, _, _ := strings.Cut(n.LastReason.Error(), "\n")
		parts = append(parts, "last: "+reason)
	}
	return strings.Join(parts, ", ")
}

// Mermaid is the tree as a Mermaid flowchart.
func (n Node) Mermaid() string {
	var text strings.Builder
	text.WriteString("flowchart TD\n")
	next := 0
	n.draw(&text, &next)
	text.WriteString("  classDef undefined stroke-dasharray: 4 4\n  classDef restarting stroke-width: 3px\n")
	return text.String()
}

// draw draws a node and returns its name.
func (n Node) draw(text *strings.Builder, next *int) string {
	name := fmt.Sprintf("n%d", *next)
	*next++
	opening, closing := "(", ")"
	if n.Type == TypeSupervisor {
		opening, closing = "[", "]"
	}
	label := mermaidText.Replace(n.ID)
	if n.State != Running {
		label += "<br/>" + n.State.String()
	}
	if history := n.history(); history != "" {
		label += "<br/>" + mermaidText.Replace(history)
	}
	fmt.Fprintf(text, "  %s%s\"%s\"%s", name, opening, label, closing)
	if n.State != Running {
		fmt.Fprintf(text, ":::%s", n.State)
	}
	text.WriteString("\n")
	for _, child := range n.Children {
		fmt.Fprintf(text, "  %s --> %s\n", name, child.draw(text, next))
	}
	return name
}

// mermaidText keeps a label from ending its node.
var mermaidText = strings.NewReplacer(`"`, "#quot;", "#", "#35;", "<", "#lt;", ">", "#gt;", "\n", " ", "\r", " ")
