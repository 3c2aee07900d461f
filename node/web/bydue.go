package web

import (
	"net/http"
	"time"

	"github.com/comity-exchange/comity/node"
	"github.com/comity-exchange/comity/schema"
)

// listByDue gives a page in the order of work: the nearest time limit first.
func (w *Web) listByDue(rw http.ResponseWriter, r *request) error {
	f, err := r.dueFilter()
	if err != nil {
		return err
	}
	found, err := w.Node.ListDesk(r.Context(), f, r.query.Get("q"))
	if err != nil {
		return err
	}
	page := Page[Item]{Items: []Item{}}
	for _, d := range found.Items {
		i := summary(d.Summary)
		i.Holder, i.Seen, i.Snooze = d.Desk.Holder, d.Desk.Seen, d.Desk.Snooze
		page.Items = append(page.Items, i)
	}
	if found.Next.N > 0 {
		page.Next = Cursor(deskCursor(found.Next))
	}
	return answer(rw, http.StatusOK, page)
}

func (r *request) dueFilter() (f node.DeskFilter, err error) {
	for _, name := range []string{"re", "state"} {
		if r.query.Has(name) {
			return f, badQuery("bad_parameter", name, "This parameter does not go with order=due.", "Leave it out, or leave order out.")
		}
	}
	f = node.DeskFilter{Type: r.query.Get("type"), Case: r.query.Get("case"), All: true}
	if f.Box, err = r.box(); err != nil {
		return f, err
	}
	if f.Box == "" {
		f.Box = node.In
	}
	if f.Peer, err = r.peer(); err != nil {
		return f, err
	}
	if r.query.Has("open") {
		open, err := r.flag("open")
		if err != nil {
			return f, err
		}
		f.All = !open
	}
	if text := r.query.Get("due_before"); text != "" {
		if f.DueBefore, err = time.Parse(time.RFC3339, text); err != nil {
			return f, badQuery("bad_parameter", "due_before", "This is not a time.", "Write it as in 2026-11-30T12:00:00Z.")
		}
	}
	if f.After, err = readDeskCursor(r.query.Get("after")); err != nil {
		return f, err
	}
	limit, err := r.number("limit", pageSize, 1, maxPageSize)
	f.Limit = int(limit)
	return f, err
}

func (r *request) peer() (schema.Jurisdiction, error) {
	if peer := r.query.Get("peer"); peer != "" {
		return schema.ParseJurisdiction(peer)
	}
	return "", nil
}

func (w *Web) claimMessage(rw http.ResponseWriter, r *request) error {
	return w.quietly(rw, r, func(id schema.ID, box node.Box) error { return w.Node.Claim(r.Context(), r.caller.actor(), id, box) })
}

func (w *Web) unclaimMessage(rw http.ResponseWriter, r *request) error {
	return w.quietly(rw, r, func(id schema.ID, box node.Box) error { return w.Node.Unclaim(r.Context(), r.caller.actor(), id, box) })
}

// snoozeRequest says until when a message is put off; without a time it is shown again.
type snoozeRequest struct {
	Until time.Time `json:"until,omitzero"`
}

func (w *Web) snoozeMessage(rw http.ResponseWriter, r *request) error {
	var ask snoozeRequest
	if err := r.decode(&ask); err != nil {
		return err
	}
	return w.quietly(rw, r, func(id schema.ID, box node.Box) error {
		return w.Node.Snooze(r.Context(), r.caller.actor(), id, box, ask.Until)
	})
}

// quietly does something about a message and answers nothing.
func (w *Web) quietly(rw http.ResponseWriter, r *request, do func(schema.ID, node.Box) error) error {
	id, box, err := r.target()
	if err != nil {
		return err
	}
	if err := do(id, box); err != nil {
		return err
	}
	rw.WriteHeader(http.StatusNoContent)
	return nil
}
