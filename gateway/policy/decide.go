package policy

import "github.com/comity-exchange/comity/schema"

// Verdict of a decision.
type Verdict string

const (
	Allow Verdict = "allow"
	Hold  Verdict = "hold" // it may cross once a second officer has released it
	Deny  Verdict = "deny"
)

// Decision is the answer and why.
type Decision struct {
	Verdict   Verdict          `json:"verdict"`
	Rule      string           `json:"rule,omitempty"`       // the rule that decides, the first of the file among those that give the same outcome
	Policy    string           `json:"policy"`               // SHA-256 of the policy, hex
	Approve   []schema.Finding `json:"approve,omitempty"`    // when held: what a second officer must release
	Redact    []schema.Finding `json:"redact,omitempty"`     // what is taken out before it leaves
	Closest   string           `json:"closest,omitempty"`    // when denied: the rule for this peer with the fewest failing conditions
	WouldPass string           `json:"would_pass,omitempty"` // when not allowed whole: "Without bio.fingerprint: allowed by fr-mla."
	Trace     []RuleTrace      `json:"trace,omitempty"`      // the rules, closest first; only when denied or explained
	Untraced  int              `json:"untraced,omitempty"`   // rules beyond the maxTraced that are listed
}

// Whole says that the message may cross as it is, now.
func (d Decision) Whole() bool { return d.Verdict == Allow && len(d.Redact) == 0 }

// HoldWhole is the decision if what should be taken out cannot be, because the
// message would no longer be valid: it waits whole for a second officer.
func (d Decision) HoldWhole() Decision {
	if len(d.Redact) == 0 {
		return d
	}
	d.Verdict = Hold
	d.Approve = append(append([]schema.Finding{}, d.Approve...), d.Redact...)
	d.Redact = nil
	d.WouldPass = d.remedy()
	return d
}

// Decide is pure and fast. It gives the trace only when it denies.
func (p *Policy) Decide(q Question) Decision {
	if d := p.Judge(q); d.Verdict != Deny {
		return d
	}
	return p.deny(q)
}

// Judge decides like Decide, always without the trace, for those who only act on
// the answer.
func (p *Policy) Judge(q Question) Decision {
	t := p.desks[desk{q.Peer, q.Direction}]
	if t == nil {
		return Decision{Verdict: Deny, Policy: p.hex}
	}
	i, whole := t.best(p.rules, &q)
	switch {
	case i < 0:
		return Decision{Verdict: Deny, Policy: p.hex}
	case whole:
		return Decision{Verdict: Allow, Rule: p.rules[i].name, Policy: p.hex}
	}
	return p.split(&p.rules[i], q.Findings)
}

// split sorts the findings of a message that the rule covers into what waits and
// what is taken out.
func (p *Policy) split(r *rule, findings []schema.Finding) Decision {
	d := Decision{Verdict: Allow, Rule: r.name, Policy: p.hex}
	for _, f := range findings {
		switch r.class(f.Category) {
		case waits:
			d.Verdict = Hold
			d.Approve = append(d.Approve, f)
		case goes:
			d.Redact = append(d.Redact, f)
		}
	}
	d.WouldPass = d.remedy()
	return d
}

// deny says why. It has its own copy of the question, so that the question of
// a message that is allowed can stay on the stack.
func (p *Policy) deny(q Question) Decision {
	d := Decision{Verdict: Deny, Policy: p.hex}
	d.Trace, d.Untraced = p.trace(&q)
	if len(d.Trace) > 0 && d.Trace[0].ok(conditionPeer) {
		d.Closest = d.Trace[0].Rule
		d.WouldPass = d.Trace[0].remedy()
	}
	return d
}

// Explain decides with the trace.
func (p *Policy) Explain(q Question) Decision {
	d := p.Decide(q)
	if d.Verdict != Deny {
		d.Trace, d.Untraced = p.trace(&q)
	}
	return d
}

// best is the place of the rule with the best outcome, -1 if none covers the
// message, and whether it lets the message cross whole and at once. What loses
// nothing comes first, then what waits for nobody, then the order of the file.
func (t *table) best(rules []rule, q *Question) (place int, whole bool) {
	var covering, waiting, losing [maxWords]uint64
	s, w, l := set(covering[:t.words()]), set(waiting[:t.words()]), set(losing[:t.words()])
	t.match(s, rules, q)
	t.narrowToFindings(s, w, l, q.Findings)
	choice := -1
	rank := len(outcomes)
	for i := s.first(); i >= 0 && rank > 0; i = s.next(i + 1) {
		if r := outcome(w.has(i), l.has(i)); r < rank {
			choice, rank = i, r
		}
	}
	if choice < 0 {
		return -1, false
	}
	return t.places[choice], rank == 0
}

// outcomes of a rule that covers a message, the best first.
var outcomes = [...]struct{ waits, loses bool }{{false, false}, {true, false}, {false, true}, {true, true}}

// outcome is the rank in outcomes.
func outcome(waits, loses bool) int {
	rank := 0
	if waits {
		rank = 1
	}
	if loses {
		rank += 2
	}
	return rank
}

func (t *table) words() int { return len(t.minors) }

// match puts into s the rules that accept all of the question but its findings.
func (t *table) match(s set, rules []rule, q *Question) {
	t.types.match(s, q.Type)
	t.instruments.narrow(s, q.Instrument)
	s.and(t.marked(q.Marking), nil)
	t.codes.narrowToAll(s, q.Codes, false)
	t.purposes.narrowToAll(s, q.Purposes, true)
	t.languages.narrowToAll(s, q.Languages, true)
	t.narrowToDay(s, rules, dayOf(q.Day))
}

// narrowToDay keeps in s the rules that hold on a day.
func (t *table) narrowToDay(s set, rules []rule, d day) {
	for i := t.dated.first(); i >= 0; i = t.dated.next(i + 1) {
		if !rules[t.places[i]].holdsOn(d) {
			s.drop(i)
		}
	}
}

// marked is the set of rules that let the marking pass, nil for one we do not carry.
func (t *table) marked(m schema.Marking) set {
	if m < schema.Unclassified || m > schema.Restricted {
		return nil
	}
	return t.marking[m]
}

// narrowToFindings keeps in s the rules that cover every finding. Into w go the
// rules under which something waits, into l those under which something is taken out.
func (t *table) narrowToFindings(s, w, l set, findings []schema.Finding) {
	var crossing, waiting, going [maxWords]uint64
	c, a, r := set(crossing[:len(s)]), set(waiting[:len(s)]), set(going[:len(s)])
	for i := range findings {
		f := &findings[i]
		if i == 0 || f.Category != findings[i-1].Category {
			t.categories[0].match(c, f.Category)
			t.categories[1].match(a, f.Category)
			t.categories[2].match(r, f.Category)
			for k := range s {
				s[k] &= c[k] | a[k] | r[k]
				w[k] |= a[k] &^ r[k]
				l[k] |= r[k]
			}
		}
		if f.Subject != "" {
			t.subjects.narrow(s, f.Subject)
		}
		if underage(f) {
			s.and(t.minors, nil)
		}
	}
}
