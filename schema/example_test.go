package schema

import (
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"testing"
)

func example(t testing.TB, name string) []byte {
	t.Helper()
	raw, err := catalogue(t).Example(name)
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

// gone as the value of an edit takes the member out.
type gone struct{}

// edited is the example with the values at the given pointers replaced or added.
func edited(t testing.TB, name string, edits map[string]any) []byte {
	t.Helper()
	var tree any
	if err := json.Unmarshal(example(t, name), &tree); err != nil {
		t.Fatal(err)
	}
	for pointer, value := range edits {
		tokens := strings.Split(pointer[1:], "/")
		at := tree
		for _, token := range tokens[:len(tokens)-1] {
			at = step(t, at, token)
		}
		last := tokens[len(tokens)-1]
		switch at := at.(type) {
		case map[string]any:
			if _, out := value.(gone); out {
				delete(at, last)
			} else {
				at[last] = value
			}
		case []any:
			i, _ := strconv.Atoi(last)
			at[i] = value
		default:
			t.Fatalf("%s: nothing to edit", pointer)
		}
	}
	raw, err := json.Marshal(tree)
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

func step(t testing.TB, at any, token string) any {
	t.Helper()
	v, ok := lookup(at, "/"+token)
	if !ok {
		t.Fatalf("no %q to edit", token)
	}
	return v
}

// An example that answers another is one of the types that may.
func TestExamplesAnswerWhatTheyMay(t *testing.T) {
	c := catalogue(t)
	byID := map[ID]*Type{}
	for _, typ := range c.Types() {
		if other := byID[exampleMessage(t, typ).ID]; other != nil {
			t.Errorf("%s and %s have the same id", other.Name, typ.Name)
		}
		byID[exampleMessage(t, typ).ID] = typ
	}
	pairs := 0
	for _, typ := range c.Types() {
		asked := byID[exampleMessage(t, typ).Re]
		if asked == nil {
			continue
		}
		pairs++
		if len(asked.Replies) > 0 && !slices.Contains(asked.Replies, typ.Name) {
			t.Errorf("%s answers %s, which names only %v", typ.Name, asked.Name, asked.Replies)
		}
	}
	if pairs < 30 {
		t.Errorf("got %d examples that answer another, want most of them", pairs)
	}
}

func exampleMessage(t *testing.T, typ *Type) *Message {
	t.Helper()
	m, err := catalogue(t).Read(typ.Example)
	if err != nil {
		t.Fatal(err)
	}
	return m
}
