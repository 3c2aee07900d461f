package web

import (
	"errors"
	"io"
	"mime"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/comity-exchange/comity/node"
	"github.com/comity-exchange/comity/schema"
)

// request is one request with what was found out about it.
type request struct {
	*http.Request
	route  *route
	caller caller
	query  url.Values
	fields url.Values // of a form
	body   []byte
	entry  url.Values // of a route that takes an entry form
}

func badQuery(code, name, detail, fix string) *schema.Problem {
	return &schema.Problem{Kind: schema.Invalid, Code: code, Pointer: name, Detail: detail, Fix: fix}
}

// readQuery reads the parameters: only those the route knows, each once.
func (r *request) readQuery() error {
	q, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		return badQuery("bad_query", "", "The part of the address after the question mark is malformed.", "Escape the values as in a web form.")
	}
	for name, values := range q {
		if !slices.Contains(r.route.query, name) {
			return badQuery("unknown_parameter", "", "There is a parameter that is not known here.", known(r.route.query))
		}
		if len(values) > 1 {
			return badQuery("repeated_parameter", name, "This parameter stands there more than once.", "Give it once.")
		}
	}
	r.query = q
	return nil
}

func known(names []string) string {
	if len(names) == 0 {
		return "Leave all parameters out."
	}
	return "Use only " + strings.Join(names, ", ") + "."
}

// flag reads a parameter that is true or false.
func (r *request) flag(name string) (bool, error) {
	switch r.query.Get(name) {
	case "", "false":
		return false, nil
	case "true":
		return true, nil
	}
	return false, badQuery("bad_parameter", name, "This parameter is true or false.", "Write "+name+"=true, or leave it out.")
}

