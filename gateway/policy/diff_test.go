package policy

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/comity-exchange/comity/schema"
)

var someDay = time.Date(2026, 11, 23, 0, 0, 0, 0, time.UTC)

func TestDiffTellsWhatChanges(t *testing.T) {
	const kinds, eio, wide = "types: [mla.request, mla.response]", "instruments: [EIO, COE-1959]", "categories: [id.name, id.birth, fin.*]"
	base := one(kinds, eio, wide, "marking: restricted")
	const all = "fin.*, id.name, id.birth"
	tests := []struct {
		name string
		next string
		want []string
	}{
		{"nothing", one(eio, kinds, "marking: restricted", "categories: [fin.*, id.birth, id.name]", "name: other"), nil},
		{"more categories", one(kinds, eio, "marking: restricted", "categories: [id.name, id.birth, fin.*, health, obj.device]", "approve: [bio.*]"), []string{
			"+ NL may now receive mla.request, mla.response with health, obj.device (rule nl-mla). Example: mla.request.",
			"+ NL may now receive mla.request, mla.response with bio.*, after a release (rule nl-mla). Example: mla.request.",
		}},
		{"an instrument less", one(kinds, "instruments: [EIO]", wide, "marking: restricted"), []string{
			"- NL may no longer receive mla.request, mla.response with " + all + ", under COE-1959 (rule nl-mla). Example: mla.request."}},
		{"a lower marking", one(kinds, eio, wide), []string{
			"- NL may no longer receive mla.request, mla.response with " + all + ", marked restricted (rule nl-mla). Example: mla.request."}},
		{"a type less", one("types: [mla.request]", eio, wide, "marking: restricted"), []string{
			"- NL may no longer receive mla.response with " + all + " (rule nl-mla). Example: mla.response."}},
		{"persons", one(kinds, eio, "categories: [id.name]", "marking: restricted", "minors: true", "subjects: [suspect]"), []string{
			"+ NL may now receive mla.request, mla.response with id.name, about a person under 18 (rule nl-mla). Example: mla.request.",
			"- NL may no longer receive mla.request, mla.response with fin.*, id.birth (rule nl-mla). Example: mla.request.",
			"- NL may no longer receive mla.request, mla.response with id.name, about a person who is none of suspect (rule nl-mla). Example: mla.request."}},
		{"stricter", one(kinds, eio, wide, "marking: restricted", "approve: [id.birth]", "redact: [id.name]"), []string{
			"- id.name is now taken out of mla.request, mla.response to NL (rule nl-mla). Example: mla.request.",
			"- NL may receive mla.request, mla.response with id.birth only, after a release (rule nl-mla). Example: mla.request."}},
		{"another peer", one(kinds, eio, "categories: [fin.account]", "marking: restricted", "peers: [NL, FR, LU]"), []string{
			"+ FR, LU may now receive mla.request, mla.response with fin.account (rule nl-mla). Example: mla.request.",
			"- NL may no longer receive mla.request, mla.response with fin.str, fin.transaction, fin.beneficial-owner, fin.asset, id.name, id.birth (rule nl-mla). Example: mla.request."}},
		{"halves", one(kinds, eio, "categories: [id.name, id.birth]", "marking: restricted") +
			"  - {name: b, peers: [NL], direction: send, " + kinds + ", " + eio + ", marking: restricted, categories: [fin.*]}\n", []string{
			"- NL may no longer receive mla.request, mla.response with " + all + " together in one message (rule nl-mla). Example: mla.request."}},
		{"codes and languages", one(kinds, eio, wide, "marking: restricted", "codes: [H0]", "languages: [nl]"), []string{
			"- NL may no longer receive mla.request, mla.response with " + all + ", unless in the language nl (rule nl-mla). Example: mla.request."}},
		{"codes", one(kinds, eio, wide, "marking: restricted", "codes: [H0]"), []string{
			"- NL may no longer receive mla.request, mla.response with " + all + ", with a code that is none of H0 (rule nl-mla). Example: mla.request."}},
		{"a later day", one(kinds, eio, wide, "marking: restricted", "from: 2026-12-01"), []string{
			"- NL may no longer receive mla.request, mla.response with " + all + ", unless from 2026-12-01 (rule nl-mla). Example: mla.request."}},
		{"what arrives", base + "  - {name: in, peers: [DE], direction: receive, types: [notice.wanted], categories: [gen.dna], instruments: [none]}\n", []string{
			"+ DE may now send us notice.wanted with gen.dna in an attached file, without an instrument (rule in). Example: notice.wanted."}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			d := Diff(mustParse(t, base), mustParse(t, tt.next), catalogue(t), someDay)
			var got []string
			for _, line := range strings.Split(d.Text(20), "\n") {
				if strings.HasPrefix(line, "+ ") || strings.HasPrefix(line, "- ") {
					got = append(got, line)
				}
			}
			if !slices.Equal(got, tt.want) {
				t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(tt.want, "\n"))
			}
			if d.Same != (tt.want == nil) || d.Widens != slices.ContainsFunc(tt.want, func(s string) bool { return s[0] == '+' }) {
				t.Errorf("got same %v, widens %v", d.Same, d.Widens)
			}
		})
	}
}

