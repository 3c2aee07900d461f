package web

import (
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/comity-exchange/comity/gateway/policy"
	"github.com/comity-exchange/comity/node"
	"github.com/comity-exchange/comity/schema"
)

func (w *Web) listReleases(rw http.ResponseWriter, r *request) error {
	after, err := readTurn(Cursor(r.query.Get("after")))
	if err != nil {
		return err
	}
	size, err := r.number("limit", pageSize, 1, maxPageSize)
	if err != nil {
		return err
	}
	page, err := w.releases(r, after, int(size))
	if err != nil {
		return err
	}
	return answer(rw, http.StatusOK, page)
}

// releases gives one page of the queue, with one line more to know whether another follows.
func (w *Web) releases(r *request, after node.Waiting, size int) (*Page[ReleaseItem], error) {
	found, err := w.Node.Releases(r.Context(), r.caller.actor(), after, size+1)
	if err != nil {
		return nil, err
	}
	page := &Page[ReleaseItem]{Items: []ReleaseItem{}}
	if len(found) > size {
		found = found[:size]
		page.Next = newTurn(found[size-1].Message)
	}
	for _, c := range found {
		page.Items = append(page.Items, ReleaseItem{summary(c.Summary), c.Deadline, c.Actor, c.Own, c.Decision})
	}
	return page, nil
}

// turnPrefix tells the cursors of the release queue from others, and this form from later ones.
const turnPrefix = "r1:"

// newTurn starts after a message of the queue.
func newTurn(m *node.Message) Cursor {
	return Cursor(base64.RawURLEncoding.EncodeToString(fmt.Appendf(nil, "%s%d:%d", turnPrefix, m.Deadline.UnixMilli(), m.N)))
}

// readTurn accepts exactly what newTurn writes, and "" for the start.
func readTurn(c Cursor) (w node.Waiting, err error) {
	if c == "" {
		return w, nil
	}
	var deadline, n int64
	text, err := base64.RawURLEncoding.DecodeString(string(c))
	if err == nil {
		_, err = fmt.Sscanf(string(text), turnPrefix+"%d:%d", &deadline, &n)
	}
	w = node.Waiting{Deadline: time.UnixMilli(deadline).UTC(), N: n}
	if err != nil || deadline <= 0 || n <= 0 || newTurn(&node.Message{Deadline: w.Deadline, N: n}) != c {
		return w, badQuery("bad_cursor", "after", "This is not a place in this list.", "Use next of the page before, as it came, or start without after.")
	}
	return w, nil
}

// getRelease shows what a release would let cross. Its ETag is what If-Match must name.
func (w *Web) getRelease(rw http.ResponseWriter, r *request) error {
	id, box, err := r.target()
	if err != nil {
		return err
	}
	found, err := w.Node.OpenRelease(r.Context(), r.caller.actor(), id, box)
	if err != nil {
		return err
	}
	out := w.release(found)
	rw.Header().Set("ETag", quoted(found.Tag))
	sendRaw(rw, found.Message.Raw, out)
	return nil
}

func (w *Web) release(found *node.Release) *Release {
	m := w.detail(found.Detail)
	opened(m, found.Detail)
	return &Release{ReleaseItem: ReleaseItem{m.Item, found.Record.Deadline, found.Record.Actor, found.Own, found.Decision},
		Size: m.Size, SHA256: m.SHA256, Attachments: m.Attachments, Findings: append([]schema.Finding{}, found.Message.Findings...), Tag: found.Tag}
}

func (w *Web) getReleaseAttachment(rw http.ResponseWriter, r *request) error {
	id, box, err := r.target()
	if err != nil {
		return err
	}
	found, err := w.Node.OpenRelease(r.Context(), r.caller.actor(), id, box)
	if err != nil {
		return err
	}
	return w.sendAttachment(rw, r, found.Detail)
}

// quoted makes an entity tag (RFC 9110 8.8.3).
func quoted(tag string) string { return `"` + tag + `"` }

// ifMatch reads the one entity tag that says what the caller has looked at. "*" and
// weak tags name nothing and match nothing.
func (r *request) ifMatch() (string, error) {
	values := r.Header.Values("If-Match")
	if len(values) == 0 {
		return "", &schema.Problem{Kind: schema.Invalid, Code: codeNoIfMatch, Detail: "The header If-Match is missing.",
			Fix: "Look at the message with GET /v1/releases/{id}, and send its ETag as If-Match."}
	}
	tag, quoted := strings.CutPrefix(values[0], `"`)
	tag, closed := strings.CutSuffix(tag, `"`)
	if len(values) > 1 || !quoted || !closed {
		return "", nil
	}
	return tag, nil
}

func (w *Web) postRelease(rw http.ResponseWriter, r *request) error {
	id, box, err := r.target()
	if err != nil {
		return err
	}
	tag, err := r.ifMatch()
	if err != nil {
		return err
	}
	done, err := w.Node.Release(r.Context(), r.caller.actor(), id, box, tag)
	if err != nil {
		return undecided(err, done)
	}
	return answer(rw, http.StatusOK, item(done.Record))
}

// undecided gives a denial the decision that the node handed out with it.
func undecided(err error, r *node.Release) error {
	var p *schema.Problem
	if r == nil || !errors.As(err, &p) {
		return err
	}
	return &judged{p, r.Decision, nil}
}

func (w *Web) postReturn(rw http.ResponseWriter, r *request) error {
	return w.postDismissal(rw, r, node.Out)
}

func (w *Web) postDiscard(rw http.ResponseWriter, r *request) error {
	return w.postDismissal(rw, r, node.In)
}

func (w *Web) postDismissal(rw http.ResponseWriter, r *request, box node.Box) error {
	id, err := r.id()
	if err != nil {
		return err
	}
	tag, err := r.ifMatch()
	if err != nil {
		return err
	}
	var body reasonRequest
	if err := r.decode(&body); err != nil {
		return err
	}
	done, err := w.Node.Return(r.Context(), r.caller.actor(), id, box, tag, body.Reason)
	if err != nil {
		return err
	}
	return answer(rw, http.StatusOK, item(done.Record))
}

// waiting is one finding that a releaser decides on, as pages show it.
type waiting struct {
	schema.Finding
	Label string // of the field, its place if it has none
	Kind  string // its category, in words
	About string // whom it is about, "" if nobody
}

// approvals are the findings that wait, with the labels of the fields they are in.
func (w *Web) approvals(d policy.Decision, m *schema.Message, lang string) []waiting {
	labels := map[string]string{}
	for _, f := range w.Node.Catalogue.View(m, lang) {
		labels[f.Pointer] = f.Label
	}
	for i, a := range m.Attachments {
		labels[fmt.Sprintf("/attachments/%d", i)] = a.Name
	}
	for i, tr := range m.Translations {
		of := labels[tr.Pointer]
		if of == "" {
			of = tr.Pointer
		}
		labels[fmt.Sprintf("/translations/%d/text", i)] = words[lang]["translation"] + ": " + of
	}
	var list []waiting
	for _, f := range d.Approve {
		label := labels[f.Pointer]
		if label == "" {
			label = f.Pointer
		}
		one := waiting{Finding: f, Label: label, Kind: labelled(w.Node.Catalogue, lang, "categories", f.Category)}
		if f.Subject != "" {
			one.About = labelled(w.Node.Catalogue, lang, "subjects", f.Subject)
		}
		list = append(list, one)
	}
	return list
}
