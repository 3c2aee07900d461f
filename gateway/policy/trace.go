package policy

import (
	"cmp"
	"slices"
	"strings"

	"github.com/comity-exchange/comity/schema"
)

// RuleTrace says how one rule fared. A rule for another peer, direction or type
// is not judged further: its conditions end with the one that fails.
type RuleTrace struct {
	Rule       string      `json:"rule"`
	Covers     bool        `json:"covers"`
	Conditions []Condition `json:"conditions"`
}

// Condition is one column of the decision table.
type Condition struct {
	Name      string           `json:"name"` // peer, direction, type, instrument, marking, categories, minors
	OK        bool             `json:"ok"`
	Got       string           `json:"got,omitempty"`       // what the message has
	Want      string           `json:"want,omitempty"`      // what the rule accepts
	Covered   []string         `json:"covered,omitempty"`   // for categories: those of the message that the rule covers
	Uncovered []string         `json:"uncovered,omitempty"` // for categories: those that it does not cover
	Failing   []schema.Finding `json:"failing,omitempty"`   // for categories and minors: what is not covered, and where
	More      int              `json:"more,omitempty"`      // failing findings beyond the maxFailing that are listed
}

// maxFailing findings listed in one condition. A message may hold thousands,
// and the trace of a refusal must not outgrow it.
const maxFailing = 20

const (
	conditionPeer       = "peer"
	conditionDirection  = "direction"
	conditionType       = "type"
	conditionInstrument = "instrument"
	conditionMarking    = "marking"
	conditionCategories = "categories"
	conditionMinors     = "minors"
)

// columns in the order in which they are judged.
var columns = []string{conditionPeer, conditionDirection, conditionType,
	conditionInstrument, conditionMarking, conditionCategories, conditionMinors}

func (p *Policy) trace(q *Question) []RuleTrace {
	s := p.table.survey(q)
	traces := make([]RuleTrace, len(p.rules))
	for i := range p.rules {
		traces[i] = s.judge(i, &p.rules[i])
	}
	slices.SortStableFunc(traces, func(a, b RuleTrace) int {
		return cmp.Or(cmp.Compare(a.distance(), b.distance()), cmp.Compare(a.failing(), b.failing()))
	})
	return traces
}

// distance is the number of conditions that fail or were not judged.
func (t *RuleTrace) distance() int {
	n := len(columns)
	for i := range t.Conditions {
		if t.Conditions[i].OK {
			n--
		}
	}
	return n
}

// failing is the number of findings that the rule does not cover.
func (t *RuleTrace) failing() int {
	n := 0
	for i := range t.Conditions {
		n += len(t.Conditions[i].Failing) + t.Conditions[i].More
	}
	return n
}

func (t *RuleTrace) condition(name string) (Condition, bool) {
	for _, c := range t.Conditions {
		if c.Name == name {
			return c, true
		}
	}
	return Condition{}, false
}

// ok says whether the condition was judged and holds.
func (t *RuleTrace) ok(name string) bool {
	c, judged := t.condition(name)
	return judged && c.OK
}

// remedy is the sentence that says what would make the message pass by this
// rule, "" if the rule is not for this peer, direction and type at all.
func (t *RuleTrace) remedy() string {
	if !t.ok(conditionType) {
		return ""
	}
	var parts []string
	for _, c := range t.Conditions {
		if !c.OK {
			parts = append(parts, c.remedy())
		}
	}
	s := strings.Join(parts, ", ")
	return strings.ToUpper(s[:1]) + s[1:] + ": allowed by " + t.Rule + "."
}

func (c *Condition) remedy() string {
	switch c.Name {
	case conditionInstrument:
		if c.Want == noInstrument {
			return "without an instrument"
		}
		return "with instrument " + strings.ReplaceAll(c.Want, ", ", " or ")
	case conditionMarking:
		return "marked " + c.Want
	case conditionCategories:
		return "without " + strings.Join(c.Uncovered, ", ")
	}
	return "without data on persons under 18"
}
