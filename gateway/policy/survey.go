package policy

import (
	"slices"
	"strings"

	"github.com/comity-exchange/comity/schema"
)

// survey is what all rules of one trace share: the question sorted by column,
// with the rules that accept each value.
type survey struct {
	q                                      *Question
	peer, direction, typ, instrument, mark set
	minorsOK                               set
	groups                                 []group // by category, in order of first appearance
	minors                                 group   // all findings on persons under 18
	names                                  string  // of the categories, for people
}

// group of findings that are covered or not covered together.
type group struct {
	category string
	covers   set
	places   []schema.Finding // the first maxFailing
	count    int
}

func (g *group) add(f *schema.Finding) {
	if g.count++; g.count <= maxFailing {
		g.places = append(g.places, *f)
	}
}

func (t *table) survey(q *Question) *survey {
	s := &survey{q: q, minorsOK: t.minors, typ: t.types.match(q.Type, t.words)}
	or(&s.peer, t.peers.exact[string(q.Peer)], t.words)
	or(&s.direction, t.directions.exact[string(q.Direction)], t.words)
	or(&s.instrument, t.instruments.exact[q.Instrument], t.words)
	or(&s.mark, t.marked(q.Marking), t.words)
	s.sort(t)
	return s
}

// sort puts the findings into groups.
func (s *survey) sort(t *table) {
	at := map[string]int{}
	var names []string
	for j := range s.q.Findings {
		f := &s.q.Findings[j]
		i, known := at[f.Category]
		if !known {
			i = len(s.groups)
			at[f.Category] = i
			s.groups = append(s.groups, group{category: f.Category, covers: t.categories.match(f.Category, t.words)})
			names = append(names, f.Category)
		}
		s.groups[i].add(f)
		if underage(f) {
			s.minors.add(f)
		}
	}
	s.names = strings.Join(names, ", ")
}

// judge rule number i.
func (s *survey) judge(i int, r *rule) RuleTrace {
	t := RuleTrace{Rule: r.name}
	gates := []Condition{
		{Name: conditionPeer, OK: s.peer.has(i), Got: string(s.q.Peer), Want: r.want.peer},
		{Name: conditionDirection, OK: s.direction.has(i), Got: string(s.q.Direction), Want: string(r.direction)},
		{Name: conditionType, OK: s.typ.has(i), Got: s.q.Type, Want: r.want.types},
	}
	for n := range gates {
		if !gates[n].OK {
			t.Conditions = slices.Clone(gates[:n+1])
			return t
		}
	}
	instrument := s.q.Instrument
	if instrument == "" {
		instrument = noInstrument
	}
	t.Conditions = append(gates,
		Condition{Name: conditionInstrument, OK: s.instrument.has(i), Got: instrument, Want: r.want.instrument},
		Condition{Name: conditionMarking, OK: s.mark.has(i), Got: s.q.Marking.String(), Want: r.want.marking},
		s.judgeCategories(i, r),
		s.judgeMinors(i, r))
	t.Covers = t.distance() == 0
	return t
}

func (s *survey) judgeCategories(i int, r *rule) Condition {
	c := Condition{Name: conditionCategories, OK: true, Got: s.names, Want: r.want.categories}
	total := 0
	for j := range s.groups {
		g := &s.groups[j]
		if g.covers.has(i) {
			c.Covered = append(c.Covered, g.category)
			continue
		}
		c.OK = false
		c.Uncovered = append(c.Uncovered, g.category)
		total += g.count
		c.Failing = append(c.Failing, g.places[:min(len(g.places), maxFailing-len(c.Failing))]...)
	}
	c.More = total - len(c.Failing)
	return c
}

func (s *survey) judgeMinors(i int, r *rule) Condition {
	c := Condition{Name: conditionMinors, OK: s.minors.count == 0 || s.minorsOK.has(i), Got: "none", Want: r.want.minors}
	if s.minors.count > 0 {
		c.Got = "present"
	}
	if !c.OK {
		c.Failing, c.More = s.minors.places, s.minors.count-len(s.minors.places)
	}
	return c
}
