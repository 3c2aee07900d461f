package schema

import (
	"bytes"
	"encoding/hex"
	"strings"
	"time"
)

// Read parses one message strictly, validates it against its type and derives
// its categories. The error is a *Problem with a pointer for every fault.
func (c *Catalogue) Read(raw []byte) (*Message, error) {
	tree, p := c.parse(raw)
	if p != nil {
		return nil, p
	}
	return c.read(tree, bytes.Clone(raw))
}

// read is Read from the tree on. The message keeps raw.
func (c *Catalogue) read(tree map[string]any, raw []byte) (*Message, error) {
	name, _ := tree["type"].(string)
	t := c.types[name]
	if t == nil {
		return nil, c.unknownType(name)
	}
	if p := c.validate(t, tree); p != nil {
		return nil, p
	}
	m := message(tree)
	m.Raw = raw
	if p := c.consistent(t, m, tree); p != nil {
		return nil, p
	}
	c.derive(t, m, tree)
	return m, nil
}

// Again reads a message that Read accepted when it was taken in. What is kept stays
// readable although a rule, an instrument or a type has become stricter since: only the
// JSON and the type's name are held to anything.
func (c *Catalogue) Again(raw []byte) (*Message, error) {
	tree, p := c.parse(raw)
	if p != nil {
		return nil, p
	}
	name, _ := tree["type"].(string)
	t := c.types[name]
	if t == nil {
		return nil, c.unknownType(name)
	}
	m := message(tree)
	m.Raw = bytes.Clone(raw)
	t.hold(m, tree) // notes the rules that need its case
	c.derive(t, m, tree)
	return m, nil
}

// parse reads a message strictly with a reader that was used before, if there is one.
func (c *Catalogue) parse(raw []byte) (map[string]any, *Problem) {
	r, ok := c.readers.Get().(*reader)
	if !ok {
		r = newReader()
		r.known = c.known
	}
	tree, p := r.message(raw)
	r.reset(nil) // lets go of raw
	c.readers.Put(r)
	return tree, p
}

// message takes the common part out of a valid tree.
func message(tree map[string]any) *Message {
	str := func(k string) string { s, _ := tree[k].(string); return s }
	handling, _ := tree["handling"].(map[string]any)
	marking, _ := handling["marking"].(string)
	version, _ := tree["version"].(int64)
	m := &Message{ID: ID(str("id")), Type: str("type"), Version: int(version), From: Address(str("from")), To: Address(str("to")),
		Case: str("case"), Re: ID(str("re")), Instrument: str("instrument"), Subject: str("subject"),
		Codes: stringsIn(handling["codes"]), Languages: stringsIn(tree["languages"])}
	m.handled(tree, handling)
	m.Translations = translations(tree["translations"])
	m.demands, m.reported = demands(m.Type, tree), reportedIn(m.Type, tree)
	m.Marking, _ = ParseMarking(marking) // its format was asserted
	m.Created, _ = time.Parse(time.RFC3339, str("created"))
	_, m.Urgent = tree["urgency"]
	files, _ := tree["attachments"].([]any)
	for i, f := range files {
		m.Attachments = append(m.Attachments, attachment(f, i))
	}
	return m
}

// handled takes out what binds whoever uses the data.
func (m *Message) handled(tree, handling map[string]any) {
	m.Restriction, _ = handling["note"].(string)
	m.Necessity, _ = handling["necessity"].(string)
	m.Conditions = conditions(handling["conditions"])
	if kept, ok := tree["retention"].(map[string]any); ok {
		m.DeleteBy, _ = kept["delete_by"].(string)
		m.ReviewBy, _ = kept["review_by"].(string)
	}
	if sources, ok := tree["derived_from"].([]any); ok {
		for _, id := range stringsIn(sources) {
			m.DerivedFrom = append(m.DerivedFrom, ID(id))
		}
	}
	if urgency, ok := tree["urgency"].(map[string]any); ok {
		m.Emergency = urgency["emergency"] != nil
	}
}

