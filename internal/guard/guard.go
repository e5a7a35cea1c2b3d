// Package guard runs code of users that may not return: it panics, or calls
// runtime.Goexit. Both become a [process.Crash].
//
// Where a call for each batch of events must cost nothing, the same stands in
// line: in process, stage and flow.
package guard

import "github.com/stagecraft-go/stagecraft/process"

// Run calls f and then, whatever f does, end with its error or its crash. After a
// panic it returns, after a Goexit it does not: then end is the last that the
// goroutine does.
func Run(f func() error, end func(err error)) {
	var err error
	returned := false
	defer func() {
		if !returned {
			err = process.NewCrash(recover())
		}
		end(err)
	}()
	err = f()
	returned = true
}

// Recover is deferred, and makes a panic the error. A Goexit goes on, and takes
// the process along.
func Recover(err *error) {
	if v := recover(); v != nil {
		*err = process.NewCrash(v)
	}
}
