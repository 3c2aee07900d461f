package policy

import (
	"fmt"

	"github.com/goccy/go-yaml/token"

	"github.com/comity-exchange/comity/schema"
)

// Limits on the shape of a file. The YAML parser takes quadratic time on deep
// nesting, on many keys in one block, and on values that are left out, so these
// are bounded before it runs. A policy that needs more is written in the plain
// layout, which is not read by that parser.
const (
	maxNesting = 4             // brackets or blocks open at once: {rules: [{peers: [NL]}]}
	maxKeys    = 2 * maxGroups // in one block: more than a policy may have, so that it is told what is too much
	maxEntries = 1 << 15       // keys in the file
)

// shape follows the nesting of a file, token by token.
type shape struct {
	last    *token.Token // before the one to take, comments left out
	open    []token.Type // brackets
	keys    map[int]int  // in the open block of each column
	entries int          // keys so far, in blocks and in braces
}

func (s *shape) take(t *token.Token) error {
	at := t.Position.Line
	if s.last != nil && s.last.Type == token.SequenceEntryType && t.Type == token.SequenceEntryType {
		return syntax(at, "An entry of a list is empty, or a list stands directly in a list.")
	}
	s.nest(t)
	s.count(t)
	s.last = t
	if len(s.open) > maxNesting || len(s.keys) > maxNesting || s.crowded() {
		return syntax(at, "This is nested deeper, or has more keys, than any policy.")
	}
	if s.entries > maxEntries {
		return &schema.Problem{Kind: schema.Invalid, Code: "too_many_rules", Pointer: fmt.Sprintf("line %d", at),
			Detail: fmt.Sprintf("The policy has more than %d keys and is not in the plain layout.", maxEntries),
			Fix:    "Give several peers or types in one rule, or write each key, or each rule in braces, on one line as POLICY.md does."}
	}
	return nil
}

// nest opens and closes brackets, and ends the blocks right of an entry's dash.
func (s *shape) nest(t *token.Token) {
	switch t.Type {
	case token.SequenceStartType, token.MappingStartType:
		s.open = append(s.open, t.Type)
	case token.SequenceEndType, token.MappingEndType:
		s.open = s.open[:max(0, len(s.open)-1)]
	case token.SequenceEntryType:
		for column := range s.keys {
			if column > t.Position.Column {
				delete(s.keys, column)
			}
		}
	}
}

// count keys: in a block each has a colon; in braces there is one more than commas.
func (s *shape) count(t *token.Token) {
	inBraces := len(s.open) > 0 && s.open[len(s.open)-1] == token.MappingStartType
	switch {
	case t.Type == token.MappingStartType, t.Type == token.CollectEntryType && inBraces:
		s.entries++
	case t.Type == token.MappingValueType && !inBraces && s.last != nil:
		s.entries++
		if len(s.open) == 0 {
			s.keys[s.last.Position.Column]++
		}
	}
}

// crowded says whether a block has too many keys.
func (s *shape) crowded() bool {
	for _, n := range s.keys {
		if n > maxKeys {
			return true
		}
	}
	return false
}
