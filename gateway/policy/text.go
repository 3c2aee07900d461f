package policy

import (
	"fmt"
	"slices"
	"strings"
	"text/tabwriter"
	"unicode"

	"github.com/comity-exchange/comity/schema"
)

// maxOthers is how many rules for other peers the table shows.
const maxOthers = 8

// Text shows the decision as a table for a terminal: one line per rule, closest
// first, and under it where the closest one fails. Control and bidirectional
// characters are replaced, so that what is printed is what stands there.
func (d Decision) Text() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s   policy %.12s…", strings.ToUpper(string(d.Verdict)), d.Policy)
	if d.Rule != "" {
		fmt.Fprintf(&b, "   rule %s", d.Rule)
	}
	b.WriteString("\n")
	if len(d.Trace) > 0 {
		d.writeTable(&b)
	}
	if d.Verdict == Deny {
		d.writeClosest(&b)
	}
	d.writeParts(&b)
	return b.String()
}

// writeParts lists what waits and what is taken out, and what happens then.
func (d *Decision) writeParts(b *strings.Builder) {
	writeFindings(b, "waits for release", d.Approve)
	writeFindings(b, "taken out", d.Redact)
	if d.Verdict != Deny && d.WouldPass != "" {
		fmt.Fprintf(b, "  %s\n", printable(d.WouldPass))
	}
}

func writeFindings(b *strings.Builder, what string, findings []schema.Finding) {
	if len(findings) == 0 {
		return
	}
	fmt.Fprintf(b, "  %s:\n", what)
	for _, f := range findings[:min(len(findings), maxFailing)] {
		fmt.Fprintf(b, "    %s\n", printable(place(f)))
	}
	if more := len(findings) - maxFailing; more > 0 {
		fmt.Fprintf(b, "    and %d more\n", more)
	}
}

func (d *Decision) writeTable(b *strings.Builder) {
	w := tabwriter.NewWriter(b, 0, 0, 2, ' ', 0)
	shown := d.columns()
	fmt.Fprintf(w, "  rule\t%s\tresult\n", strings.Join(shown, "\t"))
	others := 0
	for i := range d.Trace {
		t := &d.Trace[i]
		if !t.ok(conditionPeer) {
			if others++; others > maxOthers {
				continue
			}
		}
		fmt.Fprintf(w, "  %s\t%s\t%s\n", t.Rule, strings.Join(t.cells(shown), "\t"), t.result())
	}
	w.Flush()
	if more := max(others-maxOthers, 0) + d.Untraced; more > 0 {
		fmt.Fprintf(b, "  and %d more rules%s\n", more, map[bool]string{true: " for other peers"}[others > 0])
	}
}

// columns that some rule was judged by; those that every rule has stand always.
func (d *Decision) columns() []string {
	var out []string
	for _, name := range columns {
		judged := slices.Contains(always, name)
		for i := range d.Trace {
			_, has := d.Trace[i].condition(name)
			judged = judged || has
		}
		if judged {
			out = append(out, name)
		}
	}
	return out
}

// always shown, so that the table keeps its form from question to question.
var always = []string{conditionPeer, conditionDirection, conditionType, conditionInstrument, conditionMarking, conditionCategories, conditionMinors}

// cells of the rule's line, one per column; a dash where nothing was judged.
func (t *RuleTrace) cells(shown []string) []string {
	out := make([]string, len(shown))
	for i, name := range shown {
		out[i] = "–"
		if c, judged := t.condition(name); judged {
			out[i] = printable(c.cell())
		}
	}
	return out
}

// cell shows what the message has, or, where peer, direction or type part, what the rule wants.
func (c *Condition) cell() string {
	switch c.Name {
	case conditionCategories:
		return c.categoryCell()
	case conditionPeer, conditionDirection, conditionType:
		if !c.OK {
			return brief(strings.Split(c.Want, ", "), 2) + " ✗"
		}
	}
	return c.Got + mark(c.OK)
}

