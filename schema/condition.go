package schema

import (
	"fmt"
	"maps"
	"slices"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/santhosh-tekuri/jsonschema/v6"
)

// condition is a JSON Schema over a message or over a message with its case. It is
// the one language in which guards and rules are written.
type condition struct {
	schema *jsonschema.Schema
	rule   *rule
	exact  bool
}

// holds tells whether v is as the schema says.
func (k *condition) holds(v any) bool {
	if k == nil || k.rule.accepts(v) {
		return true
	}
	return !k.exact && k.schema.Validate(v) == nil
}

// condition compiles a schema that stands inside another file. Every field it names
// must exist in each of the types.
func (l *loader) condition(name string, raw jsontext.Value, types ...*Type) (*condition, error) {
	tree, p := newReader().whole(raw)
	if p != nil {
		return nil, p
	}
	for _, t := range types {
		if err := l.named(tree, t.shape); err != nil {
			return nil, fmt.Errorf("%s: %w", t.Name, err)
		}
	}
	return l.compiled(name, tree)
}

func (l *loader) compiled(name string, tree map[string]any) (*condition, error) {
	if err := l.compiler.AddResource(root+name, tree); err != nil {
		return nil, err
	}
	sch, err := l.compiler.Compile(root + name)
	if err != nil {
		return nil, err
	}
	r := l.ruler.rule(sch)
	return &condition{sch, r, r.exact(nil)}, nil
}

// Keywords of a condition whose value is one schema, or a list of schemas, for the same place.
var (
	samePlace  = []string{"if", "then", "else", "not"}
	samePlaces = []string{"allOf", "anyOf", "oneOf"}
	nextPlace  = []string{"items", "contains"}
)

// named holds that every member and code which a condition names exists: a misspelt
// name would make a rule that never applies.
func (l *loader) named(sch map[string]any, n *node) error {
	if err := l.namedHere(sch, n); err != nil {
		return err
	}
	props, _ := sch["properties"].(map[string]any)
	for _, name := range slices.Sorted(maps.Keys(props)) {
		if err := l.namedBelow(props[name], n.find(name)); err != nil {
			return err
		}
	}
	for _, word := range samePlace {
		if err := l.namedBelow(sch[word], n); err != nil {
			return err
		}
	}
	for _, word := range nextPlace {
		if err := l.namedBelow(sch[word], n.items); err != nil {
			return err
		}
	}
	for _, word := range samePlaces {
		list, _ := sch[word].([]any)
		for _, part := range list {
			if err := l.namedBelow(part, n); err != nil {
				return err
			}
		}
	}
	return nil
}

func (l *loader) namedBelow(part any, n *node) error {
	sch, ok := part.(map[string]any)
	switch {
	case !ok:
		return nil
	case n == nil:
		return fmt.Errorf("the condition looks into something that is no list")
	}
	return l.named(sch, n)
}

func (l *loader) namedHere(sch map[string]any, n *node) error {
	props, _ := sch["properties"].(map[string]any)
	for _, name := range slices.Concat(slices.Sorted(maps.Keys(props)), stringsIn(sch["required"])) {
		if n.find(name) == nil {
			return fmt.Errorf("there is no field %q", name)
		}
	}
	if n.list == "" {
		return nil
	}
	codes := stringsIn(sch["enum"])
	if s, ok := sch["const"].(string); ok {
		codes = append(codes, s)
	}
	for _, code := range codes {
		if !contains(l.lists[n.list], code) {
			return fmt.Errorf("%q is no code of %s", code, n.list)
		}
	}
	return nil
}
