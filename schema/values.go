package schema

import (
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"
)

// Values are the contents of an entry form: the text of each leaf by its pointer, and
// of a list of leaves all texts by the pointer of the list. A row of groups that holds
// nothing yet stands under its own pointer, without a text.
type Values map[string][]string

// cell is one place of a form: a leaf or a list of leaves with its texts, a group with
// its members, or a list of groups with its rows.
type cell struct {
	texts   []string
	members map[string]*cell
	rows    map[int]*cell
}

// group holds for what consists of members.
func (n *node) group() bool { return len(n.props) > 0 }

// table holds for a list of groups.
func (n *node) table() bool { return n.items != nil && n.items.group() }

// Compose writes the message, or the part of one, that the values of a form stand for:
// members in the order of the schema, blank texts left out, groups that a message
// must have even where nothing is in them. The error is a *Problem: unknown_field,
// repeated_field, control_character, string_too_long or too_many_values.
func (c *Catalogue) Compose(name string, v Values) ([]byte, error) {
	t, err := c.Type(name)
	if err != nil {
		return nil, err
	}
	top, p := t.cells(v.settled())
	if p != nil {
		return nil, p
	}
	top.put("type").texts = []string{name}
	return writeCell(nil, t.shape, top), nil
}

// cells sorts values into the places of a type.
func (t *Type) cells(v Values) (*cell, *Problem) {
	texts := 0
	for _, list := range v {
		texts += len(list)
	}
	if max(texts, len(v)) > MaxTexts {
		return nil, tooLarge("too_many_values", "", "The message has more than 10,000 names and values.", "Send long lists as an attachment.")
	}
	top := &cell{}
	for _, pointer := range slices.Sorted(maps.Keys(v)) {
		n, at := t.shape.place(top, pointer)
		if p := n.takes(pointer, v[pointer]); p != nil {
			return nil, p
		}
		at.texts = v[pointer]
	}
	return top, nil
}

// place walks to a pointer and makes the cells on its way; nil if the type has no such place.
func (n *node) place(at *cell, pointer string) (*node, *cell) {
	if len(pointer) < 2 || len(pointer) > MaxPointer || pointer[0] != '/' {
		return nil, nil
	}
	for _, token := range strings.Split(pointer[1:], "/") {
		switch row, ok := rowNumber(token); {
		case n == nil:
			return nil, nil
		case n.table() && ok:
			n, at = n.items, at.row(row)
		case n.group():
			n, at = n.find(token), at.put(token)
		default:
			return nil, nil
		}
	}
	return n, at
}

func rowNumber(token string) (int, bool) {
	i, err := strconv.Atoi(token)
	return i, err == nil && i >= 0 && i <= MaxRow && strconv.Itoa(i) == token
}

// takes holds the texts of one place to what can stand there at all. Whether they are
// right is for Read to say.
func (n *node) takes(pointer string, texts []string) *Problem {
	if pointer = safePointer("/" + strings.TrimPrefix(pointer, "/")); len(pointer) > MaxPointer {
		pointer = "" // no field has one so long
	}
	switch {
	case n == nil, n.table(), n.group() && len(texts) > 0:
		return invalid("unknown_field", pointer, "There is no such field here.", "Open the form again and fill in the fields that it has.")
	case n.items == nil && len(texts) > 1:
		return invalid("repeated_field", pointer, "A field that takes one text came with several.", "Keep one of them.")
	}
	for _, s := range texts {
		switch {
		case !utf8.ValidString(s) || strings.ContainsFunc(s, controlRune):
			return invalid("control_character", pointer, "The text contains a control character.", "Use only printable text, tabs and line feeds.")
		case len(s) > MaxString:
			return tooLarge("string_too_long", pointer, "The text is longer than 64 KiB.", "Send it as an attachment.")
		}
	}
	return nil
}

func (c *cell) put(name string) *cell {
	if c.members == nil {
		c.members = map[string]*cell{}
	}
	if c.members[name] == nil {
		c.members[name] = &cell{}
	}
	return c.members[name]
}

func (c *cell) row(i int) *cell {
	if c.rows == nil {
		c.rows = map[int]*cell{}
	}
	if c.rows[i] == nil {
		c.rows[i] = &cell{}
	}
	return c.rows[i]
}

// blank holds if nothing was said here.
func (c *cell) blank() bool {
	if c == nil {
		return true
	}
	for _, m := range c.members {
		if !m.blank() {
			return false
		}
	}
	return len(c.rows) == 0 && !slices.ContainsFunc(c.texts, filled)
}

func filled(text string) bool { return strings.TrimSpace(text) != "" }

// writeCell appends the JSON of a place that is to be there.
func writeCell(b []byte, n *node, c *cell) []byte {
	switch {
	case n.table():
		return writeRows(b, n, c)
	case n.items != nil:
		return writeList(b, n.items, c.texts)
	case n.group():
		return writeGroup(b, n, c)
	}
	for _, s := range c.texts {
		if filled(s) {
			return n.appendText(b, s)
		}
	}
	return append(b, "{}"...) // only a body without members comes here
}

func writeGroup(b []byte, n *node, c *cell) []byte {
	b = append(b, '{')
	first := true
	for _, p := range n.props {
		var part *cell
		if c != nil {
			part = c.members[p.name]
		}
		if part.blank() && !(p.required && p.whole()) {
			continue
		}
		if !first {
			b = append(b, ',')
		}
		first = false
		b = append(strconv.AppendQuote(b, p.name), ':')
		b = writeCell(b, p, part)
	}
	return append(b, '}')
}

// whole holds for what is written even when it is empty, so that what it lacks is
// told field by field.
func (n *node) whole() bool { return n.group() || n.table() || n.object }

