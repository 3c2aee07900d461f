package policy

import (
	"slices"
	"strings"
)

// Widens says whether some message may cross under next in a way in which no one
// rule of old lets it cross: at all, with data that was taken out, or without the
// release that was asked for. It reads the rules and asks no questions, so it never
// misses a widening; it may see one where two old rules only together say what one
// new rule says.
func Widens(old, next *Policy) bool {
	return slices.ContainsFunc(next.rules, func(r rule) bool { return !old.contains(&r) })
}

// contains says whether for each peer, type and instrument of the rule, of which a
// message has one each, some rule says as much.
func (p *Policy) contains(r *rule) bool {
	instruments := texts(r.instruments)
	if len(instruments) == 0 {
		instruments = []string{noInstrument}
	}
	for _, peer := range r.peers {
		t := p.desks[desk{peer, r.direction}]
		if t == nil {
			return false
		}
		for _, kind := range r.types {
			for _, instrument := range instruments {
				if !slices.ContainsFunc(t.places, func(i int) bool {
					o := &p.rules[i]
					return covers(o.types, kind.text) && o.takesNamed(instrument) && o.atLeast(r)
				}) {
					return false
				}
			}
		}
	}
	return true
}

// takesNamed is takesInstrument, with the policy's word for none.
func (r *rule) takesNamed(instrument string) bool {
	if instrument == noInstrument {
		instrument = ""
	}
	return r.takesInstrument(instrument)
}

// atLeast says whether r lets cross all that n does, peers, types and instruments
// left aside.
func (r *rule) atLeast(n *rule) bool {
	return r.marking >= n.marking && (r.minors || !n.minors) && r.lasts(n) &&
		within(n.subjects, r.subjects) && within(n.codes, r.codes) && within(n.purposes, r.purposes) && within(n.languages, r.languages) &&
		r.crossesAtLeast(n) && r.releasesAtLeast(n) && r.cutsAtLeast(n)
}

// lasts says whether r holds on every day on which n does.
func (r *rule) lasts(n *rule) bool {
	begins := r.from == 0 || n.from != 0 && r.from <= n.from
	ends := r.until == 0 || n.until != 0 && n.until <= r.until
	return begins && ends
}

// within says whether one list of accepted values accepts no more than another;
// none accepts all.
func within(narrow, wide []entry) bool {
	if len(wide) == 0 || len(narrow) == 0 {
		return len(wide) == 0
	}
	return !slices.ContainsFunc(narrow, func(e entry) bool { return !contains(wide, e.text) })
}

// crossesAtLeast: what crosses under n without release crosses so under r.
func (r *rule) crossesAtLeast(n *rule) bool {
	stricter := slices.Concat(n.approve, n.redact)
	return all(n.categories, func(c string) bool {
		return covers(stricter, c) || covers(r.categories, c) && apart(c, slices.Concat(r.approve, r.redact), stricter)
	})
}

// releasesAtLeast: what crosses under n after release crosses under r, so or freely.
func (r *rule) releasesAtLeast(n *rule) bool {
	return all(n.approve, func(c string) bool {
		return covers(n.redact, c) || covers(slices.Concat(r.categories, r.approve), c) && apart(c, r.redact, n.redact)
	})
}

// cutsAtLeast: what n takes out, r takes out or lets cross freely. What r would hold
// for a release is not enough: under n the rest of the message leaves unseen.
func (r *rule) cutsAtLeast(n *rule) bool {
	return all(n.redact, func(c string) bool {
		return covers(slices.Concat(r.categories, r.redact), c) && apart(c, r.approve, r.redact)
	})
}

func all(entries []entry, is func(string) bool) bool {
	return !slices.ContainsFunc(entries, func(e entry) bool { return !is(e.text) })
}

// covers says whether one of the patterns matches all that the pattern matches.
func covers(patterns []entry, pattern string) bool {
	return slices.ContainsFunc(patterns, func(e entry) bool { return includes(e.text, pattern) })
}

// includes says whether all that b matches is matched by a.
func includes(a, b string) bool {
	stem, wild := strings.CutSuffix(a, "*")
	return a == b || wild && strings.HasPrefix(b, stem) && len(b) > len(stem)
}

// apart says whether a pattern shares no name with others, but for names that
// excused matches. Of two patterns that share a name, one includes the other.
func apart(pattern string, others, excused []entry) bool {
	return all(others, func(o string) bool {
		switch {
		case includes(o, pattern):
			return covers(excused, pattern)
		case includes(pattern, o):
			return covers(excused, o)
		}
		return true
	})
}
