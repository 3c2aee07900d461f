package web

import (
	"encoding/base64"
	"encoding/hex"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/comity-exchange/comity/node"
	"github.com/comity-exchange/comity/schema"
)

const (
	pageSize    = 50
	maxPageSize = 100
)

func (w *Web) listMessages(rw http.ResponseWriter, r *request) error {
	order, err := choice(r, "order", "newest", "due")
	if err != nil {
		return err
	}
	if order == "due" {
		return w.listByDue(rw, r)
	}
	for _, name := range []string{"due_before", "open", "q"} {
		if r.query.Has(name) {
			return badQuery("bad_parameter", name, "This parameter goes with order=due.", "Add order=due, or leave it out.")
		}
	}
	f, err := r.filter()
	if err != nil {
		return err
	}
	page, err := w.list(r, f)
	if err != nil {
		return err
	}
	return answer(rw, http.StatusOK, page)
}

// list gives one page; it asks for one line more to know whether another follows.
func (w *Web) list(r *request, f node.Filter) (*Page[Item], error) {
	size := f.Limit
	f.Limit++
	found, err := w.Node.List(r.Context(), f)
	if err != nil {
		return nil, err
	}
	page := &Page[Item]{Items: []Item{}}
	if len(found) > size {
		found = found[:size]
		page.Next = newCursor(found[size-1].N)
	}
	for _, s := range found {
		page.Items = append(page.Items, summary(s))
	}
	return page, nil
}

func (r *request) filter() (f node.Filter, err error) {
	f = node.Filter{Type: r.query.Get("type"), Case: r.query.Get("case")}
	if f.Box, err = r.box(); err != nil {
		return f, err
	}
	if f.State, err = choice(r, "state", node.Queued, node.Accepted, node.Refused, node.Denied, node.Received, node.Held, node.Returned, node.Expired); err != nil {
		return f, err
	}
	if peer := r.query.Get("peer"); peer != "" {
		if f.Peer, err = schema.ParseJurisdiction(peer); err != nil {
			return f, err
		}
	}
	if re := r.query.Get("re"); re != "" {
		if f.Re, err = schema.ParseID(re); err != nil {
			return f, err
		}
	}
	if f.After, err = readCursor(Cursor(r.query.Get("after"))); err != nil {
		return f, err
	}
	limit, err := r.number("limit", pageSize, 1, maxPageSize)
	f.Limit = int(limit)
	return f, err
}

// cursorPrefix tells the cursors of this list from others, and this form from later ones.
const cursorPrefix = "m1:"

// newCursor starts after the message with this local number.
func newCursor(n int64) Cursor { return cursorAt(cursorPrefix, n) }

func cursorAt(prefix string, n int64) Cursor {
	return Cursor(base64.RawURLEncoding.EncodeToString([]byte(prefix + strconv.FormatInt(n, 10))))
}

// readCursor accepts exactly what newCursor writes, and "" for the start.
func readCursor(c Cursor) (int64, error) { return placeIn(cursorPrefix, c) }

func placeIn(prefix string, c Cursor) (int64, error) {
	if c == "" {
		return 0, nil
	}
	text, err := base64.RawURLEncoding.DecodeString(string(c))
	if err == nil {
		var n int64
		n, err = strconv.ParseInt(strings.TrimPrefix(string(text), prefix), 10, 64)
		if err == nil && n > 0 && cursorAt(prefix, n) == c {
			return n, nil
		}
	}
	return 0, badQuery("bad_cursor", "after", "This is not a place in this list.", "Use next of the page before, as it came, or start without after.")
}

func summary(s node.Summary) Item {
	i := item(s.Message)
	i.Subject, i.From, i.To, i.Instrument = s.Subject, s.From, s.To, s.Instrument
	i.Due, i.Flaws = s.Due, flaws(s.Flaws)
	return i
}

func flaws(problems []schema.Problem) []Flaw {
	var list []Flaw
	for _, p := range problems {
		list = append(list, Flaw{p.Code, p.Detail, p.Fix})
	}
	return list
}

func item(m *node.Message) Item {
	return Item{ID: m.ID, Box: m.Box, State: m.State, Type: m.Type, Peer: m.Peer, Case: m.Case, Re: m.Re,
		Created: m.Created, Stored: m.Stored, Settled: m.Settled, Code: m.Code, Erased: m.Erased, Reason: m.Reason}
}

