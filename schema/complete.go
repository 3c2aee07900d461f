package schema

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"strconv"
	"time"

	"github.com/go-json-experiment/json/jsontext"
)

// Draft fills what an agency may leave out of a message.
type Draft struct {
	ID       ID
	From, To Address
	Created  time.Time
}

// Complete adds the members id, version, from, to and created that raw lacks and
// leaves every other byte as it came. Members that are there are kept. Attachments
// that carry "data" (base64) are taken out as files and described by size and sha256 instead.
func (c *Catalogue) Complete(raw []byte, d Draft) ([]byte, []File, error) {
	if len(raw) > MaxDraft {
		return nil, nil, tooLarge("message_too_large", "", "The draft with its files is larger than 1 MiB.", "Send fewer or smaller files in one message.")
	}
	o, p := survey(raw)
	if p != nil {
		return nil, nil, p
	}
	t := c.types[o.typ]
	if t == nil {
		return nil, nil, c.unknownType(o.typ)
	}
	out := make([]byte, 0, len(raw)+256)
	out = append(out, raw[:o.inside]...)
	for _, m := range d.missing(t, func(name string) bool { return o.names[name] }) {
		out = m.append(out)
	}
	from := o.inside
	var files []File
	seen := map[[32]byte]bool{}
	for _, e := range o.embedded {
		file, p := e.file()
		if p != nil {
			return nil, nil, p
		}
		if !seen[file.SHA256] {
			seen[file.SHA256] = true
			files = append(files, file)
		}
		out = append(out, raw[from:e.start]...)
		out = append(out, described(file)...)
		from = e.end
	}
	out = append(out, raw[from:]...)
	if len(out) > MaxMessage {
		return nil, nil, tooLarge("message_too_large", "", "The message is larger than 256 KiB.", "Send large content as attachments.")
	}
	return out, files, nil
}

// Finish is Complete and then Read, in one pass over a draft without files.
func (c *Catalogue) Finish(raw []byte, d Draft) (*Message, []File, error) {
	tree, p := c.parse(raw)
	name, _ := tree["type"].(string)
	if t := c.types[name]; p == nil && t != nil && !carries(tree) {
		m, err := c.finish(raw, tree, d, t)
		return m, nil, err
	}
	whole, files, err := c.Complete(raw, d)
	if err != nil {
		return nil, nil, err
	}
	m, err := c.Read(whole)
	return m, files, err
}

// carries holds if an attachment brings its file along.
func carries(tree map[string]any) bool {
	files, _ := tree["attachments"].([]any)
	for _, f := range files {
		if m, ok := f.(map[string]any); ok && m["data"] != nil {
			return true
		}
	}
	return false
}

// finish adds what is missing to the text and to its tree alike.
func (c *Catalogue) finish(raw []byte, tree map[string]any, d Draft, t *Type) (*Message, error) {
	inside := bytes.IndexByte(raw, '{') + 1
	out := make([]byte, 0, len(raw)+256)
	out = append(out, raw[:inside]...)
	for _, m := range d.missing(t, func(name string) bool { _, there := tree[name]; return there }) {
		out = m.append(out)
		tree[m.name] = m.value
	}
	if out = append(out, raw[inside:]...); len(out) > MaxMessage {
		return nil, tooLarge("message_too_large", "", "The message is larger than 256 KiB.", "Send large content as attachments.")
	}
	return c.read(tree, out)
}

// member is one of the common part: a string without anything to escape, or an int64.
type member struct {
	name  string
	value any
}

// append writes the member and a comma.
func (m member) append(b []byte) []byte {
	b = append(strconv.AppendQuote(b, m.name), ':')
	if n, ok := m.value.(int64); ok {
		return append(strconv.AppendInt(b, n, 10), ',')
	}
	return append(strconv.AppendQuote(b, m.value.(string)), ',')
}

// missing lists what the draft fills and the message lacks.
func (d Draft) missing(t *Type, there func(name string) bool) []member {
	list := make([]member, 0, 5)
	add := func(name string, value any) {
		if value != "" && !there(name) {
			list = append(list, member{name, value})
		}
	}
	add("id", string(d.ID))
	add("version", int64(t.Version))
	add("from", string(d.From))
	add("to", string(d.To))
	if !d.Created.IsZero() {
		add("created", d.Created.UTC().Format("2006-01-02T15:04:05Z"))
	}
	return list
}

// outline is what Complete needs to know of a draft without changing it.
type outline struct {
	inside   int // offset just after the opening brace
	names    map[string]bool
	typ      string
	embedded []embedded
}

// embedded is one "data" member of an attachment, from its name to the end of its value.
type embedded struct {
	start, end int
	value      jsontext.Value // the string as written
	pointer    string
	described  bool // size or sha256 stand beside it
}

