package schema

import (
	"bytes"
	"embed"
	"fmt"
	"io/fs"
	"path"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
)

// data holds the catalogue as it ships: types, codes, labels, instruments, examples.
//
//go:embed message.json common.json types codes labels instruments machines rules calendars examples
var data embed.FS

// file is one data file: its tree, and the order of names its objects were written in.
type file struct {
	raw   []byte
	tree  map[string]any
	order map[string][]string // names of each "properties" object, by its pointer
}

// readFiles reads every schema file below the given directories of fsys, by path.
func readFiles(fsys fs.FS, patterns ...string) (map[string]*file, error) {
	files := map[string]*file{}
	for _, pattern := range patterns {
		names, err := fs.Glob(fsys, pattern)
		if err != nil || len(names) == 0 {
			return nil, fmt.Errorf("read %s: no such files", pattern)
		}
		for _, name := range names {
			f, err := readFile(fsys, name)
			if err != nil {
				return nil, err
			}
			files[name] = f
		}
	}
	return files, nil
}

func readFile(fsys fs.FS, name string) (*file, error) {
	raw, err := fs.ReadFile(fsys, name)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", name, err)
	}
	tree, p := newReader().whole(raw)
	if p != nil {
		return nil, fmt.Errorf("read %s: %w", name, p)
	}
	order, err := propertyOrder(raw)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", name, err)
	}
	return &file{raw, tree, order}, nil
}

// propertyOrder notes the order in which each "properties" object names its members.
func propertyOrder(raw []byte) (map[string][]string, error) {
	order := map[string][]string{}
	dec := jsontext.NewDecoder(bytes.NewBuffer(raw))
	for {
		tok, err := dec.ReadToken()
		if err != nil {
			return nil, err
		}
		depth := dec.StackDepth()
		if depth == 0 {
			return order, nil // the end of the one object, which parse has checked
		}
		kind, n := dec.StackIndex(depth)
		if kind != '{' || n%2 != 1 || tok.Kind() != '"' {
			continue // not a member name
		}
		at := string(dec.StackPointer())
		parent := at[:strings.LastIndexByte(at, '/')]
		if strings.HasSuffix(parent, "/properties") {
			order[parent] = append(order[parent], tok.String())
		}
	}
}

// resolve splits a $ref found in the file named from into the file it names and the place there.
func resolve(from, ref string) (name, pointer string) {
	name, pointer, _ = strings.Cut(ref, "#")
	if name == "" {
		return from, pointer
	}
	return path.Join(path.Dir(from), name), pointer
}

// base is the file name without directory and ending.
func base(name string) string { return strings.TrimSuffix(path.Base(name), ".json") }
