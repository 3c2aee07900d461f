package schema

import (
	"slices"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
)

const (
	maxConditions  = 32   // of one message; common.json, handling
	maxRestriction = 4000 // characters of the handling note; common.json, handling
)

// Inherit puts on a message what binds the data of its parents (R-28; IRG section 77e(2)):
// their handling codes, conditions and restrictions in words, the higher marking, the
// earlier dates of deletion and review. more are conditions that bind besides, such as
// those of a consent. A condition applies to the whole message, and says with which
// message and by whom it was first set. H0 falls away where a stronger code comes.
// Every octet that this does not touch stays as it is; m itself comes back if nothing
// does. The error is a *Problem.
func (c *Catalogue) Inherit(m *Message, parents []*Message, more ...Condition) (*Message, error) {
	b := burden{marking: m.Marking, codes: slices.Clone(m.Codes), note: m.Restriction, conditions: slices.Clone(m.Conditions), deleteBy: m.DeleteBy, reviewBy: m.ReviewBy}
	for _, parent := range parents {
		b.take(parent)
	}
	for _, k := range more {
		b.bind(k)
	}
	if len(b.conditions) > maxConditions {
		return nil, invalid("too_many", "/handling/conditions", "The conditions of its sources and its own are more than a message can carry.", "Use the data of fewer messages in one.")
	}
	if len([]rune(b.note)) > maxRestriction {
		return nil, invalid("too_long", "/handling/note", "The restrictions of its sources in words are longer than a message can carry.", "Use the data of fewer messages in one.")
	}
	root, p := spans(m.Raw)
	if p != nil {
		return nil, p
	}
	edits := b.edits(m, root)
	if len(edits) == 0 {
		return m, nil
	}
	return c.Read(apply(m.Raw, edits))
}

// burden is all that binds a message.
type burden struct {
	marking            Marking
	codes              []string
	note               string
	conditions         []Condition
	deleteBy, reviewBy string
}

func (b *burden) take(parent *Message) {
	b.marking = max(b.marking, parent.Marking)
	for _, code := range parent.Codes {
		b.code(code)
	}
	if text := parent.Restriction; text != "" && !strings.Contains(b.note, text) {
		b.note = strings.TrimPrefix(b.note+"\n\n"+text, "\n\n")
	}
	for _, k := range parent.Conditions {
		if k.InheritedFrom == "" {
			k.InheritedFrom = parent.ID
		}
		if k.SetBy == "" {
			k.SetBy = parent.From
		}
		b.bind(k)
	}
	b.deleteBy, b.reviewBy = earlier(b.deleteBy, parent.DeleteBy), earlier(b.reviewBy, parent.ReviewBy)
}

// code adds a handling code. H0 says no more than the law does, so it gives way.
func (b *burden) code(code string) {
	if slices.Contains(b.codes, code) || code == "H0" && len(b.codes) > 0 {
		return
	}
	b.codes = append(slices.DeleteFunc(b.codes, func(c string) bool { return c == "H0" }), code)
	slices.Sort(b.codes)
}

func (b *burden) bind(k Condition) {
	k.AppliesTo = nil // places of another message
	same := func(o Condition) bool {
		return len(o.AppliesTo) == 0 && o.Code == k.Code && o.Note == k.Note && o.Until == k.Until && o.SetBy == k.SetBy && o.InheritedFrom == k.InheritedFrom
	}
	if !slices.ContainsFunc(b.conditions, same) {
		b.conditions = append(b.conditions, k)
	}
}

// earlier of two dates; "" is none.
func earlier(a, b string) string {
	if a == "" || b != "" && b < a {
		return b
	}
	return a
}

// edits bring the text of m to what binds it.
func (b *burden) edits(m *Message, root *span) (list []edit) {
	handling := root.find("handling")
	set := func(in *span, name, text string) {
		if at := in.find(name); at != nil {
			list = append(list, edit{at.value, at.end, text})
		} else {
			list = append(list, edit{in.value + 1, in.value + 1, quoted(name) + ":" + text + ","})
		}
	}
	if b.marking != m.Marking {
		set(handling, "marking", quoted(b.marking.String()))
	}
	if !slices.Equal(b.codes, m.Codes) {
		set(handling, "codes", `["`+strings.Join(b.codes, `","`)+`"]`)
	}
	if b.note != m.Restriction {
		set(handling, "note", quoted(b.note))
	}
	if added := b.conditions[len(m.Conditions):]; len(added) > 0 {
		list = append(list, bound(handling, added))
	}
	return append(list, b.kept(m, root)...)
}

// bound is the edit that adds conditions behind those that are there.
func bound(handling *span, added []Condition) edit {
	texts := make([]string, len(added))
	for i, k := range added {
		texts[i] = k.json()
	}
	text := strings.Join(texts, ",")
	if at := handling.find("conditions"); at != nil {
		return edit{at.end - 1, at.end - 1, "," + text}
	}
	return edit{handling.value + 1, handling.value + 1, `"conditions":[` + text + `],`}
}

// json writes a condition that applies to the whole message.
func (k Condition) json() string {
	text := `{"code":` + quoted(k.Code)
	for _, member := range []struct{ name, value string }{{"note", k.Note}, {"until", k.Until}, {"set_by", string(k.SetBy)}, {"inherited_from", string(k.InheritedFrom)}} {
		if member.value != "" {
			text += "," + quoted(member.name) + ":" + quoted(member.value)
		}
	}
	return text + "}"
}

// kept are the edits of retention.
func (b *burden) kept(m *Message, root *span) (list []edit) {
	at := root.find("retention")
	var members []string
	for _, date := range []struct{ name, is, was string }{{"delete_by", b.deleteBy, m.DeleteBy}, {"review_by", b.reviewBy, m.ReviewBy}} {
		there := at.find(date.name)
		switch {
		case date.is == date.was:
		case there != nil:
			list = append(list, edit{there.value, there.end, quoted(date.is)})
		default:
			members = append(members, quoted(date.name)+":"+quoted(date.is))
		}
	}
	text := strings.Join(members, ",")
	switch {
	case text == "":
	case at == nil:
		list = append(list, edit{root.value + 1, root.value + 1, `"retention":{` + text + `},`})
	default: // an object that is there has a member
		list = append(list, edit{at.value + 1, at.value + 1, text + ","})
	}
	return list
}

// quoted writes a string of a message as JSON.
func quoted(s string) string {
	b, _ := jsontext.AppendQuote(nil, s) // what Read accepted is UTF-8
	return string(b)
}
