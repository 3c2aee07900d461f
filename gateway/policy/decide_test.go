package policy

import (
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/comity-exchange/comity/schema"
)

// find makes findings of categories; "+minor" behind one marks the person as under 18.
func find(categories ...string) []schema.Finding {
	var out []schema.Finding
	for i, c := range categories {
		category, minor := strings.CutSuffix(c, "+minor")
		out = append(out, schema.Finding{Pointer: fmt.Sprintf("/body/fields/%d", i), Category: category, Minor: minor})
	}
	return out
}

func ask(categories ...string) Question {
	return Question{Peer: "NL", Direction: Send, Type: "mla.request", Findings: find(categories...)}
}

func (q Question) with(change func(*Question)) Question {
	change(&q)
	return q
}

func TestDecide(t *testing.T) {
	wide := one("categories: [id.*, fin.account, health]", "marking: restricted", "instruments: [EIO, COE-1959]")
	eio := func(q *Question) { q.Instrument = "EIO" }
	tests := []struct {
		name   string
		policy string
		q      Question
		want   Verdict
	}{
		{"no rules", "version: 1\nrules: []\n", ask(), Deny},
		{"bare rule, bare message", one(), ask(), Allow},
		{"another peer", one(), ask().with(func(q *Question) { q.Peer = "DE" }), Deny},
		{"a longer peer", one("peers: [EURO]"), ask().with(func(q *Question) { q.Peer = "EUROPOL" }), Deny},
		{"no peer", one(), ask().with(func(q *Question) { q.Peer = "" }), Deny},
		{"the second peer of a list", one("peers: [FR, NL]"), ask(), Allow},
		{"the other direction", one(), ask().with(func(q *Question) { q.Direction = Receive }), Deny},
		{"no direction", one(), ask().with(func(q *Question) { q.Direction = "" }), Deny},
		{"a type under the stem", one(), ask().with(func(q *Question) { q.Type = "mla.request.urgent" }), Allow},
		{"the stem itself", one(), ask().with(func(q *Question) { q.Type = "mla" }), Deny},
		{"the stem and a dot", one(), ask().with(func(q *Question) { q.Type = "mla." }), Deny},
		{"a word that goes on", one(), ask().with(func(q *Question) { q.Type = "mlax.request" }), Deny},
		{"another case", one(), ask().with(func(q *Question) { q.Type = "MLA.request" }), Deny},
		{"no type under a star", one(`types: ["*"]`), ask().with(func(q *Question) { q.Type = "" }), Deny},
		{"any type under a star", one(`types: ["*"]`), ask().with(func(q *Question) { q.Type = "notice.wanted" }), Allow},
		{"an exact type", one("types: [mla.request]"), ask(), Allow},
		{"under an exact type", one("types: [mla.request]"), ask().with(func(q *Question) { q.Type = "mla.request.urgent" }), Deny},

		{"categories left out, one found", one(), ask("id.name"), Deny},
		{"categories empty, one found", one("categories: []"), ask("id.name"), Deny},
		{"all covered", wide, ask("id.name", "fin.account", "health").with(eio), Allow},
		{"one not covered", wide, ask("id.name", "bio.face").with(eio), Deny},
		{"the one not covered comes last", wide, ask("id.name", "id.birth", "id.name", "fin.transaction").with(eio), Deny},
		{"a longer word", wide, ask("healthy").with(eio), Deny},
		{"under an exact category", wide, ask("health.mental").with(eio), Deny},
		{"two rules do not add up", one("categories: [id.*]") + "  - {name: b, peers: [NL], direction: send, types: [mla.*], categories: [fin.*]}\n", ask("id.name", "fin.account"), Deny},
		{"a category without a name", one(`categories: ["*"]`), ask(""), Deny},
		{"a star covers all", one(`categories: ["*"]`), ask("gen.dna", "health"), Allow},

		{"marking left out, restricted", one(), ask().with(func(q *Question) { q.Marking = schema.Restricted }), Deny},
		{"restricted under restricted", one("marking: restricted"), ask().with(func(q *Question) { q.Marking = schema.Restricted }), Allow},
		{"unclassified under restricted", one("marking: restricted"), ask(), Allow},
		{"a marking above ours", one("marking: restricted"), ask().with(func(q *Question) { q.Marking = 2 }), Deny},
		{"a marking below ours", one("marking: restricted"), ask().with(func(q *Question) { q.Marking = -1 }), Deny},

		{"instruments left out, one named", one(), ask().with(eio), Deny},
		{"instruments listed, none named", one("instruments: [EIO]"), ask(), Deny},
		{"instruments listed with none, none named", one("instruments: [EIO, none]"), ask(), Allow},
		{"instruments listed with none, one named", one("instruments: [EIO, none]"), ask().with(eio), Allow},
		{"another instrument", one("instruments: [COE-1959]"), ask().with(eio), Deny},
		{"an instrument called none", one("instruments: [none]"), ask().with(func(q *Question) { q.Instrument = "none" }), Deny},

		{"minors left out", one("categories: [id.*]"), ask("id.name+minor"), Deny},
		{"minors false", one("categories: [id.*]", "minors: false"), ask("id.birth", "id.name+minor"), Deny},
		{"minors true", one("categories: [id.*]", "minors: true"), ask("id.name+minor"), Allow},
		{"minors true covers no category", one("minors: true"), ask("id.name+minor"), Deny},
		{"a star does not cover minors", one(`categories: ["*"]`), ask("id.name+minor"), Deny},
		{"a minor by category", one(`categories: ["*"]`), ask("person.minor"), Deny},
		{"a minor by subject", one(`categories: ["*"]`), ask().with(func(q *Question) {
			q.Findings = []schema.Finding{{Category: "id.name", Subject: "minor"}}
		}), Deny},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p := mustParse(t, tt.policy)
			got := p.Decide(tt.q)
			if got.Verdict != tt.want {
				t.Errorf("got %s, want %s\n%s", got.Verdict, tt.want, p.Explain(tt.q).Text())
			}
			sum := p.SHA256()
			if got.Policy != hex.EncodeToString(sum[:]) {
				t.Errorf("got policy %s, want %x", got.Policy, sum)
			}
		})
	}
}

