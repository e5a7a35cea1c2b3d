package process_test

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/stagecraft-go/stagecraft/process"
)

type nothing struct{}

func (nothing) Init(*process.Self) error        { return nil }
func (nothing) Handle(*process.Self, any) error { return nil }
func (nothing) Terminate(*process.Self, error)  {}

// Under the race detector this finds a process that is only half made.
func TestWhoeverIsFoundByNameIsThere(t *testing.T) {
	system := process.NewSystem(process.WithLogger(slog.New(slog.NewTextHandler(io.Discard, nil))))
	ctx := context.Background()
	stop := make(chan struct{})
	var wait sync.WaitGroup
	for range 3 {
		wait.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
				}
				if p, ok := system.Whereis("name"); ok {
					assert.NotNil(t, p.PID())
					p.Kill()
					<-p.Done()
				}
			}
		})
	}
	for range 2000 {
		_, err := system.Start(ctx, nothing{}, process.WithName("name"))
		taken := new(process.NameTakenError)
		if errors.As(err, &taken) {
			assert.NotEmpty(t, taken.Error())
		} else if err != nil {
			assert.ErrorIs(t, err, process.Killed)
		}
	}
	close(stop)
	wait.Wait()
	require.NoError(t, system.Shutdown(ctx))
}
