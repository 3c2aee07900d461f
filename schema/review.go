package schema

import (
	"slices"
	"strings"
)

// Review holds the draft of a message to all that Read would hold it to, and gives
// every fault: those of the schemas, and those of type, instrument and rules as far as
// the draft is complete enough to be judged. What Complete fills in is not missed.
// A draft without a fault is one that Read accepts.
func (c *Catalogue) Review(raw []byte, d Draft) []Problem {
	tree, p := c.parse(raw)
	if p != nil {
		return []Problem{*p}
	}
	name, _ := tree["type"].(string)
	t := c.types[name]
	if t == nil {
		return []Problem{*c.unknownType(name)}
	}
	for _, m := range d.missing(t, func(name string) bool { _, there := tree[name]; return there }) {
		tree[m.name] = m.value
	}
	list := c.broken(t, tree)
	if !sound(list, "/attachments") {
		return ordered(list)
	}
	early := len(list) > 0
	m := message(tree)
	m.Raw = raw
	if p := c.consistent(t, m, tree); p != nil {
		for _, fault := range p.Errors {
			if !early || fault.Code != "breaks_rule" { // a rule is about what was said, not about what is still to say
				list = append(list, fault)
			}
		}
	}
	return ordered(list)
}

// Foresee reads what a draft says so far as if it were a message, with the data
// categories in it. It is no message: nothing was held to any rule, and it must neither
// be stored nor sent. The problem is one of Read's about the text as JSON, or unknown_type.
func (c *Catalogue) Foresee(raw []byte, d Draft) (*Message, error) {
	tree, p := c.parse(raw)
	if p != nil {
		return nil, p
	}
	name, _ := tree["type"].(string)
	t := c.types[name]
	if t == nil {
		return nil, c.unknownType(name)
	}
	for _, m := range d.missing(t, func(name string) bool { _, there := tree[name]; return there }) {
		tree[m.name] = m.value
	}
	files := tree["attachments"]
	delete(tree, "attachments") // their digests may be anything
	m := message(tree)
	tree["attachments"] = files
	c.derive(t, m, tree)
	return m, nil
}

// sound holds if no fault lies at or under a place.
func sound(list []Problem, pointer string) bool {
	for _, p := range list {
		if p.Pointer == pointer || strings.HasPrefix(p.Pointer, pointer+"/") {
			return false
		}
	}
	return true
}

// Unsaid holds for a fault that only says that something is still to be filled in.
func (p *Problem) Unsaid() bool {
	return slices.Contains([]string{"missing_field", "missing_declaration", "missing_item", "too_few"}, p.Code)
}