func TestNoneAllowsNothing(t *testing.T) {
	p := None()
	if got := p.Decide(ask()); got.Verdict != Deny || got.Closest != "" {
		t.Errorf("got %+v, want a denial without a rule", got)
	}
	again := mustParse(t, string(p.Text()))
	if again.SHA256() != p.SHA256() {
		t.Errorf("got %x, want the digest of a policy that parses", p.SHA256())
	}
}

func TestMentions(t *testing.T) {
	p := mustParse(t, one("peers: [FR, EUROPOL]"))
	for peer, want := range map[schema.Jurisdiction]bool{"FR": true, "EUROPOL": true, "NL": false, "": false, "EURO": false} {
		if got := p.Mentions(peer); got != want {
			t.Errorf("%q: got %v, want %v", peer, got, want)
		}
	}
}

func TestAskTakesAllThatADecisionDependsOn(t *testing.T) {
	m := &schema.Message{Type: "mla.request", Instrument: "EIO", Marking: schema.Restricted, Findings: find("id.name")}
	p := mustParse(t, one("categories: [id.*]", "marking: restricted", "instruments: [EIO]"))
	if got := p.Decide(Ask(m, "NL", Send, time.Now())); got.Verdict != Allow || got.Rule != "nl-mla" {
		t.Errorf("got %+v, want allow by nl-mla", got)
	}
	m.Findings = find("health")
	if got := p.Decide(Ask(m, "NL", Send, time.Now())); got.Verdict != Deny {
		t.Errorf("got %+v, want deny", got)
	}
}

