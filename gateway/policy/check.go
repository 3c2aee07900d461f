package policy

import (
	"fmt"
	"slices"
	"strings"

	"github.com/comity-exchange/comity/schema"
)

// Names that exist: those of a catalogue.
type Names struct {
	Types, Categories, Instruments, Subjects, Codes, Purposes []string
	Sensitivity                                               map[string]int // of each category, 0 to 4
}

// NamesOf a catalogue.
func NamesOf(c *schema.Catalogue) Names {
	n := Names{Categories: c.Categories(), Instruments: c.Instruments(), Subjects: c.Codes("subjects"),
		Codes: c.Codes("handling_codes"), Purposes: c.Purposes(), Sensitivity: map[string]int{}}
	for _, t := range c.Types() {
		n.Types = append(n.Types, t.Name)
	}
	for _, category := range n.Categories {
		n.Sensitivity[category] = c.Sensitivity(category)
	}
	return n
}

// Check compares the names in the policy with those that exist, and returns one
// problem for every name that matches none: most likely it is misspelt, and the
// rule then allows less than its writer thinks. A policy with such names is
// still valid: it may be written ahead of the catalogue.
func (p *Policy) Check(known Names) []schema.Problem {
	var found []schema.Problem
	instruments := append([]string{noInstrument}, known.Instruments...)
	for i := range p.rules {
		r := &p.rules[i]
		found = append(found, unknown(r.types, known.Types, "type")...)
		for _, list := range [][]entry{r.categories, r.approve, r.redact} {
			found = append(found, unknown(list, known.Categories, "category")...)
		}
		found = append(found, unknown(r.subjects, known.Subjects, "subject")...)
		found = append(found, unknown(r.codes, known.Codes, "code")...)
		found = append(found, unknown(r.instruments, instruments, "instrument")...)
		found = append(found, unknown(r.purposes, known.Purposes, "purpose")...)
	}
	return found
}

// highest sensitivity of a category: genetic data, sources, protected persons.
const highest = 4

// Advise returns what a writer should look at twice, which is no fault: wildcards
// by which data of the highest sensitivity may leave without being named.
func (p *Policy) Advise(known Names) []schema.Problem {
	var found []schema.Problem
	for i := range p.rules {
		r := &p.rules[i]
		for _, e := range r.categories {
			if covered := r.unnamed(e, known); r.direction == Send && len(covered) > 0 {
				found = append(found, schema.Problem{Kind: schema.Invalid, Code: "wide_category", Pointer: fmt.Sprintf("line %d", e.line),
					Detail: fmt.Sprintf("In rule %s, %s covers %s, of the highest sensitivity.", r.name, e.text, brief(covered, 4)),
					Fix:    "Name it under categories if it is meant; otherwise list only what is, or put it under approve or redact."})
			}
		}
	}
	return found
}

// unnamed categories of the highest sensitivity that cross by a wildcard alone.
func (r *rule) unnamed(e entry, known Names) []string {
	if !strings.HasSuffix(e.text, "*") {
		return nil
	}
	var out []string
	for _, category := range known.Categories {
		if known.Sensitivity[category] >= highest && matches(e.text, category) && r.class(category) == crosses && !contains(r.categories, category) {
			out = append(out, category)
		}
	}
	return out
}

// unknown gives a problem for each entry that matches no known name.
func unknown(entries []entry, known []string, what string) []schema.Problem {
	var found []schema.Problem
	for _, e := range entries {
		if !slices.ContainsFunc(known, func(name string) bool { return matches(e.text, name) }) {
			found = append(found, schema.Problem{Kind: schema.NotFound, Code: "unknown_" + what,
				Pointer: fmt.Sprintf("line %d", e.line), Detail: fmt.Sprintf("No %s matches %s.", what, e.text),
				Fix: suggestion(e.text, known)})
		}
	}
	return found
}

// suggestion is the nearest known name, for a wildcard the nearest family.
func suggestion(pattern string, known []string) string {
	stem, wild := strings.CutSuffix(pattern, ".*")
	if wild && !slices.Contains(known, stem) {
		known = families(known)
	} else {
		wild = false
	}
	near := schema.Nearest(stem, known)
	switch {
	case near == "":
		return "Look the name up with: comity types list."
	case wild:
		near += ".*"
	}
	return fmt.Sprintf("Write %s.", near)
}

// families of names: what can stand before ".*".
func families(names []string) []string {
	var out []string
	for _, name := range names {
		for i := range len(name) {
			if name[i] == '.' {
				out = append(out, name[:i])
			}
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}
