package gateway

import (
	"bytes"
	"encoding/hex"
	"fmt"
)

// Receipt is the receiving side's signed verdict on a pouch. PROTOCOL 3.2.
type Receipt struct {
	Head              // From is the receiving side; Epoch and Seq are the pouch's
	Pouch    [32]byte // SHA-256 of the manifest
	Verdicts []Verdict
}

const (
	acceptedMark = "accepted  "
	refusedMark  = "refused   "
)

// Encode gives the one text of the receipt. The verdicts' ids are not in it:
// they stand in the manifest, in the same order.
func (r *Receipt) Encode() []byte {
	b := make([]byte, 0, headLimit+110*len(r.Verdicts))
	b = r.append(b, receiptForm, r.Pouch)
	for _, v := range r.Verdicts {
		if v.Code == "" {
			b = hex.AppendEncode(append(b, acceptedMark...), v.SHA256[:])
		} else {
			b = hex.AppendEncode(append(b, refusedMark...), v.SHA256[:])
			b = append(append(b, "  "...), v.Code...)
		}
		b = append(b, '\n')
	}
	return b
}

// ParseReceipt reads exactly what Encode writes.
func ParseReceipt(text []byte) (*Receipt, error) {
	if len(text) > MaxManifest {
		return nil, fmt.Errorf("receipt of %d octets: %w", len(text), errTooLarge)
	}
	var r Receipt
	l := lines{rest: text}
	r.Head, r.Pouch = l.head(receiptForm)
	for l.more() && len(r.Verdicts) <= MaxMessages {
		r.Verdicts = append(r.Verdicts, l.verdict())
	}
	if l.err != nil {
		return nil, fmt.Errorf("receipt: %w", l.err)
	}
	if n := len(r.Verdicts); n == 0 || n > MaxMessages {
		return nil, fmt.Errorf("receipt of %d verdicts: %w", n, errTooLarge)
	}
	if !bytes.Equal(r.Encode(), text) {
		return nil, fmt.Errorf("receipt does not re-encode to itself: %w", errForm)
	}
	return &r, nil
}

func (l *lines) verdict() (v Verdict) {
	line := l.next()
	if sum, found := bytes.CutPrefix(line, []byte(acceptedMark)); found {
		v.SHA256 = l.digest(sum)
		return v
	}
	sum, code, found := bytes.Cut(bytes.TrimPrefix(line, []byte(refusedMark)), []byte("  "))
	if !found || !codeForm(code) {
		l.fail()
	}
	v.SHA256, v.Code = l.digest(sum), string(code)
	return v
}

// covers says whether the receipt gives one verdict on each message of m, in
// order, and returns them with their ids.
func (r *Receipt) covers(m *Manifest) ([]Verdict, bool) {
	entries := m.Messages()
	if len(entries) != len(r.Verdicts) {
		return nil, false
	}
	verdicts := make([]Verdict, len(entries))
	for i, e := range entries {
		if e.SHA256 != r.Verdicts[i].SHA256 {
			return nil, false
		}
		verdicts[i] = Verdict{ID: e.ID, SHA256: e.SHA256, Code: r.Verdicts[i].Code}
	}
	return verdicts, true
}
