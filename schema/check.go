package schema

import (
	"fmt"
	"slices"
)

// check holds the rules for schemas that no validator knows: every leaf has a
// category, every string a form and a bound, every label a wording in every language.
func (s *shaper) check(n *node, sch map[string]any, from string) error {
	if n.own {
		if _, ok := s.known[n.category]; !ok {
			return fmt.Errorf("%s: %q is no category of codes/categories.json", from, n.category)
		}
	}
	for _, lang := range authored {
		if n.name != "" && n.list == "" && s.langs[lang].Fields[n.label] == "" {
			return fmt.Errorf("%s: field %q has no label in labels/%s.json", from, n.label, lang)
		}
	}
	switch {
	case len(n.props) > 0:
		return s.checkObject(n, sch, from)
	case n.items != nil:
		return checkArray(sch, from)
	}
	return checkLeaf(n, sch, from)
}

func (s *shaper) checkObject(n *node, sch map[string]any, from string) error {
	if sch["additionalProperties"] != false {
		return fmt.Errorf("%s: say \"additionalProperties\": false", from)
	}
	if n.subject == nil {
		return nil
	}
	for _, member := range []string{n.subject.category, n.subject.minor, n.subject.protected, n.subject.born} {
		if member != "" && n.find(member) == nil {
			return fmt.Errorf("%s: x-subject names %q, which is no member", from, member)
		}
	}
	return nil
}

func checkArray(sch map[string]any, from string) error {
	if sch["maxItems"] == nil {
		return fmt.Errorf("%s: the array has no maxItems", from)
	}
	return nil
}

func checkLeaf(n *node, sch map[string]any, from string) error {
	if n.object && n.name == "body" {
		return nil // its type's schema describes it
	}
	if n.category == "" {
		return fmt.Errorf("%s: the field has no x-category, nor has an object around it", from)
	}
	free := n.format == "line" || n.format == "text"
	switch {
	case sch["type"] == nil && sch["const"] == nil, sch["type"] == "object":
		return fmt.Errorf("%s: the field has no type that can be a leaf", from)
	case sch["type"] == "string" && sch["enum"] == nil && !knownFormat(n.format):
		return fmt.Errorf("%s: the string has no known format", from)
	case free && sch["maxLength"] == nil:
		return fmt.Errorf("%s: the string has no maxLength", from)
	case free && !slices.Contains([]string{"code", "literal", "text", "quote"}, n.translate):
		return fmt.Errorf("%s: the string has no x-translate (code, literal, text or quote)", from)
	}
	return nil
}

func knownFormat(name string) bool {
	return slices.ContainsFunc(formats, func(f format) bool { return f.name == name })
}
