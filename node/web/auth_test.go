package web

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/comity-exchange/comity/node"
)

// inbox asks for a page that every officer may see, as far as the door.
func knock(w *Web, cookie *http.Cookie) int {
	r := httptest.NewRequest("GET", "/", nil)
	if cookie != nil {
		r.AddCookie(cookie)
	}
	return ask(w.Public(), r).Code
}

func TestLoginLinkWorksOnceFromThisMachine(t *testing.T) {
	c := newClock()
	w := newWeb(c.now)
	enlist(t, w, "test", node.Officer)
	link := w.LoginLink("test")
	open := func(method, from string) *http.Response {
		r := httptest.NewRequest(method, link, nil)
		r.RemoteAddr = from
		return ask(w.Public(), r).Result()
	}
	if got := open("GET", "192.0.2.1:1").StatusCode; got != http.StatusForbidden {
		t.Errorf("from elsewhere: got %d, want 403", got)
	}
	if got := open("HEAD", "127.0.0.1:1"); len(got.Cookies()) != 0 {
		t.Error("a look ahead signed somebody in")
	}
	res := open("GET", "[::1]:1")
	if res.StatusCode != http.StatusSeeOther || res.Header.Get("Location") != "/inbox" {
		t.Fatalf("got %d to %q, want 303 to /inbox", res.StatusCode, res.Header.Get("Location"))
	}
	if got := open("GET", "127.0.0.1:1"); got.StatusCode != http.StatusUnauthorized || len(got.Cookies()) != 0 {
		t.Errorf("the second time: got %d, want 401 and no cookie", got.StatusCode)
	}
	late := w.LoginLink("test")
	c.t = c.t.Add(ticketLife)
	r := httptest.NewRequest("GET", late, nil)
	r.RemoteAddr = "127.0.0.1:1"
	if got := ask(w.Public(), r).Code; got != http.StatusUnauthorized {
		t.Errorf("after a day: got %d, want 401", got)
	}
}

func TestSessionCookie(t *testing.T) {
	w := newWeb(newClock().now)
	c := signIn(t, w)
	if !c.HttpOnly || c.SameSite != http.SameSiteStrictMode || c.Path != "/" || c.Secure || c.Name != "comity-BE" || c.Domain != "" {
		t.Errorf("got cookie %+v", c)
	}
	w.Secure = true
	c = signIn(t, w)
	if !c.Secure || c.Name != "__Host-comity-BE" {
		t.Errorf("over TLS: got cookie %+v", c)
	}
}

func TestSessionEnds(t *testing.T) {
	c := newClock()
	w := newWeb(c.now)
	idle := signIn(t, w)
	if got := knock(w, idle); got != http.StatusSeeOther {
		t.Fatalf("signed in: got %d, want 303", got)
	}
	if got := knock(w, nil); got != http.StatusUnauthorized {
		t.Errorf("without cookie: got %d, want 401", got)
	}
	if got := knock(w, &http.Cookie{Name: idle.Name, Value: newSecret()}); got != http.StatusUnauthorized {
		t.Errorf("guessed cookie: got %d, want 401", got)
	}
	c.t = c.t.Add(sessionIdle)
	if got := knock(w, idle); got != http.StatusUnauthorized {
		t.Errorf("after idling: got %d, want 401", got)
	}
	busy := signIn(t, w)
	for range sessionLife/sessionIdle*2 - 1 {
		c.t = c.t.Add(sessionIdle / 2)
		if got := knock(w, busy); got != http.StatusSeeOther {
			t.Fatalf("in use at %v: got %d, want 303", c.t, got)
		}
	}
	c.t = c.t.Add(sessionIdle / 2)
	if got := knock(w, busy); got != http.StatusUnauthorized {
		t.Errorf("past its absolute end: got %d, want 401", got)
	}
}

func TestLogoutEndsTheSession(t *testing.T) {
	w := newWeb(newClock().now)
	cookie, other := signIn(t, w), signIn(t, w)
	r := httptest.NewRequest("POST", "/logout", nil)
	r.AddCookie(cookie)
	res := ask(w.Public(), r).Result()
	if res.StatusCode != http.StatusSeeOther || len(res.Cookies()) != 1 || res.Cookies()[0].MaxAge >= 0 {
		t.Errorf("got %d %v, want 303 and the cookie taken back", res.StatusCode, res.Cookies())
	}
	if got := knock(w, cookie); got != http.StatusUnauthorized {
		t.Errorf("after logout: got %d, want 401", got)
	}
	if got := knock(w, other); got != http.StatusSeeOther {
		t.Errorf("another session ended too: got %d, want 303", got)
	}
}

func TestBearerTokens(t *testing.T) {
	w := newWeb(newClock().now)
	w.AddToken("one", "secret-1")
	w.AddToken("two", "secret-2")
	for _, row := range []struct {
		header string
		want   string
		status int
	}{
		{"Bearer secret-1", "agency:one", 0},
		{"bearer secret-2", "agency:two", 0},
		{"Bearer secret-3", "nobody", 401},
		{"Bearer ", "nobody", 401},
		{"Basic secret-1", "nobody", 401},
		{"", "nobody", 401},
	} {
		r := httptest.NewRequest("GET", "/v1/types", nil)
		r.Header.Set("Authorization", row.header)
		c, err := w.visitor(r)
		if c.actor() != row.want || (err != nil) != (row.status == 401) {
			t.Errorf("%q: got %s, %v, want %s", row.header, c.actor(), err, row.want)
		}
	}
	r := httptest.NewRequest("GET", "/v1/types", nil)
	r.Header.Add("Authorization", "Bearer secret-1")
	r.Header.Add("Authorization", "Bearer secret-2")
	if _, err := w.visitor(r); err == nil {
		t.Error("two tokens in one request were taken")
	}
	res := ask(w.Public(), httptest.NewRequest("GET", "/v1/types", nil)).Result()
	if !strings.HasPrefix(res.Header.Get("WWW-Authenticate"), "Bearer ") {
		t.Errorf("got WWW-Authenticate %q, want Bearer", res.Header.Get("WWW-Authenticate"))
	}
}

// TestSecretsAreKeptAsDigests: what lies in memory does not let anybody in.
func TestSecretsAreKeptAsDigests(t *testing.T) {
	a := newAuth(time.Now)
	first, second := a.newTicket("x"), a.newTicket("x")
	if first == second || len(first) != 43 {
		t.Errorf("got tickets %d and %d octets, want two different ones of 43", len(first), len(second))
	}
	for sum := range a.tickets {
		if string(sum[:]) == first || string(sum[:]) == second {
			t.Error("a ticket is kept in the clear")
		}
	}
}

// What a page asks by itself does not keep its session alive.
func TestNewsAreNoSignOfLife(t *testing.T) {
	c := newClock()
	w := newWeb(c.now)
	cookie := signIn(t, w)
	ask := func(path string) int {
		r := httptest.NewRequest("GET", path, nil)
		r.AddCookie(cookie)
		return ask(w.Public(), r).Code
	}
	for range 3 {
		c.t = c.t.Add(sessionIdle / 4)
		if got := ask("/inbox/news?after=x"); got != http.StatusBadRequest { // as far as the door
			t.Fatalf("got %d, want 400", got)
		}
	}
	c.t = c.t.Add(sessionIdle / 4)
	if got := ask("/inbox/news?after=x"); got != http.StatusUnauthorized {
		t.Errorf("after the idle time: got %d, want 401", got)
	}
}
