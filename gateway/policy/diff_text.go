package policy

import (
	"fmt"
	"strings"

	"github.com/comity-exchange/comity/schema"
)

// maxKinds of messages named in one sentence; the rest is counted.
const maxKinds = 4

// Text tells the difference in sentences, at most n changes, and how it was found.
func (d *Difference) Text(n int) string {
	var b strings.Builder
	if d.Same {
		b.WriteString("The two policies let the same cross.\n")
		return b.String()
	}
	for i := range d.Changes[:min(n, len(d.Changes))] {
		c := &d.Changes[i]
		fmt.Fprintf(&b, "%s %s\n", c.sign(), printable(c.Sentence()))
	}
	if more := len(d.Changes) - n; more > 0 {
		fmt.Fprintf(&b, "and %d more %s\n", more, plural(more, "change", "changes"))
	}
	switch {
	case len(d.Changes) == 0 && d.Widens:
		b.WriteString("No question shows a difference, but a rule of the new policy is in no rule of the old one.\n")
	case len(d.Changes) == 0:
		b.WriteString("No question shows a difference, but the new policy lacks what a rule of the old one had.\n")
	}
	if len(d.Skipped) > 0 {
		fmt.Fprintf(&b, "Not compared, because so much changed: %s.\n", peerNames(d.Skipped))
	}
	widens := "It does not widen the policy."
	if d.Widens {
		widens = "It widens the policy."
	}
	fmt.Fprintf(&b, "%s %d questions were asked of both: each category by itself, and all of one rule together.\n", widens, d.Asked)
	return b.String()
}

func (c *Change) sign() string {
	if c.Widens() {
		return "+"
	}
	return "-"
}

// Sentence tells the change: "NL may now receive mla.request with bio.fingerprint,
// after a release (rule nl-mla)."
func (c *Change) Sentence() string {
	s := c.clause()
	if c.Before == Denied || c.After == Denied || c.Before == Held && c.After == Crossing || c.Before == Crossing && c.After == Held {
		s += c.release()
	}
	if len(c.Rules) > 0 {
		s += fmt.Sprintf(" (%s %s)", plural(len(c.Rules), "rule", "rules"), names(c.Rules, 3))
	}
	s += "."
	if c.Example != "" {
		s += " Example: " + c.Example + "."
	}
	return s
}

// clause says who may do what with which data.
func (c *Change) clause() string {
	data := names(c.data, 6)
	if c.Together {
		data += " together in one message"
	}
	if c.File {
		data += " in an attached file"
	}
	does, them := "receive", "to"
	if c.Direction == Receive {
		does, them = "send us", "from"
	}
	what := fmt.Sprintf("%s with %s", names(c.kinds, maxKinds), data)
	switch {
	case c.After == Denied:
		return fmt.Sprintf("%s may no longer %s %s", peerNames(c.Peers), does, what) + c.circumstance()
	case c.After == Cut || c.After == HeldCut:
		return fmt.Sprintf("%s %s now taken out of %s %s %s", data, c.is(), names(c.kinds, maxKinds), them, peerNames(c.Peers)) + c.circumstance() + c.cutRelease()
	case c.Before == Cut || c.Before == HeldCut:
		return fmt.Sprintf("%s may now %s %s, which was taken out", peerNames(c.Peers), does, what) + c.circumstance() + c.release()
	case c.Before == Crossing && c.After == Held:
		return fmt.Sprintf("%s may %s %s only", peerNames(c.Peers), does, what) + c.circumstance()
	}
	return fmt.Sprintf("%s may now %s %s", peerNames(c.Peers), does, what) + c.circumstance()
}

// is or are, for the data.
func (c *Change) is() string {
	if len(c.Categories) == 1 {
		return "is"
	}
	return "are"
}

// release says whether a second officer is asked.
func (c *Change) release() string {
	switch {
	case c.After == Held:
		return ", after a release"
	case c.Before == Held && c.After == Crossing:
		return ", without a release"
	}
	return ""
}

// cutRelease says how the rest of a message leaves from which something is taken out.
func (c *Change) cutRelease() string {
	switch {
	case c.Before == Denied && c.After == Cut:
		return "; the rest, which was stopped, leaves"
	case c.Before == Denied:
		return "; the rest, which was stopped, leaves after a release"
	case c.Before == Held && c.After == Cut:
		return "; the rest, which was held, leaves without a release"
	case c.After == HeldCut:
		return "; the rest leaves after a release"
	}
	return ""
}

// circumstance says under which conditions.
func (c *Change) circumstance() string {
	var s string
	switch {
	case len(c.Instruments) == 1 && c.Instruments[0] == noInstrument:
		s += ", without an instrument"
	case len(c.Instruments) > 0:
		s += ", under " + strings.Join(c.Instruments, " or ")
	}
	if c.Marking != "" {
		s += ", marked " + c.Marking
	}
	if c.When != "" {
		s += ", " + c.When
	}
	return s
}

// names joins at most n names and counts the rest.
func names(list []string, n int) string {
	if len(list) <= n {
		return strings.Join(list, ", ")
	}
	return fmt.Sprintf("%s and %d more", strings.Join(list[:n], ", "), len(list)-n)
}

func peerNames(peers []schema.Jurisdiction) string {
	list := make([]string, len(peers))
	for i, p := range peers {
		list[i] = string(p)
	}
	return names(list, 6)
}

func plural(n int, one, many string) string {
	if n == 1 {
		return one
	}
	return many
}
