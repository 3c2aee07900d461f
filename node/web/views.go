package web

import (
	"net/http"
	"net/url"

	"github.com/comity-exchange/comity/node"
)

// viewFields are the filters of the inbox that a view keeps.
var viewFields = []string{"due", "peer", "q", "show", "type"}

// savedView is a view above the list.
type savedView struct {
	Name, Href string
	Here       bool // the list shows just this
}

// deskViews adds the views of the user, and the filters that can be kept as another.
func (w *Web) deskViews(r *request, d *deskData) error {
	if r.caller.user == nil {
		return nil
	}
	list, err := w.Node.Views(r.Context(), r.caller.user.Name)
	if err != nil {
		return err
	}
	now := kept(r.query).Encode()
	for _, v := range list {
		s := savedView{v.Name, "/inbox?" + v.Query, v.Query == now}
		d.Views = append(d.Views, s)
		d.Saved = d.Saved || s.Here
	}
	d.Filters = kept(r.query)
	return nil
}

// kept are the filters of a query that say something.
func kept(q url.Values) url.Values {
	out := url.Values{}
	for _, name := range viewFields {
		if value := q.Get(name); value != "" && !(name == "show" && value == showChoices[0] || name == "due" && value == dueChoices[0]) {
			out.Set(name, value)
		}
	}
	return out
}

// saveView keeps the filters of the inbox under a name.
func (w *Web) saveView(rw http.ResponseWriter, r *request) error {
	r.query = kept(r.fields)
	if _, err := w.deskFilter(r, node.In, showChoices); err != nil {
		return err
	}
	if len(r.query.Get("q")) > maxWords {
		return badQuery("bad_parameter", "q", "The search is too long.", "Use a few words.")
	}
	v := node.View{Name: r.fields.Get("name"), Query: r.query.Encode()}
	if err := w.Node.SaveView(r.Context(), r.caller.user.Name, v); err != nil {
		return err
	}
	redirect(rw, "/inbox?"+v.Query)
	return nil
}

func (w *Web) dropView(rw http.ResponseWriter, r *request) error {
	if err := w.Node.DropView(r.Context(), r.caller.user.Name, r.fields.Get("name")); err != nil {
		return err
	}
	redirect(rw, "/inbox")
	return nil
}
