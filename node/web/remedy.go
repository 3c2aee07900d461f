package web

import (
	"strings"

	"github.com/comity-exchange/comity/gateway/policy"
)

// wouldPass says what keeps the nearest rule from letting a denied message through, ""
// if no rule is near. It tells in the reader's language what the decision's own
// sentence tells in English.
func wouldPass(d policy.Decision, lang string) string {
	if d.Verdict != policy.Deny || d.WouldPass == "" || len(d.Trace) == 0 {
		return ""
	}
	say := words[lang]
	var parts []string
	for _, c := range d.Trace[0].Conditions {
		if c.OK {
			continue
		}
		part := say["cond."+c.Name]
		if len(c.Uncovered) > 0 {
			part += " (" + strings.Join(c.Uncovered, say["comma_form"]+" ") + ")"
		}
		parts = append(parts, part)
	}
	return strings.NewReplacer("{rule}", d.Closest, "{conditions}", strings.Join(parts, say["comma_form"]+" ")).Replace(say["would_pass"])
}
