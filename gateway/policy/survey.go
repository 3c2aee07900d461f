package policy

import (
	"slices"
	"strings"

	"github.com/comity-exchange/comity/schema"
)

// survey is what all rules of one trace share: the question with its findings
// sorted into groups.
type survey struct {
	q      *Question
	today  day
	groups []group // in order of first appearance

	inCategories, aboutSubjects string // what the groups have, for every rule the same
}

// group of findings that every rule treats alike.
type group struct {
	category string
	subject  string
	underage bool
	places   []schema.Finding // the first maxFailing
	count    int
}

func newSurvey(q *Question) *survey {
	type kind struct {
		category, subject string
		underage          bool
	}
	s := &survey{q: q, today: dayOf(q.Day)}
	at := map[kind]int{}
	for j := range q.Findings {
		f := &q.Findings[j]
		k := kind{f.Category, f.Subject, underage(f)}
		i, known := at[k]
		if !known {
			i = len(s.groups)
			at[k] = i
			s.groups = append(s.groups, group{category: k.category, subject: k.subject, underage: k.underage})
		}
		s.groups[i].add(f)
	}
	s.inCategories = s.names(func(g *group) string { return g.category })
	s.aboutSubjects = or(s.names(func(g *group) string { return g.subject }), "none")
	return s
}

func (g *group) add(f *schema.Finding) {
	if g.count++; g.count <= maxFailing {
		g.places = append(g.places, *f)
	}
}

// judge one rule.
func (s *survey) judge(r *rule) RuleTrace {
	t := RuleTrace{Rule: r.name, Verdict: Deny}
	t.Conditions = s.gates(r)
	if !t.Conditions[len(t.Conditions)-1].OK {
		return t
	}
	t.Conditions = s.findings(r, s.message(r, t.Conditions))
	t.Covers = t.distance() == 0
	s.outcome(&t, r)
	return t
}

// gates are the conditions after which a rule is not judged further.
func (s *survey) gates(r *rule) []Condition {
	q := s.q
	c := append(make([]Condition, 0, len(columns)),
		Condition{Name: conditionPeer, OK: slices.Contains(r.peers, q.Peer), Got: string(q.Peer), Want: list(r.listed, "")})
	if !c[0].OK {
		return c
	}
	c = append(c, Condition{Name: conditionDirection, OK: r.direction == q.Direction, Got: string(q.Direction), Want: string(r.direction)})
	if !c[1].OK {
		return c
	}
	return append(c, Condition{Name: conditionType, OK: anyMatches(r.types, q.Type), Got: q.Type, Want: list(r.types, "")})
}

// message adds the conditions on the message as a whole. Those that the rule does
// not limit are left out.
func (s *survey) message(r *rule, out []Condition) []Condition {
	q := s.q
	out = append(out,
		Condition{Name: conditionInstrument, OK: r.takesInstrument(q.Instrument), Got: or(q.Instrument, noInstrument), Want: list(r.instruments, noInstrument)},
		Condition{Name: conditionMarking, OK: schema.Unclassified <= q.Marking && q.Marking <= r.marking, Got: q.Marking.String(), Want: r.marking.String()})
	limits := []struct {
		name   string
		listed []entry
		got    []string
		stated bool // the message must state at least one
	}{
		{conditionCodes, r.codes, q.Codes, false},
		{conditionPurposes, r.purposes, q.Purposes, true},
		{conditionLanguages, r.languages, q.Languages, true},
	}
	for _, l := range limits {
		if len(l.listed) > 0 {
			out = append(out, limit(l.name, l.listed, l.got, l.stated))
		}
	}
	if r.dated() {
		out = append(out, Condition{Name: conditionDay, OK: r.holdsOn(s.today), Got: or(s.today.String(), "not known"), Want: r.period()})
	}
	return out
}

