package schema

import (
	"fmt"
	"strings"
)

// Field is one line of a message's reading view, in the order of its schema.
type Field struct {
	Pointer string
	Depth   int    // nesting level, 0 at the top of body
	Label   string // in the reader's language
	Value   string // text to show, "" for the heading of a group; codes are shown as label and code
	Code    string // the code, if the field is coded
	Lang    string // BCP 47 of free text, "" if not known
}

// View renders a message's body for a reader.
func (c *Catalogue) View(m *Message, lang string) []Field {
	t := c.types[m.Type]
	tree, p := c.parse(m.Raw)
	if t == nil || p != nil {
		return nil // only a message that Read gave can be viewed
	}
	v := view{c: c, lang: lang}
	if len(m.Languages) == 1 {
		v.source = m.Languages[0]
	}
	if body, ok := tree["body"].(map[string]any); ok {
		v.members(t.shape.find("body"), body, "/body", 0)
	}
	return v.fields
}

type view struct {
	c      *Catalogue
	lang   string // of the reader
	source string // of the message's free text
	fields []Field
}

func (v *view) members(n *node, m map[string]any, pointer string, depth int) {
	for _, p := range n.props {
		if value, ok := m[p.name]; ok {
			v.show(p, value, v.c.field(v.lang, p.label), pointer+"/"+p.name, depth)
		}
	}
}

func (v *view) show(n *node, value any, label, pointer string, depth int) {
	switch value := value.(type) {
	case map[string]any:
		v.fields = append(v.fields, Field{Pointer: pointer, Depth: depth, Label: label})
		v.members(n, value, pointer, depth+1)
	case []any:
		v.list(n.items, value, label, pointer, depth)
	default:
		f := Field{Pointer: pointer, Depth: depth, Label: label, Value: v.value(n, value)}
		if s, ok := value.(string); ok && n.coded() {
			f.Code = s
		}
		if n.translate == "text" || n.translate == "quote" {
			f.Lang = v.source
		}
		v.fields = append(v.fields, f)
	}
}

// list shows plain values on one line and groups one below the other, numbered.
func (v *view) list(n *node, list []any, label, pointer string, depth int) {
	if n == nil {
		n = &node{} // kept from before the type changed
	}
	if len(n.props) == 0 {
		values := make([]string, len(list))
		for i, value := range list {
			values[i] = v.value(n, value)
		}
		v.fields = append(v.fields, Field{Pointer: pointer, Depth: depth, Label: label, Value: strings.Join(values, ", ")})
		return
	}
	for i, value := range list {
		numbered := label
		if len(list) > 1 {
			numbered = fmt.Sprintf("%s %d", label, i+1)
		}
		v.show(n, value, numbered, element(pointer, i), depth)
	}
}

// coded holds for fields whose value is a code to be shown in the reader's language.
func (n *node) coded() bool {
	return n.list != "" || n.format == "country" || n.format == "language" || n.format == "currency"
}

func (v *view) value(n *node, value any) string {
	switch value := value.(type) {
	case bool:
		if value {
			return v.c.field(v.lang, "yes")
		}
		return v.c.field(v.lang, "no")
	case string:
		if n.list == "" {
			return value
		}
		return v.c.Label(v.lang, n.list+"/"+value) + " (" + value + ")"
	}
	return fmt.Sprint(value)
}
