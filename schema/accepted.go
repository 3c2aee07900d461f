package schema

import (
	"slices"
	"strings"
)

// Accepted holds a request to the languages that the receiving State takes under its
// instrument, and to those that it tells of itself, such as on its card. Translations by a
// human of all its texts into one of them count as well. Where nothing is
// known of them, or the message does not say in which languages it is, nothing is refused.
// The problem is language_not_accepted, with the article.
func (c *Catalogue) Accepted(m *Message, told []string) *Problem {
	in := c.instruments[m.Instrument]
	if in == nil || in.Languages == nil || len(m.Languages) == 0 || !c.Opens(m.Type) {
		return nil
	}
	known, ok := in.Languages.Accepted[string(m.To.Jurisdiction())]
	if !ok || known.Others {
		return nil
	}
	taken := slices.Concat(known.Languages, told)
	if m.Urgent {
		taken = append(taken, known.Urgent...)
	}
	for _, tag := range m.Languages {
		if slices.ContainsFunc(taken, func(t string) bool { return sameLanguage(t, tag) }) {
			return nil
		}
	}
	if c.humanly(m, taken) {
		return nil
	}
	return invalid("language_not_accepted", "/languages", "The receiving State does not accept a request in these languages. "+in.Code+" "+in.Languages.Article+".",
		"Send it with a translation into one of: "+strings.Join(known.Languages, ", ")+".")
}

// sameLanguage compares two tags by their language, whatever region or script they add.
func sameLanguage(a, b string) bool {
	a, _, _ = strings.Cut(a, "-")
	b, _, _ = strings.Cut(b, "-")
	return a == b
}
