package policy

import (
	"fmt"
	"slices"
	"strings"

	"github.com/comity-exchange/comity/schema"
)

// means says whether an unknown key most likely stands for one of keys, which is a
// fault already.
func (m *mapping) means(keys ...string) bool {
	return slices.ContainsFunc(m.pairs, func(p pair) bool {
		return !slices.Contains(m.known, p.key) && slices.Contains(keys, schema.Nearest(p.key, m.known))
	})
}

// word reads a text that may be left out.
func (r *tester) word(m *mapping, key string) string {
	v := m.at(key)
	if v == nil {
		return ""
	}
	s, ok := r.text(v, key, "text; put numbers in quotes")
	if ok && s == "" {
		r.add(v.line, "wrong_type", "The key "+key+" holds nothing.", "Leave the line out, or name what is meant.")
	}
	return s
}

// oneOf reads a text that is one of the known words, "" if it is left out or faulty.
func (r *tester) oneOf(m *mapping, key string, known []string) string {
	s := r.word(m, key)
	if s != "" && !slices.Contains(known, s) {
		r.unknown(m.at(key), key, s, known)
		return ""
	}
	return s
}

// words reads a list of single words, all of them known unless known is nil.
// It is nil if it is left out, and empty if it is empty.
func (r *tester) words(m *mapping, key string, known []string) []string {
	v := m.at(key)
	if v == nil {
		return nil
	}
	if v.kind != aList {
		r.wrong(v, key, "a list in brackets")
	}
	out := []string{}
	for i := range v.items {
		item := &v.items[i]
		s, ok := r.text(item, key, "text; put numbers in quotes")
		switch {
		case !ok:
		case slices.Contains(out, s):
			r.add(item.line, "duplicate_value", fmt.Sprintf("%s stands twice in %s.", clip(s), key), "Keep one of the two.")
		case known != nil && !slices.Contains(known, s):
			r.unknown(item, key, s, known)
		default:
			out = append(out, s)
		}
	}
	return out
}

func (r *tester) unknown(v *value, key, s string, known []string) {
	fix := "Known are " + strings.Join(family(s, known), ", ") + "."
	if near := schema.Nearest(s, known); near != "" {
		fix = "Write " + near + "."
	}
	r.add(v.line, "unknown_value", fmt.Sprintf("The word %s is not known in %s.", clip(s), key), fix)
}

// family gives the known names that begin with the same word, or all if none does.
func family(name string, known []string) []string {
	word, _, _ := strings.Cut(name, ".")
	var out []string
	for _, k := range known {
		if head, _, _ := strings.Cut(k, "."); head == word {
			out = append(out, k)
		}
	}
	if len(out) == 0 {
		out = known
	}
	return out[:min(len(out), 16)]
}

// flag reads true or false, false if it is left out.
func (r *tester) flag(m *mapping, key string) bool {
	v := m.at(key)
	if v == nil {
		return false
	}
	if v.kind != aBool {
		r.wrong(v, key, "true or false")
	}
	return v.text == "true"
}