const neighbours = head + `
  - {name: eu-notice, peers: [EU], direction: send, types: ["*"], categories: ["*"], minors: true}
  - {name: nl-in, peers: [NL], direction: receive, types: ["*"], categories: ["*"], minors: true}
  - {name: nl-notice, peers: [NL], direction: send, types: [notice.*], categories: ["*"], minors: true}
  - {name: nl-narrow, peers: [NL], direction: send, types: [mla.*], categories: [id.name]}
  - {name: nl-mla, peers: [NL], direction: send, types: [mla.*], categories: [id.*]}
`

func TestTraceIsClosestFirst(t *testing.T) {
	d := mustParse(t, neighbours).Decide(ask("id.name", "id.birth", "health"))
	var got []string
	for _, trace := range d.Trace {
		got = append(got, trace.Rule)
	}
	want := "nl-mla nl-narrow nl-notice nl-in eu-notice"
	if strings.Join(got, " ") != want || d.Closest != "nl-mla" || d.WouldPass != "Without health: allowed by nl-mla." {
		t.Errorf("got %v, closest %q, %q; want %s", got, d.Closest, d.WouldPass, want)
	}
	if got := len(d.Trace[4].Conditions); got != 1 {
		t.Errorf("a rule for another peer has %d conditions, want 1: the rest is not judged", got)
	}
}

func TestTraceSaysWhere(t *testing.T) {
	q := ask("id.name", "health", "bio.face", "health")
	d := mustParse(t, neighbours).Explain(q)
	c, judged := d.Trace[0].condition("categories")
	if !judged || c.OK {
		t.Fatalf("got %+v, want categories that fail", c)
	}
	want := []schema.Finding{q.Findings[1], q.Findings[3], q.Findings[2]}
	if fmt.Sprint(c.Failing) != fmt.Sprint(want) || fmt.Sprint(c.Covered, c.Uncovered) != "[id.name] [health bio.face]" {
		t.Errorf("got failing %v, covered %v, uncovered %v; want %v", c.Failing, c.Covered, c.Uncovered, want)
	}
}

func TestWouldPass(t *testing.T) {
	tests := []struct {
		policy string
		q      Question
		want   string
	}{
		{one("categories: [id.*]"), ask("id.name", "health", "bio.face"), "Without health, bio.face: allowed by nl-mla."},
		{one("categories: [id.*]"), ask("id.name+minor"), "Without data on persons under 18: allowed by nl-mla."},
		{one("instruments: [EIO, none]"), ask().with(func(q *Question) { q.Instrument = "COE-1959" }), "With instrument EIO or none: allowed by nl-mla."},
		{one(), ask("health").with(func(q *Question) { q.Instrument, q.Marking = "EIO", schema.Restricted }), "Without an instrument, marked unclassified, without health: allowed by nl-mla."},
		{one("categories: [id.*]", "approve: [bio.*]"), ask("bio.face", "health"), "Without health: allowed by nl-mla after one release."},
		{one("redact: [health, gen.*]"), ask("id.name", "health", "health"), "Without id.name: allowed by nl-mla, with health taken out."},
		{one("approve: [id.*]", "redact: [health]"), ask("id.name", "health", "bio.face"), "Without bio.face: allowed by nl-mla after one release, with health taken out."},
		{one("approve: [id.*]"), ask("id.name+minor"), "Without data on persons under 18: allowed by nl-mla."},
		{one("approve: [id.*]"), ask("id.name", "id.birth"), "Once a second officer releases id.name, id.birth: allowed by nl-mla."},
		{one("approve: [id.*]", "redact: [health]"), ask("id.name", "health"), "Once a second officer releases id.name and health is taken out: allowed by nl-mla."},
		{one("codes: [H0]"), ask().with(func(q *Question) { q.Codes = []string{"H0", "H2"} }), "Without handling code H2: allowed by nl-mla."},
		{one("purposes: [detection, prevention]"), ask(), "For detection or prevention only: allowed by nl-mla."},
		{one("languages: [nl, fr]"), ask().with(func(q *Question) { q.Languages = []string{"de"} }), "In nl or fr only: allowed by nl-mla."},
		{one("from: 2026-01-01", "until: 2026-02-01"), ask(), "On a day from 2026-01-01 to 2026-02-01: allowed by nl-mla."},
		{one("until: 2026-02-01"), ask(), "On a day until 2026-02-01: allowed by nl-mla."},
		{one("types: [notice.*]"), ask(), ""},
		{one("direction: receive"), ask(), ""},
		{one("peers: [DE]"), ask(), ""},
		{one(), ask(), ""},
	}
	for _, tt := range tests {
		if got := mustParse(t, tt.policy).Decide(tt.q).WouldPass; got != tt.want {
			t.Errorf("got %q, want %q", got, tt.want)
		}
	}
}

