package schema

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
)

// Redact takes the parts at the given findings out of a message and leaves every
// other octet as it is. What is left empty goes too, if it may. The member withheld
// lists the findings by their places in m; conditions that applied to nothing else
// go, and those that applied to more point to where it stands now. A text and its
// translations go together, whichever of them is named. The result has
// been read, and holds the other findings of m as they were. A *Problem of code
// not_redactable names the places that cannot go. reason is a code of withheld_reasons.
func (c *Catalogue) Redact(m *Message, out []Finding, reason string) (*Message, error) {
	if len(out) == 0 {
		return m, nil
	}
	root, p := spans(m.Raw)
	if p != nil {
		return nil, p
	}
	if !contains(c.lists["withheld_reasons"], reason) {
		return nil, invalid("not_in_list", "", "The code is not in the list.", "Use one of: "+strings.Join(c.lists["withheld_reasons"], ", ")+".")
	}
	d := redaction{c: c, m: m, root: root, shape: c.types[m.Type].shape}
	if p := d.mark(out); p != nil {
		return nil, p
	}
	less, err := c.Read(apply(m.Raw, append(d.root.cuts(append(d.conditions(), d.pairs()...)), d.withheld(out, reason))))
	if err != nil {
		return nil, d.refuse(out, err)
	}
	if p := d.verify(less); p != nil {
		return nil, p
	}
	return less, nil
}

// Attached picks the files that the message describes.
func (m *Message) Attached(files []File) []File {
	return slices.DeleteFunc(slices.Clone(files), func(f File) bool {
		return !slices.ContainsFunc(m.Attachments, func(a Attachment) bool { return a.SHA256 == f.SHA256 })
	})
}

// Unattached is the problem missing_attachment if the message describes a file that is
// not among these with its digest and size.
func (m *Message) Unattached(files []File) *Problem {
	for i, a := range m.Attachments {
		if !slices.ContainsFunc(files, func(f File) bool { return f.SHA256 == a.SHA256 && int64(len(f.Data)) == a.Size }) {
			return &Problem{Kind: Invalid, Code: "missing_attachment", Pointer: element(attachments, i),
				Detail: "The file that this describes did not come with the message.", Fix: "Give its content in data, and leave size and sha256 out."}
		}
	}
	return nil
}

// redaction is a message on its way to one that says less.
type redaction struct {
	c     *Catalogue
	m     *Message
	root  *span
	shape *node
}

// mark marks what goes: the places of the findings, and what they leave empty.
func (d *redaction) mark(out []Finding) *Problem {
	var fixed []Finding
	for _, f := range out {
		s := d.root.at(f.Pointer)
		if f.Pointer == "" || s == nil || !slices.Contains(d.m.Findings, f) {
			fixed = append(fixed, f)
			continue
		}
		s.out = true
		if pointer, is := d.original(f.Pointer); is {
			d.root.at(pointer).out = true // Read found a text there
		}
	}
	if len(fixed) > 0 {
		return notRedactable(fixed)
	}
	d.hollow(d.root, d.shape)
	d.unpair()
	d.unbind()
	d.hollow(d.root, d.shape)
	for _, f := range out {
		pointer, _ := d.original(f.Pointer)
		if d.needed(f.Pointer) || d.needed(pointer) {
			fixed = append(fixed, f)
		}
	}
	if len(fixed) > 0 {
		return notRedactable(fixed)
	}
	return nil
}

// original is the place of the text whose translation stands at a pointer. Neither says
// less than the other, so neither goes alone.
func (d *redaction) original(pointer string) (string, bool) {
	for i, tr := range d.m.Translations {
		if pointer == element("/translations", i)+"/text" && d.root.at(tr.Pointer) != nil {
			return tr.Pointer, true
		}
	}
	return "", false
}

// unpair takes out each translation whose original goes, by itself or with what is around it.
func (d *redaction) unpair() {
	for i, tr := range d.m.Translations {
		if _, stays := d.root.moved(tr.Pointer); !stays || d.root.at(tr.Pointer) == nil {
			d.root.at(element("/translations", i)).out = true
		}
	}
}

// pairs are the edits that lead the translations that stay to where their originals stand now.
func (d *redaction) pairs() (list []edit) {
	for i, tr := range d.m.Translations {
		s := d.root.at(element("/translations", i))
		if now, stays := d.root.moved(tr.Pointer); !s.out && stays && now != tr.Pointer {
			at := s.find("pointer")
			list = append(list, edit{at.value, at.end, quoted(now)})
		}
	}
	return list
}

// hollow marks what is left empty and need not be there. It tells whether something inside goes.
func (d *redaction) hollow(s *span, n *node) (less bool) {
	for _, in := range s.inner {
		if in.out {
			less = true
			continue
		}
		field := n.items
		if s.kind == '{' {
			field = n.find(in.name)
		}
		if field == nil || !d.hollow(in, field) {
			continue
		}
		less = true
		if in.empty(field) && (s.kind == '[' || !field.required) {
			in.out = true
		}
	}
	return less
}

// empty holds if nothing stays inside but who it is about.
func (s *span) empty(n *node) bool {
	for _, in := range s.inner {
		if !in.out && (n.subject == nil || !contains([]string{n.subject.category, n.subject.minor, n.subject.protected}, in.name)) {
			return false
		}
	}
	return true
}

// needed holds for a place whose object cannot be without it, and stays.
func (d *redaction) needed(pointer string) bool {
	s, n := d.root, d.shape
	for rest := pointer; rest != ""; {
		var token string
		token, rest = firstToken(rest)
		next, field := s.step(token), n.items
		if s.kind == '{' {
			field = n.find(token)
		}
		if next.out {
			return field.required && s.kind == '{'
		}
		s, n = next, field
	}
	return false
}

