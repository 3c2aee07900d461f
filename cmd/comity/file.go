package main

import (
	"errors"
	"io"
	"io/fs"
	"os"

	"github.com/comity-exchange/comity/schema"
)

// maxFile bounds what the command line reads into memory, octets. Everything it
// reads must fit a pouch, or is smaller still.
const maxFile = 8 << 20

// readFile reads a file of the operator, or stdin for "-".
func (c *cli) readFile(name string) ([]byte, error) {
	if name == "-" {
		return readBounded(c.in, "standard input")
	}
	f, err := os.Open(name)
	if err != nil {
		return nil, fileProblem(name, err)
	}
	defer f.Close()
	return readBounded(f, name)
}

func readBounded(r io.Reader, name string) ([]byte, error) {
	data, err := io.ReadAll(io.LimitReader(r, maxFile+1))
	if err != nil {
		return nil, fileProblem(name, err)
	}
	if len(data) > maxFile {
		return nil, &schema.Problem{Kind: schema.TooLarge, Code: "file_too_large", Pointer: name, Detail: "This file is larger than 8 MiB.", Fix: "Check that it is the file you mean."}
	}
	return data, nil
}

// export writes exact bytes to a file, or to stdout if none is named.
func (c *cli) export(file string, data []byte) error {
	return c.exportTo(file, func(w io.Writer) error {
		_, err := w.Write(data)
		return err
	})
}

// exportTo lets write fill a file, or stdout if none is named. The file is whole
// or not there at all, and never written over another.
func (c *cli) exportTo(file string, write func(io.Writer) error) error {
	if file == "" || file == "-" {
		return write(c.out)
	}
	f, err := os.OpenFile(file, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return &schema.Problem{Kind: schema.Conflict, Code: "file_exists", Pointer: file, Detail: "There is a file by this name already.", Fix: "Choose another name with -o, or move the old file away."}
	}
	if err != nil {
		return fileProblem(file, err)
	}
	if err := errors.Join(write(f), f.Close()); err != nil {
		os.Remove(file)
		return err
	}
	c.note("wrote %s", safe(file))
	return nil
}

func fileProblem(name string, err error) error {
	p := &schema.Problem{Kind: schema.NotFound, Code: "file_unreadable", Pointer: name, Detail: "This file cannot be used: " + reason(err) + ".", Fix: "Check the name and who may read it."}
	if !errors.Is(err, fs.ErrNotExist) {
		p.Kind = schema.Internal
	}
	return p
}

// reason is the system's word for what went wrong, without repeating the name.
func reason(err error) string {
	var p *fs.PathError
	if errors.As(err, &p) {
		return p.Err.Error()
	}
	return err.Error()
}
