package web

import (
	"errors"
	"net/http"
	"time"

	"github.com/comity-exchange/comity/node"
	"github.com/comity-exchange/comity/schema"
)

func (w *Web) listUsers(rw http.ResponseWriter, _ *request) error {
	page := Page[User]{Items: []User{}}
	for _, u := range w.Node.Users() {
		page.Items = append(page.Items, w.userView(&u))
	}
	return answer(rw, http.StatusOK, page)
}

func (w *Web) userView(u *node.User) User {
	out := User{Name: u.Name, Display: u.Display, Authority: u.Authority, Roles: u.Roles, Disabled: u.Disabled, Created: u.Created, Tokens: []UserToken{}, Passkeys: len(w.Node.PasskeysOf(u.Name))}
	for _, t := range w.Node.TokensOf(u.Name) {
		out.Tokens = append(out.Tokens, UserToken{t.Made, t.Ends, t.Used})
	}
	return out
}

func (w *Web) addUser(rw http.ResponseWriter, r *request) error {
	dryRun, err := r.flag("dry_run")
	if err != nil {
		return err
	}
	var ask userRequest
	if err := r.decode(&ask); err != nil {
		return err
	}
	roles, err := node.ParseRoles(ask.Roles)
	if err != nil {
		return err
	}
	u := node.User{Name: ask.Name, Display: ask.Display, Authority: ask.Authority, Roles: roles}
	if dryRun {
		if err := w.Node.CheckUser(&u); err != nil {
			return err
		}
		return answer(rw, http.StatusOK, w.userView(&u))
	}
	added, err := w.Node.AddUser(r.Context(), r.caller.actor(), u)
	if err != nil {
		return err
	}
	return answer(rw, http.StatusOK, w.userView(added))
}

func (w *Web) setRoles(rw http.ResponseWriter, r *request) error {
	var ask rolesRequest
	if err := r.decode(&ask); err != nil {
		return err
	}
	roles, err := node.ParseRoles(ask.Roles)
	if err != nil {
		return err
	}
	return w.changeUser(rw, r, func(name string) (*node.User, error) {
		return w.Node.SetRoles(r.Context(), r.caller.actor(), name, roles)
	})
}

func (w *Web) disableUser(rw http.ResponseWriter, r *request) error {
	return w.changeUser(rw, r, func(name string) (*node.User, error) {
		u, err := w.Node.DisableUser(r.Context(), r.caller.actor(), name)
		if err == nil {
			w.auth.signOutUser(name)
		}
		return u, err
	})
}

func (w *Web) enableUser(rw http.ResponseWriter, r *request) error {
	return w.changeUser(rw, r, func(name string) (*node.User, error) {
		return w.Node.EnableUser(r.Context(), r.caller.actor(), name)
	})
}

// changeUser does one change, or nothing in a dry run, and answers with the user.
func (w *Web) changeUser(rw http.ResponseWriter, r *request, change func(name string) (*node.User, error)) error {
	dryRun, err := r.flag("dry_run")
	if err != nil {
		return err
	}
	u, err := w.Node.FindUser(r.PathValue("name"))
	if err == nil && !dryRun {
		u, err = change(u.Name)
	}
	if err != nil {
		return err
	}
	return answer(rw, http.StatusOK, w.userView(u))
}

// makeToken answers with a secret: it goes to the node's own machine only.
func (w *Web) makeToken(rw http.ResponseWriter, r *request) error {
	var ask tokenRequest
	if err := r.decode(&ask); err != nil {
		return err
	}
	if ask.Days < 0 || ask.Days > 366 {
		return &schema.Problem{Kind: schema.Invalid, Code: "bad_token_life", Pointer: "/days", Detail: "A token lives at most 366 days.", Fix: "Choose fewer days; make a new one when it ends."}
	}
	secret, t, err := w.Node.MakeToken(r.Context(), r.caller.actor(), r.PathValue("name"), time.Duration(ask.Days)*24*time.Hour)
	var a *node.Awaits
	if errors.As(err, &a) { // the secret is handed out now, and good once it is confirmed
		return answer(rw, http.StatusAccepted, awaiting{pendingView(&a.Pending, true), secret})
	}
	if err != nil {
		return err
	}
	return answer(rw, http.StatusOK, NewToken{Name: t.User, Token: secret, Ends: t.Ends})
}

// makeLink answers with a secret, as makeToken does.
func (w *Web) makeLink(rw http.ResponseWriter, r *request) error {
	if w.origin == "" {
		return &schema.Problem{Kind: schema.Conflict, Code: "no_origin", Detail: "The node does not know where browsers reach it.", Fix: "Set web and web_origin in comity.yaml and start the node again."}
	}
	secret, l, err := w.Node.MakeLink(r.Context(), r.caller.actor(), r.PathValue("name"))
	var a *node.Awaits
	if errors.As(err, &a) {
		return answer(rw, http.StatusAccepted, awaiting{pendingView(&a.Pending, true), w.enrolURL(secret)})
	}
	if err != nil {
		return err
	}
	return answer(rw, http.StatusOK, NewLink{Name: l.User, URL: w.enrolURL(secret), Ends: l.Ends})
}

func (w *Web) revokeTokens(rw http.ResponseWriter, r *request) error {
	name := r.PathValue("name")
	passkeys, err := r.flag("passkeys")
	if err != nil {
		return err
	}
	if passkeys {
		if err := w.Node.DropPasskeys(r.Context(), r.caller.actor(), name); err != nil {
			return err
		}
	}
	if err := w.Node.RevokeTokens(r.Context(), r.caller.actor(), name); err != nil {
		return err
	}
	w.auth.signOutUser(name)
	u, err := w.Node.FindUser(name)
	if err != nil {
		return err
	}
	return answer(rw, http.StatusOK, w.userView(u))
}
