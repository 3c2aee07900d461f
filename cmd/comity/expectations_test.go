package main

import (
	"strings"
	"testing"

	"github.com/comity-exchange/comity/schema"
)

func TestExpectationsAreReadStrictly(t *testing.T) {
	const good = "- send: mla.request\n  to: NL\n  expect: allow\n"
	rows := []struct{ name, text, pointer, detail string }{
		{"good", good, "", ""},
		{"misspelt key", good + "- send: mla.request\n  too: NL\n  expect: allow\n", "line 4", "too"},
		{"no peer", "- send: mla.request\n  expect: allow\n", "line 1", "missing"},
		{"both directions", "- send: mla.request\n  receive: mla.request\n  to: NL\n  expect: allow\n", "line 1", "either send and to"},
		{"no answer wanted", "- send: mla.request\n  to: NL\n", "line 1", "allow or deny"},
		{"unknown type", "- send: mla.reqest\n  to: NL\n  expect: allow\n", "line 1", "type"},
		{"unknown category", "- send: mla.request\n  to: NL\n  categories: [id.nmae]\n  expect: deny\n", "line 1", "id.nmae"},
		{"bad marking", "- send: mla.request\n  to: NL\n  marking: secret\n  expect: deny\n", "line 1", "marking"},
		{"not a list", "send: mla.request\n", "line 1", "no list"},
		{"empty list", "[]\n", "line 1", "no list"},
		{"empty", "", "line 1", "no list"},
		{"two documents", good + "---\n" + good, "", "one YAML list"},
		{"not YAML", "- [\n", "", ""},
	}
	catalogue, err := schema.Load()
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range rows {
		t.Run(r.name, func(t *testing.T) {
			got, err := readExpectations([]byte(r.text), catalogue)
			if r.name == "good" {
				if err != nil || len(got) != 1 || got[0].line != 1 {
					t.Fatalf("got %+v, %v", got, err)
				}
				return
			}
			if err == nil {
				t.Fatal("got no error")
			}
			p := asProblem(err)
			if p.Code != "bad_expectation" || p.Pointer != r.pointer || !strings.Contains(p.Detail, r.detail) || p.Fix == "" {
				t.Errorf("got %s at %q: %s", p.Code, p.Pointer, p.Detail)
			}
		})
	}
}
