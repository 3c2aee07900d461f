package web

import (
	"net/http"

	"github.com/comity-exchange/comity/node"
	"github.com/comity-exchange/comity/schema"
)

// getOriginal gives a message as its author wrote it, before the policy took parts
// out of it. Reading it is journalled.
func (w *Web) getOriginal(rw http.ResponseWriter, r *request) error {
	id, err := r.id()
	if err != nil {
		return err
	}
	if err := r.because(id, node.Out); err != nil {
		return err
	}
	m, err := w.Node.Original(r.Context(), r.caller.actor(), id)
	if err != nil {
		return err
	}
	sendRaw(rw, m.Raw, struct {
		ID schema.ID `json:"id"`
	}{id})
	return nil
}

type originalData struct {
	*schema.Message
	Type   string // title of the type
	Fields []*field
}

func (w *Web) originalPage(rw http.ResponseWriter, r *request) error {
	id, box, err := r.target()
	if err != nil {
		return asMissing(err)
	}
	if box != node.Out {
		return &schema.Problem{Kind: schema.NotFound, Code: "left_whole", Detail: "Only a message of this side has an original here.", Fix: "Read the message itself."}
	}
	m, err := w.Node.Original(r.Context(), r.caller.actor(), id)
	if err != nil {
		return err
	}
	v := w.view(r)
	v.At, v.Title = "sent", line(m.Subject)
	v.Data = originalData{m, w.title(m.Type, v.Lang), tree(w.Node.Catalogue.View(m, v.Lang))}
	return w.show(rw, http.StatusOK, "original", v)
}