// What Diff tells is so: for every peer, type and category of a change both policies
// answer as it says.
func TestDiffTellsNothingUntrue(t *testing.T) {
	r := newRandom(t)
	told := 0
	for range 20 {
		old, next := mustParse(t, r.policy(1+r.IntN(3))), mustParse(t, r.policy(1+r.IntN(3)))
		for _, c := range Diff(old, next, catalogue(t), someDay).Changes {
			marking, err := schema.ParseMarking(c.Marking)
			if err != nil || len(c.Instruments) == 0 || c.When != "" || c.Together {
				continue // the change does not say the whole question
			}
			for _, instrument := range c.Instruments {
				for _, kind := range c.Types {
					for _, category := range c.Categories {
						q := Question{Peer: c.Peers[r.IntN(len(c.Peers))], Direction: c.Direction, Type: kind, Instrument: strings.TrimPrefix(instrument, noInstrument),
							Marking: marking, Day: someDay, Findings: []schema.Finding{{Category: category}}}
						a, b := old.Judge(q), next.Judge(q)
						told++
						if outcomeOf(&a) != c.Before || outcomeOf(&b) != c.After {
							t.Fatalf("%+v: got %s and %s, but Diff tells: %s\n%s\n%s", q, outcomeOf(&a), outcomeOf(&b), c.Sentence(), old.Text(), next.Text())
						}
					}
				}
			}
		}
	}
	if told < 300 {
		t.Errorf("only %d questions were looked at", told)
	}
}

// Two policies that say the same in another order, with other names and with groups
// written out do not differ; and where Diff says so, no question tells them apart.
func TestDiffSaysSameOnlyOfTheSame(t *testing.T) {
	r := newRandom(t)
	same := 0
	for range 30 {
		old := mustParse(t, r.policy(1+r.IntN(3)))
		next := mustParse(t, r.policy(1+r.IntN(3)))
		if r.IntN(2) == 0 {
			rules := slices.Clone(old.rules)
			for i, j := range r.Perm(len(rules)) {
				rules[i] = old.rules[j]
				rules[i].name = fmt.Sprint("n", i)
			}
			next = build(nil, nil, rules)
			if !Diff(old, next, catalogue(t), someDay).Same {
				t.Fatalf("the same rules in another order differ:\n%s\n%s", Diff(old, next, catalogue(t), someDay).Text(20), old.Text())
			}
		}
		if !Diff(old, next, catalogue(t), someDay).Same {
			continue
		}
		same++
		for range 200 {
			q := r.question()
			if a, b := old.Judge(q), next.Judge(q); outcomeOf(&a) != outcomeOf(&b) {
				t.Fatalf("%+v: %s and %s of policies that are the same", q, a.Verdict, b.Verdict)
			}
		}
	}
	if same < 5 {
		t.Errorf("only %d pairs were the same", same)
	}
}

// The sample of POLICY.md is what Diff says.
func TestDiffIsAsPolicyShows(t *testing.T) {
	old := one("types: [mla.request, mla.response]", "categories: [authority.*, id.*]", "approve: [health]", "marking: restricted", "instruments: [EIO]")
	next := one("types: [mla.request, mla.response]", "categories: [authority.*, id.*, fin.account]", "marking: restricted", "instruments: [EIO]")
	text := Diff(mustParse(t, old), mustParse(t, next), catalogue(t), someDay).Text(20)
	if !strings.Contains(readFile(t, "POLICY.md"), "```\n"+text+"```") {
		t.Errorf("POLICY.md does not show\n%s", text)
	}
}

// The explained decisions of POLICY.md are those of testdata/explain.
func TestPolicyShowsDecisionsAsTheyAre(t *testing.T) {
	for _, name := range []string{"category", "held"} {
		if !strings.Contains(readFile(t, "POLICY.md"), "```\n"+readFile(t, "testdata/explain/"+name+".txt")+"```") {
			t.Errorf("POLICY.md does not show testdata/explain/%s.txt as it is", name)
		}
	}
}

