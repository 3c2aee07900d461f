package policy

import "github.com/comity-exchange/comity/schema"

// Direction of crossing the border.
type Direction string

const (
	Send    Direction = "send"
	Receive Direction = "receive"
)

// Policy is one parsed policy file. It is immutable and safe for concurrent use.
type Policy struct{}

// Parse reads policy YAML strictly. The error is a *schema.Problem that names the line.
func Parse(text []byte) (*Policy, error) { panic("policy: not built") }

// None is the policy that allows nothing.
func None() *Policy { panic("policy: not built") }

func (p *Policy) Text() []byte     { panic("policy: not built") } // the exact bytes parsed
func (p *Policy) SHA256() [32]byte { panic("policy: not built") } // of Text

// Peers that any rule names.
func (p *Policy) Mentions(peer schema.Jurisdiction) bool { panic("policy: not built") }

// Question is all that a decision depends on.
type Question struct {
	Peer       schema.Jurisdiction
	Direction  Direction
	Type       string
	Instrument string
	Marking    schema.Marking
	Findings   []schema.Finding
}

// Ask makes the question for a message that crosses to or from peer.
func Ask(m *schema.Message, peer schema.Jurisdiction, d Direction) Question {
	return Question{peer, d, m.Type, m.Instrument, m.Marking, m.Findings}
}

// Verdict of a decision. Hold comes with the release queue.
type Verdict string

const (
	Allow Verdict = "allow"
	Deny  Verdict = "deny"
)

// Decision is the answer and why.
type Decision struct {
	Verdict Verdict     `json:"verdict"`
	Rule    string      `json:"rule,omitempty"` // the rule that allows
	Policy  string      `json:"policy"`         // SHA-256 of the policy, hex
	Closest string      `json:"closest,omitempty"`
	Trace   []RuleTrace `json:"trace,omitempty"` // every rule, closest first; only when denied or explained
}

// RuleTrace says how one rule fared.
type RuleTrace struct {
	Rule       string      `json:"rule"`
	Covers     bool        `json:"covers"`
	Conditions []Condition `json:"conditions"`
}

// Condition is one column of the decision table.
type Condition struct {
	Name    string           `json:"name"` // peer, direction, type, instrument, marking, categories, minors
	OK      bool             `json:"ok"`
	Want    string           `json:"want,omitempty"`
	Failing []schema.Finding `json:"failing,omitempty"` // for categories and minors: what is not covered, and where
}

// Decide is pure and fast: no trace when it allows.
func (p *Policy) Decide(q Question) Decision { panic("policy: not built") }

// Explain decides with the full trace.
func (p *Policy) Explain(q Question) Decision { panic("policy: not built") }
