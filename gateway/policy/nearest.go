package policy

import "slices"

// nearest are the places of the rules that a trace lists, at most maxTraced. First those
// for the peer: the one with the fewest failing conditions, then with the fewest failing
// findings, then with the best outcome, then the first of the file. Rules of another type
// come behind, those of the other direction behind them. Then those for other peers.
func (p *Policy) nearest(s *survey) (places []int) {
	if t := p.desks[desk{s.q.Peer, s.q.Direction}]; t != nil {
		places = t.nearest(p.rules, s)
	}
	own := p.places(s.q.Peer)
	for _, i := range own {
		if len(places) < maxTraced && p.rules[i].direction != s.q.Direction {
			places = append(places, i)
		}
	}
	for i := 0; i < len(p.rules) && len(places) < maxTraced; i++ {
		if _, found := slices.BinarySearch(own, i); !found {
			places = append(places, i)
		}
	}
	return places
}

// nearest of one desk. Each rule is measured by the sets, and only the winners are
// judged one by one, which costs far more a rule.
func (t *table) nearest(rules []rule, s *survey) []int {
	m := t.measure(rules, s)
	keys := make([]uint64, 0, len(t.places))
	for i := m.of.first(); i >= 0; i = m.of.next(i + 1) {
		keys = append(keys, m.key(i))
	}
	slices.Sort(keys)
	places := make([]int, 0, maxTraced)
	for _, key := range keys[:min(len(keys), maxTraced)] {
		places = append(places, t.places[key%maxRules])
	}
	for i := 0; i < len(t.places) && len(places) < maxTraced; i++ {
		if !m.of.has(i) {
			places = append(places, t.places[i])
		}
	}
	return places
}

// measure says how far the rules of one desk are from covering a message.
type measure struct {
	of           set       // rules of the message's type; the others are not measured
	conditions   []int     // that fail
	findings     []int     // that fail, once for each condition
	waits, loses set       // something would wait, or be taken out, once nothing fails
	open         set       // scratch: what still accepts
	class        [goes]set // scratch: rules by what they do with one category
}

// key sorts by distance, then findings, then outcome, then number: it has 4, 44, 2 and 14 bits.
func (m *measure) key(i int) uint64 {
	rank := outcome(m.waits.has(i), m.loses.has(i))
	return uint64(m.conditions[i])<<60 | uint64(m.findings[i])<<16 | uint64(rank)<<14 | uint64(i)
}

func (t *table) measure(rules []rule, s *survey) *measure {
	n := len(t.places)
	m := &measure{of: newSet(n), conditions: make([]int, n), findings: make([]int, n), waits: newSet(n), loses: newSet(n), open: newSet(n),
		class: [goes]set{newSet(n), newSet(n), newSet(n)}}
	q := s.q
	t.types.match(m.of, q.Type)
	m.condition(func(open set) { t.instruments.narrow(open, q.Instrument) })
	m.condition(func(open set) { open.and(t.marked(q.Marking), nil) })
	m.condition(func(open set) { t.codes.narrowToAll(open, q.Codes, false) })
	m.condition(func(open set) { t.purposes.narrowToAll(open, q.Purposes, true) })
	m.condition(func(open set) { t.languages.narrowToAll(open, q.Languages, true) })
	m.condition(func(open set) { t.narrowToDay(open, rules, s.today) })
	t.measureFindings(m, s.groups)
	return m
}

// condition counts a condition for the rules that narrow does not leave open.
func (m *measure) condition(narrow func(open set)) {
	copy(m.open, m.of)
	narrow(m.open)
	m.each(func(i int) { m.conditions[i]++ })
}

// each rule that is no longer open.
func (m *measure) each(do func(i int)) {
	for i := m.of.first(); i >= 0; i = m.of.next(i + 1) {
		if !m.open.has(i) {
			do(i)
		}
	}
}

// measureFindings counts the conditions on the data in the message.
func (t *table) measureFindings(m *measure, groups []group) {
	var failed [3]set // by category, by subject, by age
	for k := range failed {
		failed[k] = newSet(len(t.places))
	}
	fails := func(condition, count int) {
		m.each(func(i int) {
			m.findings[i] += count
			failed[condition].add(i)
		})
	}
	for i := range groups {
		g := &groups[i]
		cross, wait, lose := m.class[0], m.class[1], m.class[2]
		for k, s := range m.class {
			t.categories[k].match(s, g.category)
		}
		copy(m.open, m.of)
		for k := range m.open {
			m.open[k] &= cross[k] | wait[k] | lose[k]
		}
		fails(0, g.count)
		copy(m.open, m.of)
		if g.subject != "" {
			t.subjects.narrow(m.open, g.subject)
			fails(1, g.count)
		}
		if g.underage {
			stays := slices.Clone(m.open)
			copy(m.open, m.of)
			m.open.and(t.minors, nil)
			fails(2, g.count)
			m.open.and(stays, nil)
		}
		for k := range m.open {
			m.waits[k] |= m.open[k] & wait[k] &^ lose[k]
			m.loses[k] |= m.open[k] & lose[k]
		}
	}
	for _, f := range failed {
		for i := f.first(); i >= 0; i = f.next(i + 1) {
			m.conditions[i]++
		}
	}
}
