package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"

	"github.com/stagecraft-go/stagecraft/broadway"
)

// files are where numbers go.
type files struct {
	queue   string // a file
	objects string // a folder

	mu     sync.Mutex
	graves *os.File // of dead letters
}

// openFiles makes the files below a folder.
func openFiles(dir string) (*files, error) {
	f := &files{queue: filepath.Join(dir, "queue.txt"), objects: filepath.Join(dir, "objects")}
	if err := os.MkdirAll(f.objects, 0o750); err != nil {
		return nil, err
	}
	graves, err := os.OpenFile(filepath.Join(dir, "dead_letters.txt"), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	f.graves = graves
	return f, err
}

func (f *files) close() { f.graves.Close() }

// bury takes the numbers that have failed for good.
func (f *files) bury(_ context.Context, letter broadway.DeadLetter[int]) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	_, err := fmt.Fprintf(f.graves, "%d\t%q\n", letter.Message.Data, letter.Err)
	return errors.Join(err, f.graves.Sync())
}
