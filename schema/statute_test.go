package schema

import (
	"errors"
	"slices"
	"strings"
	"testing"
)

// broken are the executable rules, each with a message that breaks it and nothing
// else. Those over the case come with the request that is answered, or with what was sent elsewhere.
var broken = []struct {
	rule      string
	typ       string
	edits     map[string]any
	request   string // type of the request
	asked     map[string]any
	elsewhere bool // the message itself was sent to another State before
}{
	{"R-02", "evidence.production.order", map[string]any{"/instrument": "EPOC", "/body/issuing_authority/type": "public-prosecutor", "/body/validating_authority": gone{}, "/body/data/content": []any{"mailbox"}, "/body/gates": []any{"max-3-years"}}, "", nil, false},
	{"R-02a", "evidence.production.order", map[string]any{"/instrument": "EPOC", "/body/issuing_authority/type": "judge-or-court", "/body/emergency_without_validation": true, "/body/data/content": []any{"mailbox"}, "/body/gates": []any{"max-3-years"}}, "", nil, false},
	{"R-03", "evidence.production.order", map[string]any{"/instrument": "EPOC", "/body/validating_authority": map[string]any{"name": "x", "country": "DE", "type": "other-competent"}, "/body/data": map[string]any{"subscriber": []any{"puk"}}}, "", nil, false},
	{"R-04", "evidence.production.order", map[string]any{"/instrument": "EPOC", "/body/issuing_authority/type": "judge-or-court", "/body/data/content": []any{"mailbox"}, "/body/gates": gone{}, "/body/concerns": []any{"criminal-proceedings"}}, "", nil, false},
	{"R-05a", "evidence.production.order", map[string]any{"/body/deadline": map[string]any{"kind": "within-10-days"}, "/body/notified_authority": gone{}}, "", nil, false},
	{"R-05b", "evidence.production.order", nil, "", nil, false},
	{"R-07", "evidence.production.order", map[string]any{"/handling/conditions": gone{}, "/body/data": map[string]any{"subscriber": []any{"puk"}}}, "", nil, false},
	{"R-22a", "notice.wanted", map[string]any{"/body/judicial_documents/0/max_penalty": "P23M"}, "", nil, false},
	{"R-22b", "notice.wanted", map[string]any{"/body/legal_status": "wanted-to-serve-sentence", "/body/judicial_documents/0/kind": "judgment", "/body/judicial_documents/0/imposed_penalty": "P179D"}, "", nil, false},
	{"C-EAW-8", "extradition.request", map[string]any{"/instrument": "EAW", "/languages": []any{"de"}, "/body/offences/0/place": gone{}}, "", nil, false},
	{"C-COE57", "arrest.provisional", map[string]any{"/instrument": "COE-1957", "/body/offences/0/time": gone{}}, "", nil, false},
	{"C-EAW-25", "transit.request", map[string]any{"/instrument": "EAW", "/body/offences/0/time": gone{}}, "", nil, false},
	{"C-FRZ-7", "asset.execution.report", map[string]any{"/instrument": "REG-2018-1805", "/body/outcome": "executed", "/body/results": []any{map[string]any{"id": "1", "state": "frozen"}}}, "", nil, false},
	{"C-EIO-13", "mla.response", map[string]any{"/body/return_required": gone{}}, "", nil, false},
	{"C-DIR-4", "intel.query", map[string]any{"/instrument": "DIR-2023-977", "/body/offences": gone{}, "/body/list32": gone{}}, "", nil, false},
	{"C-FRZ-6", "asset.freeze.order", map[string]any{"/instrument": "REG-2018-1805", "/body/persons": gone{}, "/body/companies": gone{}}, "", nil, false},
	{"R-16a", "extradition.request", map[string]any{"/instrument": "EAW", "/languages": []any{"de"}, "/body/purpose": "prosecution", "/body/offences/0/max_penalty": "P6M"}, "", nil, false},
	{"R-16b", "extradition.request", map[string]any{"/instrument": "EAW", "/languages": []any{"de"}, "/body/purpose": "sentence", "/body/sentence": map[string]any{"imposed": "P3M"}}, "", nil, false},
	{"R-16c", "extradition.request", map[string]any{"/instrument": "COE-1957", "/body/purpose": "prosecution", "/body/offences/0/max_penalty": "P11M"}, "", nil, false},
	{"R-16d", "extradition.request", map[string]any{"/instrument": "COE-1957", "/body/purpose": "sentence", "/body/sentence": map[string]any{"imposed": "P60D"}}, "", nil, false},
	{"R-08", "mla.request", map[string]any{"/body/measures/0": interceptionMeasure}, "", nil, true},
	{"R-10a", "status.refused", map[string]any{"/body/grounds": []any{ground("dual-criminality")}}, "mla.request", nil, false},
	{"R-10b", "status.refused", map[string]any{"/instrument": "EAW", "/body/grounds": []any{ground("dual-criminality")}}, "mla.request", nil, false},
	{"R-10c", "status.refused", map[string]any{"/instrument": "REG-2018-1805", "/body/grounds": []any{ground("dual-criminality")}, "/body/consultation": map[string]any{"date": "2026-12-01"}}, "mla.request", nil, false},
	{"R-10d", "status.refused", map[string]any{"/body/grounds": []any{ground("measure-restricted-by-offence-threshold")}, "/body/extent": "partly", "/body/measures": []any{"hearing"}}, "mla.request", nil, false},
	{"R-11a", "status.refused", map[string]any{"/body/grounds": []any{ground("dual-criminality")}}, "mla.request", map[string]any{"/body/offences/0/list32": gone{}, "/body/offences/0/tax_or_customs": true}, false},
	{"R-11b", "status.refused", map[string]any{"/instrument": "EAW", "/body/grounds": []any{ground("dual-criminality")}}, "mla.request", map[string]any{"/body/offences/0/list32": gone{}, "/body/offences/0/tax_or_customs": true}, false},
	{"R-18", "extradition.decision", map[string]any{"/instrument": "COE-1957"}, "extradition.request", map[string]any{"/body/death_penalty": true}, false},
	{"R-23", "intel.hit", map[string]any{"/body/minors_limited": gone{}}, "intel.report", map[string]any{"/body/persons/0/minor": true}, false},
	{"R-19", "status.refused", map[string]any{"/instrument": "BUDAPEST", "/body/grounds": []any{ground("dual-criminality")}}, "evidence.preservation.request", nil, false},
}

