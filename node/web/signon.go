package web

import (
	"crypto/subtle"
	"errors"
	"net/http"

	"github.com/comity-exchange/comity/node"
	"github.com/comity-exchange/comity/schema"
)

// signOnBack is where the issuer sends browsers back.
const signOnBack = "/sign-in/oidc/back"

// Ends of a sign-on that let nobody in. Each is told on a page of its own.
const (
	signOnDown    = "sign_on_down"    // the provider cannot be reached
	signOnRefused = "sign_on_refused" // what came back does not convince
	signOnGone    = "sign_on_gone"    // began elsewhere, too long ago, or ended already
	signOnUnknown = "sign_on_unknown" // no enabled user here by that name
)

// signOnData is what the page at the end of a sign-on shows.
type signOnData struct {
	Code string // "" when the user is in
	Name string // that the provider gave, "" if it is no login
}

// signOnCookie binds a sign-on to its browser. The way back begins on the provider's
// pages, where browsers keep stricter cookies to themselves.
func (w *Web) signOnCookie(secret string) *http.Cookie {
	c := w.challengeCookie(secret)
	c.Name, c.SameSite = w.cookieName()+"-sign-on", http.SameSiteLaxMode
	return c
}

// signOnBegin sends a browser to the authority's single sign-on.
func (w *Web) signOnBegin(rw http.ResponseWriter, r *request) error {
	if w.signOn == nil {
		return &schema.Problem{Kind: schema.NotFound, Code: "no_single_sign_on", Detail: "This node has no single sign-on.", Fix: "Sign in with your passkey."}
	}
	if err := w.mayBegin(r); err != nil {
		return err
	}
	if w.failed.spent(addressOf(r.Request), w.Now()) {
		return tooManyAttempts()
	}
	s := newSent()
	again, err := r.flag("again")
	if err != nil {
		return err
	}
	if again {
		s.again = w.Now()
	}
	to, err := w.signOn.address(r.Context(), s)
	if err != nil {
		return w.signOnFailed(rw, r, err)
	}
	cookie, ok := w.auth.beginCeremony(ceremony{sent: s})
	if !ok {
		return tooManyAttempts()
	}
	http.SetCookie(rw, w.signOnCookie(cookie))
	redirect(rw, to)
	return nil
}

// signOnFinish lets in whom the provider names, if that is an enabled user here.
func (w *Web) signOnFinish(rw http.ResponseWriter, r *request) error {
	if r.Method != http.MethodGet {
		return nil // a look ahead must not end the sign-on
	}
	c, ok := w.takeCeremony(rw, r.Request, w.signOnCookie(""))
	switch {
	case w.signOn == nil || !ok || c.sent == nil:
		return w.signOnPage(rw, r, http.StatusForbidden, signOnData{Code: signOnGone})
	case w.failed.spent(addressOf(r.Request), w.Now()):
		return tooManyAttempts()
	case !w.returned(r, c.sent):
		return w.signOnFailed(rw, r, errProviderSays)
	}
	name, err := w.signOn.redeem(r.Context(), r.query.Get("code"), c.sent)
	if err != nil {
		return w.signOnFailed(rw, r, err)
	}
	u, ok := w.Node.User(name)
	if !ok {
		return w.signOnStranger(rw, r, name, u)
	}
	if err := w.Node.SignedOn(r.Context(), u.Name); err != nil {
		return err
	}
	if err := w.admit(rw, r, u.Name, bySignOn, !c.sent.again.IsZero()); err != nil {
		return err
	}
	// Not by a redirect: it would be the provider's still, and come without the session's cookie.
	rw.Header().Set("Refresh", "0; url="+c.sent.to())
	return w.signOnPage(rw, r, http.StatusOK, signOnData{})
}

// returned holds for an answer of the issuer to what this browser took along. RFC 9207.
func (w *Web) returned(r *request, s *sent) bool {
	same := subtle.ConstantTimeCompare([]byte(r.query.Get("state")), []byte(s.state)) == 1
	iss := r.query.Get("iss")
	return same && (iss == "" || iss == w.signOn.Issuer) && r.query.Get("error") == "" && r.query.Get("code") != ""
}

// signOnFailed says that nobody came in by the provider, and counts it if it was not
// the provider that was away.
func (w *Web) signOnFailed(rw http.ResponseWriter, r *request, err error) error {
	if errors.Is(err, errProviderDown) {
		w.Log.Warn().Str("code", signOnDown).Msg("single sign-on unreachable")
		return w.signOnPage(rw, r, http.StatusServiceUnavailable, signOnData{Code: signOnDown})
	}
	w.failed.allow(addressOf(r.Request), w.Now())
	if err := w.Node.RefusedSignOn(r.Context(), "", "not_convincing"); err != nil {
		return err
	}
	return w.signOnPage(rw, r, http.StatusForbidden, signOnData{Code: signOnRefused})
}

// signOnStranger turns away who is nobody here, or was disabled: u is nil or that user.
// No user is ever made by signing on.
func (w *Web) signOnStranger(rw http.ResponseWriter, r *request, name string, u *node.User) error {
	w.failed.allow(addressOf(r.Request), w.Now())
	code, known := "unknown_user", ""
	if u != nil {
		code, known = "disabled", u.Name
	}
	if err := w.Node.RefusedSignOn(r.Context(), known, code); err != nil {
		return err
	}
	d := signOnData{Code: signOnUnknown}
	if login, err := node.ParseLogin(name); err == nil {
		d.Name = login
	}
	return w.signOnPage(rw, r, http.StatusForbidden, d)
}

func (w *Web) signOnPage(rw http.ResponseWriter, r *request, status int, d signOnData) error {
	v := w.view(r)
	v.Title, v.Data = words[v.Lang]["signin"], d
	return w.show(rw, status, "signon", v)
}
