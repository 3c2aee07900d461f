package web

import (
	"testing"

	"github.com/comity-exchange/comity/gateway/policy"
)

func TestWouldPassIsToldInTheReadersLanguage(t *testing.T) {
	denied := policy.Decision{Verdict: policy.Deny, Closest: "nl-mla", WouldPass: "Without bio.face, gen.dna, marked restricted: allowed by nl-mla.",
		Trace: []policy.RuleTrace{{Rule: "nl-mla", Conditions: []policy.Condition{{Name: "peer", OK: true}, {Name: "marking"},
			{Name: "categories", Uncovered: []string{"bio.face", "gen.dna"}}}}}}
	for lang, want := range map[string]string{
		"en": "Rule nl-mla would let it through but for: marking, data (bio.face, gen.dna).",
		"de": "Die Regel nl-mla ließe sie durch, wäre da nicht: Schutzkennzeichnung, Daten (bio.face, gen.dna).",
		"ar": "كانت القاعدة nl-mla ستسمح بمرورها لولا ما يلي: علامة الحماية، البيانات (bio.face، gen.dna).",
	} {
		if got := wouldPass(denied, lang); got != want {
			t.Errorf("%s: got %q, want %q", lang, got, want)
		}
	}
	far := denied
	far.WouldPass = ""
	for _, d := range []policy.Decision{far, {Verdict: policy.Hold, WouldPass: "Once released: allowed by nl-mla."}} {
		if got := wouldPass(d, "en"); got != "" {
			t.Errorf("got %q, want nothing", got)
		}
	}
}
