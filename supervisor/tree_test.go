package supervisor_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/stagecraft-go/stagecraft/internal/leak"
	"github.com/stagecraft-go/stagecraft/process"
	"github.com/stagecraft-go/stagecraft/supervisor"
)

func TestTree(t *testing.T) {
	leak.Check(t)
	r := newRig(t)
	r.start([]supervisor.Spec{
		r.child("a"),
		supervisor.Tree("middle", r.options(), r.child("x", restart(supervisor.Transient)), supervisor.DynamicTree("pool", r.options()...)),
		r.child("z", backoff(time.Hour, time.Hour)),
	}, supervisor.Name("top"))
	pool := r.kids["pool"].(*supervisor.Dynamic)
	for range 2 {
		_, err := pool.StartChild(r.ctx, r.child(`<"w">`))
		require.NoError(t, err)
	}
	r.end("a", errBoom)
	r.end("z", errBoom)
	r.kid("x").Send(quit{process.Normal})
	<-r.kid("x").Done()

	tree, err := r.sup.Tree(r.ctx)
	require.NoError(t, err)
	require.Equal(t, `top             supervisor  running
├─ a            worker      running     restarts: 1, last: boom
├─ middle       supervisor  running
│  ├─ x         worker      undefined   last: normal
│  └─ pool      supervisor  running
│     ├─ <"w">  worker      running
│     └─ <"w">  worker      running
└─ z            worker      restarting  last: boom
`, tree.String())
	require.Equal(t, `flowchart TD
  n0["top"]
  n1("a<br/>restarts: 1, last: boom")
  n0 --> n1
  n2["middle"]
  n3("x<br/>undefined<br/>last: normal"):::undefined
  n2 --> n3
  n4["pool"]
  n5("#lt;#quot;w#quot;#gt;")
  n4 --> n5
  n6("#lt;#quot;w#quot;#gt;")
  n4 --> n6
  n2 --> n4
  n0 --> n2
  n7("z<br/>restarting<br/>last: boom"):::restarting
  n0 --> n7
  classDef undefined stroke-dasharray: 4 4
  classDef restarting stroke-width: 3px
`, tree.Mermaid())
	require.Equal(t, r.kid("a").PID().GetId(), tree.Children[0].PID)
	require.Equal(t, errBoom, tree.Children[0].LastReason)

	require.NoError(t, r.sup.Stop(r.ctx, nil))
	_, err = r.sup.Tree(r.ctx)
	require.ErrorIs(t, err, process.NoProc)
}
