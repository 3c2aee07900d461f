package web

import (
	"errors"
	"net/http"

	"github.com/comity-exchange/comity/node"
	"github.com/comity-exchange/comity/schema"
)

// login spends a login link. Only a browser on this machine may: these links are
// for demonstrations.
func (w *Web) login(rw http.ResponseWriter, r *request) error {
	if !onThisMachine(r.Request) || len(r.Header.Values("X-Forwarded-For")) > 0 {
		return &schema.Problem{Kind: schema.NotAllowed, Code: "login_not_local", Detail: "Login links work only on the machine that made them.", Fix: "Open the link there."}
	}
	if r.Method != http.MethodGet {
		return nil // a look ahead must not spend the link
	}
	cookie, ok := w.auth.signIn(r.query.Get("t"), addressOf(r.Request), w.known)
	if !ok {
		return notSignedIn()
	}
	http.SetCookie(rw, w.cookie(cookie))
	redirect(rw, "/inbox")
	return nil
}

func (w *Web) logout(rw http.ResponseWriter, r *request) error {
	w.auth.signOut(r.caller.session)
	http.SetCookie(rw, w.cookie(""))
	rw.Header().Set("Clear-Site-Data", `"cache", "storage"`)
	redirect(rw, "/sign-in")
	return nil
}

// stay is how somebody says that they are still there; the session has noted it by now.
func (w *Web) stay(rw http.ResponseWriter, _ *request) error {
	rw.WriteHeader(http.StatusNoContent)
	return nil
}

func redirect(rw http.ResponseWriter, to string) {
	rw.Header().Set("Location", to)
	rw.WriteHeader(http.StatusSeeOther)
}

// home is the inbox, or for those who have none their account.
func (w *Web) home(rw http.ResponseWriter, r *request) error {
	w.view(r) // keeps the language if one was chosen
	if r.caller.role&pageReaders == 0 {
		redirect(rw, "/account")
		return nil
	}
	redirect(rw, "/inbox")
	return nil
}

// row is one line of a list page.
type row struct {
	Item
	Title string // of the type
	Name  string // of the peer
	When  *due   // nil if nothing is due

	Theirs bool   // the other side must meet it
	New    bool   // nobody has opened it
	Holder string // who took it, "" if nobody did
	Life   string // state of the life cycle that it opened, in words
}

func (w *Web) rows(items []Item, lang string) []row {
	list := make([]row, len(items))
	for i, item := range items {
		list[i] = row{Item: item, Title: w.title(item.Type, lang), Name: w.peerName(item.Peer)}
		if item.Due != nil {
			list[i].When = w.due(item.Due, item.Instrument)
		}
	}
	return list
}

// title of a message type in a language, else in English, else its name.
func (w *Web) title(name, lang string) string {
	t, err := w.Node.Catalogue.Type(name)
	if err != nil {
		return name
	}
	return inLanguage(t.Title, lang, name)
}

func inLanguage(texts map[string]string, lang, otherwise string) string {
	for _, l := range []string{lang, "en"} {
		if s := texts[l]; s != "" {
			return s
		}
	}
	return otherwise
}

// peerName is the name on the peer's card, "" if the peer was removed.
func (w *Web) peerName(code schema.Jurisdiction) string {
	p, here := w.pinned(code)
	if !here {
		return ""
	}
	return p.Card.Name
}

type caseData struct {
	Name string
	Rows []row
}

func (w *Web) casePage(rw http.ResponseWriter, r *request) error {
	name := r.query.Get("name")
	if name == "" {
		return &schema.Problem{Kind: schema.NotFound, Code: "not_found", Detail: "No case was named.", Fix: "Go back to the inbox and follow a case from there."}
	}
	c, err := w.Node.Case(r.Context(), name)
	if err != nil {
		return err
	}
	v := w.view(r)
	var items []Item
	for _, s := range c.Messages {
		items = append(items, summary(s))
	}
	v.Title = words[v.Lang]["case"] + " " + line(name)
	v.Data = caseData{name, w.rows(items, v.Lang)}
	return w.show(rw, http.StatusOK, "case", v)
}

func (w *Web) messagePage(rw http.ResponseWriter, r *request) error {
	id, box, err := r.target()
	if err != nil {
		return asMissing(err)
	}
	d, err := w.Node.Open(r.Context(), r.caller.actor(), id, box)
	if isErased(err) {
		return w.erasedPage(rw, r, id, box)
	}
	var u *node.Unexplained
	if errors.As(err, &u) {
		return w.reasonPage(rw, r, http.StatusOK, u, reasonData{})
	}
	if err != nil {
		return err
	}
	w.explained(r, d)
	v := w.view(r)
	v.At = map[node.Box]string{node.In: "inbox", node.Out: "sent"}[box]
	v.Title = line(d.Message.Subject)
	v.Data, err = w.messageData(r, d, v.Lang)
	if err != nil {
		return err
	}
	return w.show(rw, http.StatusOK, "message", v)
}

// asMissing: to a reader, an address that cannot be is a page that is not there.
func asMissing(err error) error {
	var p *schema.Problem
	if errors.As(err, &p) && p.Kind == schema.Invalid {
		return &schema.Problem{Kind: schema.NotFound, Code: "not_found", Detail: "There is no such message here.", Fix: "Go back to the inbox."}
	}
	return err
}
