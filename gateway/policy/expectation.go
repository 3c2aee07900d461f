package policy

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/comity-exchange/comity/schema"
)

// Expectation is one entry of a test file: a question and the answer wanted.
type Expectation struct {
	Line    int      // where it begins in the file
	Asked   Question // without a day if the entry names none
	Expect  Verdict
	Rule    string   // that decides, the closest one when denied; "" if any will do
	Approve []string // categories that wait for release; nil if any will do
	Redact  []string // categories that are taken out; none if nil
	Fails   []string // conditions of the closest rule that fail; nil if any will do
}

// Expectations are a file of policy tests.
type Expectations []Expectation

// Report of a test run.
type Report struct {
	Allow, Hold, Deny int              // answers as expected
	Failed            []schema.Problem // one for each entry that does not hold, with its line
}

// Run asks a policy every question. An entry that names no day is asked about today.
func (es Expectations) Run(p *Policy, today time.Time) Report {
	var out Report
	for _, e := range es {
		if e.Asked.Day.IsZero() {
			e.Asked.Day = today
		}
		d := p.Decide(e.Asked)
		switch wrong := e.wrong(&d); {
		case wrong != "":
			out.Failed = append(out.Failed, e.surprise(&d, wrong))
		case d.Verdict == Allow:
			out.Allow++
		case d.Verdict == Hold:
			out.Hold++
		default:
			out.Deny++
		}
	}
	return out
}

// Err is nil, or the problem policy_tests_failed that names each failing entry.
func (r *Report) Err() error {
	if len(r.Failed) == 0 {
		return nil
	}
	all := r.Allow + r.Hold + r.Deny + len(r.Failed)
	return &schema.Problem{Kind: schema.Invalid, Code: "policy_tests_failed",
		Detail: fmt.Sprintf("%d of %d expectations do not hold.", len(r.Failed), all),
		Fix:    "Change the policy, or the expectation if it is wrong. comity policy explain --policy FILE shows why.",
		Errors: r.Failed[:min(len(r.Failed), maxProblems)]}
}

// wrong says how the decision differs from what is wanted, "" if it does not.
func (e *Expectation) wrong(d *Decision) string {
	rule := d.Rule
	if d.Verdict == Deny {
		rule = d.Closest
	}
	approve, redact := categories(d.Approve), categories(d.Redact)
	switch {
	case d.Verdict != e.Expect, e.Rule != "" && e.Rule != rule:
		return fmt.Sprintf("expected %s, got %s.", withRule(e.Expect, e.Rule), withRule(d.Verdict, rule))
	case e.Approve != nil && !sameNames(e.Approve, approve):
		return fmt.Sprintf("expected %s to wait for release, got %s.", orNothing(e.Approve), orNothing(approve))
	case !sameNames(e.Redact, redact):
		return fmt.Sprintf("expected %s to be taken out, got %s.", orNothing(e.Redact), orNothing(redact))
	case e.Fails != nil && !sameNames(e.Fails, d.failing()):
		return fmt.Sprintf("expected %s to fail in the closest rule, got %s.", orNothing(e.Fails), orNothing(d.failing()))
	}
	return ""
}

func (e *Expectation) surprise(d *Decision, wrong string) schema.Problem {
	q := &e.Asked
	preposition := "to"
	if q.Direction == Receive {
		preposition = "from"
	}
	return schema.Problem{Kind: schema.Invalid, Code: "unexpected", Pointer: fmt.Sprintf("line %d", e.Line),
		Detail: printable(fmt.Sprintf("%s %s %s %s: %s", q.Direction, q.Type, preposition, q.Peer, wrong)), Fix: d.WouldPass}
}

// failing names the conditions that fail in the closest rule.
func (d *Decision) failing() []string {
	if d.Closest == "" {
		return nil
	}
	var out []string
	for _, c := range d.Trace[0].Conditions {
		if !c.OK {
			out = append(out, c.Name)
		}
	}
	return out
}

// sameNames says whether two lists of single names hold the same, in any order.
func sameNames(a, b []string) bool {
	if len(a) != len(b) {
		return false
	}
	return !slices.ContainsFunc(a, func(s string) bool { return !slices.Contains(b, s) })
}

func orNothing(names []string) string {
	if len(names) == 0 {
		return "nothing"
	}
	return strings.Join(names, ", ")
}

func withRule(v Verdict, rule string) string {
	switch {
	case rule == "":
		return string(v)
	case v == Deny:
		return string(v) + " (closest " + rule + ")"
	}
	return string(v) + " (rule " + rule + ")"
}
