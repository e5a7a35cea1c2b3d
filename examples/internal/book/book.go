// Package book is what the word counts have in common: a text, what a word is,
// and a program around a function that counts.
package book

import (
	_ "embed"
	"errors"
	"io"
	"os"
	"strings"
)

// Opticks is Isaac Newton's book of 1704, in its fourth edition: see README.md.
//
//go:embed opticks.txt
var Opticks string

var errUsage = errors.New("the name of one file, or none, is expected")

// open opens the text that the arguments name. Its size is 0 if unknown.
func open(args []string) (text io.ReadCloser, size int64, err error) {
	switch len(args) {
	case 0:
		return io.NopCloser(strings.NewReader(Opticks)), int64(len(Opticks)), nil
	case 1:
		return openFile(args[0])
	}
	return nil, 0, errUsage
}

func openFile(name string) (io.ReadCloser, int64, error) {
	file, err := os.Open(name)
	if err != nil {
		return nil, 0, err
	}
	info, err := file.Stat()
	if err != nil {
		file.Close()
		return nil, 0, err
	}
	return file, info.Size(), nil
}
