package main

import (
	_ "embed"
	"errors"
	"io"
	"os"
	"strings"
)

// opticks is Isaac Newton's book of 1704, in its fourth edition: see README.md.
//
//go:embed opticks.txt
var opticks string

var errUsage = errors.New("usage: wordcount [file]")

// open opens the text that the arguments name. Its size is 0 if unknown.
func open(args []string) (text io.ReadCloser, size int64, err error) {
	switch len(args) {
	case 0:
		return io.NopCloser(strings.NewReader(opticks)), int64(len(opticks)), nil
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
