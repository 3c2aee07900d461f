package policy

import (
	"fmt"
	"strings"
	"testing"

	"github.com/comity-exchange/comity/schema"
)

func TestCheckNamesWhatTheCatalogueLacks(t *testing.T) {
	known := Names{
		Types:       []string{"mla.request", "mla.response", "status.refused"},
		Categories:  []string{"id.name", "bio.fingerprint", "health", "fin.beneficial-owner"},
		Instruments: []string{"EIO", "COE-1959"},
		Subjects:    []string{"suspect", "victim"},
		Codes:       []string{"H0", "H1"},
		Purposes:    []string{"detection", "prosecution"},
	}
	tests := []struct {
		line string // added to or replaced in the rule
		want string // "code line fix", "" if nothing is wrong
	}{
		{"types: [mla.*, status.refused]", ""},
		{`types: ["*"]`, ""},
		{"types: [mla.reqest]", "unknown_type line 6 Write mla.request."},
		{"types: [mla.*, mls.*]", "unknown_type line 6 Write mla.*."},
		{"types: [extradition.request]", "unknown_type line 6 Look the name up with: comity types list."},
		{"categories: [id.name, health]", ""},
		{"categories: [bio.fingerprnt]", "unknown_category line 7 Write bio.fingerprint."},
		{"categories: [health.*]", "unknown_category line 7 Write health."},
		{"categories:\n      - id.name\n      - fin.benefical-owner", "unknown_category line 9 Write fin.beneficial-owner."},
		{"instruments: [EIO, none]", ""},
		{"instruments: [COE-1958]", "unknown_instrument line 7 Write COE-1959."},
		{"approve: [bio.*, health]", ""},
		{"approve: [bio.fingerprnt]", "unknown_category line 7 Write bio.fingerprint."},
		{"redact: [helth]", "unknown_category line 7 Write health."},
		{"subjects: [suspect, victm]", "unknown_subject line 7 Write victim."},
		{"codes: [H1, H9]", "unknown_code line 7 Write H0."},
		{"purposes: [detecton]", "unknown_purpose line 7 Write detection."},
		{"instruments: [eio]", "unknown_instrument line 7 Write EIO."},
	}
	for _, tt := range tests {
		var got []string
		for _, problem := range mustParse(t, one(tt.line)).Check(known) {
			got = append(got, fmt.Sprintf("%s %s %s", problem.Code, problem.Pointer, problem.Fix))
		}
		if got := strings.Join(got, "; "); got != tt.want {
			t.Errorf("%s: got %q, want %q", tt.line, got, tt.want)
		}
	}
}

func TestAdviseNamesWideWildcards(t *testing.T) {
	known := Names{Categories: []string{"fin.account", "fin.str", "gen.dna"}, Sensitivity: map[string]int{"fin.account": 3, "fin.str": 4, "gen.dna": 4}}
	tests := []struct {
		lines []string
		want  string // "line detail", "" if nothing is wrong
	}{
		{[]string{"categories: [fin.*]"}, "line 7 In rule nl-mla, fin.* covers fin.str, of the highest sensitivity."},
		{[]string{`categories: ["*"]`}, "line 7 In rule nl-mla, * covers fin.str,gen.dna, of the highest sensitivity."},
		{[]string{"categories: [fin.*, fin.str]"}, ""},
		{[]string{"categories: [fin.*]", "approve: [fin.str]"}, ""},
		{[]string{"categories: [fin.*]", "redact: [fin.str]"}, ""},
		{[]string{"categories: [fin.account]", "approve: [fin.*]"}, ""},
		{[]string{"categories: [fin.*]", "direction: receive"}, ""},
	}
	for _, tt := range tests {
		var got []string
		for _, problem := range mustParse(t, one(tt.lines...)).Advise(known) {
			got = append(got, problem.Pointer+" "+problem.Detail)
		}
		if got := strings.Join(got, "; "); got != tt.want {
			t.Errorf("%v: got %q, want %q", tt.lines, got, tt.want)
		}
	}
}

func TestNamesOfTheCatalogue(t *testing.T) {
	c, err := schema.Load()
	if err != nil {
		t.Fatal(err)
	}
	p := mustParse(t, one("types: [mla.request]", "categories: [id.name]", "approve: [unstated, gen.dna]", "subjects: [victim]", "codes: [H3]", "instruments: [EIO, none]", "purposes: [prosecution]"))
	if got := p.Check(NamesOf(c)); len(got) > 0 {
		t.Errorf("got %v, want every name known", got)
	}
	if got := mustParse(t, one(`categories: ["*"]`)).Advise(NamesOf(c)); len(got) != 1 {
		t.Errorf("got %v, want one advice", got)
	}
}
