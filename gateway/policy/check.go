package policy

import (
	"fmt"
	"slices"
	"strings"

	"github.com/comity-exchange/comity/schema"
)

// Check compares the names in the policy with those that exist, and returns one
// problem for every name that matches none: most likely it is misspelt, and the
// rule then allows less than its writer thinks. A policy with such names is
// still valid: it may be written ahead of the catalogue.
func (p *Policy) Check(types, categories, instruments []string) []schema.Problem {
	var found []schema.Problem
	for i := range p.rules {
		r := &p.rules[i]
		found = append(found, unknown(r.types, types, "type")...)
		found = append(found, unknown(r.categories, categories, "category")...)
		found = append(found, unknown(r.instruments, append([]string{noInstrument}, instruments...), "instrument")...)
	}
	return found
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
