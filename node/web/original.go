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
	d, err := w.Node.Original(r.Context(), r.caller.actor(), id)
	if err != nil {
		return err
	}
	w.explained(r, d)
	sendRaw(rw, d.Message.Raw, struct {
		ID schema.ID `json:"id"`
	}{id})
	return nil
}

type originalData struct {
	*schema.Message
	Type   string // title of the type
	Fields []*field
	Files  []Attachment

	Renderings []schema.Rendering // of the subject
}

// Enclosed are its files; the page of the message gives them too.
func (d originalData) Enclosed() enclosed { return enclosed{"/message/out/" + string(d.ID), d.Files} }

func (w *Web) originalPage(rw http.ResponseWriter, r *request) error {
	id, box, err := r.target()
	if err != nil {
		return asMissing(err)
	}
	if box != node.Out {
		return &schema.Problem{Kind: schema.NotFound, Code: "left_whole", Detail: "Only a message of this side has an original here.", Fix: "Read the message itself."}
	}
	d, err := w.Node.Original(r.Context(), r.caller.actor(), id)
	if err != nil {
		return err
	}
	w.explained(r, d)
	m := d.Message
	v := w.view(r)
	v.At, v.Title = "sent", line(m.Subject)
	v.Data = originalData{m, w.title(m.Type, v.Lang), tree(w.Node.Catalogue.View(m, v.Lang)), attachments(d), w.Node.Catalogue.Renderings(m, v.Lang)["/subject"]}
	return w.show(rw, http.StatusOK, "original", v)
}