func writeRows(b []byte, n *node, c *cell) []byte {
	rows := []int{0}
	if c != nil && len(c.rows) > 0 {
		rows = slices.Sorted(maps.Keys(c.rows))
	}
	b = append(b, '[')
	for i, row := range rows {
		if i > 0 {
			b = append(b, ',')
		}
		var part *cell
		if c != nil {
			part = c.rows[row]
		}
		b = writeGroup(b, n.items, part)
	}
	return append(b, ']')
}

func writeList(b []byte, n *node, texts []string) []byte {
	b = append(b, '[')
	for _, s := range texts {
		if filled(s) {
			b = append(n.appendText(b, s), ',')
		}
	}
	b[len(b)-1] = ']'
	return b
}

// appendText writes a text as the kind of value the field has. One that is none of
// that kind is written as a string, which Read then refuses with its place.
func (n *node) appendText(b []byte, s string) []byte {
	_, flag := n.constant.(bool)
	switch {
	case (n.kind == "boolean" || flag) && (s == "true" || s == "false"):
		return append(b, s...)
	case n.kind == "integer" && isInteger(s):
		return append(b, s...)
	case n.kind == "number" && isDecimal(s):
		if f, err := strconv.ParseFloat(s, 64); err == nil && (isInteger(s) || survives(s, f)) {
			return append(b, s...)
		}
	}
	b, err := jsontext.AppendQuote(b, s)
	if err != nil {
		panic("a text was held to be UTF-8: " + err.Error())
	}
	return b
}

// isInteger holds for integers that every reader of JSON keeps.
func isInteger(s string) bool {
	n, err := strconv.ParseInt(s, 10, 64)
	return err == nil && strconv.FormatInt(n, 10) == s && n < 1<<53 && n > -1<<53
}

// Values takes a message, or a part of one with its type, apart into the values of its
// form. The error is a *Problem of Read, unknown_field or wrong_type.
func (c *Catalogue) Values(raw []byte) (Values, error) {
	tree, p := c.parse(raw)
	if p != nil {
		return nil, p
	}
	name, _ := tree["type"].(string)
	t := c.types[name]
	if t == nil {
		return nil, c.unknownType(name)
	}
	v := Values{}
	if p := v.take(t.shape, tree, ""); p != nil {
		return nil, p
	}
	return v, nil
}

func (v Values) take(n *node, value any, pointer string) *Problem {
	wrong := func() *Problem {
		return invalid("wrong_type", safePointer(pointer), "The value breaks a rule of the type's schema.", "See the schema of the type.")
	}
	switch value := value.(type) {
	case map[string]any:
		if !n.group() && !n.object {
			return wrong()
		}
		return v.members(n, value, pointer)
	case []any:
		if n.items == nil {
			return wrong()
		}
		return v.elements(n, value, pointer)
	}
	s, ok := text(value)
	if !ok || n.group() || n.items != nil {
		return wrong()
	}
	v[pointer] = []string{s}
	return nil
}

func (v Values) members(n *node, m map[string]any, pointer string) *Problem {
	for name, member := range m {
		p := n.find(name)
		if p == nil {
			return invalid("unknown_field", join(safePointer(pointer), name), "There is no such field here.", "Remove it; it is no field of this type.")
		}
		if p := v.take(p, member, pointer+"/"+name); p != nil {
			return p
		}
	}
	return nil
}

func (v Values) elements(n *node, list []any, pointer string) *Problem {
	for i, e := range list {
		if n.table() {
			at := element(pointer, i)
			v[at] = nil // the row is there even if it is empty
			if p := v.take(n.items, e, at); p != nil {
				return p
			}
			continue
		}
		s, ok := text(e)
		if !ok {
			return invalid("wrong_type", safePointer(pointer), "The value breaks a rule of the type's schema.", "See the schema of the type.")
		}
		v[pointer] = append(v[pointer], s)
	}
	return nil
}

// text shows a plain value as it is typed.
func text(v any) (string, bool) {
	switch v := v.(type) {
	case string:
		return v, true
	case bool:
		return strconv.FormatBool(v), true
	case int64:
		return strconv.FormatInt(v, 10), true
	case float64:
		if !math.IsInf(v, 0) {
			return strconv.FormatFloat(v, 'f', -1, 64), true
		}
	}
	return "", false
}

// Under gives the pointers of v at or below one.
func (v Values) Under(pointer string) []string {
	var list []string
	for at := range v {
		if at == pointer || strings.HasPrefix(at, pointer+"/") {
			list = append(list, at)
		}
	}
	return list
}

// AddRow adds an empty row behind the last of a list of groups and gives its pointer.
func (v Values) AddRow(list string) string {
	at := element(list, v.rows(list))
	v[at] = nil
	return at
}

// RemoveRow takes a row out of a list of groups, with the translations of what is in
// it; the rows behind it move up.
func (v Values) RemoveRow(list string, row int) {
	defer v.follow(list, func(i int) (int, bool) {
		if i > row {
			return i - 1, true
		}
		return i, i < row
	})
	last := v.rows(list)
	for i := row; i < last; i++ {
		for _, at := range v.Under(element(list, i)) {
			if i > row {
				v[element(list, i-1)+strings.TrimPrefix(at, element(list, i))] = v[at]
			}
			delete(v, at)
		}
	}
}

// rows is one more than the last row that is there.
func (v Values) rows(list string) int {
	n := 0
	for at := range v {
		if rest, ok := strings.CutPrefix(at, list+"/"); ok {
			first, _, _ := strings.Cut(rest, "/")
			if i, ok := rowNumber(first); ok {
				n = max(n, i+1)
			}
		}
	}
	return n
}
