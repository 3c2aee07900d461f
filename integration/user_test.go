package integration

import (
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

// TestOwnAndForeignMessages asks every way to a message as the people of two
// authorities: each finds their own and nothing of the other's. F23.
func TestOwnAndForeignMessages(t *testing.T) {
	w := newWebPair(t)
	m := request(t)
	m["case"] = "BE-OWN-1"
	m["attachments"] = []any{map[string]any{"name": "a.txt", "media_type": "text/plain", "category": "ev.item", "data": "aGVsbG8="}}
	id := send(t, w.be, m)
	opened, err := w.agency.Message(t.Context(), id, node.Out)
	check(t, err)
	file := opened.Attachments[0].SHA256
	answer := example(t, "status.acknowledged")
	answer["from"], answer["to"], answer["re"] = "NL/irc", "BE/fps-justice", id
	back := send(t, w.nl, answer)

	people := map[string]schema.Address{"own": "BE/fps-justice", "foreign": "BE/other", "all": ""}
	for name, a := range people {
		secret := w.person(t, name, a, node.Officer, node.Approver, node.Operator, node.Auditor)
		want := map[bool]int{true: http.StatusOK, false: http.StatusNotFound}[name != "foreign"]
		for _, path := range []string{
			"/v1/messages/" + string(id), "/v1/messages/" + string(id) + "?box=out", "/v1/messages/" + string(back),
			"/v1/messages/" + string(id) + "/proof", "/v1/messages/" + string(id) + "/attachments/" + file,
			"/message/out/" + string(id), "/message/in/" + string(back), "/message/out/" + string(id) + "/proof",
			"/message/out/" + string(id) + "/attachments/" + file, "/case?name=BE-OWN-1",
		} {
			res := w.fetch(t, "GET", path, nil, "", "Authorization", "Bearer "+secret)
			body := text(t, res)
			if res.StatusCode != want {
				t.Errorf("%s as %s: got %d, want %d", path, name, res.StatusCode, want)
			}
			if name == "foreign" && strings.Contains(body, "fps-justice") {
				t.Errorf("%s as %s: the answer tells of the message", path, name)
			}
		}
		for _, path := range []string{"/v1/messages/" + string(back) + "/claim", "/v1/messages/" + string(back) + "/unclaim",
			"/message/in/" + string(back) + "/claim", "/message/in/" + string(back) + "/printed", "/message/in/" + string(back) + "/unclaim"} {
			res := w.fetch(t, "POST", path, nil, "", "Authorization", "Bearer "+secret)
			if done := res.StatusCode < 400; done != (name != "foreign") {
				t.Errorf("%s as %s: got %d", path, name, res.StatusCode)
			}
		}
		for _, path := range []string{"/v1/messages?order=due&box=in", "/v1/messages?q=BE-OWN-1&box=out&order=due", "/v1/messages", "/v1/messages?box=in", "/v1/messages?case=BE-OWN-1", "/v1/messages?re=" + string(id), "/inbox?show=all", "/sent"} {
			body := text(t, w.fetch(t, "GET", path, nil, "", "Authorization", "Bearer "+secret))
			found := strings.Contains(body, string(id)) || strings.Contains(body, string(back))
			if found != (name != "foreign") {
				t.Errorf("%s as %s: got the messages %v", path, name, found)
			}
		}
		admin := web.Dial(w.be.Config.SocketPath()).As(secret)
		_, err := admin.Trace(t.Context(), id, node.Out)
		if (err == nil) != (name != "foreign") {
			t.Errorf("trace as %s: got %v", name, err)
		}
		admin.Close()
	}
	if got := acts(t, w.be, id); slices.ContainsFunc(got, func(act string) bool { return strings.HasPrefix(act, "user:foreign") }) {
		t.Errorf("a reading that was refused is journalled as one: %v", got)
	}
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
