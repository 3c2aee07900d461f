package web

import (
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"time"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/webauthn"

	"github.com/comity-exchange/comity/node"
	"github.com/comity-exchange/comity/schema"
)

// signInData is what the pages of sign-in and enrolment need.
type signInData struct {
	Able   bool // this node has an origin
	SignOn bool // and its users can come by single sign-on
}

func (w *Web) signInPage(rw http.ResponseWriter, r *request) error {
	return w.passkeyPage(rw, r, "signin", "signin")
}

// enrolPage is the same for every link: its secret stands after the # of the address,
// which browsers keep to themselves.
func (w *Web) enrolPage(rw http.ResponseWriter, r *request) error {
	return w.passkeyPage(rw, r, "enrol", "enrol")
}

func (w *Web) passkeyPage(rw http.ResponseWriter, r *request, page, title string) error {
	v := w.view(r)
	v.Title = words[v.Lang][title]
	v.Data = signInData{w.passkeys != nil, w.signOn != nil}
	return w.show(rw, http.StatusOK, page, v)
}

// ask begins a ceremony: it sends the question and binds it to the browser.
func (w *Web) ask(rw http.ResponseWriter, options any, c ceremony) error {
	cookie, ok := w.auth.beginCeremony(c)
	if !ok {
		return tooManyAttempts()
	}
	http.SetCookie(rw, w.challengeCookie(cookie))
	return answer(rw, http.StatusOK, options)
}

// mayBegin bounds what one address begins.
func (w *Web) mayBegin(r *request) error {
	if w.passkeys == nil {
		return &schema.Problem{Kind: schema.Unavailable, Code: "no_origin", Detail: "Nobody can sign in here yet: the node does not know its own address.", Fix: "An operator sets web_origin in comity.yaml."}
	}
	if !w.begun.allow(addressOf(r.Request), w.Now()) {
		return tooManyAttempts()
	}
	return nil
}

func (w *Web) signInBegin(rw http.ResponseWriter, r *request) error {
	if err := w.mayBegin(r); err != nil {
		return err
	}
	if w.failed.spent(addressOf(r.Request), w.Now()) {
		return tooManyAttempts()
	}
	options, asked, err := w.passkeys.BeginDiscoverableLogin()
	if err != nil {
		return fmt.Errorf("begin sign-in: %w", err)
	}
	return w.ask(rw, options, ceremony{asked: *asked})
}

type passkeyAnswer struct {
	Answer jsontext.Value `json:"answer"`
	Again  bool           `json:"again,omitempty"` // it must be the one who is signed in already
}

type signedIn struct {
	To string `json:"to"` // where to go on
}

// signInFinish lets in whose passkey convinces, whatever else was tried in their name.
func (w *Web) signInFinish(rw http.ResponseWriter, r *request) error {
	c, ok := w.takeCeremony(rw, r.Request, w.challengeCookie(""))
	if !ok || c.user != nil || c.sent != nil || w.passkeys == nil {
		return challengeGone()
	}
	var ask passkeyAnswer
	if err := r.decode(&ask); err != nil {
		return err
	}
	u, key, err := w.verify(c.asked, ask.Answer)
	switch {
	case err != nil:
		return w.refuseSignIn(r, u, "not_convincing")
	case key.Authenticator.CloneWarning:
		return w.refuseSignIn(r, u, "counter_went_back")
	case ask.Again && !w.here(r, u):
		return w.refuseSignIn(r, u, "somebody_else")
	}
	record, err := json.Marshal(key)
	if err != nil {
		return fmt.Errorf("write passkey: %w", err)
	}
	if err := w.Node.SignedIn(r.Context(), key.ID, record, u.Name); err != nil {
		return err
	}
	return w.enter(rw, r, u.Name)
}

// enter lets in who convinced by a passkey.
func (w *Web) enter(rw http.ResponseWriter, r *request, name string) error {
	if err := w.admit(rw, r, name, byPasskey, true); err != nil {
		return err
	}
	return answer(rw, http.StatusOK, signedIn{"/"})
}

// current is the session of the browser that asks, nil if it has none.
func (w *Web) current(r *request) *session {
	c, err := r.Cookie(w.cookieName())
	if err != nil {
		return nil
	}
	s, _ := w.auth.session(c.Value)
	return s
}

// here holds for the user who is signed in in this browser already.
func (w *Web) here(r *request, u *node.User) bool {
	s := w.current(r)
	return s != nil && s.name == u.Name
}

// admit starts a session under a new secret; the one before, if any, ends.
func (w *Web) admit(rw http.ResponseWriter, r *request, name, how string, proved bool) error {
	cookie, ok := w.auth.enter(name, addressOf(r.Request), how, proved, w.current(r))
	if !ok {
		return tooManyAttempts()
	}
	http.SetCookie(rw, w.cookie(cookie))
	return nil
}

