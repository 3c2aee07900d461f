package auditor

import (
	"path/filepath"
	"strings"
	"testing"
)

// The auditor's reading of POLICY gives the answers that stand beside the worked policies.
func TestWorkedPolicies(t *testing.T) {
	files, err := filepath.Glob(filepath.Join("..", "..", "gateway", "policy", "testdata", "worked", "*.yaml"))
	if err != nil || len(files) < 3 {
		t.Fatalf("got %d worked policies, %v; want at least 3", len(files), err)
	}
	for _, file := range files {
		rules, err := readRules(readFile(t, file))
		if err != nil {
			t.Fatal(err)
		}
		verdicts := map[string]int{}
		for line := range strings.Lines(string(readFile(t, strings.TrimSuffix(file, ".yaml")+".expect"))) {
			asked, _, found := strings.Cut(line, "=>")
			f := strings.Fields(asked)
			if !found || strings.HasPrefix(line, "#") {
				continue
			}
			for i := range f {
				f[i] = strings.TrimPrefix(f[i], "-")
			}
			q := &question{kind: f[3], instrument: f[4], marking: f[5]}
			for _, c := range strings.Split(f[6], ",") {
				if category, minor := strings.CutSuffix(c, "+minor"); category != "" {
					q.findings = append(q.findings, finding{category, minor || category == "person.minor"})
				}
			}
			got := "allow"
			if forbids(rules, f[1], f[2], q) != "" {
				got = "deny"
			}
			verdicts[got]++
			if got != f[0] {
				t.Errorf("%s: got %s, want %s", filepath.Base(file), got, strings.TrimSpace(line))
			}
		}
		if verdicts["allow"] == 0 || verdicts["deny"] == 0 {
			t.Errorf("%s: the expectations show only one verdict: %v", filepath.Base(file), verdicts)
		}
	}
}

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