func (c *Condition) categoryCell() string {
	var parts []string
	for _, p := range []struct {
		names []string
		sign  string
	}{{c.Covered, " ✓"}, {c.Approve, " waits"}, {c.Redact, " taken out"}, {c.Uncovered, " ✗"}} {
		if len(p.names) > 0 {
			parts = append(parts, brief(p.names, 3)+p.sign)
		}
	}
	if len(parts) == 0 {
		return "none" + mark(c.OK)
	}
	return strings.Join(parts, "  ")
}

func mark(ok bool) string {
	if ok {
		return " ✓"
	}
	return " ✗"
}

// brief joins the first n names and counts the rest.
func brief(names []string, n int) string {
	if len(names) > n {
		names = append(slices.Clone(names[:n]), fmt.Sprintf("+%d", len(names)-n))
	}
	return strings.Join(names, ",")
}

// result says in words how the rule fared.
func (t *RuleTrace) result() string {
	if t.Covers {
		return t.covering()
	}
	var parts []string
	for i := range t.Conditions {
		if c := &t.Conditions[i]; !c.OK {
			parts = append(parts, c.result())
		}
	}
	return printable(strings.Join(parts, "; "))
}

// covering says in words what the rule that covers the message does with it.
func (t *RuleTrace) covering() string {
	var parts []string
	if len(t.Approve) > 0 {
		parts = append(parts, "waits for release")
	}
	if len(t.Redact) > 0 {
		parts = append(parts, "takes parts out")
	}
	return "covers it" + strings.TrimSuffix(", "+strings.Join(parts, ", "), ", ")
}

func (c *Condition) result() string {
	switch c.Name {
	case conditionCodes:
		return "handling code " + brief(c.Uncovered, 4)
	case conditionPurposes, conditionLanguages:
		return "only " + c.Name + " " + brief(strings.Split(c.Want, ", "), 4)
	case conditionDay:
		return "holds " + c.Want
	case conditionSubjects:
		return "not for data on " + brief(c.Uncovered, 4)
	case conditionInstrument:
		return "instrument must be " + brief(strings.Split(c.Want, ", "), 4)
	case conditionMarking:
		return "at most " + c.Want
	case conditionCategories:
		return "not covered: " + brief(c.Uncovered, 8)
	case conditionMinors:
		return "data on persons under 18"
	}
	return "other " + c.Name
}

func (d *Decision) writeClosest(b *strings.Builder) {
	if d.Closest == "" {
		b.WriteString("  no rule names this peer: nothing crosses until you add one\n")
		return
	}
	t := &d.Trace[0]
	t.writePlaces(b)
	fmt.Fprintf(b, "  closest: %s, %s\n", d.Closest, t.away(d.WouldPass))
}

// away says how far the rule is from covering the message.
func (t *RuleTrace) away(wouldPass string) string {
	if wouldPass == "" {
		last := t.Conditions[len(t.Conditions)-1]
		return fmt.Sprintf("for %s %s", last.Name, last.Want)
	}
	return conditions(t.distance()) + " away. " + printable(strings.Replace(wouldPass, "allowed by "+t.Rule, "ALLOW", 1))
}

func conditions(n int) string {
	if n == 1 {
		return "one condition"
	}
	return fmt.Sprintf("%d conditions", n)
}

// writePlaces lists where the message has what the rule does not cover, each place once.
func (t *RuleTrace) writePlaces(b *strings.Builder) {
	var written []schema.Finding
	for _, c := range t.Conditions {
		for _, f := range c.Failing {
			if !slices.Contains(written, f) {
				fmt.Fprintf(b, "    %s\n", printable(place(f)))
				written = append(written, f)
			}
		}
		if c.More > 0 {
			fmt.Fprintf(b, "    and %d more for %s\n", c.More, c.Name)
		}
	}
}

func place(f schema.Finding) string {
	s := f.Category
	if f.Pointer != "" {
		s += " at " + f.Pointer
	}
	if f.Subject != "" {
		s += " (" + f.Subject + ")"
	}
	if underage(&f) {
		s += " (under 18)"
	}
	return s
}

// printable replaces what a terminal would obey instead of show.
func printable(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsPrint(r) {
			return r
		}
		return '�'
	}, s)
}
