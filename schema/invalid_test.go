package schema

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// invalidCase is one entry of testdata/invalid/<type>.json: what is done to the
// example of the type, and a fault that must then be reported.
type invalidCase struct {
	Why     string   `json:"why"`
	Change  []change `json:"change"`
	Code    string   `json:"code"`
	Pointer string   `json:"pointer"`
}

// change is one edit, in the words of RFC 6902. It fails where it would do nothing:
// remove and replace need the value to be there, add needs it to be absent.
type change struct {
	Op    string `json:"op"`
	Path  string `json:"path"`
	Value any    `json:"value"`
}

// Each change in testdata/invalid breaks the example of its type as it says.
func TestInvalidExamples(t *testing.T) {
	files, err := filepath.Glob("testdata/invalid/*.json")
	if err != nil || len(files) == 0 {
		t.Fatalf("no tables in testdata/invalid: %v", err)
	}
	for _, typ := range catalogue(t).Types() {
		if file := "testdata/invalid/" + typ.Name + ".json"; !slices.Contains(files, file) {
			t.Errorf("%s has no table of invalid examples", typ.Name)
		}
	}
	for _, file := range files {
		name := base(file)
		cases := invalidCases(t, file)
		if len(cases) < 4 {
			t.Errorf("%s: got %d cases, want at least 4", name, len(cases))
		}
		for _, c := range cases {
			t.Run(name+"/"+c.Why, func(t *testing.T) { c.check(t, name) })
		}
	}
}

// invalidCases reads one table; a member that nobody reads is a mistake in it.
func invalidCases(t *testing.T, file string) []invalidCase {
	t.Helper()
	f, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	dec := json.NewDecoder(f)
	dec.DisallowUnknownFields()
	var cases []invalidCase
	if err := dec.Decode(&cases); err != nil {
		t.Fatalf("%s: %v", file, err)
	}
	return cases
}

func (c invalidCase) check(t *testing.T, name string) {
	if c.Why == "" || c.Code == "" || len(c.Change) == 0 {
		t.Fatal("a case says why, what changes and which code is expected")
	}
	_, err := catalogue(t).Read(c.raw(t, name))
	var p *Problem
	if !errors.As(err, &p) {
		t.Fatalf("got %v, want %s at %s", err, c.Code, c.Pointer)
	}
	if got, want := reported(p), strings.TrimSpace(c.Pointer+" "+c.Code); !slices.Contains(got, want) {
		t.Errorf("got %q, want %q among them", got, want)
	}
}

// raw is the example of the type with the changes made.
func (c invalidCase) raw(t *testing.T, name string) []byte {
	t.Helper()
	var tree any
	if err := json.Unmarshal(example(t, name), &tree); err != nil {
		t.Fatal(err)
	}
	for _, edit := range c.Change {
		if tree = edit.apply(tree); tree == nil {
			t.Fatalf("%s %s does nothing", edit.Op, edit.Path)
		}
	}
	raw, err := json.Marshal(tree)
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

// reported lists the faults of a problem as "pointer code".
func reported(p *Problem) []string {
	list := p.Errors
	if len(list) == 0 {
		list = []Problem{*p}
	}
	var out []string
	for _, e := range list {
		out = append(out, strings.TrimSpace(e.Pointer+" "+e.Code))
	}
	return out
}

// apply gives the tree after the edit, nil if the edit does not fit the tree.
func (c change) apply(tree any) any {
	tokens := strings.Split(strings.TrimPrefix(c.Path, "/"), "/")
	return c.at(tree, tokens)
}

func (c change) at(v any, tokens []string) any {
	token, last := tokens[0], len(tokens) == 1
	switch v := v.(type) {
	case map[string]any:
		old, there := v[token]
		switch {
		case !last && there:
			old = c.at(old, tokens[1:])
			v[token] = old
			return orNil(v, old != nil)
		case last && c.Op == "remove" && there:
			delete(v, token)
			return v
		case last && (c.Op == "replace" && there || c.Op == "add" && !there):
			v[token] = c.Value
			return v
		}
	case []any:
		i, err := strconv.Atoi(token)
		switch {
		case token == "-" && last && c.Op == "add":
			return append(v, c.Value)
		case err != nil || i < 0 || i >= len(v):
		case !last:
			v[i] = c.at(v[i], tokens[1:])
			return orNil(v, v[i] != nil)
		case c.Op == "remove":
			return slices.Delete(v, i, i+1)
		case c.Op == "replace":
			v[i] = c.Value
			return v
		}
	}
	return nil
}

func orNil(v any, ok bool) any {
	if !ok {
		return nil
	}
	return v
}

// The tables would show nothing if an edit could miss its place.
func TestChangesThatMissTheirPlace(t *testing.T) {
	for _, row := range []struct {
		edit change
		want bool
	}{
		{change{"remove", "/a/b", nil}, true},
		{change{"remove", "/a/c", nil}, false},
		{change{"replace", "/a/b", "x"}, true},
		{change{"replace", "/a/c", "x"}, false},
		{change{"add", "/a/c", "x"}, true},
		{change{"add", "/a/b", "x"}, false},
		{change{"add", "/list/-", "x"}, true},
		{change{"replace", "/list/0", "x"}, true},
		{change{"remove", "/list/0", nil}, true},
		{change{"remove", "/list/1", nil}, false},
		{change{"move", "/a/b", nil}, false},
		{change{"replace", "/a/b/c", nil}, false},
	} {
		tree := map[string]any{"a": map[string]any{"b": "1"}, "list": []any{"2"}}
		if got := row.edit.apply(tree) != nil; got != row.want {
			t.Errorf("%s %s: got %v, want %v", row.edit.Op, row.edit.Path, got, row.want)
		}
	}
}
