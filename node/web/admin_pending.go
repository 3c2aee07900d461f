package web

import (
	"context"
	"encoding/hex"
	"net/http"
	"strconv"

	"github.com/comity-exchange/comity/node"
	"github.com/comity-exchange/comity/schema"
)

func (w *Web) getSafety(rw http.ResponseWriter, _ *request) error {
	return answer(rw, http.StatusOK, w.safety())
}

func (w *Web) safety() Safety { return Safety{w.Node.TwoOperators(), w.Node.Operators()} }

func (w *Web) setSafety(rw http.ResponseWriter, r *request) error {
	var ask safetyRequest
	if err := r.decode(&ask); err != nil {
		return err
	}
	if ask.TwoOperators == nil {
		return &schema.Problem{Kind: schema.Invalid, Code: "missing_member", Pointer: "/two_operators", Detail: "This member is missing.", Fix: "Set it to true or false."}
	}
	if err := w.Node.SetTwoOperators(r.Context(), r.caller.actor(), *ask.TwoOperators); err != nil {
		return err
	}
	return answer(rw, http.StatusOK, w.safety())
}

func (w *Web) listPending(rw http.ResponseWriter, r *request) error {
	list, err := w.Node.Pendings(r.Context())
	if err != nil {
		return err
	}
	page := Page[Pending]{Items: []Pending{}}
	for i := range list {
		page.Items = append(page.Items, *pendingView(&list[i], false))
	}
	return answer(rw, http.StatusOK, page)
}

func (w *Web) getPending(rw http.ResponseWriter, r *request) error {
	id, err := r.pendingID()
	if err != nil {
		return err
	}
	p, err := w.Node.Pending(r.Context(), id)
	if err != nil {
		return err
	}
	return answer(rw, http.StatusOK, pendingView(p, true))
}

// pendingID reads the number of the path.
func (r *request) pendingID() (int64, error) {
	text := r.PathValue("id")
	id, err := strconv.ParseInt(text, 10, 64)
	if err != nil || id < 1 || strconv.FormatInt(id, 10) != text {
		return 0, &schema.Problem{Kind: schema.NotFound, Code: "unknown_pending", Detail: "There is no pending act of that number.", Fix: "List them: comity pending list."}
	}
	return id, nil
}

func (w *Web) confirmPending(rw http.ResponseWriter, r *request) error {
	return w.decidePending(rw, r, w.Node.ConfirmPending)
}

func (w *Web) rejectPending(rw http.ResponseWriter, r *request) error {
	return w.decidePending(rw, r, w.Node.RejectPending)
}

func (w *Web) decidePending(rw http.ResponseWriter, r *request, decide func(ctx context.Context, actor string, id int64) (*node.Pending, error)) error {
	id, err := r.pendingID()
	if err != nil {
		return err
	}
	p, err := decide(r.Context(), r.caller.actor(), id)
	if err != nil {
		return err
	}
	return answer(rw, http.StatusOK, pendingView(p, true))
}

// pendingView is a pending act on the wire; lists leave the order out.
func pendingView(p *node.Pending, whole bool) *Pending {
	out := &Pending{ID: p.ID, Act: p.Act, Subject: p.Subject, By: p.By, At: p.At, Ends: p.Ends, State: p.State,
		Decider: p.Decider, Decided: p.Decided, Base: p.Base, Digest: hex.EncodeToString(p.Digest[:])}
	if whole {
		out.Order = p.Order
	}
	return out
}
