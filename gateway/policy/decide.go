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
	Rule      string           `json:"rule,omitempty"`       // the rule that allows, the first of the file if several do
	Policy    string           `json:"policy"`               // SHA-256 of the policy, hex
	Approve   []schema.Finding `json:"approve,omitempty"`    // when held: what a second officer must release
	Redact    []schema.Finding `json:"redact,omitempty"`     // what is taken out before it leaves
	Closest   string           `json:"closest,omitempty"`    // when denied: the rule for this peer with the fewest failing conditions
	WouldPass string           `json:"would_pass,omitempty"` // when denied: "Without bio.fingerprint: allowed by fr-mla."
	Trace     []RuleTrace      `json:"trace,omitempty"`      // every rule, closest first; only when denied or explained
}

// Decide is pure and fast: no trace when it allows.
func (p *Policy) Decide(q Question) Decision {
	if rule := p.covering(&q); rule >= 0 {
		return Decision{Verdict: Allow, Rule: p.rules[rule].name, Policy: p.hex}
	}
	return p.deny(q)
}

// deny says why. It has its own copy of the question, so that the question of
// a message that is allowed can stay on the stack.
func (p *Policy) deny(q Question) Decision {
	d := Decision{Verdict: Deny, Policy: p.hex, Trace: p.trace(&q)}
	if len(d.Trace) > 0 && d.Trace[0].ok(conditionPeer) {
		d.Closest = d.Trace[0].Rule
		d.WouldPass = d.Trace[0].remedy()
	}
	return d
}

// Explain decides with the full trace.
func (p *Policy) Explain(q Question) Decision {
	d := p.Decide(q)
	if d.Verdict == Allow {
		d.Trace = p.trace(&q)
	}
	return d
}

// covering is the first rule that covers the question wholly, -1 if none does.
func (p *Policy) covering(q *Question) int {
	t := &p.table
	s := t.match(q)
	t.instruments.narrow(&s, q.Instrument, t.words)
	and(&s, t.marked(q.Marking), t.words)
	return t.narrowToFindings(&s, q.Findings)
}

// match is the set of rules that speak of the question's peer, direction and type.
func (t *table) match(q *Question) set {
	s := t.types.match(q.Type, t.words)
	t.peers.narrow(&s, string(q.Peer), t.words)
	t.directions.narrow(&s, string(q.Direction), t.words)
	return s
}

// marked is the set of rules that let the marking pass, nil for one we do not carry.
func (t *table) marked(m schema.Marking) *set {
	if m < schema.Unclassified || m > schema.Restricted {
		return nil
	}
	return &t.marking[m]
}

// narrowToFindings keeps in s the rules that cover every finding and returns
// the first of them, -1 if none is left.
func (t *table) narrowToFindings(s *set, findings []schema.Finding) int {
	for i := range findings {
		if s.first() < 0 {
			return -1
		}
		covers := t.categories.match(findings[i].Category, t.words)
		and(s, &covers, t.words)
		if underage(&findings[i]) {
			and(s, &t.minors, t.words)
		}
	}
	return s.first()
}
