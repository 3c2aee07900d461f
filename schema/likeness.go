package schema

import (
	"slices"
	"strings"
	"unicode"
)

// Feature is a value by which two messages may be about the same thing, in the form in
// which it is compared.
type Feature struct {
	Kind  string // "account", "phone", "document" or "person"
	Value string // letters and digits, folded; of a person the name's words in order, and the date of birth
}

// Limits of features.
const (
	maxFeatures = 64 // of one message; what comes after is not compared
	minFeature  = 5  // letters and digits; a shorter number says little
)

// Features finds what tells a message's accounts, telephones, documents and people from
// others, each once. Numbers of authorities and of their officials are left out.
func (c *Catalogue) Features(m *Message) []Feature {
	t := c.types[m.Type]
	tree, p := c.parse(m.Raw)
	if t == nil || p != nil {
		return nil // only a message that Read gave can be compared
	}
	f := &features{}
	if body, ok := tree["body"].(map[string]any); ok {
		f.walk(t.shape.find("body"), body)
	}
	return f.list
}

type features struct{ list []Feature }

func (f *features) add(kind, value string, least int) {
	feature := Feature{kind, value}
	if len([]rune(strings.ReplaceAll(value, " ", ""))) >= least && len(f.list) < maxFeatures && !slices.Contains(f.list, feature) {
		f.list = append(f.list, feature)
	}
}

func (f *features) walk(n *node, value any) {
	switch v := value.(type) {
	case map[string]any:
		f.person(n, v)
		for _, p := range n.props {
			if inner, ok := v[p.name]; ok {
				f.walk(p, inner)
			}
		}
	case []any:
		for _, inner := range v {
			if n.items != nil {
				f.walk(n.items, inner)
			}
		}
	case string:
		if kind := featureOf(n); kind != "" {
			f.add(kind, squeezed(v), minFeature)
		}
	}
}

// featureOf is the kind of a leaf, "" for none, by its category and what it is.
func featureOf(n *node) string {
	number := n.format == "line" && (strings.HasSuffix(n.name, "number") || n.name == "wallet")
	switch {
	case n.category == "fin.account" && (number || n.format == "iban" || n.format == "card" || n.format == "caip10"):
		return "account"
	case n.category == "contact.phone" && n.format == "phone":
		return "phone"
	case n.category == "id.document" && number:
		return "document"
	}
	return ""
}

// person is a name with a date of birth.
func (f *features) person(n *node, v map[string]any) {
	born, _ := v["date_of_birth"].(string)
	name, _ := v["name"].(string)
	if born == "" || name == "" || n.find("date_of_birth") == nil {
		return
	}
	first, _ := v["first_names"].(string)
	words := strings.FieldsFunc(plain(first+" "+name), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
	slices.Sort(words)
	f.add("person", strings.Join(words, " ")+" "+born, len(born)+2)
}

// squeezed is a number without what people write between its parts.
func squeezed(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return r
		}
		return -1
	}, plain(s))
}
