package auditor

import (
	"strings"
	"testing"
)

func TestPolicyConditions(t *testing.T) {
	rules, err := readRules([]byte(`version: 1
rules:
  - {name: narrow, peers: [NL], direction: send, types: [mla.*], categories: [id.*, health], marking: restricted, instruments: [EIO]}
  - {name: bare, peers: [FR], direction: receive, types: [notice.wanted]}
`))
	if err != nil {
		t.Fatal(err)
	}
	good := question{kind: "mla.request", instrument: "EIO", marking: "restricted", findings: []finding{{"id.name", false}, {"health", false}}}
	tests := []struct {
		name, direction, peer string
		change                func(q *question)
		want                  string // part of the words, "" if allowed
	}{
		{"all holds", "send", "NL", func(*question) {}, ""},
		{"another peer", "send", "FR", func(*question) {}, "no rule is for send FR"},
		{"another direction", "receive", "NL", func(*question) {}, "no rule is for receive NL"},
		{"another type", "send", "NL", func(q *question) { q.kind = "mlax.request" }, "type"},
		{"the stem of a wildcard", "send", "NL", func(q *question) { q.kind = "mla" }, "type"},
		{"another instrument", "send", "NL", func(q *question) { q.instrument = "COE-1959" }, "instrument"},
		{"no instrument", "send", "NL", func(q *question) { q.instrument = "" }, "instrument"},
		{"a marking that nobody carries", "send", "NL", func(q *question) { q.marking = "secret" }, "marking"},
		{"a category that only begins alike", "send", "NL", func(q *question) { q.findings = []finding{{"healthy", false}} }, "category"},
		{"a person under 18", "send", "NL", func(q *question) { q.findings = []finding{{"id.name", true}} }, "under 18"},
		{"nothing but the type", "receive", "FR", func(q *question) { *q = question{kind: "notice.wanted", marking: "unclassified"} }, ""},
		{"a marking above the one left out", "receive", "FR", func(q *question) { *q = question{kind: "notice.wanted", marking: "restricted"} }, "marking"},
		{"an instrument where none is named", "receive", "FR", func(q *question) {
			*q = question{kind: "notice.wanted", instrument: "EIO", marking: "unclassified"}
		}, "instrument"},
	}
	for _, tt := range tests {
		q := good
		tt.change(&q)
		if got := forbids(rules, tt.direction, tt.peer, &q); (got == "") != (tt.want == "") || !strings.Contains(got, tt.want) {
			t.Errorf("%s: got %q, want %q", tt.name, got, tt.want)
		}
	}
}
