package policy

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/comity-exchange/comity/schema"
)

// parts shows a decision as: verdict, rule, what waits, what is taken out.
func parts(d Decision) string {
	return fmt.Sprint(d.Verdict, " ", d.Rule, " ", categories(d.Approve), categories(d.Redact))
}

func named(name string, lines ...string) string {
	return strings.TrimPrefix(one(append([]string{"name: " + name}, lines...)...), head)
}

func TestOutcomes(t *testing.T) {
	whole := named("whole", "categories: [id.*]")
	hold := named("hold", "categories: [id.*]", "approve: [bio.*]")
	redact := named("redact", "categories: [id.*]", "redact: [bio.*]")
	both := named("both", "categories: [id.*]", "approve: [fin.*]", "redact: [bio.*]")
	tests := []struct {
		name  string
		rules string
		q     Question
		want  string
	}{
		{"nothing waits that is not there", hold, ask("id.name"), "allow hold [] []"},
		{"a category that waits", hold, ask("id.name", "bio.face"), "hold hold [bio.face] []"},
		{"a category that is taken out", redact, ask("id.name", "bio.face"), "allow redact [] [bio.face]"},
		{"both", both, ask("fin.account", "bio.face", "bio.voice"), "hold both [fin.account] [bio.face bio.voice]"},
		{"neither", both, ask("health", "bio.face"), "deny  [] []"},
		{"allow comes before hold", hold + whole, ask("id.name"), "allow hold [] []"},
		{"hold comes before taking out", redact + hold, ask("bio.face"), "hold hold [bio.face] []"},
		{"taking out comes before holding and taking out", both + redact, ask("bio.face"), "allow both [] [bio.face]"},
		{"allow whole comes before all", both + redact + hold + named("all", "categories: [id.*, bio.*]"), ask("bio.face"), "allow all [] []"},
		{"the first of equals", named("second", "approve: [bio.*]") + hold, ask("bio.face"), "hold second [bio.face] []"},
		{"taking out is stricter than waiting", named("a", `categories: ["*"]`, "approve: [bio.*]", "redact: [bio.face]"), ask("bio.face", "bio.voice"), "hold a [bio.voice] [bio.face]"},
		{"waiting is stricter than crossing", named("a", `categories: ["*"]`, "approve: [bio.face]"), ask("bio.face", "bio.voice"), "hold a [bio.face] []"},
		{"everything waits", named("a", `approve: ["*"]`), ask("case.meta"), "hold a [case.meta] []"},
		{"no data, nothing waits", named("a", `approve: ["*"]`), ask(), "allow a [] []"},
		{"a file without a category", named("a", `categories: [id.*]`), ask("unstated"), "deny  [] []"},
		{"a file without a category, named", named("a", `approve: [unstated]`), ask("unstated"), "hold a [unstated] []"},
		{"a minor in what is taken out", redact, ask("id.name", "bio.face+minor"), "deny  [] []"},
		{"a receive rule that waits", named("a", "direction: receive", "approve: [bio.*]"),
			ask("bio.face").with(func(q *Question) { q.Direction = Receive }), "hold a [bio.face] []"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p := mustParse(t, head+tt.rules)
			if got := parts(p.Decide(tt.q)); got != tt.want {
				t.Errorf("got %s, want %s\n%s", got, tt.want, p.Explain(tt.q).Text())
			}
		})
	}
}

