package web

import (
	"errors"
	"net/http"

	"github.com/comity-exchange/comity/node"
	"github.com/comity-exchange/comity/schema"
)

// owed is one open duty as the page of its message shows it.
type owed struct {
	Task
	Word string // what has to be done
}

func owedIn(tasks []Task, lang string) (list []owed) {
	for _, t := range tasks {
		list = append(list, owed{t, words[lang]["duty_"+string(t.Kind)]})
	}
	return list
}

// erasedData is what the page of an erased message shows.
type erasedData struct {
	*Message
	Title    string // of the type
	Peer     string // name on the card
	Why      string
	Timeline []moments
	Proof    Action
	Earlier  []row // what corrects or revokes it
	Owed     []owed
}

// erasedPage shows what is left of an erased message. Nothing of its content is read.
func (w *Web) erasedPage(rw http.ResponseWriter, r *request, id schema.ID, box node.Box) error {
	d, err := w.Node.Trace(r.Context(), id, box)
	if err != nil {
		return err
	}
	v := w.view(r)
	v.At, v.Title = map[node.Box]string{node.In: "inbox", node.Out: "sent"}[box], w.title(d.Record.Type, v.Lang)
	m := w.detail(d)
	v.Data = &erasedData{Message: m, Title: v.Title, Peer: w.peerName(d.Record.Peer), Why: w.whyErased(d.Record.Reason, v.Lang),
		Timeline: timeline(d), Proof: m.Actions[0], Earlier: w.rows(m.Amended, v.Lang), Owed: owedIn(m.Duties, v.Lang)}
	return w.show(rw, http.StatusOK, "erased", v)
}

// whyErased words the reason: a code of the catalogue, or one of the node's own.
func (w *Web) whyErased(reason, lang string) string {
	if own := words[lang]["erased_"+reason]; own != "" {
		return own
	}
	return w.Node.Catalogue.Label(lang, "correction_reasons/"+reason)
}

func isErased(err error) bool {
	var p *schema.Problem
	return errors.As(err, &p) && p.Code == codeErased
}