// refuseSignIn counts a failure for the address and for the account that was named.
// It says the same to everybody.
func (w *Web) refuseSignIn(r *request, u *node.User, code string) error {
	now := w.Now()
	w.failed.allow(addressOf(r.Request), now)
	if u != nil {
		if err := w.Node.RefusedSignIn(r.Context(), u.Name, code); err != nil {
			return err
		}
		if !w.refused.allow(u.Name, now) {
			return tooManyAttempts()
		}
	}
	return &schema.Problem{Kind: schema.NotAllowed, Code: "passkey_refused", Detail: "This passkey does not open this node.", Fix: "Try again, or ask an operator for an enrolment link."}
}

func challengeGone() *schema.Problem {
	return &schema.Problem{Kind: schema.NotAllowed, Code: "challenge_gone", Detail: "The question to your passkey has ended, or was another browser's.", Fix: "Open the page again and start anew."}
}

type enrolRequest struct {
	Link   string         `json:"link"`
	Name   string         `json:"name,omitempty"` // the first operator's own choice
	Answer jsontext.Value `json:"answer,omitempty"`
}

// enrolment is a question to a device that makes a passkey.
type enrolment struct {
	*protocol.CredentialCreation
	Named bool `json:"named"` // the user has a name; otherwise ask again with one
}

func (w *Web) enrolBegin(rw http.ResponseWriter, r *request) error {
	if err := w.mayBegin(r); err != nil {
		return err
	}
	var ask enrolRequest
	if err := r.decode(&ask); err != nil {
		return err
	}
	u, err := w.Node.Enrolling(r.Context(), ask.Link)
	if err != nil {
		return err
	}
	if u.Name == "" {
		if ask.Name == "" {
			return answer(rw, http.StatusOK, enrolment{})
		}
		if u.Name, err = node.ParseLogin(ask.Name); err != nil {
			return err
		}
	}
	owner, err := w.keyOwner(u)
	if err != nil {
		return err
	}
	options, asked, err := w.passkeys.BeginRegistration(owner, webauthn.WithExclusions(owner.known()))
	if err != nil {
		return fmt.Errorf("begin enrolment: %w", err)
	}
	return w.ask(rw, enrolment{options, true}, ceremony{asked: *asked, user: u})
}

func (w *Web) enrolFinish(rw http.ResponseWriter, r *request) error {
	c, ok := w.takeCeremony(rw, r.Request, w.challengeCookie(""))
	if !ok || c.user == nil || w.passkeys == nil {
		return challengeGone()
	}
	var ask enrolRequest
	if err := r.decode(&ask); err != nil {
		return err
	}
	parsed, err := protocol.ParseCredentialCreationResponseBytes(ask.Answer)
	if err != nil {
		return w.refuseSignIn(r, nil, "")
	}
	key, err := w.passkeys.CreateCredential(&keyOwner{User: c.user}, c.asked, parsed)
	if err != nil {
		return w.refuseSignIn(r, nil, "")
	}
	record, err := json.Marshal(key)
	if err != nil {
		return fmt.Errorf("write passkey: %w", err)
	}
	if err := w.Node.Enrol(r.Context(), ask.Link, c.user, node.Passkey{ID: key.ID, Record: record}); err != nil {
		return err
	}
	return w.enter(rw, r, c.user.Name)
}

// accountData is what a user sees of their own ways in.
type accountData struct {
	Sessions []openSession
	Passkeys []node.Passkey
	Roles    []node.Role
	Scope    schema.Address
}

// openSession is one session of a user as shown to them.
type openSession struct {
	ID          string
	Began, Used time.Time
	From        string // address
	How         string // a word
	Here        bool   // this very one
}

func (w *Web) accountPage(rw http.ResponseWriter, r *request) error {
	v := w.view(r)
	v.Title, v.At = words[v.Lang]["account"], "account"
	u := r.caller.user
	data := accountData{Passkeys: w.Node.PasskeysOf(u.Name), Roles: u.Roles, Scope: u.Authority}
	for _, s := range w.auth.sessionsOf(u.Name) {
		here := r.caller.session != nil && r.caller.session.sum == s.sum
		data.Sessions = append(data.Sessions, openSession{sessionID(s.sum), s.began.UTC(), s.used.UTC(), s.from, "by_" + s.how, here})
	}
	v.Data = data
	return w.show(rw, http.StatusOK, "account", v)
}

// sessionID names a session to its user. It opens nothing.
func sessionID(sum [32]byte) string { return hex.EncodeToString(sum[:8]) }

// endSession ends one of one's own sessions.
func (w *Web) endSession(rw http.ResponseWriter, r *request) error {
	for _, s := range w.auth.sessionsOf(r.caller.user.Name) {
		if sessionID(s.sum) == r.PathValue("id") {
			if r.caller.session != nil && r.caller.session.sum == s.sum {
				return w.logout(rw, r)
			}
			w.auth.signOut(&s)
			redirect(rw, "/account")
			return nil
		}
	}
	return &schema.Problem{Kind: schema.NotFound, Code: "not_found", Detail: "There is no such session of yours.", Fix: "It may have ended already. Go back to your account."}
}
