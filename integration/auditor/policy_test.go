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
	good := question{kind: "mla.request", instrument: "EIO", marking: "restricted", findings: []finding{{category: "id.name"}, {category: "health"}}}
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
		{"a category that only begins alike", "send", "NL", func(q *question) { q.findings = []finding{{category: "healthy"}} }, "category"},
		{"a person under 18", "send", "NL", func(q *question) { q.findings = []finding{{category: "id.name", minor: true}} }, "under 18"},
		{"nothing but the type", "receive", "FR", func(q *question) { *q = question{kind: "notice.wanted", marking: "unclassified"} }, ""},
		{"a marking above the one left out", "receive", "FR", func(q *question) { *q = question{kind: "notice.wanted", marking: "restricted"} }, "marking"},
		{"an instrument where none is named", "receive", "FR", func(q *question) {
			*q = question{kind: "notice.wanted", instrument: "EIO", marking: "unclassified"}
		}, "instrument"},
	}
	for _, tt := range tests {
		q := good
		tt.change(&q)
		if got, _ := rules.forbids(tt.direction, tt.peer, "2026-11-23", &q); (got == "") != (tt.want == "") || !strings.Contains(got, tt.want) {
			t.Errorf("%s: got %q, want %q", tt.name, got, tt.want)
		}
	}
}

// What POLICY says of release, redaction, groups, days and the lists that look at the whole message.
func TestPolicyOutcomes(t *testing.T) {
	rules, err := readRules([]byte(`version: 1
groups:
  near: [NL, FR]
rules:
  - {name: free, peers: [near], direction: send, types: [mla.*], categories: [id.*], subjects: [suspect], from: 2026-01-01, until: 2026-12-31}
  - {name: wait, peers: [NL], direction: send, types: [mla.*], categories: [id.*, health], approve: [health], redact: [bio.*], codes: [H1], purposes: [operational], languages: [nl]}
`))
	if err != nil {
		t.Fatal(err)
	}
	base := question{kind: "mla.request", marking: "unclassified"}
	about := func(category, subject string) func(*question) {
		return func(q *question) { q.findings = []finding{{category: category, subject: subject}} }
	}
	full := func(category string) func(*question) {
		return func(q *question) {
			q.codes, q.purposes, q.languages, q.findings = []string{"H1"}, []string{"operational"}, []string{"nl"}, []finding{{category: category}}
		}
	}
	tests := []struct {
		name, peer, day string
		change          func(q *question)
		want            string
	}{
		{"a member of a group", "FR", "2026-06-01", about("id.name", "suspect"), "allow"},
		{"no member", "DE", "2026-06-01", about("id.name", "suspect"), "deny"},
		{"a kind of person that is not listed", "FR", "2026-06-01", about("id.name", "victim"), "deny"},
		{"data about nobody", "FR", "2026-06-01", about("id.name", ""), "allow"},
		{"the first day", "FR", "2026-01-01", about("id.name", ""), "allow"},
		{"the last day", "FR", "2026-12-31", about("id.name", ""), "allow"},
		{"the day before", "FR", "2025-12-31", about("id.name", ""), "deny"},
		{"the day after", "FR", "2027-01-01", about("id.name", ""), "deny"},
		{"the stricter list wins", "NL", "2027-01-01", full("health"), "hold"},
		{"what should be taken out and is there", "NL", "2027-01-01", full("bio.fingerprint"), "hold"},
		{"neither", "NL", "2027-01-01", full("id.name"), "allow"},
		{"no purpose", "NL", "2027-01-01", func(q *question) { full("id.name")(q); q.purposes = nil }, "deny"},
		{"a purpose too many", "NL", "2027-01-01", func(q *question) { full("id.name")(q); q.purposes = []string{"operational", "strategic"} }, "deny"},
		{"another language", "NL", "2027-01-01", func(q *question) { full("id.name")(q); q.languages = []string{"nl-BE"} }, "deny"},
		{"no code", "NL", "2027-01-01", func(q *question) { full("id.name")(q); q.codes = nil }, "allow"},
		{"another code", "NL", "2027-01-01", func(q *question) { full("id.name")(q); q.codes = []string{"H2"} }, "deny"},
	}
	for _, tt := range tests {
		q := base
		tt.change(&q)
		got := "allow"
		if words, held := rules.forbids("send", tt.peer, tt.day, &q); held {
			got = "hold"
		} else if words != "" {
			got = "deny"
		}
		if got != tt.want {
			t.Errorf("%s: got %s, want %s", tt.name, got, tt.want)
		}
	}
}