// getMessage opens a message. The ETag stands for what can change about it, so an
// unchanged one is answered 304 and counts as no reading.
func (w *Web) getMessage(rw http.ResponseWriter, r *request) error {
	id, box, err := r.target()
	if err != nil {
		return err
	}
	if known := r.Header.Get("If-None-Match"); known != "" {
		d, err := w.Node.Trace(r.Context(), id, box)
		if err != nil {
			return err
		}
		if tag := etag(w.detail(d)); matches(known, tag) {
			rw.Header().Set("ETag", tag)
			rw.WriteHeader(http.StatusNotModified)
			return nil
		}
	}
	d, err := w.Node.Open(r.Context(), r.caller.actor(), id, box)
	if err != nil {
		return err
	}
	w.explained(r, d)
	m := w.detail(d)
	rw.Header().Set("ETag", etag(m))
	opened(m, d)
	sendMessage(rw, m)
	return nil
}

func (r *request) target() (schema.ID, node.Box, error) {
	id, err := r.id()
	if err != nil {
		return "", "", err
	}
	box, err := r.box()
	if err != nil {
		return "", "", err
	}
	return id, box, r.because(id, box)
}

// matches holds an If-None-Match against a tag (RFC 9110 13.1.2).
func matches(known, tag string) bool {
	for one := range strings.SplitSeq(known, ",") {
		if one = strings.TrimPrefix(strings.TrimSpace(one), "W/"); one == tag || one == "*" {
			return true
		}
	}
	return false
}

func (w *Web) getAttachment(rw http.ResponseWriter, r *request) error {
	id, box, err := r.target()
	if err != nil {
		return err
	}
	trace, err := w.Node.Trace(r.Context(), id, box)
	if err != nil {
		return err
	}
	d, err := w.Node.Open(r.Context(), r.caller.actor(), id, trace.Record.Box)
	if err != nil {
		return err
	}
	w.explained(r, d)
	if d.Record.Box == node.Out && !names(d.Message, r.PathValue("sha256")) { // it may have been taken out
		if whole, err := w.Node.Original(r.Context(), r.caller.actor(), id); err == nil {
			d = whole
		}
	}
	return w.sendAttachment(rw, r, d)
}

// names says whether a message describes a file.
func names(m *schema.Message, sha256 string) bool {
	return slices.ContainsFunc(m.Attachments, func(a schema.Attachment) bool { return hex.EncodeToString(a.SHA256[:]) == sha256 })
}

// sendAttachment sends the file that the address names.
func (w *Web) sendAttachment(rw http.ResponseWriter, r *request, d *node.Detail) error {
	for _, a := range d.Message.Attachments {
		if hex.EncodeToString(a.SHA256[:]) == r.PathValue("sha256") {
			if data, here := fileOf(d, a); here {
				download(rw, a.Name, data)
				return nil
			}
		}
	}
	return &schema.Problem{Kind: schema.NotFound, Code: "no_attachment", Detail: "The message has no such attachment here.", Fix: "Look at the attachments of the message."}
}

func fileOf(d *node.Detail, a schema.Attachment) ([]byte, bool) {
	for _, f := range d.Files {
		if f.SHA256 == a.SHA256 {
			return f.Data, true
		}
	}
	return nil, false
}

// download sends a file so that no browser opens or believes it: its type is never
// what the sender says, and it is sandboxed should something show it after all.
func download(rw http.ResponseWriter, name string, data []byte) {
	h := rw.Header()
	h.Set("Content-Disposition", disposition(name))
	h.Set("Content-Security-Policy", "default-src 'none'; sandbox")
	sendBytes(rw, http.StatusOK, "application/octet-stream", data)
}

func (w *Web) getProof(rw http.ResponseWriter, r *request) error {
	id, box, err := r.target()
	if err != nil {
		return err
	}
	p, err := w.Node.Proof(r.Context(), r.caller.actor(), id, box)
	if err != nil {
		return err
	}
	packed, err := newBundle(p).Zip()
	if err != nil {
		return err
	}
	rw.Header().Set("Content-Disposition", disposition("proof-"+string(id)+".zip"))
	sendBytes(rw, http.StatusOK, "application/zip", packed)
	return nil
}

// trace tells a message's way without opening it.
func (w *Web) trace(rw http.ResponseWriter, r *request) error {
	id, box, err := r.target()
	if err != nil {
		return err
	}
	d, err := w.Node.TraceAll(r.Context(), id, box)
	if err != nil {
		return err
	}
	m := w.detail(d)
	m.Steps = append([]node.Step{}, d.Steps...)
	if m.Dispute, err = w.held(r.Context(), d.Record); err != nil {
		return err
	}
	return answer(rw, http.StatusOK, m)
}
