package web

import (
	"bytes"
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"net/url"
	"strings"
	"unicode/utf8"

	"github.com/comity-exchange/comity/schema"
)

// maxFields of one posted form, its buttons and rows included.
const maxFields = schema.MaxTexts + 100

// readEntry reads an entry form as browsers encode it, within the route's limit.
func (r *request) readEntry(rw http.ResponseWriter) error {
	if r.ContentLength != 0 { // a form of one nameless button is empty
		if kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || kind != "application/x-www-form-urlencoded" || r.Header.Get("Content-Encoding") != "" {
			return notAForm()
		}
	}
	if err := r.readAll(rw, r.route.entry); err != nil {
		return err
	}
	if bytes.Count(r.body, []byte("&")) >= maxFields {
		return &schema.Problem{Kind: schema.TooLarge, Code: "too_many_values", Detail: "The message has more than 10,000 names and values.", Fix: "Send long lists as an attachment."}
	}
	var err error
	if r.entry, err = url.ParseQuery(string(r.body)); err != nil {
		return &schema.Problem{Kind: schema.Invalid, Code: "bad_form", Detail: "The form did not arrive as it was sent.", Fix: "Go back and send it again."}
	}
	return nil
}

func notAForm() error {
	return &schema.Problem{Kind: schema.Invalid, Code: codeMediaType, Detail: "The body is not a form by its headers.", Fix: "Use the form on the page."}
}

// maxDrain is how much of a body that is too large is read and dropped, so that the
// browser listens to the answer.
const maxDrain = 16 << 20

// boundUpload makes sure that no more than the route's limit will be read, before anything is.
func (r *request) boundUpload(rw http.ResponseWriter) error {
	if kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || kind != "multipart/form-data" || r.Header.Get("Content-Encoding") != "" {
		return notAForm()
	}
	r.Body = http.MaxBytesReader(rw, r.Body, maxDrain)
	return nil
}

// upload is one form with files as it was posted.
type upload struct {
	fields map[string]string
	files  []posted
}

// posted is one file, as the browser described it.
type posted struct {
	name, media string
	data        []byte
}

// readUpload reads a form with files. Whatever is too large is a problem of its own code.
func (r *request) readUpload() (*upload, error) {
	if r.ContentLength > r.route.upload {
		return nil, r.tooLarge()
	}
	_, params, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil {
		return nil, notAForm()
	}
	parts := multipart.NewReader(io.LimitReader(r.Body, r.route.upload+1), params["boundary"])
	out := &upload{fields: map[string]string{}}
	left := r.route.upload
	for n := 0; ; n++ {
		part, err := parts.NextPart()
		if errors.Is(err, io.EOF) {
			return out, nil
		}
		if err != nil || n > schema.MaxAttachments+8 {
			return nil, r.cut(left)
		}
		data, err := io.ReadAll(io.LimitReader(part, schema.MaxAttachment+1))
		if left -= int64(len(data)); len(data) > schema.MaxAttachment || left < 0 {
			return nil, r.tooLarge()
		}
		if err != nil {
			return nil, r.cut(left)
		}
		out.add(part, data)
	}
}

func (u *upload) add(part *multipart.Part, data []byte) {
	switch {
	case part.FormName() == "file":
		if part.FileName() != "" || len(data) > 0 { // nothing chosen is an empty part without a name
			u.files = append(u.files, posted{schema.FileName(part.FileName()), schema.MediaType(part.Header.Get("Content-Type")), data})
		}
	case len(u.fields) < 8 && len(data) <= 64:
		u.fields[part.FormName()] = string(data)
	}
}

// tooLarge refuses what does not fit, once the rest was dropped.
func (r *request) tooLarge() error {
	io.Copy(io.Discard, r.Body) // bounded; an error changes nothing
	return &schema.Problem{Kind: schema.TooLarge, Code: "attachment_too_large", Detail: "The file is larger than 512 KiB.", Fix: "Send it as evidence."}
}

func (r *request) cut(left int64) error {
	if left < 4<<10 {
		return r.tooLarge()
	}
	return &schema.Problem{Kind: schema.Invalid, Code: "body_cut", Detail: "The body ended too early.", Fix: "Send the same request again."}
}

// typed makes of what a browser posts for a field what its author typed: line feeds
// alone, no control characters (no text needs them), nothing around one line.
func typed(kind schema.InputKind, s string) string {
	if !utf8.ValidString(s) {
		return s // is refused as it is
	}
	s = strings.ReplaceAll(s, "\r\n", "\n")
	s = strings.Map(func(c rune) rune {
		if c < 0x20 && c != '\n' && c != '\t' || c >= 0x7f && c < 0xa0 || c&0xfffe == 0xfffe || c >= 0xfdd0 && c <= 0xfdef {
			return -1
		}
		return c
	}, s)
	switch kind {
	case schema.TextInput:
		return s
	case schema.InstantInput:
		return instant(strings.TrimSpace(s))
	}
	return strings.TrimSpace(s)
}

// instant adds what the input of a date with time leaves out: seconds, and the zone, which is UTC.
func instant(s string) string {
	switch {
	case len(s) == len("2026-11-23T21:05") && s[10] == 'T':
		return s + ":00Z"
	case len(s) == len("2026-11-23T21:05:52") && s[10] == 'T':
		return s + "Z"
	}
	return s
}
