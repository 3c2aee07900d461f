package policy

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/comity-exchange/comity/schema"
)

// theCatalogue is read once for all tests.
var theCatalogue, catalogueFault = schema.Load()

func catalogue(t testing.TB) *schema.Catalogue {
	t.Helper()
	if catalogueFault != nil {
		t.Fatal(catalogueFault)
	}
	return theCatalogue
}

func mustRead(t testing.TB, text string) Expectations {
	t.Helper()
	es, err := ReadExpectations([]byte(text), catalogue(t))
	if err != nil {
		t.Fatal(err)
	}
	return es
}

func TestExpectationsAreReadStrictly(t *testing.T) {
	const (
		good = "- send: mla.request\n  to: NL\n  expect: allow\n"
		asks = "- send: mla.request\n  to: NL\n  expect: deny\n  "
	)
	rows := []struct{ name, text, pointer, detail string }{
		{"misspelt key", good + "- send: mla.request\n  too: NL\n  expect: allow\n", "line 5", "too"},
		{"a number as a key", asks + "1: x\n", "line 4", "key 1"},
		{"a truth value as a key", asks + "true: x\n", "line 4", "key true"},
		{"no peer", "- send: mla.request\n  expect: allow\n", "line 1", "either send and to"},
		{"both directions", "- send: mla.request\n  receive: mla.request\n  to: NL\n  expect: allow\n", "line 1", "either send and to"},
		{"a peer of the other direction", "- send: mla.request\n  from: NL\n  expect: allow\n", "line 1", "either send and to"},
		{"no answer wanted", "- send: mla.request\n  to: NL\n", "line 1", "what is expected"},
		{"another answer", "- send: mla.request\n  to: NL\n  expect: maybe\n", "line 3", "maybe"},
		{"unknown type", "- send: mla.reqest\n  to: NL\n  expect: allow\n", "line 1", "mla.reqest"},
		{"bad peer", "- send: mla.request\n  to: nl\n  expect: allow\n", "line 2", "jurisdiction"},
		{"unknown category", asks + "categories: [id.nmae]\n", "line 4", "id.nmae"},
		{"unknown subject", asks + "categories: [id.name]\n  subject: suspct\n", "line 5", "suspct"},
		{"a subject of nothing", asks + "subject: suspect\n", "line 4", "without any data"},
		{"unknown instrument", asks + "instrument: EIU\n", "line 4", "EIU"},
		{"unknown handling code", asks + "codes: [H9]\n", "line 4", "H9"},
		{"unknown purpose", asks + "purposes: [revenge]\n", "line 4", "revenge"},
		{"no language", asks + "languages: [English]\n", "line 4", "English"},
		{"bad marking", asks + "marking: secret\n", "line 4", "marking"},
		{"bad day", asks + "day: 23.11.2026\n", "line 4", "day"},
		{"minor as text", asks + "minor: \"yes\"\n", "line 4", "minor"},
		{"one category without brackets", asks + "categories: id.name\n", "line 4", "categories"},
		{"a category twice", asks + "categories: [id.name, id.name]\n", "line 4", "twice"},
		{"a key twice", asks + "to: NL\n", "line 4", "twice"},
		{"a number as a peer", "- send: mla.request\n  to: 1\n  expect: deny\n", "line 2", "number"},
		{"unknown condition", asks + "fails: [market]\n", "line 4", "market"},
		{"approve of what is denied", asks + "approve: [id.name]\n", "line 1", "contradicts"},
		{"failing of what is allowed", "- send: mla.request\n  to: NL\n  expect: allow\n  fails: [marking]\n", "line 1", "contradicts"},
		{"an anchor", "- &a\n  send: mla.request\n", "line 1", "anchor"},
		{"not a list", "send: mla.request\n", "line 1", "no list"},
		{"empty list", "[]\n", "line 1", "no list"},
		{"an entry that is text", "- allow\n", "line 1", "text"},
		{"empty", "", "line 1", "no list"},
		{"two documents", good + "---\n" + good, "line 4", "second document"},
		{"not YAML", "- [\n", "line 1", "YAML"},
	}
	for _, r := range rows {
		t.Run(r.name, func(t *testing.T) {
			_, err := ReadExpectations([]byte(r.text), catalogue(t))
			var p *schema.Problem
			if !errors.As(err, &p) {
				t.Fatalf("got %v, want a problem", err)
			}
			if p.Code != "bad_expectation" || p.Pointer != r.pointer || !strings.Contains(p.Detail, r.detail) || p.Fix == "" || len(p.Errors) > 0 {
				t.Errorf("got %s at %q: %s %v", p.Code, p.Pointer, p.Detail, p.Errors)
			}
		})
	}
}

