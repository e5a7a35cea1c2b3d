package broadway

import "github.com/stagecraft-go/stagecraft/internal/guard"

// apart runs a callback of the user in a goroutine of its own, and waits for it:
// one that calls runtime.Goexit must not end the caller's. A panic, or that, is
// an error.
func apart(callback func() error) (err error) {
	done := make(chan struct{})
	go guard.Run(callback, func(end error) {
		err = end
		close(done)
	})
	<-done
	return err
}
