// Package policy decides what may cross the border between two jurisdictions.
//
// A policy is a decision table in YAML (POLICY.md). Each rule is a row that
// allows; nothing forbids. A message may cross if one row covers it wholly: its
// peer, direction, type, instrument, marking, every data category found in it,
// and data on persons under 18. So the order of rules never matters, and adding
// a rule can never turn an answer from allow to deny.
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
	text  []byte
	sum   [sha256.Size]byte
	hex   string // of sum, made once because every decision carries it
	rules []rule
	table table
}

// None is the policy that allows nothing.
func None() *Policy {
	return build([]byte("version: 1\nrules: []\n"), nil)
}

// build indexes rules that Parse found sound.
func build(text []byte, rules []rule) *Policy {
	sum := sha256.Sum256(text)
	return &Policy{text: text, sum: sum, hex: hex.EncodeToString(sum[:]), rules: rules, table: newTable(rules)}
}

// Text is a copy of the exact bytes parsed.
func (p *Policy) Text() []byte { return slices.Clone(p.text) }

// SHA256 of Text.
func (p *Policy) SHA256() [32]byte { return p.sum }

// Mentions says whether any rule names peer.
func (p *Policy) Mentions(peer schema.Jurisdiction) bool {
	_, found := p.table.peers.exact[string(peer)]
	return found
}
