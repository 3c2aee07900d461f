// Package policy decides what may cross the border between two jurisdictions.
//
// A policy is a decision table in YAML (POLICY.md). Each rule is a row that
// allows; nothing forbids. A message may cross if one row covers it wholly: its
// peer, direction, type, instrument, marking, handling codes, purposes,
// languages, the day, every data category found in it, whom the data is about,
// and data on persons under 18. A row may let a category cross only after the
// release by a second officer, or only taken out. The row with the best outcome
// decides, so adding a rule can never make an outcome worse.
//
// The package is pure: no I/O, no clock, no state. The same policy and the same
// question give the same decision on every node.
package policy

import (
	"crypto/sha256"
	"encoding/hex"
	"slices"

	"github.com/comity-exchange/comity/schema"
)

// Policy is one parsed policy file. It is immutable and safe for concurrent use.
type Policy struct {
	text   []byte
	sum    [sha256.Size]byte
	hex    string // of sum, made once because every decision carries it
	rules  []rule
	groups []peers
	desks  map[desk]*table
}

// None is the policy that allows nothing.
func None() *Policy {
	return build([]byte("version: 1\nrules: []\n"), nil, nil)
}

// build indexes rules that Parse found sound.
func build(text []byte, groups []peers, rules []rule) *Policy {
	sum := sha256.Sum256(text)
	return &Policy{text: text, sum: sum, hex: hex.EncodeToString(sum[:]), rules: rules, groups: groups, desks: desks(rules)}
}

// Text is a copy of the exact bytes parsed.
func (p *Policy) Text() []byte { return slices.Clone(p.text) }

// SHA256 of Text.
func (p *Policy) SHA256() [32]byte { return p.sum }

// Mentions says whether any rule names peer, by itself or in a group.
func (p *Policy) Mentions(peer schema.Jurisdiction) bool {
	return p.desks[desk{peer, Send}] != nil || p.desks[desk{peer, Receive}] != nil
}

// Dated says whether some rule holds for some days only, so that the same
// question may have another answer tomorrow.
func (p *Policy) Dated() bool {
	return slices.ContainsFunc(p.rules, func(r rule) bool { return r.dated() })
}

// places in the file of the rules that name the peer, ascending.
func (p *Policy) places(peer schema.Jurisdiction) []int {
	var out []int
	for _, d := range []Direction{Send, Receive} {
		if t := p.desks[desk{peer, d}]; t != nil {
			out = append(out, t.places...)
		}
	}
	slices.Sort(out)
	return out
}
