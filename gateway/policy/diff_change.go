package policy

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/comity-exchange/comity/schema"
)

// cell is one difference: one category, or several together, in one circumstance.
type cell struct {
	answers
	categories []string
	instrument string
	marking    schema.Marking
	when       string
}

// changes asks all questions of the comparison and groups what differs.
func (c *comparison) changes() []Change {
	var cells []cell
	for _, instrument := range c.instruments() {
		for _, marking := range c.markings() {
			cells = append(cells, c.cells(instrument, marking)...)
		}
	}
	return c.grouped(cells)
}

// cells of one instrument and marking. What a plainer question shows already is not
// noted again; a plain one notes what it does not hold for.
func (c *comparison) cells(instrument string, marking schema.Marking) []cell {
	var out []cell
	plain := map[string]int{} // place in out of what differs in the circumstance that states nothing
	first := map[string]answers{}
	for i, base := range c.bases() {
		base.instrument, base.marking = instrument, marking
		stated := map[string]answers{} // to this base
		for j, o := range append([]circumstance{base}, c.variations(base)...) {
			for _, name := range c.all {
				a := c.ask(&o, name)
				news := a.differ() && (i == 0 || !a.same(first[name])) && (j == 0 || !a.same(stated[name]))
				if j == 0 {
					stated[name] = a
				}
				if i == 0 && j == 0 {
					first[name] = a
					plain[name] = len(out)
				}
				if news {
					out = append(out, cell{a, []string{name}, instrument, marking, o.when(c.today)})
				} else if j == 0 && !a.differ() && first[name].differ() {
					out[plain[name]].except(o.when(c.today))
				}
			}
		}
	}
	if len(out) == 0 {
		out = c.together(instrument, marking)
	}
	return out
}

// except notes a circumstance in which both policies answer alike.
func (k *cell) except(when string) {
	switch {
	case k.when != "":
		k.when += " or " + when
	case widens(k.before, k.after):
		k.when = "no longer only " + when
	default:
		k.when = "unless " + when
	}
}

// together asks about all that one rule covers, in one message.
func (c *comparison) together(instrument string, marking schema.Marking) []cell {
	var out []cell
	for _, base := range c.bases() {
		base.instrument, base.marking = instrument, marking
		for _, r := range c.rules {
			names := slices.DeleteFunc(slices.Clone(c.all), func(name string) bool { return r.class(name) == uncovered })
			if a := c.ask(&base, names...); a.differ() {
				out = append(out, cell{a, names, instrument, marking, base.when(c.today)})
			}
		}
	}
	return out
}

// grouped makes one change of the cells that differ only in category, and that
// stand under the same instruments and markings. What only a file can hold is told
// with what a field can.
func (c *comparison) grouped(cells []cell) []Change {
	var out []Change
	spans := c.spans(cells)
	slices.SortStableFunc(spans, func(a, b Change) int { return fileLast(&a) - fileLast(&b) })
	for _, span := range spans {
		at := slices.IndexFunc(out, func(o Change) bool { return o.alike(&span) })
		if at < 0 {
			out = append(out, span)
			continue
		}
		out[at].Categories = append(out[at].Categories, span.Categories...)
		out[at].Rules = union(out[at].Rules, span.Rules)
	}
	for i := range out {
		c.finish(&out[i])
	}
	return out
}

func fileLast(c *Change) int {
	if c.File {
		return 1
	}
	return 0
}

func (c *Change) alike(o *Change) bool {
	return !c.Together && !o.Together && c.When == o.When && c.Before == o.Before && c.After == o.After && c.Marking == o.Marking && slices.Equal(c.Instruments, o.Instruments)
}

// spans makes one change of the cells that differ only in instrument and marking,
// if each of its instruments stands under each of its markings.
func (c *comparison) spans(cells []cell) []Change {
	var out []Change
	for _, same := range together(cells) {
		byMarking := map[schema.Marking][]string{}
		var rules []string
		for _, k := range same {
			byMarking[k.marking] = union(byMarking[k.marking], []string{orNone(k.instrument)})
			rules = union(rules, c.names(&k.answers))
		}
		k := same[0]
		change := Change{Peers: c.party.peers, Direction: c.party.direction, Categories: k.categories, Together: len(k.categories) > 1,
			File: len(c.holding(k.categories)) == 0, When: k.when, Before: k.before, After: k.after, Rules: rules}
		markings := c.markings()
		first := byMarking[markings[0]]
		if !slices.ContainsFunc(markings, func(m schema.Marking) bool { return !slices.Equal(byMarking[m], first) }) {
			change.Instruments = first
			out = append(out, change)
			continue
		}
		for _, m := range markings {
			if byMarking[m] != nil {
				change.Marking, change.Instruments = m.String(), byMarking[m]
				out = append(out, change)
			}
		}
	}
	return out
}

// together sorts cells into those that differ only in instrument and marking.
func together(cells []cell) [][]cell {
	var out [][]cell
	at := map[string]int{}
	for _, k := range cells {
		key := fmt.Sprint(k.categories, k.when, k.before, k.after)
		i, known := at[key]
		if !known {
			i = len(out)
			at[key] = i
			out = append(out, nil)
		}
		out[i] = append(out[i], k)
	}
	return out
}

func orNone(instrument string) string {
	if instrument == "" {
		return noInstrument
	}
	return instrument
}

// names of the rule that decides now, or decided before if nothing does now.
func (c *comparison) names(a *answers) []string {
	switch {
	case a.next >= 0:
		return c.party.nextNames[a.next]
	case a.old >= 0:
		return c.party.oldNames[a.old]
	}
	return nil
}

// finish names the types and an example, puts the most sensitive data first, and
// leaves out instruments that say nothing.
func (c *comparison) finish(change *Change) {
	slices.SortStableFunc(change.Categories, func(a, b string) int { return c.known.Sensitivity(b) - c.known.Sensitivity(a) })
	could := slices.Collect(maps.Keys(c.holds))
	if change.Types = c.holding(change.Categories); change.File {
		change.Types = c.types
	} else {
		could = slices.DeleteFunc(could, func(t string) bool { return !c.holdsSome(t, change.Categories) })
	}
	change.kinds, change.data = change.Types, withStars(change.Categories, c.all)
	if len(change.Types) > maxKinds {
		change.kinds = withStars(change.Types, could)
	}
	change.Example = c.example(change)
	if len(change.Instruments) == len(c.instruments()) && len(change.Instruments) > 1 {
		change.Instruments = nil
	}
}

// withStars writes "id.*" for all known names under a stem, where the list has them all.
func withStars(list, known []string) []string {
	var out []string
	for _, name := range list {
		stem, _, deep := strings.Cut(name, ".")
		under := func(s string) bool { return strings.HasPrefix(s, stem+".") }
		has := func(s string) bool { return !under(s) || slices.Contains(list, s) }
		if deep && len(slices.DeleteFunc(slices.Clone(list), func(s string) bool { return !under(s) })) > 1 && !slices.ContainsFunc(known, func(s string) bool { return !has(s) }) {
			name = stem + ".*"
		}
		out = union(out, []string{name})
	}
	return out
}

// example is the first type whose example message holds some of the data, else the
// first type.
func (c *comparison) example(change *Change) string {
	for _, name := range change.Types {
		if m := c.messages[name]; m != nil && slices.ContainsFunc(m.Findings, func(f schema.Finding) bool { return slices.Contains(change.Categories, f.Category) }) {
			return name
		}
	}
	return strings.Join(change.Types[:min(1, len(change.Types))], "")
}
