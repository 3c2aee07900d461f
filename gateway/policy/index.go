package policy

import (
	"strings"

	"github.com/comity-exchange/comity/schema"
)

// maxRules in one policy: 200 peers with 80 rules each.
const maxRules = 16384

// maxNamings is how often all rules together may name a peer, groups written out.
const maxNamings = 1 << 18

// desk is where one kind of crossing is judged.
type desk struct {
	peer      schema.Jurisdiction
	direction Direction
}

// table holds the rules of one desk turned on their side: for each value that a
// message can have in a column, the rules that accept it. A decision is then the
// intersection of a few sets, whatever the number of rules.
type table struct {
	places      []int // of its rules in the file, ascending
	types       patterns
	instruments column // "" is a message without an instrument
	marking     [schema.Restricted + 1]set
	codes       column
	purposes    column
	languages   column
	dated       set            // rules that hold for some days only
	categories  [goes]patterns // what crosses, waits and goes, in this order
	subjects    column
	minors      set
}

// column finds the rules that accept one exact value.
type column struct {
	any   set // rules that accept every value, and none
	exact map[string]set
}

// patterns finds the rules with a pattern that matches a name.
type patterns struct {
	all   set // the pattern "*"
	exact map[string]set
	under map[string]set // "mla" for the pattern "mla.*"
}

// desks gives each peer and direction its own table. So what a decision costs
// depends on the rules for that peer, not on those for others.
func desks(rules []rule) map[desk]*table {
	places := map[desk][]int{}
	for i := range rules {
		for _, peer := range rules[i].peers {
			d := desk{peer, rules[i].direction}
			places[d] = append(places[d], i)
		}
	}
	tables := make(map[desk]*table, len(places))
	for d, places := range places {
		tables[d] = newTable(rules, places)
	}
	return tables
}

func newTable(rules []rule, places []int) *table {
	t := &table{places: places, minors: newSet(len(places)), dated: newSet(len(places))}
	for m := range t.marking {
		t.marking[m] = newSet(len(places))
	}
	for i, place := range places {
		t.add(i, &rules[place])
	}
	return t
}

func newSet(rules int) set { return make(set, (rules+63)/64) }

// add the rule as number i of the table.
func (t *table) add(i int, r *rule) {
	n := len(t.places)
	t.types.add(i, n, r.types)
	for k, list := range [...][]entry{r.categories, r.approve, r.redact} {
		t.categories[k].add(i, n, list)
	}
	t.addInstruments(i, r.instruments)
	t.codes.add(i, n, r.codes)
	t.purposes.add(i, n, r.purposes)
	t.languages.add(i, n, r.languages)
	t.subjects.add(i, n, r.subjects)
	for m := schema.Unclassified; m <= r.marking; m++ {
		t.marking[m].add(i)
	}
	if r.minors {
		t.minors.add(i)
	}
	if r.dated() {
		t.dated.add(i)
	}
}

func (t *table) addInstruments(i int, instruments []entry) {
	n := len(t.places)
	if len(instruments) == 0 || contains(instruments, noInstrument) {
		addTo(&t.instruments.exact, "", i, n)
	}
	for _, e := range instruments {
		if e.text != noInstrument {
			addTo(&t.instruments.exact, e.text, i, n)
		}
	}
}

// add says that rule i of n accepts what is listed, and everything if nothing is.
func (c *column) add(i, n int, listed []entry) {
	if len(listed) == 0 {
		if c.any == nil {
			c.any = newSet(n)
		}
		c.any.add(i)
	}
	for _, e := range listed {
		addTo(&c.exact, e.text, i, n)
	}
}

// add says that rule i of n accepts what the patterns match.
func (p *patterns) add(i, n int, listed []entry) {
	for _, e := range listed {
		stem, wild := strings.CutSuffix(e.text, ".*")
		switch {
		case e.text == "*":
			if p.all == nil {
				p.all = newSet(n)
			}
			p.all.add(i)
		case wild:
			addTo(&p.under, stem, i, n)
		default:
			addTo(&p.exact, e.text, i, n)
		}
	}
}

func addTo(sets *map[string]set, key string, i, n int) {
	if *sets == nil {
		*sets = map[string]set{}
	}
	s := (*sets)[key]
	if s == nil {
		s = newSet(n)
		(*sets)[key] = s
	}
	s.add(i)
}

// narrow keeps in s the rules that accept the value.
func (c *column) narrow(s set, value string) { s.and(c.any, c.exact[value]) }

// narrowToAll keeps in s the rules that accept every value. With stated, a rule
// that lists values wants at least one.
func (c *column) narrowToAll(s set, values []string, stated bool) {
	if stated && len(values) == 0 {
		s.and(c.any, nil)
	}
	for _, value := range values {
		c.narrow(s, value)
	}
}

// match puts into s, which is cleared before, the rules with a pattern that
// matches name. A name that is missing matches nothing, not even "*": what has
// no name cannot be judged.
func (p *patterns) match(s set, name string) {
	clear(s)
	if name == "" {
		return
	}
	s.or(p.all)
	s.or(p.exact[name])
	for i := 0; i < len(name)-1; i++ {
		if name[i] == '.' {
			s.or(p.under[name[:i]])
		}
	}
}