func ground(code string) map[string]any {
	return map[string]any{"code": code, "article": "1", "reasons": "x"}
}

var interceptionMeasure = map[string]any{"code": "interception", "sought": "x", "interception": map[string]any{
	"targets": []any{map[string]any{"phone": "+31201234567"}}, "mode": "record-and-transmit", "duration": "P30D", "reasons": "x"}}

func TestEachRuleIsBroken(t *testing.T) {
	c := catalogue(t)
	var tested []string
	for _, row := range broken {
		tested = append(tested, row.rule)
		t.Run(row.rule, func(t *testing.T) {
			m, err := c.Read(edited(t, row.typ, row.edits))
			if err == nil && m.NeedsCase() {
				var s Surroundings
				if row.request != "" {
					s.Request = edited(t, row.request, row.asked)
				}
				if row.elsewhere {
					s.Elsewhere = [][]byte{m.Raw}
				}
				if p := c.CheckCase(m, s); p != nil {
					err = p
				}
				if p := c.CheckCase(m, Surroundings{}); p != nil && p.Errors[0].Pointer == "" {
					t.Errorf("without its case: got %v", p)
				}
			}
			var p *Problem
			if !errors.As(err, &p) || len(p.Errors) != 1 || p.Errors[0].Code != "breaks_rule" || !strings.Contains(p.Errors[0].Detail, "("+row.rule+", ") {
				t.Errorf("got %v, want %s alone", err, row.rule)
			}
		})
	}
	for _, r := range c.Provisions() {
		if !slices.Contains(tested, r.ID) {
			t.Errorf("no message breaks %s", r.ID)
		}
	}
}

