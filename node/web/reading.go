package web

import (
	"errors"
	"maps"
	"net/http"
	"strings"

	"github.com/comity-exchange/comity/node"
	"github.com/comity-exchange/comity/schema"
)

// headerReason carries a user's reason for a reading: a code, or "other: " and words.
const headerReason = "Reading-Reason"

// maxReasons that a session remembers; beyond them it asks again.
const maxReasons = 512

// because puts the reason for a reading into the request's context: what a user told
// the pages in this session, or the header of a user's program. Agencies' machines give none.
func (r *request) because(id schema.ID, box node.Box) error {
	if r.caller.user == nil {
		return nil
	}
	why, given := node.ReadingReason{}, false
	if s := r.caller.session; s != nil {
		why, given = s.reasons[reading(id, box)]
	}
	if values := r.Header.Values(headerReason); len(values) > 0 {
		code, text, _ := strings.Cut(values[0], ":")
		var err error
		if why, err = node.ParseReadingReason(code, text); err != nil {
			return err
		}
		given = true
	}
	if given {
		r.Request = r.WithContext(node.Because(r.Context(), why))
	}
	return nil
}

// reading is the name of a message in a session's reasons.
func reading(id schema.ID, box node.Box) string { return string(box) + "/" + string(id) }

// explain keeps a reason for the rest of a session. The map of before stays as it is:
// copies of the session hold it.
func (a *auth) explain(s *session, what string, why node.ReadingReason) {
	a.mu.Lock()
	defer a.mu.Unlock()
	kept, ok := a.sessions[s.sum]
	if !ok {
		return
	}
	reasons := map[string]node.ReadingReason{}
	if len(kept.reasons) < maxReasons {
		maps.Copy(reasons, kept.reasons)
	}
	reasons[what] = why
	kept.reasons = reasons
}

// explained keeps where a reason's words were sealed, instead of the words.
func (w *Web) explained(r *request, d *node.Detail) {
	if s := r.caller.session; s != nil && d.Reading.Note != "" {
		w.auth.explain(s, reading(d.Record.ID, d.Record.Box), d.Reading)
	}
}

// reasonData is what the page shows that asks for a reason.
type reasonData struct {
	Path    string // of the message
	Type    string
	Peer    schema.Jurisdiction
	Name    string
	Classes []string
	Codes   []string
	Chosen  string
	Text    string
	Fault   string // a word, "" at first
}

// reasonPage says what kind of data a message holds and asks why it is opened. It
// shows nothing else of it.
func (w *Web) reasonPage(rw http.ResponseWriter, r *request, status int, u *node.Unexplained, d reasonData) error {
	v := w.view(r)
	m := u.Message
	d.Path, d.Codes = "/message/"+reading(m.ID, m.Box), node.ReadingCodes
	d.Type, d.Peer, d.Name = w.title(m.Type, v.Lang), m.Peer, w.peerName(m.Peer)
	for _, c := range u.Classes {
		d.Classes = append(d.Classes, labelled(w.Node.Catalogue, v.Lang, "categories", c))
	}
	v.At = map[node.Box]string{node.In: "inbox", node.Out: "sent"}[m.Box]
	v.Title, v.Path, v.Data = words[v.Lang]["why_read"], d.Path+"?", d
	return w.show(rw, status, "reading", v)
}

// giveReason takes the reason and goes on to the message.
func (w *Web) giveReason(rw http.ResponseWriter, r *request) error {
	id, box, err := r.target()
	if err != nil {
		return asMissing(err)
	}
	if _, err := w.Node.Trace(r.Context(), id, box); err != nil {
		return err
	}
	code, text := r.fields.Get("reason"), r.fields.Get("text")
	if code != node.ReadingOther {
		text = "" // left over from another choice
	}
	why, err := node.ParseReadingReason(code, text)
	if err != nil {
		return w.askAgain(rw, r, id, box, reasonData{Chosen: code, Text: text, Fault: faultOf(err)})
	}
	if s := r.caller.session; s != nil {
		w.auth.explain(s, reading(id, box), why)
	}
	redirect(rw, "/message/"+reading(id, box))
	return nil
}

// askAgain shows the form with what is wrong in it, unless it is not needed.
func (w *Web) askAgain(rw http.ResponseWriter, r *request, id schema.ID, box node.Box, d reasonData) error {
	_, err := w.Node.Open(r.Context(), r.caller.actor(), id, box)
	var u *node.Unexplained
	switch {
	case errors.As(err, &u):
		return w.reasonPage(rw, r, http.StatusUnprocessableEntity, u, d)
	case err != nil:
		return err
	}
	redirect(rw, "/message/"+reading(id, box))
	return nil
}

// faultOf is the word for what is wrong with a reason.
func faultOf(err error) string {
	var p *schema.Problem
	if errors.As(err, &p) && p.Code != "unknown_reason" {
		return "why_words"
	}
	return "why_choose"
}

// readings lists who looked at a message and why.
func (w *Web) readings(rw http.ResponseWriter, r *request) error {
	id, box, err := r.target()
	if err != nil {
		return err
	}
	list, err := w.Node.Readings(r.Context(), r.caller.actor(), id, box)
	if err != nil {
		return err
	}
	return answer(rw, http.StatusOK, map[string]any{"readings": append([]node.Reading{}, list...)})
}
