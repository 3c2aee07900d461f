package policy

import (
	"slices"
	"testing"

	"github.com/comity-exchange/comity/schema"
)

func TestWidens(t *testing.T) {
	const full = "instruments: [EIO, COE-1959]"
	tests := []struct {
		name      string
		old, next string
		want      bool
	}{
		{"the same", one("categories: [id.*]"), one("categories: [id.*]"), false},
		{"from nothing", "version: 1\nrules: []\n", one(), true},
		{"to nothing", one(), "version: 1\nrules: []\n", false},
		{"another name", one(), one("name: other"), false},
		{"a second peer", one(), one("peers: [NL, FR]"), true},
		{"one peer less", one("peers: [NL, FR]"), one(), false},
		{"another direction", one(), one("direction: receive"), true},
		{"a wider type", one(), one(`types: ["*"]`), true},
		{"a narrower type", one(), one("types: [mla.request]"), false},
		{"a type beside the stem", one(), one("types: [mla.*, mlax.request]"), true},
		{"a category more", one("categories: [id.name]"), one("categories: [id.name, id.birth]"), true},
		{"a category under a wildcard", one("categories: [id.*]"), one("categories: [id.name]"), false},
		{"a wildcard over a category", one("categories: [id.name]"), one("categories: [id.*]"), true},
		{"an instrument more", one("instruments: [EIO]"), one(full), true},
		{"an instrument less", one(full), one("instruments: [EIO]"), false},
		{"none besides an instrument", one("instruments: [EIO]"), one("instruments: [EIO, none]"), true},
		{"none written out", one(), one("instruments: [none]"), false},
		{"a higher marking", one(), one("marking: restricted"), true},
		{"a lower marking", one("marking: restricted"), one(), false},
		{"minors", one(), one("minors: true"), true},
		{"no minors", one("minors: true"), one(), false},
		{"any subject", one("subjects: [suspect]"), one(), true},
		{"a subject more", one("subjects: [suspect]"), one("subjects: [suspect, victim]"), true},
		{"subjects", one(), one("subjects: [suspect]"), false},
		{"any code", one("codes: [H0]"), one(), true},
		{"codes", one(), one("codes: [H0]"), false},
		{"any purpose", one("purposes: [investigation]"), one(), true},
		{"purposes", one(), one("purposes: [investigation]"), false},
		{"any language", one("languages: [nl]"), one(), true},
		{"languages", one(), one("languages: [nl]"), false},
		{"an earlier day", one("from: 2026-02-01"), one("from: 2026-01-31"), true},
		{"no first day", one("from: 2026-02-01"), one("until: 2026-12-31"), true},
		{"a later day", one("until: 2026-12-31"), one("until: 2027-01-01"), true},
		{"a shorter time", one("from: 2026-01-01", "until: 2026-12-31"), one("from: 2026-02-01", "until: 2026-11-30"), false},
		{"a release given up", one("approve: [health]"), one("categories: [health]"), true},
		{"a release asked for", one("categories: [health]"), one("approve: [health]"), false},
		{"a release asked for in part", one("categories: [bio.*]"), one("categories: [bio.*]", "approve: [bio.face]"), false},
		{"a release given up in part", one("categories: [bio.*]", "approve: [bio.face]"), one("categories: [bio.*]"), true},
		{"a part that needs no release", one("categories: [bio.*]", "approve: [bio.face]"), one("categories: [bio.iris]"), false},
		{"taken out no more", one("redact: [health]"), one("categories: [health]"), true},
		{"taken out no more, but held", one("redact: [health]"), one("approve: [health]"), true},
		{"taken out", one("categories: [health]"), one("redact: [health]"), false},
		{"taken out where it was held", one("approve: [health]"), one("redact: [health]"), true},
		{"taken out where it was stopped", one(), one("redact: [health]"), true},
		{"taken out in part no more", one("categories: [bio.*]", "redact: [bio.face]"), one("categories: [bio.*]"), true},
		{"two rules made one", one("categories: [id.*]") + "  - {name: b, peers: [NL], direction: send, types: [mla.*], categories: [fin.*]}\n", one("categories: [id.*, fin.*]"), true},
		{"one rule made two", one("categories: [id.*, fin.*]"), one("categories: [id.*]") + "  - {name: b, peers: [NL], direction: send, types: [mla.*], categories: [fin.*]}\n", false},
		{"rules of two peers made one", one() + "  - {name: b, peers: [FR], direction: send, types: [mla.*]}\n", one("peers: [NL, FR]"), false},
		{"a group written out", one("peers: [NL, FR]"), "version: 1\ngroups:\n  both: [FR, NL]\n" + one("peers: [both]")[len("version: 1\n"):], false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := Widens(mustParse(t, tt.old), mustParse(t, tt.next)); got != tt.want {
				t.Errorf("got %v, want %v", got, tt.want)
			}
		})
	}
}

// What a policy that does not widen lets cross, some one rule of the old one let
// cross with no less taken out, and with no release that is now left out.
func TestWhatDoesNotWidenLetsNothingMoreCross(t *testing.T) {
	r := newRandom(t)
	kept, crossed := 0, 0
	for range 1500 {
		old := mustParse(t, r.policy(1+r.IntN(3)))
		next := r.narrowed(t, old)
		if Widens(old, next) {
			continue
		}
		kept++
		for range 40 {
			q := r.question()
			d := next.Judge(q)
			if d.Verdict == Deny {
				continue
			}
			crossed++
			if !slices.ContainsFunc(old.rules, func(o rule) bool { return noMore(build(nil, nil, []rule{o}).Judge(q), d) }) {
				t.Fatalf("%+v gives %s by %s, as no rule of\n%s", q, d.Verdict, d.Rule, old.Text())
			}
		}
	}
	if kept < 100 || crossed < 500 {
		t.Errorf("only %d policies did not widen, and let %d questions pass", kept, crossed)
	}
}

// narrowed is a policy of the rules of another, changed at random: most lose
// something, some get something.
func (r random) narrowed(t testing.TB, p *Policy) *Policy {
	rules := slices.Clone(p.rules)
	for i := range rules {
		o := &rules[i]
		donor := mustParse(t, r.policy(1)).rules[0]
		for _, list := range []*[]entry{&o.types, &o.instruments, &o.categories, &o.approve, &o.redact, &o.subjects, &o.codes, &o.purposes, &o.languages} {
			if len(*list) > 1 && r.IntN(3) == 0 {
				*list = (*list)[1:]
			}
		}
		switch r.IntN(8) {
		case 0:
			o.approve, o.categories = slices.Concat(o.approve, o.categories), nil
		case 1:
			o.categories = slices.Concat(o.categories, donor.categories)
		case 2:
			o.approve = slices.Concat(o.approve, donor.approve)
		case 3:
			o.redact, o.minors = slices.Concat(o.redact, donor.redact), false
		case 4:
			o.subjects, o.marking = donor.subjects, schema.Unclassified
		case 5:
			o.codes, o.from, o.until = donor.codes, donor.from, donor.until
		case 6:
			o.redact = nil
		}
	}
	return build(nil, nil, rules)
}

// noMore says whether under d no more crosses, and with no less of a release, than
// under before.
func noMore(before, d Decision) bool {
	if before.Verdict == Deny || before.Verdict == Hold && d.Verdict == Allow {
		return false
	}
	return !slices.ContainsFunc(before.Redact, func(f schema.Finding) bool { return !slices.Contains(d.Redact, f) })
}