// What the two rules ask for is enough, and without their reason they ask for nothing.
func TestAssurancesAndMinors(t *testing.T) {
	type edits = map[string]any
	minor := edits{"/body/persons/0/minor": true}
	c := catalogue(t)
	for _, row := range []struct {
		name, typ    string
		edits        edits
		request      string
		asked        edits
		wantToBeKept bool
	}{
		{"an assurance relied on", "extradition.decision", edits{"/instrument": "COE-1957", "/body/assurances": []any{"death-penalty-not-imposed-or-executed"}}, "extradition.request", edits{"/body/death_penalty": true}, true},
		{"no assurance", "extradition.decision", edits{"/instrument": "COE-1957", "/body/assurances": gone{}}, "extradition.request", edits{"/body/death_penalty": true}, false},
		{"no such penalty", "extradition.decision", edits{"/instrument": "COE-1957"}, "extradition.request", edits{"/body/death_penalty": false}, true},
		{"a minor, and only hits", "intel.hit", edits{"/body/matches": []any{edits{"key": "name", "result": "hit", "reference": "x"}}}, "intel.report", minor, true},
		{"a minor, and the answer does not say so", "intel.hit", edits{"/body/minors_limited": gone{}}, "intel.report", minor, false},
		{"a minor, and more about nobody knows whom", "intel.hit", edits{"/body/matches/0/pointer": gone{}}, "intel.report", minor, false},
		{"nobody that is a minor", "intel.hit", edits{"/body/minors_limited": gone{}}, "intel.report", edits{"/body/persons": []any{edits{"subject": "suspect", "name": "x", "minor": false}}}, true},
	} {
		t.Run(row.name, func(t *testing.T) {
			p := c.CheckCase(read(t, c, edited(t, row.typ, row.edits)), Surroundings{Request: edited(t, row.request, row.asked)})
			if (p == nil) != row.wantToBeKept {
				t.Errorf("got %v, kept %v", p, row.wantToBeKept)
			}
		})
	}
}

func TestThresholdsInEveryUnit(t *testing.T) {
	c := catalogue(t)
	for _, row := range []struct {
		purpose, length string
		ok              bool
	}{{"prosecution", "P1Y", true}, {"prosecution", "P12M", true}, {"prosecution", "P365D", true}, {"prosecution", "P52W", true}, {"prosecution", "P10Y6M", true},
		{"prosecution", "P11M", false}, {"prosecution", "P364D", false}, {"prosecution", "P51W", false}, {"prosecution", "PT24H", false},
		{"sentence", "P4M", true}, {"sentence", "P1Y", true}, {"sentence", "P120D", true}, {"sentence", "P3M", false}, {"sentence", "P119D", false}, {"sentence", "P16W", false}} {
		edits := map[string]any{"/instrument": "EAW", "/languages": []any{"de"}, "/body/purpose": row.purpose, "/body/offences/0/max_penalty": "P5Y"}
		if row.purpose == "sentence" {
			edits["/body/sentence"] = map[string]any{"imposed": row.length}
		} else {
			edits["/body/offences/0/max_penalty"] = row.length
		}
		_, err := c.Read(edited(t, "extradition.request", edits))
		if broke := err != nil && strings.Contains(err.Error(), "(R-16"); broke == row.ok {
			t.Errorf("%s of %s: got %v", row.purpose, row.length, err)
		}
	}
}

func TestThresholdsOfNotices(t *testing.T) {
	c := catalogue(t)
	for _, row := range []struct {
		field, length string
		ok            bool
	}{{"max_penalty", "P2Y", true}, {"max_penalty", "P24M", true}, {"max_penalty", "P1Y12M", true}, {"max_penalty", "P730D", true}, {"max_penalty", "P104W", true}, {"max_penalty", "P20Y", true},
		{"max_penalty", "P1Y11M", false}, {"max_penalty", "P23M", false}, {"max_penalty", "P729D", false}, {"max_penalty", "P103W", false}, {"max_penalty", "P1Y", false},
		{"imposed_penalty", "P6M", true}, {"imposed_penalty", "P1Y", true}, {"imposed_penalty", "P180D", true}, {"imposed_penalty", "P26W", true},
		{"imposed_penalty", "P5M", false}, {"imposed_penalty", "P179D", false}, {"imposed_penalty", "P25W", false}} {
		edits := map[string]any{"/body/judicial_documents/0/" + row.field: row.length}
		if row.field == "imposed_penalty" {
			edits["/body/legal_status"], edits["/body/judicial_documents/0/kind"] = "wanted-to-serve-sentence", "judgment"
		}
		_, err := c.Read(edited(t, "notice.wanted", edits))
		if broke := err != nil && strings.Contains(err.Error(), "(R-22"); broke == row.ok {
			t.Errorf("%s of %s: got %v", row.field, row.length, err)
		}
	}
}
