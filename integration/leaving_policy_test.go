package integration

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/comity-exchange/comity/schema"
)

// timeless is when the messages were written that only serve to write policies.
var timeless = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

// everything lets all cross that a catalogue knows, both ways.
func everything(c *schema.Catalogue) []byte {
	text := "version: 1\nrules:\n"
	for _, direction := range []string{"send", "receive"} {
		text += fmt.Sprintf("  - {name: all-%s, peers: [BE, NL], direction: %s, types: [\"*\"], categories: [\"*\"], marking: restricted, minors: true, instruments: [none, %s]}\n",
			direction, direction, strings.Join(c.Instruments(), ", "))
	}
	return []byte(text)
}

// policy is made of rules that are each written around one of some messages, so that
// all outcomes are common, and of the rest of the file that an operator may write.
func (r chance) policy(c *schema.Catalogue, direction string, messages []*schema.Message, today time.Time) []byte {
	var b strings.Builder
	fmt.Fprintf(&b, "# %d\nversion: 1\ngroups:\n  near: [BE, NL, FR]\n  far: [EUROPOL, US]\nrules:\n", r.Uint64())
	dated := r.oneIn(2) // else nothing is judged again while the policy stands
	for i, m := range messages {
		for k := range 1 + r.IntN(2) {
			if !r.oneIn(5) {
				r.rule(c, &b, fmt.Sprintf("r%d-%d", i, k), direction, m, today, dated)
			}
		}
	}
	r.rule(c, &b, "last", direction, messages[0], today, dated)
	return []byte(b.String())
}

// wider is a pattern that covers a name.
func (r chance) wider(name string) string {
	stem, _, dotted := strings.Cut(name, ".")
	switch {
	case r.oneIn(12):
		return "*"
	case dotted && r.oneIn(3):
		return stem + ".*"
	}
	return name
}

// spare says whether all of a category can be taken out of a message.
func spare(c *schema.Catalogue, m *schema.Message, category string) bool {
	out := slices.DeleteFunc(slices.Clone(m.Findings), func(f schema.Finding) bool { return f.Category != category })
	_, err := c.Redact(m, out, "policy")
	return err == nil
}

// rule covers a message more or less.
func (r chance) rule(c *schema.Catalogue, b *strings.Builder, name, direction string, m *schema.Message, today time.Time, dated bool) {
	line := func(key string, values ...string) {
		slices.Sort(values)
		quoted := make([]string, 0, len(values))
		for _, v := range slices.Compact(values) {
			quoted = append(quoted, `"`+v+`"`)
		}
		fmt.Fprintf(b, "    %s: [%s]\n", key, strings.Join(quoted, ", "))
	}
	peers := []string{pick(r, []string{"near", "NL", "BE", "near", "near"})}
	if direction == "send" && peers[0] == "BE" {
		peers[0] = "NL"
	}
	fmt.Fprintf(b, "  - name: %s\n    peers: [%s]\n    direction: %s\n", name, strings.Join(append(peers, "far"), ", "), direction)
	line("types", r.wider(m.Type))
	stance := pick(r, []int{0, 1, 2, 2, 3, 4}) // mostly free, mostly waiting, mostly less, anything, free and all of it
	lists := map[string][]string{}
	subjects := []string{"suspect"}
	for _, f := range m.Findings {
		key := "categories"
		switch {
		case stance == 4:
		case r.oneIn(40):
			continue
		case stance == 1 && r.oneIn(4), stance == 3 && r.oneIn(6):
			key = "approve"
		case stance == 2 && r.oneIn(2) && (r.oneIn(20) || spare(c, m, f.Category)), stance == 3 && r.oneIn(12):
			key = "redact"
		}
		if key == "redact" && direction == "receive" {
			key = "approve"
		}
		pattern := f.Category
		if key == "categories" {
			pattern = r.wider(f.Category)
		}
		lists[key] = append(lists[key], pattern)
		if f.Subject != "" && !r.oneIn(12) {
			subjects = append(subjects, f.Subject)
		}
	}
	for _, key := range []string{"categories", "approve", "redact"} {
		if len(lists[key]) > 0 {
			line(key, lists[key]...)
		}
	}
	if r.oneIn(4) {
		line("subjects", subjects...)
	}
	fmt.Fprintf(b, "    minors: %v\n    marking: %s\n", !r.oneIn(5), pick(r, []string{"restricted", "restricted", "restricted", "restricted", "unclassified"}))
	instrument := m.Instrument
	if instrument == "" {
		instrument = "none"
	}
	line("instruments", instrument, pick(r, []string{"EIO", "COE-1959", "none"}))
	if r.oneIn(5) {
		line("codes", append(slices.Clone(m.Codes), pick(r, []string{"H0", "H1", "H2"}))...)
	}
	if n := len(m.Purposes); n > 0 && r.oneIn(2) {
		line("purposes", m.Purposes[:1+r.IntN(n)]...)
	}
	if r.oneIn(5) {
		line("languages", append(slices.Clone(m.Languages), pick(r, []string{"nl", "fr", "en"}))...)
	}
	if !dated {
		return
	}
	if r.oneIn(4) {
		fmt.Fprintf(b, "    until: %s\n", today.AddDate(0, 0, pick(r, []int{-1, 0, 0, 0, 1})).Format(time.DateOnly))
	} else if r.oneIn(8) {
		fmt.Fprintf(b, "    from: %s\n", today.AddDate(0, 0, pick(r, []int{-1, 0, 1})).Format(time.DateOnly))
	}
}