// limit judges values that must all be listed.
func limit(name string, listed []entry, got []string, stated bool) Condition {
	c := Condition{Name: name, OK: !stated || len(got) > 0, Got: or(strings.Join(got, ", "), "none"), Want: list(listed, "")}
	for _, value := range got {
		if contains(listed, value) {
			c.Covered = append(c.Covered, value)
		} else {
			c.OK = false
			c.Uncovered = append(c.Uncovered, value)
		}
	}
	return c
}

// findings adds the conditions on the data in the message.
func (s *survey) findings(r *rule, out []Condition) []Condition {
	out = append(out, s.categories(r))
	if len(r.subjects) > 0 {
		out = append(out, s.subjects(r))
	}
	return append(out, s.minors(r))
}

func (s *survey) categories(r *rule) Condition {
	c := Condition{Name: conditionCategories, Want: list(slices.Concat(r.categories, r.approve, r.redact), "none")}
	for i := range s.groups {
		g := &s.groups[i]
		switch r.class(g.category) {
		case crosses:
			c.Covered = with(c.Covered, g.category)
		case waits:
			c.Approve = with(c.Approve, g.category)
		case goes:
			c.Redact = with(c.Redact, g.category)
		default:
			c.Uncovered = with(c.Uncovered, g.category)
			c.fail(g)
		}
	}
	c.OK = len(c.Uncovered) == 0
	c.Got = s.inCategories
	return c
}

func (s *survey) subjects(r *rule) Condition {
	c := Condition{Name: conditionSubjects, OK: true, Want: list(r.subjects, "")}
	for i := range s.groups {
		switch g := &s.groups[i]; {
		case g.subject == "":
		case contains(r.subjects, g.subject):
			c.Covered = with(c.Covered, g.subject)
		default:
			c.OK = false
			c.Uncovered = with(c.Uncovered, g.subject)
			c.fail(g)
		}
	}
	c.Got = s.aboutSubjects
	return c
}

func (s *survey) minors(r *rule) Condition {
	c := Condition{Name: conditionMinors, OK: true, Got: "none", Want: "none"}
	if r.minors {
		c.Want = "any"
	}
	for i := range s.groups {
		if g := &s.groups[i]; g.underage {
			c.Got = "present"
			if !r.minors {
				c.OK = false
				c.fail(g)
			}
		}
	}
	return c
}

// fail notes a group that the condition does not let pass.
func (c *Condition) fail(g *group) {
	shown := g.places[:min(len(g.places), maxFailing-len(c.Failing))]
	c.Failing = append(c.Failing, shown...)
	c.More += g.count - len(shown)
}

// outcome says what would wait and what would be taken out once everything that
// fails is out of the message.
func (s *survey) outcome(t *RuleTrace, r *rule) {
	for i := range s.groups {
		g := &s.groups[i]
		if g.underage && !r.minors || g.subject != "" && len(r.subjects) > 0 && !contains(r.subjects, g.subject) {
			continue
		}
		switch r.class(g.category) {
		case waits:
			t.Approve, t.More = note(t.Approve, t.More, g)
		case goes:
			t.Redact, t.More = note(t.Redact, t.More, g)
		}
	}
	if t.Covers {
		t.Verdict = t.passing()
	}
}

func note(places []schema.Finding, more int, g *group) ([]schema.Finding, int) {
	shown := g.places[:min(len(g.places), maxFailing-len(places))]
	return append(places, shown...), more + g.count - len(shown)
}

// names that the groups have, each once.
func (s *survey) names(of func(*group) string) string {
	var out []string
	for i := range s.groups {
		if name := of(&s.groups[i]); name != "" {
			out = with(out, name)
		}
	}
	return strings.Join(out, ", ")
}

// with is names and name, once.
func with(names []string, name string) []string {
	if slices.Contains(names, name) {
		return names
	}
	return append(names, name)
}

// or is s, or what stands for none.
func or(s, none string) string {
	if s == "" {
		return none
	}
	return s
}
