package policy

import (
	"slices"
	"strings"

	"github.com/comity-exchange/comity/schema"
)

// remedy is the sentence that says what would make the message pass by this
// rule, "" if the rule is not for this peer, direction and type at all.
func (t *RuleTrace) remedy() string {
	if !t.ok(conditionType) {
		return ""
	}
	var parts []string
	for i := range t.Conditions {
		if c := &t.Conditions[i]; !c.OK {
			parts = append(parts, c.remedy())
		}
	}
	s := strings.Join(parts, ", ")
	s = strings.ToUpper(s[:1]) + s[1:] + ": allowed by " + t.Rule
	if len(t.Approve) > 0 {
		s += " after one release"
	}
	if len(t.Redact) > 0 {
		s += ", with " + strings.Join(categories(t.Redact), ", ") + " taken out"
	}
	return s + "."
}

func (c *Condition) remedy() string {
	either := strings.ReplaceAll(c.Want, ", ", " or ")
	switch c.Name {
	case conditionInstrument:
		if c.Want == noInstrument {
			return "without an instrument"
		}
		return "with instrument " + either
	case conditionMarking:
		return "marked " + c.Want
	case conditionCodes:
		return "without handling code " + strings.Join(c.Uncovered, ", ")
	case conditionPurposes:
		return "for " + either + " only"
	case conditionLanguages:
		return "in " + either + " only"
	case conditionDay:
		return "on a day " + c.Want
	case conditionCategories:
		return "without " + strings.Join(c.Uncovered, ", ")
	case conditionSubjects:
		return "without data on " + strings.Join(c.Uncovered, ", ")
	}
	return "without data on persons under 18"
}

// remedy says what lets a message that is not allowed whole pass, "" if it is.
func (d *Decision) remedy() string {
	var parts []string
	if len(d.Approve) > 0 {
		parts = append(parts, "a second officer releases "+strings.Join(categories(d.Approve), ", "))
	}
	if len(d.Redact) > 0 {
		parts = append(parts, strings.Join(categories(d.Redact), ", ")+" is taken out")
	}
	if len(parts) == 0 {
		return ""
	}
	return "Once " + strings.Join(parts, " and ") + ": allowed by " + d.Rule + "."
}

// categories of findings, each once, in order of first appearance.
func categories(findings []schema.Finding) []string {
	var out []string
	for _, f := range findings {
		if !slices.Contains(out, f.Category) {
			out = append(out, f.Category)
		}
	}
	return out
}