func TestDiffListsAtMostSoMany(t *testing.T) {
	var b strings.Builder
	b.WriteString(head)
	for i, name := range []string{"health", "gen.dna", "id.name", "bio.face", "crime.file"} {
		fmt.Fprintf(&b, "  - {name: r%d, peers: [P%d0], direction: send, types: [mla.request], categories: [%s]}\n", i, i, name)
	}
	d := Diff(None(), mustParse(t, b.String()), catalogue(t), someDay)
	lines := strings.Split(strings.TrimSpace(d.Text(2)), "\n")
	if len(lines) != 4 || !strings.Contains(lines[0], "health") || !strings.Contains(lines[1], "gen.dna") || lines[2] != "and 3 more changes" {
		t.Errorf("got\n%s\nwant the two most sensitive and a count", d.Text(2))
	}
	text, err := json.Marshal(d)
	if err != nil || !strings.Contains(string(text), `"before":"denied","after":"allowed","rules":["r0"],"example":"mla.request"`) {
		t.Errorf("got %s, %v", text, err)
	}
}

// manyRulesOf is a policy of rules for peers, in as many sets as there are peers: with
// one set all peers share the rules, otherwise each has its own.
func manyRulesOf(peers, sets, rules, change int) string {
	var b strings.Builder
	b.WriteString(head)
	names := []string{"id.*", "contact.*", "crime.*", "fin.account", "bio.face", "obj.*", "loc.*", "tel.*"}
	kinds := []string{"mla.*", "status.*", "notice.*", "intel.*", "evidence.*", "extradition.*", "data.*", "jit.*", "fiu.*", "asset.*"}
	for s := range sets {
		var codes []string
		for p := s; p < peers; p += sets {
			codes = append(codes, fmt.Sprintf("P%03d", p))
		}
		for i := range rules {
			n := i + s*change
			fmt.Fprintf(&b, "  - {name: r%d-%d, peers: [%s], direction: %s, types: [%s], categories: [%s, %s], instruments: [EIO, none], marking: restricted}\n", s, i,
				strings.Join(codes, ", "), []string{"send", "receive"}[i%2], kinds[n%len(kinds)], names[n%len(names)], names[(n+1+n/40%6)%len(names)])
		}
	}
	return b.String()
}

func TestDiffIsFastAndBounded(t *testing.T) {
	shared := manyRulesOf(200, 1, 50, 1)
	own := manyRulesOf(200, 80, 50, 1)
	for _, tt := range []struct {
		name      string
		old, next string
		changes   int // at least
	}{
		{"one rule that 200 peers share", shared, strings.Replace(shared, "categories: [id.*", "categories: [health", 1), 1},
		{"all rules that 200 peers share", shared, manyRulesOf(200, 1, 49, 3), 1},
		{"4,000 rules, all others", own, manyRulesOf(200, 80, 50, 3), 20},
		{"4,000 rules, from nothing", "version: 1\nrules: []\n", own, 20},
	} {
		t.Run(tt.name, func(t *testing.T) {
			old, next := mustParse(t, tt.old), mustParse(t, tt.next)
			begin := time.Now()
			d := Diff(old, next, catalogue(t), someDay)
			t.Logf("%v, %d questions, %d changes, %d peers skipped", time.Since(begin), d.Asked, len(d.Changes), len(d.Skipped))
			if len(d.Changes) < tt.changes || d.Asked > maxAsked+100_000 {
				t.Errorf("got %d changes by %d questions", len(d.Changes), d.Asked)
			}
		})
	}
}

func TestDiffNamesThePeersItLeftOut(t *testing.T) {
	d := diff(None(), mustParse(t, manyRulesOf(3, 3, 2, 1)), catalogue(t), someDay, 1)
	if d.Same || len(d.Skipped) == 0 || !strings.Contains(d.Text(20), "Not compared, because so much changed: P00") {
		t.Errorf("got %+v\n%s", d.Skipped, d.Text(20))
	}
}

func BenchmarkDiff(b *testing.B) {
	for _, sets := range []int{1, 200} {
		old, next, known := mustParse(b, manyRulesOf(200, sets, 50, 1)), mustParse(b, manyRulesOf(200, sets, 50, 3)), catalogue(b)
		if sets == 1 {
			next = mustParse(b, manyRulesOf(200, sets, 49, 3))
		}
		b.Run(fmt.Sprintf("rules=%d", 50*sets), func(b *testing.B) {
			for b.Loop() {
				if len(Diff(old, next, known, someDay).Changes) == 0 {
					b.Fatal("no change")
				}
			}
		})
	}
}
