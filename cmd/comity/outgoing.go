package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"mime"
	"os"
	"path/filepath"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/comity-exchange/comity/schema"
)

// outgoing is a message on its way to the node: a JSON object whose members can
// be added to while all others keep their exact bytes.
type outgoing struct{ members []member }

type member struct {
	name  string
	value jsontext.Value
}

// readOutgoing reads the members of one JSON object. The node reads it again
// and checks everything; here only its outline must be sound.
func readOutgoing(raw []byte) (*outgoing, error) {
	d := jsontext.NewDecoder(bytes.NewReader(raw))
	if d.PeekKind() != '{' {
		return nil, badJSON("The message is not a JSON object.")
	}
	var o outgoing
	if _, err := d.ReadToken(); err != nil {
		return nil, badJSON(sentence(err.Error()))
	}
	for d.PeekKind() != '}' {
		name, err := d.ReadToken()
		if err != nil {
			return nil, badJSON(sentence(err.Error()))
		}
		key := name.String()
		value, err := d.ReadValue()
		if err != nil {
			return nil, badJSON(sentence(err.Error()))
		}
		o.members = append(o.members, member{key, value.Clone()})
	}
	if _, err := d.ReadToken(); err != nil {
		return nil, badJSON(sentence(err.Error()))
	}
	if _, err := d.ReadToken(); !errors.Is(err, io.EOF) {
		return nil, badJSON("Something follows the message's closing brace.")
	}
	return &o, nil
}

func badJSON(detail string) error {
	return &schema.Problem{Kind: schema.Invalid, Code: "bad_json", Detail: detail, Fix: "Write one JSON object; comity types example shows one."}
}

func (o *outgoing) get(name string) jsontext.Value {
	for _, m := range o.members {
		if m.name == name {
			return m.value
		}
	}
	return nil
}

// set replaces a member, or adds it at the end.
func (o *outgoing) set(name string, value jsontext.Value) {
	for i := range o.members {
		if o.members[i].name == name {
			o.members[i].value = value
			return
		}
	}
	o.members = append(o.members, member{name, value})
}

func (o *outgoing) bytes() []byte {
	var b bytes.Buffer
	b.WriteByte('{')
	for i, m := range o.members {
		if i > 0 {
			b.WriteByte(',')
		}
		b.Write(quote(m.name))
		b.WriteByte(':')
		b.Write(m.value)
	}
	b.WriteByte('}')
	return b.Bytes()
}

func quote(s string) jsontext.Value {
	text, err := jsontext.AppendQuote(nil, s)
	if err != nil {
		panic("the name was read as UTF-8: " + err.Error())
	}
	return text
}

// reply says which message this one answers.
func (o *outgoing) reply(to string) error {
	if o.get("re") != nil {
		return &schema.Problem{Kind: schema.Conflict, Code: "re_given", Pointer: "/re", Detail: "The file says already what it answers.", Fix: "Leave re out of the file, or use comity message send."}
	}
	o.set("re", quote(to))
	return nil
}

// attachment is one file in the form that the node takes out of the message.
type attachment struct {
	Name      string `json:"name"`
	MediaType string `json:"media_type"`
	Category  string `json:"category,omitempty"`
	Data      []byte `json:"data"`
}

// attach adds files, each written FILE or FILE:category, after those in the message.
func (o *outgoing) attach(files []string) error {
	if len(files) == 0 {
		return nil
	}
	var all []json.RawMessage
	if have := o.get("attachments"); have != nil {
		if err := json.Unmarshal(have, &all); err != nil {
			return badJSON("The member attachments is not a list.")
		}
	}
	for _, f := range files {
		a, err := readAttachment(f)
		if err != nil {
			return err
		}
		text, err := json.Marshal(a)
		if err != nil {
			return err
		}
		all = append(all, text)
	}
	value, err := json.Marshal(all)
	o.set("attachments", value)
	return err
}

func readAttachment(arg string) (*attachment, error) {
	file, category := splitAttachment(arg)
	data, err := readAttachmentFile(file)
	if err != nil {
		return nil, err
	}
	kind, _, _ := strings.Cut(mime.TypeByExtension(filepath.Ext(file)), ";")
	if kind == "" {
		kind = "application/octet-stream"
	}
	return &attachment{filepath.Base(file), kind, category, data}, nil
}

// maxAttachment is the room of a sealed pouch, octets: until the evidence store
// is there, attachments travel inside it.
const maxAttachment = 768 << 10

func readAttachmentFile(name string) ([]byte, error) {
	info, err := os.Stat(name)
	if err != nil {
		return nil, fileProblem(name, err)
	}
	if info.Size() > maxAttachment {
		return nil, &schema.Problem{Kind: schema.TooLarge, Code: "attachment_too_large", Pointer: name, Detail: "This attachment is larger than 768 KiB and does not fit a pouch.", Fix: "Send a smaller file."}
	}
	data, err := os.ReadFile(name)
	if err != nil {
		return nil, fileProblem(name, err)
	}
	return data, nil
}

// splitAttachment: a name that exists as it stands is a name, colon or not.
func splitAttachment(arg string) (file, category string) {
	i := strings.LastIndexByte(arg, ':')
	if _, err := os.Stat(arg); i < 0 || !errors.Is(err, fs.ErrNotExist) {
		return arg, ""
	}
	return arg[:i], arg[i+1:]
}