func TestExpectationsNameEveryFault(t *testing.T) {
	_, err := ReadExpectations([]byte("- send: mla.request\n  to: NL\n  marking: secret\n  expect: no\n- 7\n"), catalogue(t))
	var p *schema.Problem
	if !errors.As(err, &p) || p.Code != "bad_expectation" || len(p.Errors) != 3 || p.Errors[2].Pointer != "line 5" {
		t.Errorf("got %+v, want three faults", p)
	}
}

func TestExpectationsAskWhatTheySay(t *testing.T) {
	es := mustRead(t, `
- receive: intel.report
  from: NL
  categories: [id.name, fin.account]
  subject: suspect
  minor: true
  instrument: none
  marking: restricted
  codes: [H1, H2]
  purposes: [cross-checking]
  languages: [nl]
  day: 2026-11-23
  expect: deny
- send: mla.request
  to: NL
  example: true
  categories: [health]
  expect: deny
`)
	q := es[0].Asked
	if q.Peer != "NL" || q.Direction != Receive || q.Type != "intel.report" || q.Instrument != "" || q.Marking != schema.Restricted || !q.Day.Equal(time.Date(2026, 11, 23, 0, 0, 0, 0, time.UTC)) ||
		!slices.Equal(q.Codes, []string{"H1", "H2"}) || !slices.Equal(q.Purposes, []string{"cross-checking"}) || !slices.Equal(q.Languages, []string{"nl"}) ||
		!slices.Equal(q.Findings, []schema.Finding{{Category: "id.name", Subject: "suspect", Minor: true}, {Category: "fin.account", Subject: "suspect", Minor: true}}) {
		t.Errorf("got %+v", q)
	}
	q = es[1].Asked
	if es[1].Line != 14 || q.Instrument != "EIO" || q.Marking != schema.Restricted || !slices.Contains(categories(q.Findings), "fin.account") || categories(q.Findings)[len(categories(q.Findings))-1] != "health" {
		t.Errorf("line %d: got %+v, want the example of mla.request and health", es[1].Line, q)
	}
}

func TestReportNamesWhatSurprises(t *testing.T) {
	p := mustParse(t, one("categories: [id.*]"))
	report := mustRead(t, `
- {send: mla.request, to: NL, categories: [id.name], expect: allow, rule: nl-mla}
- {send: mla.request, to: NL, categories: [health], expect: deny, rule: nl-mla, fails: [categories]}
- {send: mla.request, to: NL, categories: [id.name], expect: deny}
- {send: mla.request, to: NL, categories: [health], expect: deny, fails: [marking]}
- {send: mla.request, to: NL, categories: [id.name], expect: allow, redact: [health]}
- {send: mla.request, to: NL, categories: [id.name], expect: allow, rule: nl}
- {receive: mla.request, from: NL, expect: hold}
`).Run(p, time.Time{})
	if report.Allow != 1 || report.Deny != 1 || report.Hold != 0 {
		t.Errorf("got %+v", report)
	}
	var got []string
	for _, f := range report.Failed {
		got = append(got, f.Pointer+" "+f.Detail)
	}
	want := []string{
		"line 4 send mla.request to NL: expected deny, got allow (rule nl-mla).",
		"line 5 send mla.request to NL: expected marking to fail in the closest rule, got categories.",
		"line 6 send mla.request to NL: expected health to be taken out, got nothing.",
		"line 7 send mla.request to NL: expected allow (rule nl), got allow (rule nl-mla).",
		"line 8 receive mla.request from NL: expected hold, got deny (closest nl-mla).",
	}
	if !slices.Equal(got, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	var problem *schema.Problem
	if err := report.Err(); !errors.As(err, &problem) || problem.Code != "policy_tests_failed" || len(problem.Errors) != 5 || problem.Detail != "5 of 7 expectations do not hold." {
		t.Errorf("got %v", err)
	}
	if err := (&Report{Allow: 1}).Err(); err != nil {
		t.Errorf("got %v, want nil", err)
	}
}
