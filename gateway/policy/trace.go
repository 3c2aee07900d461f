package policy

import "github.com/comity-exchange/comity/schema"

// RuleTrace says how one rule fared. A rule for another peer, direction or type
// is not judged further: its conditions end with the one that fails.
type RuleTrace struct {
	Rule       string           `json:"rule"`
	Covers     bool             `json:"covers"`
	Verdict    Verdict          `json:"verdict"`           // what the rule alone would give
	Approve    []schema.Finding `json:"approve,omitempty"` // what would wait for release once nothing fails, at most maxFailing
	Redact     []schema.Finding `json:"redact,omitempty"`  // what would be taken out, at most maxFailing
	More       int              `json:"more,omitempty"`    // that would wait or be taken out beyond those listed
	Conditions []Condition      `json:"conditions"`
}

// Condition is one column of the decision table. Codes, purposes, languages, day
// and subjects are there only where the rule limits them.
type Condition struct {
	Name      string           `json:"name"` // peer, direction, type, instrument, marking, codes, purposes, languages, day, categories, subjects, minors
	OK        bool             `json:"ok"`
	Got       string           `json:"got,omitempty"`       // what the message has
	Want      string           `json:"want,omitempty"`      // what the rule accepts
	Covered   []string         `json:"covered,omitempty"`   // values of the message that the rule covers
	Approve   []string         `json:"approve,omitempty"`   // categories that wait for release
	Redact    []string         `json:"redact,omitempty"`    // categories that are taken out
	Uncovered []string         `json:"uncovered,omitempty"` // values that it does not cover
	Failing   []schema.Finding `json:"failing,omitempty"`   // findings that are not covered, and where
	More      int              `json:"more,omitempty"`      // failing findings beyond the maxFailing that are listed
}

// maxFailing findings listed in one condition. A message may hold thousands,
// and the trace of a refusal must not outgrow it.
const maxFailing = 20

// maxTraced rules listed in one decision.
const maxTraced = 50

const (
	conditionPeer       = "peer"
	conditionDirection  = "direction"
	conditionType       = "type"
	conditionInstrument = "instrument"
	conditionMarking    = "marking"
	conditionCodes      = "codes"
	conditionPurposes   = "purposes"
	conditionLanguages  = "languages"
	conditionDay        = "day"
	conditionCategories = "categories"
	conditionSubjects   = "subjects"
	conditionMinors     = "minors"
)

// columns in the order in which they are judged.
var columns = []string{conditionPeer, conditionDirection, conditionType, conditionInstrument, conditionMarking, conditionCodes,
	conditionPurposes, conditionLanguages, conditionDay, conditionCategories, conditionSubjects, conditionMinors}

// trace judges the nearest rules one by one.
func (p *Policy) trace(q *Question) (traces []RuleTrace, untraced int) {
	s := newSurvey(q)
	places := p.nearest(s)
	traces = make([]RuleTrace, len(places))
	for k, i := range places {
		traces[k] = s.judge(&p.rules[i])
	}
	return traces, len(p.rules) - len(traces)
}

// distance is the number of conditions that fail, or that are not judged.
func (t *RuleTrace) distance() int {
	failing := 0
	for i := range t.Conditions {
		if !t.Conditions[i].OK {
			failing++
		}
	}
	if failing > 0 && !t.ok(conditionType) {
		return len(columns) + 1 - len(t.Conditions)
	}
	return failing
}

// passing is the verdict once nothing fails.
func (t *RuleTrace) passing() Verdict {
	if len(t.Approve) > 0 {
		return Hold
	}
	return Allow
}

func (t *RuleTrace) condition(name string) (*Condition, bool) {
	for i := range t.Conditions {
		if t.Conditions[i].Name == name {
			return &t.Conditions[i], true
		}
	}
	return &Condition{}, false
}

// ok says whether the condition was judged and holds.
func (t *RuleTrace) ok(name string) bool {
	c, judged := t.condition(name)
	return judged && c.OK
}
