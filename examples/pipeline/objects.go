package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/stagecraft-go/stagecraft/broadway"
)

// objectWriter writes each batch as an object into a folder.
type objectWriter struct {
	dir string
	flaky
}

func (f *files) newObjectWriter(context.Context, broadway.Worker) (broadway.BatchHandler[int], error) {
	return &objectWriter{dir: f.objects}, nil
}

// HandleBatch writes an object that is named after its first number: a number is
// in one object only.
func (w *objectWriter) HandleBatch(_ context.Context, b *broadway.Batch[int]) ([]*broadway.Message[int], error) {
	if err := w.call(); err != nil {
		return nil, err
	}
	numbers := make([]int, 0, len(b.Messages))
	for _, number := range b.Data() {
		numbers = append(numbers, number)
	}
	text, err := json.Marshal(numbers)
	if err != nil {
		return nil, err
	}
	name := filepath.Join(w.dir, fmt.Sprintf("%08d.json", numbers[0]))
	return b.Messages, put(name, text)
}

// put writes a file that is there as a whole, or not at all.
func put(name string, text []byte) error {
	file, err := os.CreateTemp(filepath.Dir(name), ".part-*")
	if err != nil {
		return err
	}
	_, err = file.Write(text)
	if err = errors.Join(err, file.Sync(), file.Close()); err == nil {
		err = os.Rename(file.Name(), name)
	}
	if err != nil {
		os.Remove(file.Name())
	}
	return err
}
