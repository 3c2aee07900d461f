package schema

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

// Provision is one executable rule: a JSON Schema with if and then, and the article
// that says so. The schema is over the message, or over the message with its case.
type Provision struct {
	ID          string            // "R-10"
	Article     string            // with its act
	Source      string            // "general-knowledge" if the text was not read
	Types       []string          // messages it is about
	Instruments []string          // none: all
	Says        map[string]string // the rule in words, by language
	Fix         map[string]string // what to do, by language
	Cased       bool              // it needs the case
	At          string            // place in the message that a breach is shown at, if it lies in the case

	whole   *condition
	trigger *condition // of a rule that needs the case: whether the message alone calls for it
}

// members of a rule file that are the rule's and not JSON Schema's.
var provisionMembers = []string{"$schema", "id", "article", "source", "types", "instruments", "over", "at", "says", "fix", "if", "then", "else"}

// Provisions lists the executable rules, by id.
func (c *Catalogue) Provisions() []*Provision { return slices.Clone(c.provisions) }

// provisionFiles compiles rules/*.json.
func (l *loader) provisionFiles() error {
	for _, name := range slices.Sorted(maps.Keys(l.shaper.files)) {
		if !strings.HasPrefix(name, "rules/") {
			continue
		}
		r, err := l.provision(name, l.shaper.files[name].tree)
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		l.c.provisions = append(l.c.provisions, r)
		for _, t := range r.Types {
			l.c.types[t].provisions = append(l.c.types[t].provisions, r)
		}
		for lang, says := range r.Says {
			l.c.langs[lang].flat[r.ID] = says
		}
	}
	return nil
}

func (l *loader) provision(name string, tree map[string]any) (*Provision, error) {
	str := func(k string) string { s, _ := tree[k].(string); return s }
	r := &Provision{ID: str("id"), Article: str("article"), Source: str("source"), Types: stringsIn(tree["types"]),
		Instruments: stringsIn(tree["instruments"]), Cased: str("over") == "case", At: str("at")}
	for member := range tree {
		if !contains(provisionMembers, member) {
			return nil, fmt.Errorf("nobody reads %q", member)
		}
	}
	var err error
	if r.Says, err = worded(l.c.langs, "rules/"+r.ID+"/says", wordings(tree["says"])); err != nil {
		return nil, fmt.Errorf("says: %w", err)
	}
	if r.Fix, err = worded(l.c.langs, "rules/"+r.ID+"/fix", wordings(tree["fix"])); err != nil {
		return nil, fmt.Errorf("fix: %w", err)
	}
	if r.ID != base(name) || r.Article == "" || len(r.Types) == 0 || tree["if"] == nil || tree["then"] == nil || (tree["over"] != nil && !r.Cased) {
		return nil, fmt.Errorf("it has no id, article, type, if or then, or is over something unknown")
	}
	for _, code := range r.Instruments {
		if l.c.instruments[code] == nil {
			return nil, fmt.Errorf("%q is no instrument", code)
		}
	}
	for _, t := range r.Types {
		if l.c.types[t] == nil {
			return nil, fmt.Errorf("%q is no type", t)
		}
	}
	return r, l.provisionSchema(r, name, tree)
}

func (l *loader) provisionSchema(r *Provision, name string, tree map[string]any) (err error) {
	sch := map[string]any{}
	for _, word := range []string{"if", "then", "else"} {
		if tree[word] != nil {
			sch[word] = tree[word]
		}
	}
	over := sch
	if r.Cased {
		part, _ := tree["if"].(map[string]any)
		props, _ := part["properties"].(map[string]any)
		about, ok := props["message"].(map[string]any)
		if !ok || len(part) != 1 || len(props) != 1 {
			return fmt.Errorf("the if of a rule over the case asks for the message, and for nothing else")
		}
		if r.trigger, err = l.compiled(name+"/if", about); err != nil {
			return err
		}
		over = about
	}
	for _, t := range r.Types {
		if err := l.named(over, l.c.types[t].shape); err != nil {
			return fmt.Errorf("%s: %w", t, err)
		}
		if r.At != "" && l.c.types[t].shape.at(strings.Split(r.At[1:], "/")) == nil {
			return fmt.Errorf("%s %s does not exist", t, r.At)
		}
	}
	r.whole, err = l.compiled(name+"/whole", sch)
	return err
}

