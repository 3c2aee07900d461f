package policy

import (
	"strings"
	"testing"
)

func TestCanonical(t *testing.T) {
	text := `# Comments go.
version: 1
groups: {near: [NL, BE], "no": [NO]}
rules:
  - {name: "12", peers: [near, FR, DE], direction: send, types: ["*"], instruments: [none], minors: false, categories: []}
  - minors: true
    name: full
    peers: ["no"]
    until: 2026-12-31
    from: "2026-01-01"
    languages: [nl, fr-BE]
    purposes:
      - detection
    instruments: [none, EIO]
    codes: [H1, H0]
    marking: restricted
    subjects: [victim]
    redact: [health]
    approve: [bio.*, bio.face]
    categories: [id.name, "*"]
    types: [mla.*]
    direction: send
`
	want := `version: 1
groups:
  near: [BE, NL]
  "no": ["NO"]
rules:
  - name: "12"
    peers: [DE, FR, near]
    direction: send
    types: ["*"]
  - name: full
    peers: ["no"]
    direction: send
    types: [mla.*]
    categories: ["*", id.name]
    approve: [bio.*, bio.face]
    redact: [health]
    subjects: [victim]
    minors: true
    marking: restricted
    codes: [H0, H1]
    instruments: [EIO, none]
    purposes: [detection]
    languages: [fr-BE, nl]
    from: 2026-01-01
    until: 2026-12-31
`
	if got := string(mustParse(t, text).Canonical()); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	if got := string(None().Canonical()); got != "version: 1\nrules: []\n" {
		t.Errorf("got %q for the policy that allows nothing", got)
	}
}

func TestMeaning(t *testing.T) {
	base := one("categories: [id.*, fin.account]", "marking: unclassified")
	tests := []struct {
		name, text string
		same       bool
	}{
		{"comments and order of keys and lists", head + "  - types: [mla.*] # all\n    categories: [fin.account, id.*]\n    direction: send\n    peers: [NL]\n    name: nl-mla\n", true},
		{"in braces", head + `  - {name: nl-mla, peers: ["NL"], direction: send, types: [mla.*], categories: [fin.account, id.*], minors: false, instruments: [none]}` + "\n", true},
		{"another name", one("name: b", "categories: [id.*, fin.account]"), false},
		{"a category less", one("categories: [id.*]"), false},
		{"a day", one("categories: [id.*, fin.account]", "from: 2026-01-01"), false},
	}
	want := mustParse(t, base).Meaning()
	for _, tt := range tests {
		if got := mustParse(t, tt.text).Meaning(); (got == want) != tt.same {
			t.Errorf("%s: got the same meaning %v, want %v", tt.name, got == want, tt.same)
		}
	}
}

func TestCanonicalTextDecidesTheSame(t *testing.T) {
	r := newRandom(t)
	crossed := 0
	for range 150 {
		text := r.policy(r.IntN(7))
		p := mustParse(t, text)
		again := mustParse(t, string(p.Canonical()))
		if string(again.Canonical()) != string(p.Canonical()) || again.Meaning() != p.Meaning() {
			t.Fatalf("the canonical text changes when it is read again\n%s\n%s", p.Canonical(), again.Canonical())
		}
		s := readSheet(t, p.Canonical())
		for range 20 {
			q := r.question()
			want := p.Judge(q)
			if checkDecision(t, again, s, q); again.Judge(q).Rule != want.Rule {
				t.Fatalf("got %+v, want %+v\n%s", again.Judge(q), want, strings.TrimSpace(text))
			}
			if want.Verdict != Deny {
				crossed++
			}
		}
	}
	if crossed < 50 {
		t.Errorf("only %d questions may cross", crossed)
	}
}
