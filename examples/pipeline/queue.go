package main

import (
	"context"
	"errors"
	"os"
	"strconv"

	"github.com/stagecraft-go/stagecraft/broadway"
)

// queueWriter appends batches to the queue file. Each batch processor has one.
type queueWriter struct {
	file *os.File
	flaky
}

func (f *files) newQueueWriter(context.Context, broadway.Worker) (broadway.BatchHandler[int], error) {
	file, err := os.OpenFile(f.queue, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, err
	}
	return &queueWriter{file: file}, nil
}

// HandleBatch appends a batch in one write, and waits until it is on the disk. An
// error fails all messages of the batch, which are tried again.
func (w *queueWriter) HandleBatch(_ context.Context, b *broadway.Batch[int]) ([]*broadway.Message[int], error) {
	if err := w.call(); err != nil {
		return nil, err
	}
	var lines []byte
	for _, number := range b.Data() {
		lines = append(strconv.AppendInt(lines, int64(number), 10), '\n')
	}
	_, err := w.file.Write(lines)
	return b.Messages, errors.Join(err, w.file.Sync())
}

// Terminate closes the file at the end of the worker.
func (w *queueWriter) Terminate(context.Context, error) { w.file.Close() }