func TestConditions(t *testing.T) {
	day := func(s string) func(*Question) {
		return func(q *Question) { q.Day, _ = time.Parse(time.RFC3339, s) }
	}
	about := func(subject string) func(*Question) {
		return func(q *Question) { q.Findings = []schema.Finding{{Category: "id.name", Subject: subject}} }
	}
	codes := func(c ...string) func(*Question) { return func(q *Question) { q.Codes = c } }
	purposes := func(c ...string) func(*Question) { return func(q *Question) { q.Purposes = c } }
	languages := func(c ...string) func(*Question) { return func(q *Question) { q.Languages = c } }
	same := func(*Question) {}
	tests := []struct {
		name, line string
		change     func(*Question)
		want       Verdict
	}{
		{"any code", "minors: false", codes("H3"), Allow},
		{"no code under some", "codes: [H0]", same, Allow},
		{"a listed code", "codes: [H0, H1]", codes("H1"), Allow},
		{"one of two is not listed", "codes: [H0, H1]", codes("H1", "H2"), Deny},
		{"a code in small letters", "codes: [H0]", codes("h0"), Deny},
		{"any purpose", "minors: false", purposes("detection"), Allow},
		{"no purpose under some", "purposes: [detection]", same, Deny},
		{"a listed purpose", "purposes: [detection]", purposes("detection"), Allow},
		{"one of two purposes is not listed", "purposes: [detection]", purposes("detection", "prosecution"), Deny},
		{"no language under some", "languages: [fr]", same, Deny},
		{"a listed language", "languages: [fr, nl]", languages("nl"), Allow},
		{"a language of a region", "languages: [fr]", languages("fr-BE"), Deny},
		{"one of two languages is not listed", "languages: [fr]", languages("fr", "nl"), Deny},
		{"a listed subject", "subjects: [suspect]", about("suspect"), Allow},
		{"another subject", "subjects: [suspect]", about("victim"), Deny},
		{"data about nobody", "subjects: [suspect]", about(""), Allow},
		{"a minor among the subjects", "subjects: [minor]", about("minor"), Deny},
		{"the first day begins", "from: 2026-03-01", day("2026-03-01T00:00:00Z"), Allow},
		{"the day before", "from: 2026-03-01", day("2026-02-28T23:59:59Z"), Deny},
		{"the last day ends", "until: 2026-03-01", day("2026-03-01T23:59:59Z"), Allow},
		{"the day after", "until: 2026-03-01", day("2026-03-02T00:00:00Z"), Deny},
		{"the last day in UTC", "until: 2026-03-01", day("2026-03-02T00:30:00+01:00"), Allow},
		{"no longer the last day in UTC", "until: 2026-03-01", day("2026-03-01T23:30:00-01:00"), Deny},
		{"a day that is not known", "until: 2026-03-01", same, Deny},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p := mustParse(t, one("categories: [id.*]", tt.line))
			if got := p.Explain(ask().with(tt.change)); got.Verdict != tt.want {
				t.Errorf("got %s, want %s\n%s", got.Verdict, tt.want, got.Text())
			}
		})
	}
}

func TestGroups(t *testing.T) {
	text := "version: 1\ngroups:\n  near: [NL, FR]\n  empty-handed: [ES]\n" + strings.TrimPrefix(one("peers: [near, DE]"), "version: 1\n")
	p := mustParse(t, text)
	for peer, want := range map[schema.Jurisdiction]Verdict{"NL": Allow, "FR": Allow, "DE": Allow, "ES": Deny, "near": Deny} {
		if got := p.Decide(Question{Peer: peer, Direction: Send, Type: "mla.request"}).Verdict; got != want || p.Mentions(peer) != (want == Allow) {
			t.Errorf("%s: got %s and mentioned %v, want %s", peer, got, p.Mentions(peer), want)
		}
	}
}

func TestHoldWhole(t *testing.T) {
	p := mustParse(t, one("categories: [id.*]", "approve: [fin.*]", "redact: [health]"))
	allow, hold := p.Decide(ask("id.name", "health")), p.Decide(ask("fin.account", "health"))
	if got := parts(allow.HoldWhole()); got != "hold nl-mla [health] []" {
		t.Errorf("got %s, want all that was to be taken out waiting", got)
	}
	if got := parts(hold.HoldWhole()); got != "hold nl-mla [fin.account health] []" || parts(hold) != "hold nl-mla [fin.account] [health]" {
		t.Errorf("got %s of %s", got, parts(hold))
	}
	for _, q := range []Question{ask("id.name"), ask("fin.account"), ask("bio.face")} {
		if d := p.Decide(q); parts(d.HoldWhole()) != parts(d) {
			t.Errorf("got %s, want %s: nothing is taken out", parts(d.HoldWhole()), parts(d))
		}
	}
}

func TestWhole(t *testing.T) {
	p := mustParse(t, one("categories: [id.*]", "approve: [fin.*]", "redact: [health]"))
	for category, want := range map[string]bool{"id.name": true, "fin.account": false, "health": false, "bio.face": false} {
		if got := p.Decide(ask(category)); got.Whole() != want {
			t.Errorf("%s: got whole %v, want %v", category, got.Whole(), want)
		}
	}
}

func TestDated(t *testing.T) {
	for line, want := range map[string]bool{"minors: true": false, "from: 2026-01-01": true, "until: 2026-01-01": true} {
		if got := mustParse(t, one(line)).Dated(); got != want {
			t.Errorf("%s: got %v, want %v", line, got, want)
		}
	}
}
