package policy

import (
	"fmt"
	"slices"
)

// Widens says whether something may cross under the new policy that may not cross
// under the old one, or only with more taken out or after a release. It compares
// the rules and needs no message. It never says no where the answer is yes. It
// says yes too often where several old rules together cover what one new rule
// covers, other than by its peers, types and instruments; and where a category
// moves from approve to redact.
func Widens(old, new *Policy) bool {
	conditions := func(r *rule) string { return fmt.Sprint(r.lines()[1:]) } // all but the peers
	said := make([]string, len(new.rules))
	for i := range new.rules {
		said[i] = conditions(&new.rules[i])
	}
	before := make([]string, len(old.rules))
	for i := range old.rules {
		before[i] = conditions(&old.rules[i])
	}
	for d, t := range new.desks {
		was := old.desks[d]
		if was == nil {
			return true
		}
		kept := make(map[string]bool, len(was.places)) // what the desk said before, word for word
		for _, place := range was.places {
			kept[before[place]] = true
		}
		for _, place := range t.places {
			if !kept[said[place]] && !was.implies(old.rules, &new.rules[place]) {
				return true
			}
		}
	}
	return false
}

// implies says whether all that rule n lets cross at this desk crosses under the
// table's rules too, with an outcome that is as good.
func (t *table) implies(rules []rule, n *rule) bool {
	var wider []*rule
	for _, place := range t.places {
		if r := &rules[place]; r.wider(n) {
			if r.takesAll(n) {
				return true
			}
			wider = append(wider, r)
		}
	}
	return len(wider) > 0 && eachTaken(wider, n)
}

// wider says whether r implies n in every column but types and instruments.
func (r *rule) wider(n *rule) bool {
	return r.marking >= n.marking && (r.minors || !n.minors) &&
		within(n.codes, r.codes) && within(n.purposes, r.purposes) && within(n.languages, r.languages) && within(n.subjects, r.subjects) &&
		r.from <= n.from && (r.until == 0 || n.until != 0 && n.until <= r.until) && r.asGood(n)
}

// within says whether every value that the narrow list takes is taken by the
// wide one. A list without entries takes all.
func within(narrow, wide []entry) bool {
	if len(wide) == 0 {
		return true
	}
	return len(narrow) > 0 && !slices.ContainsFunc(narrow, func(e entry) bool { return !contains(wide, e.text) })
}

// asGood says whether r treats every category at least as well as n does.
func (r *rule) asGood(n *rule) bool {
	for _, category := range samples(n.categories, n.approve, n.redact, r.categories, r.approve, r.redact) {
		was, is := r.class(category), n.class(category)
		if is != uncovered && was != is && was != crosses {
			return false
		}
	}
	return true
}

// samples are names that stand for all names: any name matches the same of the
// patterns as one of the samples does. The tilde stands in no pattern.
func samples(lists ...[]entry) []string {
	out := []string{"~"}
	for _, list := range lists {
		for _, e := range list {
			name := e.text
			if name[len(name)-1] == '*' {
				name = name[:len(name)-1] + "~"
			}
			out = append(out, name)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// takesAll says whether r takes every type and instrument that n takes.
func (r *rule) takesAll(n *rule) bool {
	return eachTaken([]*rule{r}, n)
}

// eachTaken says whether each type and instrument that n takes is taken by one of
// the rules.
func eachTaken(rules []*rule, n *rule) bool {
	lists := [][]entry{n.types}
	for _, r := range rules {
		lists = append(lists, r.types)
	}
	for _, name := range samples(lists...) {
		if !anyMatches(n.types, name) {
			continue
		}
		for _, instrument := range n.instrumentNames() {
			if !slices.ContainsFunc(rules, func(r *rule) bool { return anyMatches(r.types, name) && r.takesInstrument(instrument) }) {
				return false
			}
		}
	}
	return true
}

// instrumentNames that the rule takes, "" for a message without one.
func (r *rule) instrumentNames() []string {
	if len(r.instruments) == 0 {
		return []string{""}
	}
	out := texts(r.instruments)
	if i := slices.Index(out, noInstrument); i >= 0 {
		out[i] = ""
	}
	return out
}
