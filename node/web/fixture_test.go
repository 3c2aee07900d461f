package web

import (
	"context"
	"net/http"
	"net/http/httptest"
	"os"
	"sync"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"github.com/comity-exchange/comity/node"
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

// newWeb makes a web side whose node has a name and nothing else: enough for all
// that happens before a route's own work. Tests with a whole node stand in integration.
func newWeb(now func() time.Time) *Web {
	return Open(Config{Node: &node.Node{Config: node.Config{Self: &pki.Card{Jurisdiction: "BE", Name: "Test BE"}, Catalogue: catalogue()}}, Log: zerolog.Nop(), Now: now})
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

// signIn opens a login link and gives the session's cookie.
func signIn(t *testing.T, w *Web) *http.Cookie {
	t.Helper()
	r := httptest.NewRequest("GET", w.LoginLink("test"), nil)
	r.RemoteAddr = "127.0.0.1:4000"
	res := ask(w.Public(), r).Result()
	if res.StatusCode != http.StatusSeeOther || len(res.Cookies()) != 1 {
		t.Fatalf("got status %d and %d cookies, want 303 and 1", res.StatusCode, len(res.Cookies()))
	}
	return res.Cookies()[0]
}
