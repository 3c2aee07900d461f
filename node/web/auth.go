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

	"github.com/comity-exchange/comity/node"
	"github.com/comity-exchange/comity/schema"
)

// role is a set of what a caller may be.
type role uint16

const (
	public  role = 1 << iota // anybody, not signed in
	client                   // an agency system
	officer                  // a user with this role, and so on
	approver
	operator
	keyholder
	auditor

	everyUser = officer | approver | operator | keyholder | auditor
)

// roleOf gives the bit of a user's role.
var roleOf = map[node.Role]role{node.Officer: officer, node.Approver: approver, node.Operator: operator, node.Keyholder: keyholder, node.Auditor: auditor}

// caller is who asks. The zero caller is nobody.
type caller struct {
	role    role
	name    string // as shown to themselves
	by      string // in the journal
	user    *node.User
	session *session // of a user at the pages
}

// actor is the caller in the journal.
func (c caller) actor() string {
	if c.by == "" {
		return "nobody"
	}
	return c.by
}

// asCaller is a caller who is known by name.
func asCaller(u *node.User, s *session) caller {
	c := caller{name: u.Name, by: u.Actor(), user: u, session: s}
	if u.Display != "" {
		c.name = u.Display
	}
	for _, r := range u.Roles {
		c.role |= roleOf[r]
	}
	return c
}

// Ends of what is handed out.
const (
	ticketLife  = 24 * time.Hour
	sessionIdle = 30 * time.Minute
	sessionLife = 12 * time.Hour
	maxSessions = 1024

	maxOwnSessions = 16 // of one user
)

// auth knows who may come in. Secrets are kept as their SHA-256 only.
type auth struct {
	now func() time.Time

	mu         sync.Mutex // guards what follows
	tokens     []token
	tickets    map[[32]byte]ticket
	sessions   map[[32]byte]*session
	ceremonies map[[32]byte]ceremony
}

// token of an agency system; users' tokens are the node's.
type token struct {
	sum    [32]byte
	client string
}

// ticket is a login link that was not used yet.
type ticket struct {
	name string
	ends time.Time
}

// Ways to sign in, as in the journal.
const (
	byPasskey = "passkey"
	bySignOn  = "oidc"
	byLink    = "link"
)

// session of a user who signed in.
type session struct {
	name  string
	began time.Time
	ends  time.Time // absolute
	used  time.Time // last
	from  string    // address that began it
	how   string    // it began: byPasskey …
	proof time.Time // when the user last showed that it is them, zero if a single sign-on only remembered them
	lang  string    // chosen, "" to follow the browser
	// reasons for opening sensitive messages, by box and id; replaced as a whole.
	reasons map[string]node.ReadingReason
	looks   map[string]look // at releases, by box and id; replaced as a whole
	sum     [32]byte        // of the cookie's secret
}

func newAuth(now func() time.Time) *auth {
	return &auth{now: now, tickets: make(map[[32]byte]ticket), sessions: make(map[[32]byte]*session), ceremonies: make(map[[32]byte]ceremony)}
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

// visitor says who asks on the network: an agency or a user by a token, or a user by
// the session's cookie. A wrong token is an error, no token is nobody.
func (w *Web) visitor(r *http.Request) (caller, error) {
	if len(r.Header.Values("Authorization")) > 0 {
		return w.bearer(r)
	}
	if c, err := r.Cookie(w.cookieName()); err == nil {
		if s, ok := w.auth.session(c.Value); ok {
			if u, ok := w.Node.User(s.name); ok {
				return asCaller(u, s), nil
			}
			w.auth.signOut(s) // disabled meanwhile
		}
	}
	return caller{}, nil
}

// bearer says whose token a request carries.
func (w *Web) bearer(r *http.Request) (caller, error) {
	values := r.Header.Values("Authorization")
	scheme, secret, _ := strings.Cut(values[0], " ")
	if len(values) > 1 || !strings.EqualFold(scheme, "Bearer") {
		return caller{}, notSignedIn()
	}
	if u, ok := w.Node.Bearer(r.Context(), secret); ok {
		return asCaller(u, nil), nil
	}
	if name, ok := w.auth.bearer(secret); ok {
		return caller{role: client, name: name, by: "agency:" + name}, nil
	}
	return caller{}, notSignedIn()
}

// local says who asks on the Unix socket: a user by a token, or without one the node's
// own system user or root, who may do all.
func (w *Web) local(r *http.Request) (caller, error) {
	if len(r.Header.Values("Authorization")) > 0 {
		return w.bearer(r)
	}
	uid, ok := owner(r)
	if !ok || (uid != 0 && uid != uint32(os.Getuid())) {
		return caller{}, nil
	}
	name := fmt.Sprintf("uid %d", uid)
	return caller{role: everyUser, name: name, by: "operator:" + name}, nil
}

func notSignedIn() *schema.Problem {
	return &schema.Problem{Kind: schema.NotAllowed, Code: codeUnauthenticated, Detail: "This needs a caller who is known.",
		Fix: "A program sends Authorization: Bearer and its token; a user signs in at the pages; an operator uses the node's socket as the node's own user, or --as and a token."}
}

func notYours() *schema.Problem {
	return &schema.Problem{Kind: schema.NotAllowed, Code: "role_not_allowed", Detail: "Callers of this kind may not use this.", Fix: "API.md lists who may use what; an operator gives roles: comity user roles."}
}
