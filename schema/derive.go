package schema

import (
	"slices"
	"strconv"
	"time"
)

// about is whom a part of a message is about.
type about struct {
	subject string // data-subject category, "" if none
	minor   bool
}

// derivation walks shape and content together and notes every category it meets.
// A category that stands on an object or a list yields one finding for the whole;
// fields below it yield their own only if they carry another.
type derivation struct {
	c        *Catalogue
	created  time.Time
	pointer  []byte
	findings []Finding
	purposes []string

	originals  map[string]*covered // the texts that are translated, by pointer
	unlabelled []string
}

// covered is a text of which a translation is in the message: what it is, and about whom.
type covered struct {
	category string // "" while it was not met
	who      about
}

// derive notes in m what its content amounts to.
func (c *Catalogue) derive(t *Type, m *Message, tree map[string]any) {
	d := derivation{c: c, created: m.Created, pointer: make([]byte, 0, 128), findings: make([]Finding, 0, 48)}
	for _, tr := range m.Translations {
		if t.original(tree, tr.Pointer) == nil {
			continue
		}
		if d.originals == nil {
			d.originals = map[string]*covered{}
		}
		d.originals[tr.Pointer] = &covered{}
	}
	d.visit(t.shape, tree, about{}, "")
	m.Findings, m.Purposes, m.unlabelled = d.findings, d.purposes, d.unlabelled
}

// visit notes the category of v unless the object around it was noted under the same one.
func (d *derivation) visit(n *node, v any, who about, noted string) {
	if n.subject != nil {
		if m, ok := v.(map[string]any); ok {
			who = d.person(n.subject, m, who)
		} else {
			who = about{} // someone else than the person around
		}
	}
	if n.attachment {
		d.file(v)
		return
	}
	if n.translation {
		d.translation(v)
	}
	if n.own && n.category != noted && n.category != neutral {
		d.note(n.category, who)
	}
	if n.own {
		noted = n.category
	}
	switch v := v.(type) {
	case map[string]any:
		for _, p := range n.props {
			if member, ok := v[p.name]; ok {
				size := d.enter(p.name)
				d.visit(p, member, who, noted)
				d.pointer = d.pointer[:size]
			}
		}
	case []any:
		if n.items == nil {
			return // kept from before the type changed
		}
		for i, element := range v {
			size := len(d.pointer)
			d.pointer = strconv.AppendInt(append(d.pointer, '/'), int64(i), 10)
			d.visit(n.items, element, who, noted)
			d.pointer = d.pointer[:size]
		}
	case string:
		if n.purpose && !slices.Contains(d.purposes, v) {
			d.purposes = append(d.purposes, v)
		}
		if o := d.originals[string(d.pointer)]; o != nil {
			o.category, o.who = n.category, who
		}
	}
}

func (d *derivation) enter(name string) (size int) {
	size = len(d.pointer)
	d.pointer = append(append(d.pointer, '/'), name...)
	return size
}

func (d *derivation) note(category string, who about) {
	d.findings = append(d.findings, Finding{string(d.pointer), category, who.subject, who.minor})
}

// person reads whom an object is about, and notes what such a person stands for:
// a victim, a witness, someone whose identity is protected.
func (d *derivation) person(rule *subjectRule, m map[string]any, who about) about {
	if s, ok := m[rule.category].(string); ok {
		who.subject = s
	}
	if who.subject == "" && rule.category != "" && !rule.legal {
		d.unlabelled = append(d.unlabelled, string(d.pointer))
	}
	if minor, _ := m[rule.minor].(bool); minor || d.maybeMinor(m[rule.born]) {
		who.minor = true
	}
	if category := d.c.implies[who.subject]; category != "" {
		d.note(category, who)
	}
	if hidden, _ := m[rule.protected].(bool); hidden {
		d.note("person.protected", who)
	}
	return who
}

// maybeMinor holds if a person born then may be under 18 on the day the message
// was written. The birth date counts even where the flag was left out.
func (d *derivation) maybeMinor(born any) bool {
	s, ok := born.(string)
	if !ok {
		return false
	}
	latest, err := latestDate(s)
	return err == nil && latest.AddDate(18, 0, 0).After(d.created)
}

// translation notes what the text of a translation is: what its original is, about the
// same person. Of a text that is not there it is unknown.
func (d *derivation) translation(v any) {
	m, _ := v.(map[string]any)
	if _, said := m["text"].(string); !said {
		return
	}
	pointer, _ := m["pointer"].(string)
	o := d.originals[pointer]
	if o == nil || o.category == "" {
		o = &covered{category: unstated}
	}
	if o.category != neutral {
		size := d.enter("text")
		d.note(o.category, o.who)
		d.pointer = d.pointer[:size]
	}
}

func (d *derivation) file(v any) {
	m, _ := v.(map[string]any)
	category, ok := m["category"].(string)
	if !ok {
		category = unstated
	}
	d.note(category, about{})
}
