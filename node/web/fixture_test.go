package web

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"github.com/comity-exchange/comity/node"
	"github.com/comity-exchange/comity/node/store"
	"github.com/comity-exchange/comity/pki"
	"github.com/comity-exchange/comity/schema"
)

// clock is a time that tests move.
type clock struct{ t time.Time }

func (c *clock) now() time.Time { return c.t }

func newClock() *clock { return &clock{time.Date(2026, 11, 23, 21, 5, 52, 0, time.UTC)} }

// catalogue is compiled once for all tests.
var catalogue = sync.OnceValue(func() *schema.Catalogue {
	c, err := schema.Load()
	if err != nil {
		panic(err)
	}
	return c
})

// databases is the folder of this run's databases.
var databases string

func TestMain(m *testing.M) {
	var err error
	if databases, err = os.MkdirTemp("", "web"); err != nil {
		panic(err)
	}
	code := m.Run()
	os.RemoveAll(databases)
	os.Exit(code)
}

var made atomic.Int64 // databases

// newWeb makes a web side whose node has a name, a store and no peer: enough for users
// and for all that happens before a route's own work. Tests with a whole node stand in
// integration.
func newWeb(now func() time.Time) *Web {
	ctx := context.Background()
	s, err := store.Open(ctx, filepath.Join(databases, fmt.Sprint(made.Add(1))), store.Options{Create: true})
	if err != nil {
		panic(err)
	}
	n, err := node.Open(ctx, node.Config{Self: &pki.Card{Jurisdiction: "BE", Name: "Test BE"}, Keyring: pki.NewKeyring(),
		Catalogue: catalogue(), Store: s, Log: zerolog.Nop(), Now: now})
	if err != nil {
		panic(err)
	}
	return Open(Config{Node: n, Log: zerolog.Nop(), Now: now})
}

// enlist adds a user, unless there is one by that name.
func enlist(t testing.TB, w *Web, name string, roles ...node.Role) {
	t.Helper()
	if _, known := w.Node.User(name); known {
		return
	}
	if _, err := w.Node.AddUser(t.Context(), "operator:test", node.User{Name: name, Roles: roles}); err != nil {
		t.Fatal(err)
	}
}

// asUser marks a request as come through a Unix socket from a process of that user.
func asUser(r *http.Request, uid uint32) *http.Request {
	return r.WithContext(context.WithValue(r.Context(), ownerKey{}, uid))
}

func self() uint32 { return uint32(os.Getuid()) }

// ask lets a handler answer one request.
func ask(h http.Handler, r *http.Request) *httptest.ResponseRecorder {
	rec := httptest.NewRecorder()
	h.ServeHTTP(rec, r)
	return rec
}

// signIn lets an officer sign in and gives the session's cookie.
func signIn(t *testing.T, w *Web) *http.Cookie {
	t.Helper()
	enlist(t, w, "test", node.Officer)
	return signInAs(t, w, "test")
}

// signInAs opens a login link.
func signInAs(t *testing.T, w *Web, name string) *http.Cookie {
	t.Helper()
	r := httptest.NewRequest("GET", w.LoginLink(name), nil)
	r.RemoteAddr = "127.0.0.1:4000"
	res := ask(w.Public(), r).Result()
	if res.StatusCode != http.StatusSeeOther || len(res.Cookies()) != 1 {
		t.Fatalf("got status %d and %d cookies, want 303 and 1", res.StatusCode, len(res.Cookies()))
	}
	return res.Cookies()[0]
}
