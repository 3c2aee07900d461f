package schema

import (
	"fmt"
	"slices"
	"strings"
)

// neutral is the category of what only describes the exchange. No field of it yields a finding.
const neutral = "case.meta"

// unstated is the category of an attachment whose category was left out.
const unstated = "unstated"

// node is one field of a type as the walks see it: all references followed, all
// annotations in place, members in the order of the schema.
type node struct {
	name        string
	label       string // key into the labels
	category    string // own, or of the nearest annotated field above
	own         bool   // category stands here; the findings of the fields below are covered by it
	list        string // code list of a coded leaf
	purpose     bool   // its codes say what the data is for
	kind        string // the schema's "type", "" where a constant or a code says it
	required    bool   // whatever else is in the object
	format      string
	constant    any    // the only value that may stand there, nil if there are more
	translate   string // code, literal, text, quote
	attachment  bool
	translation bool // a text of the message in another language
	subject     *subjectRule
	object      bool
	props       []*node
	items       *node // element of an array
}

// subjectRule names the members that say whom the fields of an object are about.
type subjectRule struct {
	category  string // data-subject category
	minor     string // true: under 18
	protected string // true: identity is protected
	born      string // date of birth, full or partial
	legal     bool   // no natural person
}

// shaper builds nodes from schema files.
type shaper struct {
	files map[string]*file
	langs map[string]labels
	known map[string]int // categories with their sensitivity
}

// annotations that a reference may set or change for the block it refers to.
var annotations = []string{"x-category", "x-translate", "x-label", "x-basis"}

// shape builds the node for the schema at pointer in the named file.
func (s *shaper) shape(name, at, pointer string, above *node, seen []string) (*node, error) {
	from := at + "#" + pointer
	if slices.Contains(seen, from) {
		return nil, fmt.Errorf("%s: refers to itself", from)
	}
	seen = append(slices.Clip(seen), from)
	sch, ok := lookupSchema(s.files[at], pointer)
	if !ok {
		return nil, fmt.Errorf("%s: no schema object there", from)
	}
	n := &node{name: name, label: name}
	if above != nil {
		n.category = above.category
	}
	if strings.HasSuffix(pointer, "/items") {
		n.label = above.label
	}
	whole, err := s.follow(n, sch, at, pointer, seen)
	if err != nil {
		return nil, err
	}
	return n, s.check(n, whole, from)
}

// lookupSchema finds the schema object at a pointer of one file.
func lookupSchema(f *file, pointer string) (map[string]any, bool) {
	if f == nil {
		return nil, false
	}
	v, ok := any(f.tree), true
	for rest := pointer; rest != "" && ok; {
		var token string
		token, rest = firstToken(rest)
		var m map[string]any
		if m, ok = v.(map[string]any); ok {
			v, ok = m[token]
		}
	}
	sch, isObject := v.(map[string]any)
	return sch, ok && isObject
}

// follow fills n from sch and gives the schema that counts: what stands beside a
// $ref overrides the block it names.
func (s *shaper) follow(n *node, sch map[string]any, at, pointer string, seen []string) (map[string]any, error) {
	if ref, ok := sch["$ref"].(string); ok {
		file, place := resolve(at, ref)
		block, ok := lookupSchema(s.files[file], place)
		if !ok {
			return nil, fmt.Errorf("%s#%s: %s leads nowhere", at, pointer, ref)
		}
		merged := map[string]any{}
		for k, v := range block {
			merged[k] = v
		}
		for _, k := range annotations {
			if v, ok := sch[k]; ok {
				merged[k] = v
			}
		}
		if strings.HasPrefix(file, "codes/") {
			n.list = base(file)
		}
		from := file + "#" + place
		if slices.Contains(seen, from) {
			return nil, fmt.Errorf("%s: refers to itself", from)
		}
		return s.follow(n, merged, file, place, append(slices.Clip(seen), from))
	}
	s.annotate(n, sch)
	if _, ok := sch["properties"]; ok {
		return sch, s.members(n, at, pointer, seen)
	}
	if _, ok := sch["items"].(map[string]any); ok {
		var err error
		n.items, err = s.shape(n.name, at, pointer+"/items", n, seen)
		return sch, err
	}
	return sch, nil
}

func (s *shaper) annotate(n *node, sch map[string]any) {
	str := func(k string) string { v, _ := sch[k].(string); return v }
	if c := str("x-category"); c != "" {
		n.category, n.own = c, true
	}
	if l := str("x-label"); l != "" {
		n.label = l
	}
	n.kind, n.format, n.translate = str("type"), str("format"), str("x-translate")
	n.constant = sch["const"]
	n.attachment, _ = sch["x-attachment"].(bool)
	n.translation, _ = sch["x-translation"].(bool)
	n.purpose, _ = sch["x-purpose"].(bool)
	n.object = str("type") == "object"
	if m, ok := sch["x-subject"].(map[string]any); ok {
		get := func(k string) string { v, _ := m[k].(string); return v }
		legal, _ := m["legal"].(bool)
		n.subject = &subjectRule{get("category"), get("minor"), get("protected"), get("born"), legal}
	}
}

func (s *shaper) members(n *node, at, pointer string, seen []string) error {
	sch, _ := lookupSchema(s.files[at], pointer)
	required := stringsIn(sch["required"])
	for _, name := range s.files[at].order[pointer+"/properties"] {
		child, err := s.shape(name, at, pointer+"/properties/"+name, n, seen)
		if err != nil {
			return err
		}
		child.required = slices.Contains(required, name)
		n.props = append(n.props, child)
	}
	return nil
}

// find gives the member of that name.
func (n *node) find(name string) *node {
	for _, p := range n.props {
		if p.name == name {
			return p
		}
	}
	return nil
}

// at follows the tokens of an instance location.
func (n *node) at(tokens []string) *node {
	for _, t := range tokens {
		if n == nil {
			return nil
		}
		if n.items != nil {
			n = n.items
		} else {
			n = n.find(t)
		}
	}
	return n
}

// each visits n and every field below it.
func (n *node) each(visit func(*node)) {
	visit(n)
	for _, p := range n.props {
		p.each(visit)
	}
	if n.items != nil {
		n.items.each(visit)
	}
}