// conditions reads a list of conditions as they stand in a message.
func conditions(v any) (list []Condition) {
	all, _ := v.([]any)
	for _, one := range all {
		k, _ := one.(map[string]any)
		str := func(name string) string { s, _ := k[name].(string); return s }
		list = append(list, Condition{str("code"), str("note"), stringsIn(k["applies_to"]), str("until"), Address(str("set_by")), ID(str("inherited_from"))})
	}
	return list
}

func attachment(v any, i int) Attachment {
	f, _ := v.(map[string]any)
	str := func(k string) string { s, _ := f[k].(string); return s }
	a := Attachment{Name: str("name"), MediaType: str("media_type"), Category: str("category"), Pointer: element("/attachments", i)}
	a.Size, _ = f["size"].(int64)
	hex.Decode(a.SHA256[:], []byte(str("sha256"))) // its format was asserted
	return a
}

// consistent holds the rules between the parts of a message that no schema states.
func (c *Catalogue) consistent(t *Type, m *Message, tree map[string]any) *Problem {
	var faults []Problem
	add := func(p *Problem) {
		if p != nil {
			faults = append(faults, *p)
		}
	}
	if m.Version != t.Version {
		add(invalid("unknown_version", "/version", "This version of the type is not known here.", "Use version "+itoa(t.Version)+"."))
	}
	add(presence(t.re, "/re", m.Re != "", "Add the id of the message it answers."))
	add(presence(t.instrument, "/instrument", m.Instrument != "", "Add the code of the instrument it rests on, for example EIO."))
	if m.Re == m.ID {
		add(invalid("answers_itself", "/re", "The message names itself as the one it answers.", "Give the id of the other message."))
	}
	faults = append(faults, c.profile(t, m, tree)...)
	faults = append(faults, t.hold(m, tree)...)
	faults = append(faults, t.paired(m, tree)...)
	faults = append(faults, parcel(m)...)
	return verdict(faults)
}

// presence holds a common member to what the type says of it.
func presence(rule, pointer string, there bool, fix string) *Problem {
	switch {
	case rule == "required" && !there:
		return invalid("missing_field", pointer, "A message of this type needs this field.", fix)
	case rule == "none" && there:
		return invalid("not_allowed_here", pointer, "A message of this type does not have this field.", "Remove it.")
	}
	return nil
}

// profile holds a message to what its instrument requires.
func (c *Catalogue) profile(t *Type, m *Message, tree map[string]any) []Problem {
	if m.Instrument == "" {
		return nil
	}
	in := c.instruments[m.Instrument]
	if in == nil {
		_, err := c.Instrument(m.Instrument)
		p := *err.(*Problem)
		p.Pointer = "/instrument"
		return []Problem{p}
	}
	if len(t.instruments) > 0 && !contains(t.instruments, in.Code) {
		return []Problem{*invalid("instrument_not_for_type", "/instrument", "A message of this type does not rest on this instrument.",
			"Use one of: "+strings.Join(t.instruments, ", ")+".")}
	}
	return in.hold(t, tree)
}

// parcel holds attachments to the limits, and their names apart.
func parcel(m *Message) []Problem {
	var faults []Problem
	total := parcelShare(int64(len(m.Raw)))
	names := map[string]bool{}
	for _, a := range m.Attachments {
		if a.Size < 0 || a.Size > MaxAttachment {
			faults = append(faults, *tooLarge("attachment_too_large", a.Pointer+"/size", "The file is larger than 512 KiB.", "Send it as evidence."))
			continue
		}
		if total += parcelShare(a.Size); total > MaxParcel {
			faults = append(faults, *tooLarge("parcel_too_large", a.Pointer, "The message and its files do not fit one pouch.", "Send fewer or smaller files in one message."))
			break
		}
		if f := fold(a.Name); names[f] {
			faults = append(faults, *invalid("not_unique", a.Pointer+"/name", "Two files have the same name.", "Rename one."))
		} else {
			names[f] = true
		}
	}
	return faults
}