// unbind takes the places that go out of applies_to, and conditions that applied to nothing else.
func (d *redaction) unbind() {
	for _, k := range d.bound() {
		places := k.find("applies_to")
		for _, s := range places.inner {
			if _, stays := d.root.moved(s.text(d.m.Raw)); !stays {
				s.out = true
			}
		}
		k.out = k.out || places.left() == 0
	}
}

// bound lists the conditions that say what they apply to.
func (d *redaction) bound() (list []*span) {
	conditions := d.root.at("/handling/conditions")
	if conditions == nil {
		return nil
	}
	for _, k := range conditions.inner {
		if k.find("applies_to") != nil {
			list = append(list, k)
		}
	}
	return list
}

// conditions are the edits that lead applies_to to where things stand now.
func (d *redaction) conditions() (list []edit) {
	for _, k := range d.bound() {
		places := k.find("applies_to")
		if k.out || places.out {
			continue
		}
		for _, s := range places.inner {
			was := s.text(d.m.Raw)
			if now, stays := d.root.moved(was); !s.out && stays && now != was {
				list = append(list, edit{s.value, s.end, strconv.Quote(now)})
			}
		}
	}
	return list
}

// withheld is the edit that tells what was taken out; what the message tells already stays.
func (d *redaction) withheld(out []Finding, reason string) edit {
	before := d.root.find("withheld")
	var told []string
	if before != nil {
		for _, s := range before.inner {
			told = append(told, s.find("pointer").text(d.m.Raw)+" "+s.find("category").text(d.m.Raw)+" "+s.find("reason").text(d.m.Raw))
		}
	}
	var entries []string
	for _, f := range inOrder(out) {
		key := f.Pointer + " " + f.Category + " " + reason
		if !slices.Contains(told, key) {
			told = append(told, key)
			pointer, _ := jsontext.AppendQuote(nil, f.Pointer)
			entries = append(entries, fmt.Sprintf(`{"pointer":%s,"category":%q,"reason":%q}`, pointer, f.Category, reason))
		}
	}
	text := strings.Join(entries, ",")
	switch {
	case before == nil:
		return edit{d.root.value + 1, d.root.value + 1, `"withheld":[` + text + `],`}
	case text == "":
		return edit{before.end, before.end, ""}
	}
	return edit{before.end - 1, before.end - 1, "," + text}
}

// inOrder sorts findings by place.
func inOrder(list []Finding) []Finding {
	list = slices.Clone(list)
	slices.SortStableFunc(list, func(a, b Finding) int {
		switch {
		case pointerLess(a.Pointer, b.Pointer):
			return -1
		case pointerLess(b.Pointer, a.Pointer):
			return 1
		}
		return strings.Compare(a.Category, b.Category)
	})
	return list
}

// verify holds that what stays is found as before: nobody ceases to be a minor because
// a birth date went, and no file stays under another name.
func (d *redaction) verify(less *Message) *Problem {
	var want, lost []Finding
	for _, f := range d.m.Findings {
		if now, stays := d.root.moved(f.Pointer); stays {
			moved := f
			moved.Pointer = now
			want = append(want, moved)
			if !slices.Contains(less.Findings, moved) {
				lost = append(lost, f)
			}
		}
	}
	for _, a := range d.m.Attachments {
		if _, stays := d.root.moved(a.Pointer); !stays && slices.ContainsFunc(less.Attachments, func(b Attachment) bool { return a.SHA256 == b.SHA256 }) {
			lost = append(lost, Finding{Pointer: a.Pointer})
		}
	}
	switch {
	case len(lost) > 0:
		return notRedactable(lost)
	case !slices.Equal(less.Findings, want):
		return notRedactable(d.m.Findings)
	}
	return nil
}

// refuse tells which findings the message cannot be without: those at, below or beside a fault.
func (d *redaction) refuse(out []Finding, err error) *Problem {
	var p *Problem
	var fixed []Finding
	if errors.As(err, &p) {
		for _, fault := range append(slices.Clone(p.Errors), *p) {
			for _, f := range out {
				if fault.Pointer != "" && d.touches(f.Pointer, fault.Pointer) {
					fixed = append(fixed, f)
				}
			}
		}
	}
	if len(fixed) == 0 {
		fixed = out
	}
	return notRedactable(fixed)
}

// touches holds if the place of a fault, in the message as it is now, is at, above or
// below what went from a place of the message as it was.
func (d *redaction) touches(went, fault string) bool {
	for at := went; ; at = at[:strings.LastIndexByte(at, '/')] {
		above := at[:strings.LastIndexByte(at, '/')]
		if now, stays := d.root.moved(above); stays {
			return now == fault || now+at[len(above):] == fault || strings.HasPrefix(fault, now+at[len(above):]+"/")
		}
	}
}

func notRedactable(list []Finding) *Problem {
	p := invalid("not_redactable", "", "Without these parts it would be no such message.", "Let the message wait for its release as a whole, or write it without them.")
	for _, f := range inOrder(list) {
		if len(p.Errors) == MaxFaults {
			break
		}
		p.Errors = append(p.Errors, *invalid("not_redactable", f.Pointer, "This part cannot be taken out.", "The message needs it, or what stays would say less of a person than before."))
	}
	p.Errors = slices.CompactFunc(p.Errors, func(a, b Problem) bool { return a.Pointer == b.Pointer })
	return p
}
