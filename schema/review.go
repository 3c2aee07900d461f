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
