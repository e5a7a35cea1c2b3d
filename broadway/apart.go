package broadway

import "github.com/stagecraft-go/stagecraft/process"

// apart runs a callback of the user in a goroutine of its own, and waits for it:
// one that calls runtime.Goexit must not end the caller's. A panic, or that, is
// an error.
func apart(callback func() error) (err error) {
	done := make(chan struct{})
	go func() {
		defer close(done)
		returned := false
		defer func() {
			if !returned {
				err = process.NewCrash(recover())
			}
		}()
		err = callback()
		returned = true
	}()
	<-done
	return err
}

// recovered turns a panic into an error.
func recovered(err *error) {
	if v := recover(); v != nil {
		*err = process.NewCrash(v)
	}
}
