package policy

import (
	"slices"

	"github.com/goccy/go-yaml/ast"
)

// kind of a value.
type kind uint8

const (
	nothing kind = iota
	someKeys
	aList
	aBool
	aText
	aNumber
)

// String is the kind in words.
func (k kind) String() string {
	return [...]string{"nothing", "keys", "a list", "true or false", "text", "a number"}[k]
}

// value is one part of a policy file, whichever reader took it in.
type value struct {
	kind  kind
	line  int32
	text  string  // of a text, a number, true or false, as it means
	items []value // of a list
	pairs []pair  // of keys, in order
}

// pair is one key with its value.
type pair struct {
	key   string
	line  int32
	value value
}

// at is the value of the first such key, nil if there is none.
func (v *value) at(key string) *value {
	i := slices.IndexFunc(v.pairs, func(p pair) bool { return p.key == key })
	if i < 0 {
		return nil
	}
	return &v.pairs[i].value
}

// valueOf a node of the YAML library. What is neither text, list nor keys is
// nothing that a policy has, and is called a number.
func valueOf(node ast.Node) value {
	v := value{line: int32(node.GetToken().Position.Line)}
	switch n := node.(type) {
	case *ast.NullNode:
		v.kind = nothing
	case *ast.MappingNode:
		v.kind = someKeys
		for _, p := range n.Values {
			v.pairs = append(v.pairs, pair{p.Key.GetToken().Value, int32(p.Key.GetToken().Position.Line), valueOf(p.Value)})
		}
	case *ast.SequenceNode:
		v.kind = aList
		for _, item := range n.Values {
			v.items = append(v.items, valueOf(item))
		}
	case *ast.BoolNode:
		v.kind, v.text = aBool, map[bool]string{true: "true", false: "false"}[n.Value]
	case *ast.StringNode:
		v.kind, v.text = aText, n.Value
	default:
		v.kind, v.text = aNumber, node.GetToken().Value
	}
	return v
}
