// Package web is a node's side towards its own people: the agency API under /v1,
// the inbox pages of liaison officers, and the operator's admin socket. API.md
// describes the first and the last.
//
// Every route stands in one table (routes.go) with who may use it; what is not
// there does not exist. Client is the other end, for programs in Go.
package web

import (
	"context"
	"net/http"
	"strings"
	"time"

	"github.com/go-webauthn/webauthn/webauthn"
	"github.com/rs/zerolog"

	"github.com/comity-exchange/comity/node"
	"github.com/comity-exchange/comity/schema"
)

// Border is what an operator asks of the gateway.
type Border interface {
	// Links gives the state of all links, ready for JSON: a list whose members have a "peer".
	Links() any
	// Ping measures a round trip to a peer's gateway; its error is a *schema.Problem.
	Ping(ctx context.Context, peer schema.Jurisdiction) (time.Duration, error)
}

// Config of the web side.
type Config struct {
	Node    *node.Node
	Border  Border
	Log     zerolog.Logger
	Now     func() time.Time
	Secure  bool   // browsers come over TLS: cookies are bound to the host and HTTPS is insisted on
	Version string // of the program
}

// Web serves a node's own people. Safe for concurrent use.
type Web struct {
	Config
	started time.Time
	auth    *auth
	pages   *pages
	voices  voices
	counted overviews
	busy    chan struct{} // one place for each request under way

	origin   string             // where browsers reach the pages, "" if unknown
	passkeys *webauthn.WebAuthn // nil without an origin
	signOn   *provider          // nil without single sign-on

	begun, failed, refused *throttle // of sign-in: by address, by address, by account
}

// maxBusy requests are worked on at once; more are asked to come again.
const maxBusy = 512

// Open makes the handlers' common state. The socket's owner always comes in.
func Open(c Config) *Web {
	w := &Web{Config: c, started: c.Now().UTC(), auth: newAuth(c.Now), pages: parsed(), voices: voicesOf(c.Node.Catalogue.Languages()), busy: make(chan struct{}, maxBusy)}
	w.begun, w.failed, w.refused = newThrottles()
	return w
}

// SetOrigin says where browsers reach the pages, as ParseOrigin takes it; without it
// nobody can sign in by passkey. Call it before anything is served.
func (w *Web) SetOrigin(origin string) (err error) {
	if w.passkeys, err = relyingParty(origin, w.Node.Self.Name); err == nil {
		w.origin, w.Secure = origin, strings.HasPrefix(origin, "https:")
	}
	return err
}

// FirstLink makes the link by which the first operator enrols; "" if there is any user,
// or no origin.
func (w *Web) FirstLink(ctx context.Context) (string, error) {
	if w.origin == "" {
		return "", nil
	}
	secret, err := w.Node.FirstLink(ctx)
	if err != nil || secret == "" {
		return "", err
	}
	return w.enrolURL(secret), nil
}

func (w *Web) enrolURL(secret string) string { return w.origin + "/enrol#" + secret }

// Public serves agencies and users on a network listener.
func (w *Web) Public() http.Handler { return w.handler(routes, w.visitor, network) }

// Admin serves operators on the node's Unix socket. Without a token it lets nobody in
// whose connection did not come through Server on such a socket.
func (w *Web) Admin() http.Handler { return w.handler(routes, w.local, socket) }

// AddToken lets an agency system in by a bearer token. For demonstrations: a
// token is as good as its keeper, and cannot be bound to a machine.
func (w *Web) AddToken(client, token string) { w.auth.addToken(client, token) }

// LoginLink makes a path that signs a user in, once, from this machine, within a day.
// For demonstrations.
func (w *Web) LoginLink(name string) string { return "/login?t=" + w.auth.newTicket(name) }
