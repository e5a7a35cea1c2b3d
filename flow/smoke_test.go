package flow_test

import (
	"context"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/stagecraft-go/stagecraft/flow"
)

func TestSmoke(t *testing.T) {
	ctx := context.Background()
	f := flow.Map(flow.FromSlice([]int{1, 2, 3, 4}, flow.Stages(2)), func(i int) int { return i * 2 })
	got, err := f.Collect(ctx)
	require.NoError(t, err)
	slices.Sort(got)
	require.Equal(t, []int{2, 4, 6, 8}, got)

	words := flow.FlatMap(flow.FromSlice([]string{"a b a", "c a b"}), strings.FieldsSeq)
	counts := flow.Reduce(flow.Partition(words), func() map[string]int { return map[string]int{} }, func(m map[string]int, w string) map[string]int { m[w]++; return m })
	m := map[string]int{}
	for p, err := range flow.Entries(counts).All(ctx) {
		require.NoError(t, err)
		m[p.Key] = p.Value
	}
	require.Equal(t, map[string]int{"a": 3, "b": 2, "c": 1}, m)
	_, err = flow.Map(f, func(i int) int { return 1 / (i - 2) }).Collect(ctx)
	require.Error(t, err)
	t.Log(err)
	require.NoError(t, f.Run(ctx))
	for v, err := range flow.FromSeq(func(yield func(int) bool) {
		for i := 0; yield(i); i++ {
		}
	}).All(ctx) {
		require.NoError(t, err)
		if v == 10 {
			break
		}
	}
}

func TestSmokeMore(t *testing.T) {
	ctx := context.Background()
	ch := make(chan int, 5)
	go func() {
		for i := range 1000 {
			ch <- i
		}
		close(ch)
	}()
	sum := flow.Reduce(flow.FromChan(ch, flow.Stages(3)), func() int { return 0 }, func(a, b int) int { return a + b })
	total := flow.Departition(sum.State(), func() int { return 0 }, func(a, b int) int { return a + b }, func(a int, _ flow.WindowID) int { return a })
	got, err := total.Collect(ctx)
	require.NoError(t, err)
	require.Equal(t, []int{999 * 500}, got)

	left := flow.FromSlice([]string{"a", "bb", "cc", "dddd"})
	right := flow.Map(flow.FromSlice([]int{1, 2, 3, 9}), func(i int) int { return i })
	rows, err := flow.Join(flow.FullOuter, left, right, func(s string) int { return len(s) }, func(i int) int { return i }).Collect(ctx)
	require.NoError(t, err)
	require.Len(t, rows, 6)
	top, err := flow.TakeSort(flow.FromSlice([]int{5, 3, 9, 1, 7}), 2, func(a, b int) int { return b - a }).Collect(ctx)
	require.NoError(t, err)
	require.Equal(t, [][]int{{9, 7}}, top)
	var lines []string
	for l, err := range flow.Lines(strings.NewReader("one\ntwo\r\n\nlast"), flow.Stages(1)).All(ctx) {
		require.NoError(t, err)
		lines = append(lines, l)
	}
	require.Equal(t, []string{"one", "two", "", "last"}, lines)
	counted, err := flow.Items(flow.Reduce(flow.FromSlice([]int{1, 2, 3, 4, 5}, flow.Stages(1)).Window(flow.Count[int](2)), func() []int { return nil }, func(l []int, i int) []int { return append(l, -i) })).Collect(ctx)
	require.NoError(t, err)
	require.Equal(t, []int{-1, -2, -3, -4, -5}, counted)
}