// number reads a parameter between two bounds.
func (r *request) number(name string, otherwise, least, most int64) (int64, error) {
	text := r.query.Get(name)
	if text == "" {
		return otherwise, nil
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || n < least || n > most || strconv.FormatInt(n, 10) != text {
		return 0, badQuery("bad_parameter", name, "This parameter is a number in its bounds.",
			"Use "+strconv.FormatInt(least, 10)+" to "+strconv.FormatInt(most, 10)+".")
	}
	return n, nil
}

// choice reads a parameter that is one of a few words, "" if it is left out.
func choice[T ~string](r *request, name string, of ...T) (T, error) {
	v := T(r.query.Get(name))
	if v == "" || slices.Contains(of, v) {
		return v, nil
	}
	words := make([]string, len(of))
	for i := range of {
		words[i] = string(of[i])
	}
	return "", badQuery("bad_parameter", name, "This parameter has no such value.", "Use one of "+strings.Join(words, ", ")+".")
}

// box reads which copy of a message is meant: of the path, or of the query.
func (r *request) box() (node.Box, error) {
	if b := node.Box(r.PathValue("box")); b != "" {
		if b != node.In && b != node.Out {
			return "", &schema.Problem{Kind: schema.NotFound, Code: "no_such_route", Detail: "There is nothing at this address.", Fix: "Go back to the inbox."}
		}
		return b, nil
	}
	return choice(r, "box", node.In, node.Out)
}

func (r *request) id() (schema.ID, error) { return schema.ParseID(r.PathValue("id")) }

// readBody reads a JSON body within the route's limit, or holds that there is none.
func (r *request) readBody(rw http.ResponseWriter) error {
	switch {
	case r.route.entry > 0:
		return r.readEntry(rw)
	case r.route.upload > 0:
		return r.boundUpload(rw)
	}
	if r.route.body == 0 {
		if r.ContentLength != 0 {
			return &schema.Problem{Kind: schema.Invalid, Code: "body_not_expected", Detail: "This request takes no body.", Fix: "Send it without one."}
		}
		return nil
	}
	if err := r.hasMedia(); err != nil {
		return err
	}
	return r.readAll(rw, r.route.body)
}

// readAll reads a body of at most limit octets.
func (r *request) readAll(rw http.ResponseWriter, limit int64) error {
	if r.ContentLength > limit {
		rw.Header().Set("Connection", "close")
		return bodyTooLarge(limit)
	}
	var err error
	r.body, err = io.ReadAll(http.MaxBytesReader(rw, r.Body, limit))
	var over *http.MaxBytesError
	switch {
	case errors.As(err, &over):
		return bodyTooLarge(limit)
	case errors.Is(err, os.ErrDeadlineExceeded):
		return &schema.Problem{Kind: schema.Unavailable, Code: codeTooSlow, Detail: "The body came too slowly.", Fix: "Send the same request again over a better line."}
	case err != nil:
		return &schema.Problem{Kind: schema.Invalid, Code: "body_cut", Detail: "The body ended too early.", Fix: "Send the same request again."}
	}
	return r.readForm()
}

// readForm reads the fields of a form: only those the route knows, each once.
func (r *request) readForm() error {
	if r.route.form == nil {
		return nil
	}
	f, err := url.ParseQuery(string(r.body))
	for name, values := range f {
		if err == nil && (len(values) > 1 || !slices.Contains(r.route.form, name)) {
			err = errForm
		}
	}
	if err != nil {
		return &schema.Problem{Kind: schema.Invalid, Code: "bad_form", Detail: "The form is not the one of this page.", Fix: "Open the page again and fill it in there."}
	}
	r.fields = f
	return nil
}

var errForm = errors.New("unknown or repeated field")

// hasMedia holds that the body says it is what the route takes, as it stands.
func (r *request) hasMedia() error {
	if r.route.form == nil {
		return r.isJSON()
	}
	kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || kind != "application/x-www-form-urlencoded" || r.Header.Get("Content-Encoding") != "" {
		return &schema.Problem{Kind: schema.Invalid, Code: codeMediaType, Detail: "The body is not a form by its headers.", Fix: "Use the form of the page."}
	}
	return nil
}

func bodyTooLarge(limit int64) error {
	return &schema.Problem{Kind: schema.TooLarge, Code: "body_too_large", Detail: "The body is larger than " + strconv.FormatInt(limit>>10, 10) + " KiB.", Fix: "Send less at once; leave large attachments out."}
}

// isJSON holds that the body says it is JSON, in UTF-8, as it stands.
func (r *request) isJSON() error {
	kind, params, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	charset, given := params["charset"]
	plain := r.Header.Get("Content-Encoding") == ""
	if err != nil || kind != "application/json" || !plain || (given && !strings.EqualFold(charset, "utf-8")) {
		return &schema.Problem{Kind: schema.Invalid, Code: codeMediaType, Detail: "The body is not JSON by its headers.", Fix: "Send Content-Type: application/json, in UTF-8, not compressed."}
	}
	return nil
}

// decode reads the body strictly into v: UTF-8, no name twice, none unknown, nothing after it.
func (r *request) decode(v any) error {
	err := json.Unmarshal(r.body, v, json.RejectUnknownMembers(true))
	if err == nil {
		return nil
	}
	p := &schema.Problem{Kind: schema.Invalid, Code: "bad_json", Detail: "The body is not the JSON object that is expected here.", Fix: "API.md shows what this request takes."}
	var syntactic *jsontext.SyntacticError
	var semantic *json.SemanticError
	switch {
	case errors.As(err, &syntactic):
		p.Pointer = pointer(syntactic.JSONPointer)
	case errors.As(err, &semantic):
		p.Pointer = pointer(semantic.JSONPointer)
	}
	switch {
	case errors.Is(err, jsontext.ErrDuplicateName):
		p.Code, p.Detail, p.Fix = "duplicate_name", "A member name appears twice in one object.", "Keep one of them."
	case errors.Is(err, json.ErrUnknownName):
		p.Code, p.Detail = "unknown_member", "There is a member that is not known here."
	}
	return p
}

// pointer gives a place whose names are plain, "" otherwise: names are the sender's words.
func pointer(p jsontext.Pointer) string {
	if len(p) > 256 || strings.Trim(string(p), "abcdefghijklmnopqrstuvwxyz0123456789_/") != "" {
		return ""
	}
	return string(p)
}
