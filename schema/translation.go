package schema

import (
	"slices"
	"strconv"
	"strings"
)

// Translation is a text of a message in another language. The original counts; what the
// translation says is said by whoever adds it.
type Translation struct {
	Pointer  string // of the original: "/subject", or in "/body"
	Language string // BCP 47
	Text     string
	Kind     string // code of translation_kinds
	By       string // who made it, "" if not said
	Date     string // when, "" if not said
}

// human holds for what a receiver can ask for (EIO Article 5(3)).
func (t *Translation) human() bool { return t.Kind == "human-certified" || t.Kind == "human" }

// translations reads a list of translations as they stand in a message.
func translations(v any) (list []Translation) {
	all, _ := v.([]any)
	for _, one := range all {
		m, _ := one.(map[string]any)
		str := func(name string) string { s, _ := m[name].(string); return s }
		list = append(list, Translation{str("pointer"), str("language"), str("text"), str("kind"), str("by"), str("date")})
	}
	return list
}

// translatable holds for free text that readers of other languages need translated.
func (n *node) translatable() bool { return n.translate == "text" || n.translate == "quote" }

// original finds the text at a pointer of a message with its field, nil if none stands
// there that can be translated. The pointer must be spelt as a walk through the message
// spells it: another spelling would escape whoever looks for what belongs to a place.
func (t *Type) original(tree map[string]any, pointer string) *node {
	n, v := t.shape, any(tree)
	if pointer != "/subject" && !strings.HasPrefix(pointer, "/body/") {
		return nil
	}
	for token := range strings.SplitSeq(pointer[1:], "/") {
		switch at := v.(type) {
		case map[string]any:
			n, v = n.find(token), at[token]
		case []any:
			i, err := strconv.Atoi(token)
			if err != nil || i < 0 || i >= len(at) || strconv.Itoa(i) != token {
				return nil
			}
			n, v = n.items, at[i]
		default:
			return nil
		}
		if n == nil {
			return nil
		}
	}
	if _, ok := v.(string); !ok || !n.translatable() {
		return nil
	}
	return n
}

// paired holds each translation to a text that is there, to a language that is another
// than the message's, and to one for each language.
func (t *Type) paired(m *Message, tree map[string]any) []Problem {
	var faults []Problem
	seen := map[[2]string]bool{}
	for i, tr := range m.Translations {
		at := element("/translations", i)
		n := t.original(tree, tr.Pointer)
		pair := [2]string{tr.Pointer, strings.ToLower(tr.Language)}
		switch {
		case n == nil:
			faults = append(faults, *invalid("not_translatable", at+"/pointer", "No text to translate stands at this place of the message.", "Name the subject or a filled-in free text of the body, for example /subject."))
		case n.format == "line" && tr.Text != "" && !isLine(tr.Text):
			faults = append(faults, formatNamed("line").problem(at+"/text"))
		}
		if seen[pair] {
			faults = append(faults, *invalid("not_unique", at+"/language", "This text is translated into this language already.", "Keep one of them."))
		}
		seen[pair] = true
		if len(m.Languages) == 1 && strings.EqualFold(m.Languages[0], tr.Language) {
			faults = append(faults, *invalid("translated_into_itself", at+"/language", "The message itself is written in this language.", "Name the language of the translation, or take the translation out."))
		}
	}
	return faults
}

// texts lists the pointers of the texts of a message that can be translated, in the
// order of the schema. whole tells that no other free text stands in it.
func (t *Type) texts(tree map[string]any) (list []string, whole bool) {
	whole = true
	var walk func(n *node, v any, pointer string)
	walk = func(n *node, v any, pointer string) {
		switch v := v.(type) {
		case map[string]any:
			for _, p := range n.props {
				if member, ok := v[p.name]; ok && !p.translated() {
					walk(p, member, pointer+"/"+p.name)
				}
			}
		case []any:
			for i, e := range v {
				if n.items != nil {
					walk(n.items, e, element(pointer, i))
				}
			}
		case string:
			switch {
			case !n.translatable():
			case t.original(tree, pointer) != nil:
				list = append(list, pointer)
			default:
				whole = false
			}
		}
	}
	walk(t.shape, tree, "")
	return list, whole
}

// translated holds for the list of translations itself.
func (n *node) translated() bool { return n.items != nil && n.items.translation }

// Rendering is a translation as it is shown.
type Rendering struct {
	Translation
	Name string // of the language, in the reader's, with its tag
	Made string // how it was made, in the reader's language, with the code
}

// Renderings gives the translations in a message for a reader, by the pointer of the original.
func (c *Catalogue) Renderings(m *Message, lang string) map[string][]Rendering {
	list := map[string][]Rendering{}
	for _, tr := range m.Translations {
		made := c.Label(lang, "translation_kinds/"+tr.Kind) + " (" + tr.Kind + ")"
		list[tr.Pointer] = append(list[tr.Pointer], Rendering{tr, withName(c.tongues(lang), tr.Language), made})
	}
	return list
}

// humanly tells whether every free text of a message has a translation by a human into
// one of the languages. A text that cannot have one speaks against it.
func (c *Catalogue) humanly(m *Message, taken []string) bool {
	tree, p := c.parse(m.Raw)
	if p != nil || len(m.Translations) == 0 {
		return false
	}
	texts, whole := c.types[m.Type].texts(tree)
	return whole && slices.ContainsFunc(taken, func(tag string) bool {
		return !slices.ContainsFunc(texts, func(pointer string) bool {
			return !slices.ContainsFunc(m.Translations, func(tr Translation) bool {
				return tr.Pointer == pointer && tr.human() && sameLanguage(tr.Language, tag)
			})
		})
	})
}
