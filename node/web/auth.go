package web

import (
	"crypto/sha256"
	"crypto/subtle"
	"fmt"
	"net/http"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/comity-exchange/comity/schema"
)

// role is a set of kinds of caller.
type role uint8

const (
	public   role = 1 << iota // anybody, not signed in
	client                    // an agency system
	officer                   // a liaison officer at the inbox
	operator                  // the node's own user on the Unix socket
)

// caller is who asks. The zero caller is nobody.
type caller struct {
	role    role
	name    string
	session *session // officers only
}

// actor is the caller in the journal.
func (c caller) actor() string {
	switch c.role {
	case client:
		return "agency:" + c.name
	case officer:
		return "officer:" + c.name
	case operator:
		return "operator:" + c.name
	}
	return "nobody"
}

// Ends of what is handed out.
const (
	ticketLife  = 24 * time.Hour
	sessionIdle = 30 * time.Minute
	sessionLife = 12 * time.Hour
	maxSessions = 1024
)

// auth knows who may come in. Secrets are kept as their SHA-256 only.
type auth struct {
	now func() time.Time

	mu       sync.Mutex // guards what follows
	tokens   []token
	tickets  map[[32]byte]ticket
	sessions map[[32]byte]*session
}

type token struct {
	sum    [32]byte
	client string
}

// ticket is a login link that was not used yet.
type ticket struct {
	name string
	ends time.Time
}

// session of an officer who signed in.
type session struct {
	name string
	ends time.Time // absolute
	used time.Time // last
	lang string    // chosen, "" to follow the browser
	sum  [32]byte  // of the cookie's secret
}

func newAuth(now func() time.Time) *auth {
	return &auth{now: now, tickets: make(map[[32]byte]ticket), sessions: make(map[[32]byte]*session)}
}

func (a *auth) addToken(client, secret string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.tokens = append(a.tokens, token{sha256.Sum256([]byte(secret)), client})
}

// bearer finds a token's client. Every token is compared, in constant time.
func (a *auth) bearer(secret string) (client string, ok bool) {
	sum := sha256.Sum256([]byte(secret))
	a.mu.Lock()
	defer a.mu.Unlock()
	for i := range a.tokens {
		if subtle.ConstantTimeCompare(a.tokens[i].sum[:], sum[:]) == 1 {
			client, ok = a.tokens[i].client, true
		}
	}
	return client, ok
}

// visitor says who asks on the network: an agency by its token, or an officer by
// the session's cookie. A wrong token is an error, no token is nobody.
func (w *Web) visitor(r *http.Request) (caller, error) {
	if values := r.Header.Values("Authorization"); len(values) > 0 {
		scheme, secret, _ := strings.Cut(values[0], " ")
		name, ok := w.auth.bearer(secret)
		if len(values) > 1 || !strings.EqualFold(scheme, "Bearer") || !ok {
			return caller{}, notSignedIn()
		}
		return caller{role: client, name: name}, nil
	}
	if c, err := r.Cookie(w.cookieName()); err == nil {
		if s, ok := w.auth.session(c.Value); ok {
			return caller{role: officer, name: s.name, session: s}, nil
		}
	}
	return caller{}, nil
}

// socketOwner says who asks on the Unix socket: the node's own user or root, as its operator.
func (w *Web) socketOwner(r *http.Request) (caller, error) {
	uid, ok := owner(r)
	if !ok || (uid != 0 && uid != uint32(os.Getuid())) {
		return caller{}, nil
	}
	return caller{role: operator, name: fmt.Sprintf("uid %d", uid)}, nil
}

func notSignedIn() *schema.Problem {
	return &schema.Problem{Kind: schema.NotAllowed, Code: codeUnauthenticated, Detail: "This needs a caller who is known.",
		Fix: "An agency sends Authorization: Bearer and its token; an officer opens a login link; an operator uses the node's socket as the node's own user."}
}

func notYours() *schema.Problem {
	return &schema.Problem{Kind: schema.NotAllowed, Code: "role_not_allowed", Detail: "Callers of this kind may not use this.", Fix: "API.md lists who may use what."}
}
