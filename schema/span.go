package schema

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
)

// span is one value of a text that Read accepted, with the place of its octets.
type span struct {
	name       string // of a member, "" of an element
	start      int    // of the member's name, or of the element
	value, end int    // of the value
	kind       jsontext.Kind
	inner      []*span // members or elements, in the order of the text
	out        bool    // it is to be taken out
}

// spans finds where each value of a text stands.
func spans(raw []byte) (*span, *Problem) {
	r := newReader()
	r.reset(raw)
	s := &span{}
	return s, s.read(r)
}

func (s *span) read(r *reader) *Problem {
	s.kind = r.dec.PeekKind()
	if s.kind != '{' && s.kind != '[' {
		v, err := r.dec.ReadValue()
		if err != nil {
			return r.syntax(err)
		}
		s.end = int(r.dec.InputOffset())
		s.value = s.end - len(v)
		s.start = s.value
		return nil
	}
	if p := r.end(); p != nil { // the bracket that was peeked
		return p
	}
	s.value = int(r.dec.InputOffset()) - 1
	s.start = s.value
	for r.dec.PeekKind() != '}' && r.dec.PeekKind() != ']' {
		in := &span{}
		if p := in.element(r, s.kind == '{'); p != nil {
			return p
		}
		s.inner = append(s.inner, in)
	}
	p := r.end()
	s.end = int(r.dec.InputOffset())
	return p
}

// element reads a member or an element.
func (s *span) element(r *reader, named bool) *Problem {
	if !named {
		return s.read(r)
	}
	v, err := r.dec.ReadValue()
	if err != nil {
		return r.syntax(err)
	}
	start := int(r.dec.InputOffset()) - len(v)
	if name, err := jsontext.AppendUnquote(nil, v); err == nil {
		s.name = string(name)
	}
	p := s.read(r)
	s.start = start
	return p
}

// find gives the member of that name, nil if there is none. s may be nil.
func (s *span) find(name string) *span {
	if s == nil || s.kind != '{' {
		return nil
	}
	for _, in := range s.inner {
		if in.name == name {
			return in
		}
	}
	return nil
}

// step follows one token of a pointer, nil if it leads nowhere.
func (s *span) step(token string) *span {
	if s.kind != '[' {
		return s.find(token)
	}
	i, err := strconv.Atoi(token)
	if err != nil || i < 0 || i >= len(s.inner) || strconv.Itoa(i) != token {
		return nil
	}
	return s.inner[i]
}

// at follows a pointer of plain names and indexes, nil if it leads nowhere.
func (s *span) at(pointer string) *span {
	for pointer != "" && s != nil {
		var token string
		token, pointer = firstToken(pointer)
		s = s.step(token)
	}
	return s
}

// text is the string that stands there.
func (s *span) text(raw []byte) string {
	text, err := jsontext.AppendUnquote(nil, raw[s.value:s.end])
	if err != nil {
		return ""
	}
	return string(text)
}

// moved gives a pointer as it is once all is taken out that is to be; false if it
// led to what goes. A pointer that leads nowhere stays as it is.
func (s *span) moved(pointer string) (string, bool) {
	var b strings.Builder
	for rest := pointer; rest != ""; {
		var token string
		token, rest = firstToken(rest)
		next := s.step(token)
		switch {
		case next == nil:
			return pointer, true
		case next.out:
			return "", false
		case s.kind == '[':
			token = strconv.Itoa(s.place(next))
		}
		b.WriteString("/" + token)
		s = next
	}
	return b.String(), true
}

// place is the index of an element among those that stay.
func (s *span) place(in *span) (n int) {
	for _, other := range s.inner {
		if other == in {
			break
		}
		if !other.out {
			n++
		}
	}
	return n
}

// left counts what stays inside.
func (s *span) left() (n int) {
	for _, in := range s.inner {
		if !in.out {
			n++
		}
	}
	return n
}

// edit puts a text in the place of the octets from from up to to.
type edit struct {
	from, to int
	text     string
}

// cuts adds the edits that take out what is to be, each with the comma it needs no longer.
func (s *span) cuts(list []edit) []edit {
	for i := 0; i < len(s.inner); {
		if !s.inner[i].out {
			list = s.inner[i].cuts(list)
			i++
			continue
		}
		first := i
		for i < len(s.inner) && s.inner[i].out {
			i++
		}
		from, to := s.inner[first].start, s.inner[i-1].end
		switch {
		case i < len(s.inner):
			to = s.inner[i].start
		case first > 0:
			from = s.inner[first-1].end
		}
		list = append(list, edit{from: from, to: to})
	}
	return list
}

// apply makes the edits, which do not overlap, and leaves every other octet.
func apply(raw []byte, edits []edit) []byte {
	slices.SortStableFunc(edits, func(a, b edit) int { return cmp.Or(a.from-b.from, a.to-b.to) })
	out := make([]byte, 0, len(raw)+256)
	from := 0
	for _, e := range edits {
		out = append(append(out, raw[from:e.from]...), e.text...)
		from = e.to
	}
	return append(out, raw[from:]...)
}
