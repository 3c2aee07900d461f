package policy

import (
	"slices"
	"strings"
	"testing"

	"github.com/comity-exchange/comity/schema"
)

func TestWidens(t *testing.T) {
	two := func(first, second string) string { return first + strings.TrimPrefix(second, head) }
	named := func(name string, lines ...string) string { return one(append([]string{"name: " + name}, lines...)...) }
	tests := []struct {
		name     string
		old, new string
		want     bool
	}{
		{"the same", one(), one(), false},
		{"another name", one(), one("name: other"), false},
		{"nothing any more", one(), "version: 1\nrules: []\n", false},
		{"a first rule", "version: 1\nrules: []\n", one(), true},
		{"another peer", one(), one("peers: [NL, DE]"), true},
		{"a peer less", one("peers: [NL, DE]"), one(), false},
		{"a group for its members", one("peers: [NL, DE]"), "version: 1\ngroups: {a: [NL, DE]}\n" + strings.TrimPrefix(one("peers: [a]"), "version: 1\n"), false},
		{"a group with one more", one("peers: [NL]"), "version: 1\ngroups: {a: [NL, DE]}\n" + strings.TrimPrefix(one("peers: [a]"), "version: 1\n"), true},
		{"peers that two rules had", two(named("a"), named("b", "peers: [DE]")), one("peers: [NL, DE]"), false},
		{"the other direction", one(), one("direction: receive"), true},
		{"a type below the stem", one(), one("types: [mla.request]"), false},
		{"a narrower stem", one(), one("types: [mla.request.*]"), false},
		{"a wider stem", one("types: [mla.request.*]"), one(), true},
		{"every type", one(), one(`types: ["*"]`), true},
		{"types that two rules had", two(named("a", "types: [mla.a]"), named("b", "types: [mla.b]")), one("types: [mla.a, mla.b]"), false},
		{"a category more", one("categories: [id.name]"), one("categories: [id.*]"), true},
		{"a category less", one("categories: [id.*]"), one("categories: [id.name]"), false},
		{"categories that two rules had", two(named("a", "categories: [id.*]"), named("b", "categories: [fin.*]")), one("categories: [id.*, fin.*]"), true},
		{"no longer released", one("approve: [bio.*]"), one("categories: [bio.*]"), true},
		{"one of them no longer released", one("approve: [bio.*]"), one("categories: [bio.face]", "approve: [bio.*]"), false},
		{"released from now on", one("categories: [bio.*]"), one("approve: [bio.*]"), false},
		{"one taken out of a wildcard for release", one("categories: [bio.*]", "approve: [bio.face]"), one("categories: [bio.*]"), true},
		{"no longer taken out", one("redact: [health]"), one("categories: [health]"), true},
		{"not taken out but released", one("redact: [health]"), one("approve: [health]"), true},
		{"taken out from now on", one("categories: [health]"), one("redact: [health]"), false},
		{"taken out instead of released", one("approve: [health]"), one("redact: [health]"), true},
		{"a subject more", one("subjects: [suspect]"), one("subjects: [suspect, victim]"), true},
		{"any subject", one("subjects: [suspect]"), one(), true},
		{"a subject less", one("subjects: [suspect, victim]"), one("subjects: [victim]"), false},
		{"only some subjects", one(), one("subjects: [suspect]"), false},
		{"minors", one(), one("minors: true"), true},
		{"no minors", one("minors: true"), one(), false},
		{"restricted", one(), one("marking: restricted"), true},
		{"a code more", one("codes: [H0]"), one("codes: [H0, H1]"), true},
		{"an instrument", one(), one("instruments: [none, EIO]"), true},
		{"an instrument for none", one(), one("instruments: [EIO]"), true},
		{"none written out", one(), one("instruments: [none]"), false},
		{"instruments that two rules had", two(named("a", "instruments: [EIO]"), named("b", "instruments: [none]")), one("instruments: [none, EIO]"), false},
		{"any purpose", one("purposes: [detection]"), one(), true},
		{"a language less", one("languages: [nl, fr]"), one("languages: [nl]"), false},
		{"a later end", one("until: 2026-05-01"), one("until: 2026-05-02"), true},
		{"no end", one("until: 2026-05-01"), one(), true},
		{"an earlier start", one("from: 2026-05-01"), one("from: 2026-04-30"), true},
		{"no start", one("from: 2026-05-01"), one(), true},
		{"a shorter time", one("from: 2026-05-01"), one("from: 2026-05-02", "until: 2026-05-03"), false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			old := mustParse(t, tt.old)
			if got := Widens(old, mustParse(t, tt.new)); got != tt.want {
				t.Errorf("got %v, want %v\n%s\n%s", got, tt.want, tt.old, tt.new)
			}
		})
	}
}

// changed is a policy near text: a rule gone, a line gone, a line of another rule instead.
func (r random) changed(text string) string {
	lines := strings.SplitAfter(text, "\n")
	var optional []int
	for i, line := range lines {
		if strings.HasPrefix(line, "    ") && !strings.Contains(line, "peers:") && !strings.Contains(line, "direction:") && !strings.Contains(line, "types:") {
			optional = append(optional, i)
		}
	}
	if len(optional) == 0 {
		return text
	}
	i := optional[r.IntN(len(optional))]
	switch r.IntN(3) {
	case 0:
		lines = slices.Delete(lines, i, i+1)
	case 1:
		lines[i] = strings.Replace(lines[i], ", ", "] #", 1) // the list ends after its first entry
	default:
		key, _, _ := strings.Cut(lines[i], ":")
		for _, j := range optional {
			if other, _, _ := strings.Cut(lines[j], ":"); other == key && j != i {
				lines[i] = lines[j]
			}
		}
	}
	return strings.Join(lines, "")
}

// What Widens says no to never lets a message cross better than before, and what
// is left of a message then crossed before, too.
func TestWhatDoesNotWidenLetsNothingMoreCross(t *testing.T) {
	r := newRandom(t)
	answers := map[bool]int{}
	compared := map[string]int{}
	for range 1500 {
		text := r.policy(1 + r.IntN(4))
		changed := r.changed(text)
		old := mustParse(t, text)
		new, err := Parse([]byte(changed))
		if err != nil { // such as dates in the wrong order
			continue
		}
		widens := Widens(old, new)
		if changed != text {
			answers[widens]++
		}
		if widens {
			continue
		}
		for range 30 {
			q := r.question()
			was, is := old.Judge(q), new.Judge(q)
			compared[kindOf(is)]++
			if better(is, was) {
				t.Fatalf("was %s, is %s, and Widens says no\n%+v\n%s\n%s", kindOf(was), kindOf(is), q, text, changed)
			}
			left := q
			left.Findings = without(q.Findings, is.Redact)
			if is.Verdict != Deny && better(Decision{Verdict: is.Verdict}, old.Judge(left)) {
				t.Fatalf("what is left did not cross before\n%+v\n%s\n%s", left, text, changed)
			}
		}
	}
	t.Log(answers, compared)
	if answers[true] < 100 || answers[false] < 100 {
		t.Errorf("the changes are one-sided: %v", answers)
	}
	for _, kind := range kinds {
		if compared[kind] < 5 {
			t.Errorf("the questions are one-sided: %v", compared)
		}
	}
}

func without(findings, gone []schema.Finding) []schema.Finding {
	return slices.DeleteFunc(slices.Clone(findings), func(f schema.Finding) bool { return slices.Contains(gone, f) })
}
