package process

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"
)

type noop struct{}

func (noop) Init(*Self) error        { return nil }
func (noop) Handle(*Self, any) error { return nil }
func (noop) Terminate(*Self, error)  {}

func TestAnIdleMailboxKeepsLittle(t *testing.T) {
	sys := NewSystem()
	defer func() { require.NoError(t, sys.Shutdown(context.Background())) }()
	p, err := sys.Start(context.Background(), noop{})
	require.NoError(t, err)
	for _, burst := range []int{1, 50, 100, 5000, 100_000} {
		free := make(chan struct{})
		require.NoError(t, p.Inspect(context.Background(), func() {
			go func() { <-free }()
			for range burst {
				p.Send(1)
			}
			close(free)
		}))
		waitIdle(p)
		p.mailbox.mu.Lock()
		require.LessOrEqual(t, cap(p.mailbox.in), smallBuffer)
		require.LessOrEqual(t, cap(p.mailbox.batch), smallBuffer)
		p.mailbox.mu.Unlock()
	}
}

func waitIdle(p *Process) {
	for p.life.Load() != idle {
		_ = p.Inspect(context.Background(), func() {})
	}
}

func TestBuffersHoldNothingTheyGaveOut(t *testing.T) {
	large := grow(make([]any, smallBuffer))
	require.Len(t, large, smallBuffer)
	require.Equal(t, largeBuffer, cap(large))
	clear(large)
	require.Nil(t, giveBack(large[:0]))
	require.Nil(t, giveBack(make([]any, 0, 2*largeBuffer)))
	require.NotNil(t, giveBack(make([]any, 0, smallBuffer)))
}

func TestADeadMailboxKeepsNothing(t *testing.T) {
	sys := NewSystem()
	defer func() { require.NoError(t, sys.Shutdown(context.Background())) }()
	p, err := sys.Start(context.Background(), noop{})
	require.NoError(t, err)
	p.Send(1)
	p.Kill()
	p.Send(2)
	require.Nil(t, p.mailbox.in)
}
