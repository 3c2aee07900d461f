package schema

import (
	"fmt"
	"slices"
	"strings"

	"golang.org/x/text/currency"
)

// Field is one line of a message's reading view, in the order of its schema.
type Field struct {
	Pointer string
	Depth   int    // nesting level, 0 at the top of body
	Label   string // in the reader's language
	Value   string // text to show, "" for the heading of a group; codes are shown as label and code
	Code    string // the code, if the field is coded
	Lang    string // BCP 47 of free text, "" if not known

	Translations []Rendering // of the text
	Format       string      // of a plain value, as in its schema: "duration", "date" …; "" for none
}

// View renders a message's body for a reader.
func (c *Catalogue) View(m *Message, lang string) []Field {
	t := c.types[m.Type]
	tree, p := c.parse(m.Raw)
	if t == nil || p != nil {
		return nil // only a message that Read gave can be viewed
	}
	v := view{c: c, lang: lang, renderings: c.Renderings(m, lang)}
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

	renderings map[string][]Rendering
}

func (v *view) members(n *node, m map[string]any, pointer string, depth int) {
	for _, p := range n.props {
		value, ok := m[p.name]
		if !ok {
			continue
		}
		if sum, ok := money(p, value, m["currency"]); ok {
			v.fields = append(v.fields, Field{Pointer: pointer + "/" + p.name, Depth: depth, Label: v.c.field(v.lang, "amount"), Value: sum})
			continue
		}
		v.show(p, value, v.c.field(v.lang, p.label), pointer+"/"+p.name, depth)
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
		f := Field{Pointer: pointer, Depth: depth, Label: label, Value: v.value(n, value), Format: n.format}
		if s, ok := value.(string); ok && n.coded() {
			f.Code = s
		}
		if n.translatable() {
			f.Lang, f.Translations = v.source, v.renderings[pointer]
		}
		v.fields = append(v.fields, f)
	}
}

// list shows plain values on one line, those that are translated and groups one below the other, numbered.
func (v *view) list(n *node, list []any, label, pointer string, depth int) {
	if n == nil {
		n = &node{} // kept from before the type changed
	}
	if len(n.props) == 0 && !v.translated(list, pointer) {
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

// translated holds for a list of texts of which one has a translation: each is then shown
// on a line of its own, so that the translation stands under it.
func (v *view) translated(list []any, pointer string) bool {
	for i := range list {
		if len(v.renderings[element(pointer, i)]) > 0 {
			return true
		}
	}
	return false
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
		switch {
		case n.list != "":
			return v.c.Label(v.lang, n.list+"/"+value) + " (" + value + ")"
		case n.format == "country":
			return withName(v.c.countries(v.lang), value)
		case n.format == "language":
			return withName(v.c.tongues(v.lang), value)
		}
		return value
	}
	return fmt.Sprint(value)
}

// Tongue names a language in another, with its code.
func (c *Catalogue) Tongue(lang, code string) string { return withName(c.tongues(lang), code) }

// withName shows a code of a list with its name, and alone if it has none.
func withName(list []Option, code string) string {
	i := slices.IndexFunc(list, func(o Option) bool { return o.Code == code })
	if i < 0 {
		return code
	}
	return list[i].Label + " (" + code + ")"
}

// money writes an amount in minor units as people do: 4850000 of EUR is "48 500.00 EUR".
// The digits stay exact; the spaces are narrow and do not break (ISO 80000-1, 7.3.1).
func money(n *node, amount, code any) (string, bool) {
	iso, _ := code.(string)
	unit, err := currency.ParseISO(iso)
	digits, negative := strings.CutPrefix(fmt.Sprint(amount), "-")
	if n.label != "minor_units" || err != nil || strings.Trim(digits, "0123456789") != "" {
		return "", false
	}
	scale, _ := currency.Standard.Rounding(unit)
	if missing := scale + 1 - len(digits); missing > 0 {
		digits = strings.Repeat("0", missing) + digits
	}
	whole, cents := digits[:len(digits)-scale], digits[len(digits)-scale:]
	for i := len(whole) - 3; i > 0; i -= 3 {
		whole = whole[:i] + "\u202f" + whole[i:]
	}
	if negative {
		whole = "-" + whole
	}
	if scale > 0 {
		whole += "." + cents
	}
	return whole + "\u00a0" + iso, true
}