// A message may hold thousands of findings; the trace must stay small and still count them all.
func TestTraceIsBounded(t *testing.T) {
	var findings []schema.Finding
	for i := range 6000 {
		findings = append(findings, schema.Finding{Pointer: fmt.Sprintf("/body/%d", i), Category: []string{"health", "gen.dna", "id.name"}[i%3], Minor: true})
	}
	d := mustParse(t, neighbours).Decide(ask().with(func(q *Question) { q.Findings = findings }))
	c, _ := d.Trace[0].condition("categories")
	if len(c.Failing) != maxFailing || len(c.Failing)+c.More != 4000 || fmt.Sprint(c.Uncovered) != "[health gen.dna]" {
		t.Errorf("categories: got %d and %d more of %v, want 4000 in all", len(c.Failing), c.More, c.Uncovered)
	}
	m, _ := d.Trace[0].condition("minors")
	if len(m.Failing)+m.More != 6000 {
		t.Errorf("minors: got %d and %d more, want 6000 in all", len(m.Failing), m.More)
	}
	if text, err := json.Marshal(d); err != nil || len(text) > 32<<10 {
		t.Errorf("got %d octets of JSON, %v", len(text), err)
	}
}

// Of many rules the closest are listed, wherever they stand in the file.
func TestTraceListsTheClosestRules(t *testing.T) {
	var b strings.Builder
	b.WriteString(head)
	for i := range 1000 {
		fmt.Fprintf(&b, "  - {name: r%d, peers: [NL], direction: send, types: [mla.*], marking: restricted, categories: [x%d]}\n", i, i)
	}
	fmt.Fprintf(&b, "  - {name: near, peers: [NL], direction: send, types: [mla.*], categories: [id.name]}\n")
	for i := range 1000 {
		fmt.Fprintf(&b, "  - {name: o%d, peers: [DE], direction: send, types: [mla.*]}\n", i)
	}
	d := mustParse(t, b.String()).Decide(ask("id.name", "health"))
	if len(d.Trace) != maxTraced || d.Untraced != 2001-maxTraced || d.Closest != "near" || d.Trace[1].Rule != "r0" {
		t.Errorf("got %d rules and %d more, closest %s then %s", len(d.Trace), d.Untraced, d.Closest, d.Trace[1].Rule)
	}
	if got := d.Text(); !strings.Contains(got, "  and 1951 more rules\n") {
		t.Errorf("got\n%s", got)
	}
}

func TestExplainOfAnAllowedMessageHasTheTrace(t *testing.T) {
	p := mustParse(t, neighbours)
	q := ask("id.name", "id.birth")
	if got := p.Decide(q); got.Verdict != Allow || got.Rule != "nl-mla" || got.Trace != nil {
		t.Errorf("Decide: got %+v, want allow without a trace", got)
	}
	got := p.Explain(q)
	if len(got.Trace) != 5 || !got.Trace[0].Covers || got.Trace[0].Rule != got.Rule || got.Trace[1].Covers || got.Closest != "" {
		t.Errorf("Explain: got %+v, want the covering rule first", got)
	}
}

func TestDecideAllowsWithoutAllocating(t *testing.T) {
	p, q := mustParse(t, neighbours), ask("id.name", "id.birth")
	if got := testing.AllocsPerRun(100, func() { p.Decide(q) }); got != 0 {
		t.Errorf("got %v allocations, want none", got)
	}
}
