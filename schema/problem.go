package schema

import "strings"

// Kind sorts problems by what the other side should do about them. It decides
// the HTTP status and the exit code; the Code says the rest.
type Kind int

const (
	Internal    Kind = iota // our fault; the text stays inside
	Invalid                 // the input breaks a rule of form
	NotFound                // nothing by that name
	NotAllowed              // policy, role or identity forbids it
	Conflict                // it contradicts what is already there
	TooLarge                // over a limit of the limits table
	Unavailable             // try again later
	Unreachable             // the peer could not be reached
	Unverified              // a signature, hash or fingerprint does not match
)

// Problem is the one error that crosses a boundary: HTTP (RFC 9457), receipt, CLI.
// It never carries content, names of persons or keys.
type Problem struct {
	Kind    Kind
	Code    string // stable, lower case with underscores: "unknown_type"
	Pointer string // RFC 6901 place in the input, "" for the whole; for text files "line 12"
	Detail  string // what is wrong, one sentence
	Fix     string // what to do next, one sentence
	Errors  []Problem
}

// Error gives the sentence for people: place, detail and next step.
func (p *Problem) Error() string {
	var b strings.Builder
	if p.Pointer != "" {
		b.WriteString(p.Pointer + ": ")
	}
	b.WriteString(p.Detail)
	if p.Fix != "" {
		b.WriteString(" " + p.Fix)
	}
	for i := range p.Errors {
		b.WriteString("\n  " + p.Errors[i].Error())
	}
	return b.String()
}

func invalid(code, pointer, detail, fix string) *Problem {
	return &Problem{Kind: Invalid, Code: code, Pointer: pointer, Detail: detail, Fix: fix}
}

func tooLarge(code, pointer, detail, fix string) *Problem {
	return &Problem{Kind: TooLarge, Code: code, Pointer: pointer, Detail: detail, Fix: fix}
}