// applies tells whether a rule is about messages under an instrument.
func (r *Provision) applies(instrument string) bool {
	return len(r.Instruments) == 0 || contains(r.Instruments, instrument)
}

// broken words the breach of a rule, nil if v keeps it.
func (r *Provision) broken(v any, under []string) *Problem {
	if r.whole.holds(v) {
		return nil
	}
	at := place(r.whole.schema.Validate(v))
	if len(under) > 0 { // the place is shown as in the message
		if len(at) < len(under) || !slices.Equal(at[:len(under)], under) {
			at = strings.Split(r.At, "/")[1:]
		} else {
			at = at[len(under):]
		}
	}
	return &Problem{Kind: Invalid, Code: "breaks_rule", Pointer: pointer(at),
		Detail: r.Says[fallback] + " (" + r.ID + ", " + r.Article + ")", Fix: r.Fix[fallback]}
}

// place is where a schema was broken, as deep as its first cause tells.
func place(err error) []string {
	e, ok := err.(*jsonschema.ValidationError)
	if !ok {
		return nil
	}
	for len(e.Causes) > 0 {
		e = e.Causes[0]
	}
	return e.InstanceLocation
}

// hold holds a message to the rules that are about it alone, and notes those that need its case.
func (t *Type) hold(m *Message, tree map[string]any) []Problem {
	var faults []Problem
	for _, r := range t.provisions {
		switch {
		case !r.applies(m.Instrument):
		case r.Cased:
			if r.trigger.holds(tree) {
				m.cased = append(m.cased, r)
			}
		default:
			if p := r.broken(tree, nil); p != nil {
				faults = append(faults, *p)
			}
		}
	}
	return faults
}

// NeedsCase tells whether some rule about this message depends on its case.
func (m *Message) NeedsCase() bool { return len(m.cased) > 0 }

// Surroundings are what a rule may ask about the case of a message, as exact bytes.
// Rules see them as {"message": …, "case": {"request": …, "thread": […], "elsewhere": […], "naming": […]}};
// naming are those sent that name the message by its id.
type Surroundings struct {
	Request   []byte   // that opened the thread, nil if the message itself opens one
	Thread    [][]byte // what followed the request, oldest first
	Elsewhere [][]byte // messages of the same case reference that were sent to other jurisdictions
	Sent      [][]byte // messages of the same case reference by the same sender, to whomever
}

// CheckCase holds a message to the rules that need its case.
func (c *Catalogue) CheckCase(m *Message, s Surroundings) *Problem {
	if !m.NeedsCase() {
		return nil
	}
	about := map[string]any{"thread": c.trees(s.Thread), "elsewhere": c.trees(s.Elsewhere), "naming": c.naming(s.Sent, m.ID)}
	if s.Request != nil {
		about["request"] = c.tree(s.Request)
	}
	whole := map[string]any{"message": c.tree(m.Raw), "case": about}
	var faults []Problem
	for _, r := range m.cased {
		if p := r.broken(whole, []string{"message"}); p != nil {
			faults = append(faults, *p)
		}
	}
	return verdict(faults)
}

func (c *Catalogue) tree(raw []byte) any {
	tree, _ := c.parse(raw) // it was read before
	return tree
}

func (c *Catalogue) trees(list [][]byte) []any {
	out := make([]any, len(list))
	for i, raw := range list {
		out[i] = c.tree(raw)
	}
	return out
}

// naming are the messages that name another by its id, in whatever field.
func (c *Catalogue) naming(list [][]byte, id ID) []any {
	out := []any{}
	for _, raw := range list {
		if tree, _ := c.parse(raw); tree["id"] != string(id) && names(tree, string(id)) {
			out = append(out, tree)
		}
	}
	return out
}

// names tells whether a string stands somewhere in a tree.
func names(v any, s string) bool {
	switch v := v.(type) {
	case string:
		return v == s
	case []any:
		return slices.ContainsFunc(v, func(part any) bool { return names(part, s) })
	case map[string]any:
		for _, part := range v {
			if names(part, s) {
				return true
			}
		}
	}
	return false
}
