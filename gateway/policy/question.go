package policy

import (
	"time"

	"github.com/comity-exchange/comity/schema"
)

// Direction of crossing the border.
type Direction string

const (
	Send    Direction = "send"
	Receive Direction = "receive"
)

// Question is all that a decision depends on.
type Question struct {
	Peer       schema.Jurisdiction
	Direction  Direction
	Type       string
	Instrument string // "" if the message names none
	Marking    schema.Marking
	Codes      []string  // handling codes
	Purposes   []string  // codes of what the data is for
	Languages  []string  // BCP 47, as the message states them
	Day        time.Time // when it would cross; only its UTC date counts
	Findings   []schema.Finding
}

// Ask makes the question for a message that crosses to or from peer at a time.
func Ask(m *schema.Message, peer schema.Jurisdiction, d Direction, at time.Time) Question {
	return Question{peer, d, m.Type, m.Instrument, m.Marking, m.Codes, m.Purposes, m.Languages, at, m.Findings}
}

// underage says whether a finding is about a person under 18, by any of the
// ways in which a schema can say so. In doubt it is.
func underage(f *schema.Finding) bool {
	return f.Minor || f.Subject == "minor" || f.Category == "person.minor"
}
