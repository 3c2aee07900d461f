package policy

// Outcome of one question, in the order in which the engine prefers.
type Outcome int

const (
	Denied   Outcome = iota
	HeldCut          // waits for release, and something is taken out
	Cut              // something is taken out
	Held             // waits for release
	Crossing         // whole and at once
)

var outcomeWords = [...]string{"denied", "held and cut", "cut", "held", "allowed"}

func (o Outcome) String() string { return outcomeWords[o] }

// MarshalText gives the word, for JSON.
func (o Outcome) MarshalText() ([]byte, error) { return []byte(o.String()), nil }

// outcomeOf a decision.
func outcomeOf(d *Decision) Outcome {
	switch {
	case d.Verdict == Deny:
		return Denied
	case d.Verdict == Hold && len(d.Redact) > 0:
		return HeldCut
	case len(d.Redact) > 0:
		return Cut
	case d.Verdict == Hold:
		return Held
	}
	return Crossing
}

// widens says whether data crosses that did not, or a message leaves without the
// release that it needed.
func widens(before, after Outcome) bool {
	data := func(o Outcome) bool { return o == Held || o == Crossing }
	alone := func(o Outcome) bool { return o == Cut || o == Crossing }
	return data(after) && !data(before) || alone(after) && !alone(before) || before == Denied && after != Denied
}