// survey walks a draft once and finds its members and embedded files.
func survey(raw []byte) (*outline, *Problem) {
	r := newReader()
	r.reset(raw)
	if r.dec.PeekKind() != '{' {
		if _, err := r.dec.ReadToken(); err != nil && len(bytes.TrimSpace(raw)) > 0 {
			return nil, r.syntax(err)
		}
		return nil, invalid("not_an_object", "", "A message is one JSON object.", "Start it with { and end it with }.")
	}
	r.dec.ReadToken()
	o := &outline{inside: int(r.dec.InputOffset()), names: map[string]bool{}}
	for r.dec.PeekKind() != '}' {
		name, p := r.name()
		if p != nil {
			return nil, p
		}
		o.names[name] = true
		switch {
		case name == "attachments" && r.dec.PeekKind() == '[':
			p = o.attachments(r)
		case name == "type" && r.dec.PeekKind() == '"':
			tok, err := r.dec.ReadToken()
			if err != nil {
				return nil, r.syntax(err)
			}
			o.typ = tok.String()
		default:
			p = r.skip()
		}
		if p != nil {
			return nil, p
		}
	}
	return o, r.end()
}

// name reads a member name.
func (r *reader) name() (string, *Problem) {
	tok, err := r.dec.ReadToken()
	if err != nil {
		return "", r.syntax(err)
	}
	return tok.String(), nil
}

// skip passes over one value, within the depth that Read allows.
func (r *reader) skip() *Problem {
	for base := r.dec.StackDepth(); ; {
		if _, err := r.dec.ReadToken(); err != nil {
			return r.syntax(err)
		}
		switch depth := r.dec.StackDepth(); {
		case depth == base:
			return nil
		case depth > MaxDepth:
			return tooLarge("too_deep", "", "The message is nested deeper than 32 levels.", "Use the structure of the message's type.")
		}
	}
}

func (o *outline) attachments(r *reader) *Problem {
	r.dec.ReadToken() // the bracket that was peeked
	for i := 0; r.dec.PeekKind() != ']'; i++ {
		if i >= MaxAttachments {
			return tooLarge("too_many", "/attachments", "The message has more than 32 files.", "Send fewer files in one message.")
		}
		if r.dec.PeekKind() != '{' {
			if p := r.skip(); p != nil { // Read will say what is wrong
				return p
			}
			continue
		}
		if p := o.attachment(r, element("/attachments", i)); p != nil {
			return p
		}
	}
	return r.end()
}

func (o *outline) attachment(r *reader, pointer string) *Problem {
	r.dec.ReadToken() // the brace that was peeked
	described := false
	at := -1
	for r.dec.PeekKind() != '}' {
		name, p := r.name()
		if p != nil {
			return p
		}
		end := int(r.dec.InputOffset())
		if name != "data" || r.dec.PeekKind() != '"' {
			described = described || name == "size" || name == "sha256"
			if p := r.skip(); p != nil {
				return p
			}
			continue
		}
		value, err := r.dec.ReadValue()
		if err != nil {
			return r.syntax(err)
		}
		at = len(o.embedded)
		o.embedded = append(o.embedded, embedded{start: end - len(`"data"`), end: int(r.dec.InputOffset()), value: value.Clone(), pointer: pointer})
	}
	if at >= 0 {
		o.embedded[at].described = described
	}
	return r.end()
}

// file decodes an embedded file.
func (e embedded) file() (File, *Problem) {
	if e.described {
		return File{}, invalid("described_twice", e.pointer, "The file is there and described as well.", "Leave out size and sha256 where data is given.")
	}
	text, err := jsontext.AppendUnquote(nil, e.value)
	if err != nil {
		return File{}, invalid("bad_base64", e.pointer+"/data", "The file is not in base64.", "Use the standard alphabet with padding and without line breaks (RFC 4648, section 4).")
	}
	if base64.StdEncoding.DecodedLen(len(text)) > MaxAttachment+2 {
		return File{}, tooLarge("attachment_too_large", e.pointer+"/data", "The file is larger than 512 KiB.", "Send it as evidence.")
	}
	content := make([]byte, base64.StdEncoding.DecodedLen(len(text)))
	n, err := base64.StdEncoding.Strict().Decode(content, text)
	if err != nil || bytes.ContainsAny(text, "\r\n") {
		return File{}, invalid("bad_base64", e.pointer+"/data", "The file is not in base64.", "Use the standard alphabet with padding and without line breaks (RFC 4648, section 4).")
	}
	if n > MaxAttachment {
		return File{}, tooLarge("attachment_too_large", e.pointer+"/data", "The file is larger than 512 KiB.", "Send it as evidence.")
	}
	return File{SHA256: sha256.Sum256(content[:n]), Data: content[:n]}, nil
}

// described writes the members that stand in the message for a file beside it.
func described(f File) string {
	return `"size":` + strconv.Itoa(len(f.Data)) + `,"sha256":"` + hex.EncodeToString(f.SHA256[:]) + `"`
}
