package gateway

import (
	"bytes"
	"fmt"
)

// Refusal is the signed answer to a pouch that cannot be taken as a whole: it
// spends no number. PROTOCOL 3.3.
type Refusal struct {
	Head           // From is the receiving side; Epoch and Seq are the number expected next
	Pouch [32]byte // SHA-256 of the manifest refused
	Code  string   // gap, equivocation or epoch
}

// Encode gives the one text of the refusal.
func (r *Refusal) Encode() []byte {
	b := r.append(make([]byte, 0, headLimit), refusalForm, r.Pouch)
	return append(append(append(b, "# code: "...), r.Code...), '\n')
}

// ParseRefusal reads exactly what Encode writes.
func ParseRefusal(text []byte) (*Refusal, error) {
	if len(text) > MaxManifest {
		return nil, fmt.Errorf("refusal of %d octets: %w", len(text), errTooLarge)
	}
	var r Refusal
	l := lines{rest: text}
	r.Head, r.Pouch = l.head(refusalForm)
	r.Code = string(l.value("code"))
	if r.Code != Gap && r.Code != Equivocation && r.Code != WrongEpoch || len(l.rest) > 0 {
		l.fail()
	}
	if l.err != nil {
		return nil, fmt.Errorf("refusal: %w", l.err)
	}
	if !bytes.Equal(r.Encode(), text) {
		return nil, fmt.Errorf("refusal does not re-encode to itself: %w", errForm)
	}
	return &r, nil
}
