package policy

import (
	"math/bits"
	"strings"

	"github.com/comity-exchange/comity/schema"
)

// maxRules in one policy. It fixes the size of a set, so that a decision needs
// no memory beyond its stack.
const maxRules = 4096

// set of rules, by their place in the file.
type set [maxRules / 64]uint64

func (s *set) add(i int)      { s[i/64] |= 1 << (i % 64) }
func (s *set) has(i int) bool { return s[i/64]&(1<<(i%64)) != 0 }

// first rule in the set, -1 if it is empty.
func (s *set) first() int {
	for i, word := range s {
		if word != 0 {
			return i*64 + bits.TrailingZeros64(word)
		}
	}
	return -1
}

// table is the policy turned on its side: for each value that a message can
// have in a column, the rules that accept it. A decision is then the
// intersection of a few sets, whatever the number of rules.
type table struct {
	words       int // of a set that are in use
	peers       column
	directions  column
	types       column
	instruments column // "" is a message without an instrument
	categories  column
	marking     [schema.Restricted + 1]set
	minors      set
}

// column finds the rules that accept one value.
type column struct {
	exact map[string]*set
	under map[string]*set // "mla" for the pattern "mla.*"
	all   set             // the pattern "*"
}

func newTable(rules []rule) table {
	t := table{words: (len(rules) + 63) / 64}
	for i := range rules {
		r := &rules[i]
		t.peers.add(i, texts(r.peers)...)
		t.directions.add(i, string(r.direction))
		t.types.add(i, texts(r.types)...)
		t.categories.add(i, texts(r.categories)...)
		t.addInstruments(i, r.instruments)
		for m := schema.Unclassified; m <= r.marking; m++ {
			t.marking[m].add(i)
		}
		if r.minors {
			t.minors.add(i)
		}
	}
	return t
}

func (t *table) addInstruments(i int, instruments []entry) {
	if len(instruments) == 0 || contains(instruments, noInstrument) {
		t.instruments.addTo(&t.instruments.exact, "", i)
	}
	for _, e := range instruments {
		if e.text != noInstrument {
			t.instruments.addTo(&t.instruments.exact, e.text, i)
		}
	}
}

// add says that rule i accepts what the patterns match.
func (c *column) add(i int, patterns ...string) {
	for _, pattern := range patterns {
		stem, wild := strings.CutSuffix(pattern, ".*")
		switch {
		case pattern == "*":
			c.all.add(i)
		case wild:
			c.addTo(&c.under, stem, i)
		default:
			c.addTo(&c.exact, pattern, i)
		}
	}
}

func (c *column) addTo(sets *map[string]*set, key string, i int) {
	if *sets == nil {
		*sets = map[string]*set{}
	}
	if (*sets)[key] == nil {
		(*sets)[key] = new(set)
	}
	(*sets)[key].add(i)
}

// narrow keeps in s the rules that accept the exact value.
func (c *column) narrow(s *set, value string, words int) {
	and(s, c.exact[value], words)
}

// match is the set of rules with a pattern that matches name. A name that is
// missing matches nothing, not even "*": what has no name cannot be judged.
func (c *column) match(name string, words int) (s set) {
	if name == "" {
		return s
	}
	copy(s[:words], c.all[:words])
	or(&s, c.exact[name], words)
	for i := 0; i < len(name)-1; i++ {
		if name[i] == '.' {
			or(&s, c.under[name[:i]], words)
		}
	}
	return s
}

// and narrows s to what is also in t, a nil t being empty.
func and(s, t *set, words int) {
	if t == nil {
		*s = set{}
		return
	}
	for i := range words {
		s[i] &= t[i]
	}
}

// or adds to s what is in t, a nil t being empty.
func or(s, t *set, words int) {
	if t == nil {
		return
	}
	for i := range words {
		s[i] |= t[i]
	}
}
