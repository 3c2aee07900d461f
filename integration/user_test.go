package integration

import (
	"context"
	"io"
	"net"
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/ncruces/go-sqlite3"

	"github.com/comity-exchange/comity/node"
	"github.com/comity-exchange/comity/node/web"
	"github.com/comity-exchange/comity/schema"
)

// person adds a user to BE and gives their token.
func (w *webPair) person(tb testing.TB, name string, a schema.Address, roles ...node.Role) string {
	tb.Helper()
	_, err := w.be.Node.AddUser(tb.Context(), "operator:test", node.User{Name: name, Authority: a, Roles: roles})
	check(tb, err)
	secret, _, err := w.be.Node.MakeToken(tb.Context(), "operator:test", name, 0)
	check(tb, err)
	return secret
}

// socket asks BE's socket by a user's token.
func (w *webPair) socket(tb testing.TB, secret, method, path string) (int, string) {
	tb.Helper()
	r, err := http.NewRequestWithContext(tb.Context(), method, "http://node"+path, nil)
	check(tb, err)
	r.Header.Set("Authorization", "Bearer "+secret)
	c := http.Client{Transport: &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "unix", w.be.Config.SocketPath())
	}}}
	defer c.CloseIdleConnections()
	res, err := c.Do(r)
	check(tb, err)
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	check(tb, err)
	return res.StatusCode, string(body)
}

// TestWritesForTheirAuthority: nobody speaks or answers for another authority.
func TestWritesForTheirAuthority(t *testing.T) {
	w := newWebPair(t)
	arrived := send(t, w.nl, func() map[string]any {
		m := request(t)
		m["from"], m["to"] = "NL/irc", "BE/fps-justice"
		return m
	}())
	secret := w.person(t, "a.weber", "BE/other", node.Officer)
	submit := func(m map[string]any) web.Problem {
		res := w.fetch(t, "POST", "/v1/messages", encode(t, m), "", "Authorization", "Bearer "+secret, "Idempotency-Key", string(schema.NewID()))
		if res.StatusCode == http.StatusAccepted {
			return web.Problem{}
		}
		return problem(t, res)
	}
	if got := submit(request(t)).Code; got != "wrong_authority" {
		t.Errorf("in another's name: got %q, want wrong_authority", got)
	}
	own := request(t)
	own["from"] = "BE/other"
	if got := submit(own).Code; got != "" {
		t.Errorf("in their own name: got %q", got)
	}
	answer := example(t, "status.acknowledged")
	answer["from"], answer["to"], answer["re"] = "BE/other", "NL/irc", arrived
	if got := submit(answer).Code; got != "unknown_reference" {
		t.Errorf("an answer to another's message: got %q, want unknown_reference", got)
	}
}

// TestUsersLastAndEnd: users and tokens outlive the process, and end at once when disabled.
func TestUsersLastAndEnd(t *testing.T) {
	id := newIdentity(t, "BE")
	be := id.start(t, quiet)
	_, err := be.Node.AddUser(t.Context(), "operator:test", node.User{Name: "a.weber", Display: "A. Weber", Authority: "BE/fps-justice", Roles: []node.Role{node.Auditor, node.Officer}})
	check(t, err)
	secret, token, err := be.Node.MakeToken(t.Context(), "operator:test", "a.weber", 0)
	check(t, err)
	check(t, be.Close(t.Context()))
	be = id.start(t, quiet)
	u, ok := be.Node.Bearer(t.Context(), secret)
	if !ok || u.Name != "a.weber" || u.Display != "A. Weber" || u.Authority != "BE/fps-justice" || !slices.Equal(u.Roles, []node.Role{node.Officer, node.Auditor}) || len(u.Handle) != 32 {
		t.Fatalf("after a restart: got %+v, %v", u, ok)
	}
	if got := token.Ends.Sub(token.Made); got != node.TokenLife {
		t.Errorf("the token lives %v, want %v", got, node.TokenLife)
	}
	if got := be.Node.TokensOf("a.weber"); len(got) != 1 || got[0].Used.IsZero() {
		t.Errorf("got tokens %+v, want one whose use is noted", got)
	}
	for _, wrong := range []string{"", "comity_", secret[:len(secret)-1], secret + "x", strings.ToUpper(secret)} {
		if _, ok := be.Node.Bearer(t.Context(), wrong); ok {
			t.Errorf("%d octets that are no token let somebody in", len(wrong))
		}
	}
	_, err = be.Node.DisableUser(t.Context(), "operator:test", "a.weber")
	check(t, err)
	if _, ok := be.Node.Bearer(t.Context(), secret); ok {
		t.Error("a disabled user's token is good")
	}
	if _, ok := be.Node.User("a.weber"); ok {
		t.Error("a disabled user is let in")
	}
	_, err = be.Node.EnableUser(t.Context(), "operator:test", "a.weber")
	check(t, err)
	if _, ok := be.Node.Bearer(t.Context(), secret); ok {
		t.Error("a token came back with its user")
	}
	check(t, be.Close(t.Context()))
}

// TestDisabledUserIsSignedOut ends a session that is open.
func TestDisabledUserIsSignedOut(t *testing.T) {
	w := newWebPair(t)
	if got := w.fetch(t, "GET", "/inbox", nil, "officer").StatusCode; got != http.StatusOK {
		t.Fatalf("signed in: got %d", got)
	}
	_, err := w.admin.SetRoles(t.Context(), "test", []node.Role{node.Keyholder}, false)
	check(t, err)
	if got := w.fetch(t, "GET", "/inbox", nil, "officer").StatusCode; got != http.StatusForbidden {
		t.Errorf("without the role: got %d, want 403", got)
	}
	_, err = w.admin.SetRoles(t.Context(), "test", []node.Role{node.Officer}, false)
	check(t, err)
	_, err = w.admin.DisableUser(t.Context(), "test", false)
	check(t, err)
	_, err = w.admin.EnableUser(t.Context(), "test", false)
	check(t, err)
	if got := w.fetch(t, "GET", "/inbox", nil, "officer").StatusCode; got != http.StatusUnauthorized {
		t.Errorf("enabled again: got %d, want 401 until they sign in", got)
	}
}

// TestOlderMessagesFindTheirAuthority: what a version without authorities stored belongs
// to somebody after the next start. F29.
func TestOlderMessagesFindTheirAuthority(t *testing.T) {
	a, b := newIdentity(t, "BE"), newIdentity(t, "NL")
	be, nl := a.start(t, quiet), b.start(t, quiet)
	introduce(t, be, nl)
	out := send(t, be, request(t))
	m := request(t)
	m["from"], m["to"] = "NL/irc", "BE/fps-justice"
	in := send(t, nl, m)
	check(t, be.Close(t.Context()))
	db, err := sqlite3.Open("file:" + filepath.ToSlash(a.config().DatabasePath()))
	check(t, err)
	check(t, db.Exec(`UPDATE message SET authority = NULL`))
	check(t, db.Close())
	be = a.start(t, quiet)
	for authority, want := range map[schema.Address]int{"BE/fps-justice": 2, "BE/other": 0} {
		list, err := be.Node.List(node.Within(t.Context(), authority), node.Filter{})
		check(t, err)
		if len(list) != want {
			t.Errorf("%s: got %d messages, want %d of %s and %s", authority, len(list), want, out, in)
		}
	}
}
