package web

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/comity-exchange/comity/node"
)

func TestSignInByPasskey(t *testing.T) {
	c := newClock()
	w, d := newSignIn(t, c)
	b := newBrowser(t, w)
	if b.inside() {
		t.Fatal("signed in before anything")
	}
	rec := b.signIn(d)
	if rec.Code != http.StatusOK || strings.TrimSpace(rec.Body.String()) != `{"to":"/"}` || !b.inside() {
		t.Fatalf("got %d %s", rec.Code, rec.Body)
	}
	session := b.cookies["__Host-comity-BE"]
	if session == nil || !session.HttpOnly || !session.Secure || session.SameSite != http.SameSiteStrictMode || session.Path != "/" {
		t.Errorf("got cookie %+v", session)
	}
	if len(b.cookies) != 1 {
		t.Errorf("got cookies %v, want the challenge's taken back", b.cookies)
	}
	keys := w.Node.PasskeysOf("a.weber")
	if len(keys) != 1 || keys[0].Used.IsZero() {
		t.Errorf("got passkeys %+v", keys)
	}
	// Signing in again begins another session; the one before ends. F22.
	if b.signIn(d); b.cookies["__Host-comity-BE"].Value == session.Value {
		t.Error("the session kept its secret over a sign-in")
	}
	old := newBrowser(t, w)
	old.cookies[session.Name] = session
	if old.inside() {
		t.Error("the session before goes on")
	}
	if got := acts(t, w, "user:a.weber"); !strings.HasSuffix(got, "user.passkey_added user.signed_in user.signed_in") {
		t.Errorf("got journal %s", got)
	}
}

// acts lists what the journal holds about a subject.
func acts(t *testing.T, w *Web, subject string) string {
	t.Helper()
	entries, err := w.Node.Entries(t.Context(), 0, 1000)
	if err != nil {
		t.Fatal(err)
	}
	var list []string
	for _, e := range entries {
		if e.Subject == subject {
			list = append(list, e.Act)
		}
	}
	return strings.Join(list, " ")
}

// TestSignInRefuses changes one thing about an answer at a time.
func TestSignInRefuses(t *testing.T) {
	c := newClock()
	w, d := newSignIn(t, c)
	for _, row := range []struct {
		name   string
		change func(d *device, b *browser)
		answer func(a map[string]any)
		want   string
	}{
		{"no user verification", func(d *device, _ *browser) { d.flags = userPresent }, nil, "passkey_refused"},
		{"no user present", func(d *device, _ *browser) { d.flags = userVerified }, nil, "passkey_refused"},
		{"another site", func(d *device, _ *browser) { d.origin = "https://comity.example.evil.example" }, nil, "passkey_refused"},
		{"another site's key", func(d *device, _ *browser) { d.rpID = "evil.example" }, nil, "passkey_refused"},
		{"plain HTTP", func(d *device, _ *browser) { d.origin = "http://comity.example" }, nil, "passkey_refused"},
		{"another key", func(d *device, _ *browser) { d.key = newDevice(t).key }, nil, "passkey_refused"},
		{"an unknown key", func(d *device, _ *browser) { d.id = newDevice(t).id }, nil, "passkey_refused"},
		{"an unknown user", func(d *device, _ *browser) { d.handle = make([]byte, 32) }, nil, "passkey_refused"},
		{"no user", func(d *device, _ *browser) { d.handle = nil }, nil, "passkey_refused"},
		{"a counter that did not rise", func(d *device, _ *browser) { d.counter = 0 }, nil, "passkey_refused"},
		{"another browser", func(_ *device, b *browser) { clear(b.cookies) }, nil, "challenge_gone"},
		{"a question that has ended", func(*device, *browser) { c.t = c.t.Add(ceremonyLife) }, nil, "challenge_gone"},
		{"no answer", nil, func(a map[string]any) { clear(a) }, "passkey_refused"},
		{"a changed signature", nil, func(a map[string]any) { a["response"].(map[string]string)["signature"] = b64([]byte("no")) }, "passkey_refused"},
	} {
		t.Run(row.name, func(t *testing.T) {
			changed, b := *d, newBrowser(t, w)
			b.from = fmt.Sprintf("198.51.100.%d:4000", len(row.name)) // none is throttled by the others
			rec := b.ask("POST", "/sign-in/begin", map[string]any{})
			if rec.Code != http.StatusOK {
				t.Fatalf("begin: got %d %s", rec.Code, rec.Body)
			}
			if row.change != nil {
				row.change(&changed, b)
			}
			a := changed.sign(rec.Body.Bytes())
			if row.answer != nil {
				row.answer(a)
			}
			rec = b.ask("POST", "/sign-in/finish", map[string]any{"answer": a})
			if got := codeIn(t, rec); got != row.want && got != codeTooMany || b.inside() {
				t.Errorf("got %d %s, want %s and nobody let in", rec.Code, rec.Body, row.want)
			}
			c.t = c.t.Add(time.Hour)
		})
		d.counter++ // copies of the device share no counter
	}
	if b := newBrowser(t, w); b.signIn(d).Code != http.StatusOK || !b.inside() {
		t.Error("the right answer is refused after them")
	}
}

// TestAnswerWorksOnce replays an answer with the cookies of its browser.
func TestAnswerWorksOnce(t *testing.T) {
	w, d := newSignIn(t, newClock())
	b := newBrowser(t, w)
	rec := b.ask("POST", "/sign-in/begin", map[string]any{})
	cookies := maps.Clone(b.cookies)
	a := map[string]any{"answer": d.sign(rec.Body.Bytes())}
	if got := b.ask("POST", "/sign-in/finish", a).Code; got != http.StatusOK {
		t.Fatalf("got %d", got)
	}
	thief := newBrowser(t, w)
	thief.cookies = cookies
	if got := codeIn(t, thief.ask("POST", "/sign-in/finish", a)); got != "challenge_gone" {
		t.Errorf("again: got %q, want challenge_gone", got)
	}
}

func TestEnrolmentLink(t *testing.T) {
	c := newClock()
	w := newWeb(c.now)
	if err := w.SetOrigin(testOrigin); err != nil {
		t.Fatal(err)
	}
	enlist(t, w, "a.weber", node.Officer)
	enlist(t, w, "b.lang", node.Officer)
	refused := func(what string, d *device, link, want string) {
		t.Helper()
		b := newBrowser(t, w)
		if got := codeIn(t, b.enrol(d, link, "")); got != want || b.inside() {
			t.Errorf("%s: got %q, want %s", what, got, want)
		}
	}
	refused("no link", newDevice(t), "guess", "link_spent")
	first := newLink(t, w, "a.weber")
	second := newLink(t, w, "a.weber")
	refused("a link that another took the place of", newDevice(t), first, "link_spent")
	unverified := newDevice(t)
	unverified.flags = userPresent
	refused("no user verification", unverified, second, "passkey_refused")
	b, d := newBrowser(t, w), newDevice(t)
	if rec := b.enrol(d, second, ""); rec.Code != http.StatusOK || !b.inside() {
		t.Fatalf("got %d %s", rec.Code, rec.Body)
	}
	refused("a spent link", newDevice(t), second, "link_spent")
	refused("a passkey of somebody else", d, newLink(t, w, "b.lang"), "passkey_exists")
	late := newLink(t, w, "a.weber")
	c.t = c.t.Add(24 * time.Hour)
	refused("a link of yesterday", newDevice(t), late, "link_spent")
	open := newLink(t, w, "b.lang")
	if _, err := w.Node.DisableUser(t.Context(), "operator:test", "b.lang"); err != nil {
		t.Fatal(err)
	}
	refused("a link of a disabled user", newDevice(t), open, "link_spent")
}

func TestFirstOperatorEnrols(t *testing.T) {
	w := newWeb(newClock().now)
	if link, err := w.FirstLink(t.Context()); err != nil || link != "" {
		t.Errorf("without an origin: got %q, %v", link, err)
	}
	if err := w.SetOrigin(testOrigin); err != nil {
		t.Fatal(err)
	}
	first, err := w.FirstLink(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	link, err := w.FirstLink(t.Context())
	secret, ok := strings.CutPrefix(link, testOrigin+"/enrol#")
	if err != nil || !ok || link == first {
		t.Fatalf("got %q, %v", link, err)
	}
	b, d := newBrowser(t, w), newDevice(t)
	if rec := b.ask("POST", "/enrol/begin", map[string]any{"link": secret}); strings.TrimSpace(rec.Body.String()) != `{"named":false}` {
		t.Errorf("without a name: got %s", rec.Body)
	}
	if got := codeIn(t, b.enrol(d, secret, "No Name")); got != "bad_login" {
		t.Errorf("a bad name: got %q", got)
	}
	if rec := b.enrol(d, secret, "o.maes"); rec.Code != http.StatusOK || !b.inside() {
		t.Fatalf("got %d %s", rec.Code, rec.Body)
	}
	if u, ok := w.Node.User("o.maes"); !ok || !u.Has(node.Operator) || len(u.Roles) != 1 {
		t.Errorf("got %+v, %v, want an operator", u, ok)
	}
	if again, err := w.FirstLink(t.Context()); err != nil || again != "" {
		t.Errorf("with a user: got %q, %v, want no link", again, err)
	}
	if got := codeIn(t, newBrowser(t, w).enrol(newDevice(t), strings.TrimPrefix(first, testOrigin+"/enrol#"), "thief")); got != "link_spent" {
		t.Errorf("an older link of the first operator: got %q, want link_spent", got)
	}
}

// TestFirstLinkEndsWithTheFirstUser: a link that was not used is no way in later.
func TestFirstLinkEndsWithTheFirstUser(t *testing.T) {
	w := newWeb(newClock().now)
	if err := w.SetOrigin(testOrigin); err != nil {
		t.Fatal(err)
	}
	link, err := w.FirstLink(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	enlist(t, w, "a.weber", node.Officer)
	if got := codeIn(t, newBrowser(t, w).enrol(newDevice(t), strings.TrimPrefix(link, testOrigin+"/enrol#"), "thief")); got != "link_spent" {
		t.Errorf("got %q, want link_spent", got)
	}
}

// TestSignInIsThrottled: failures are bounded by address and by account, and lock out
// neither the account elsewhere nor other accounts. F22.
func TestSignInIsThrottled(t *testing.T) {
	c := newClock()
	w, d := newSignIn(t, c)
	wrong := *d
	wrong.key = newDevice(t).key
	b := newBrowser(t, w)
	b.from = "198.51.100.9:1"
	codes := map[string]int{}
	for range 25 {
		codes[codeIn(t, b.signIn(&wrong))]++
	}
	if codes["passkey_refused"] != 10 || codes[codeTooMany] != 15 {
		t.Errorf("from one address: got %v, want 10 refused and then too many", codes)
	}
	if rec := b.ask("POST", "/sign-in/begin", map[string]any{}); rec.Code != http.StatusTooManyRequests || rec.Header().Get("Retry-After") == "" {
		t.Errorf("got %d and Retry-After %q, want 429", rec.Code, rec.Header().Get("Retry-After"))
	}
	for i := range 40 { // from many addresses in one name
		b := newBrowser(t, w)
		b.from = fmt.Sprintf("203.0.113.%d:1", i)
		if got := codeIn(t, b.signIn(&wrong)); got != codeTooMany {
			t.Fatalf("in a name that failed too often: got %q, want %s", got, codeTooMany)
		}
	}
	if b := newBrowser(t, w); b.signIn(d).Code != http.StatusOK || !b.inside() {
		t.Error("the user is locked out by others' failures")
	}
	c.t = c.t.Add(time.Hour)
	if b.signIn(d).Code != http.StatusOK {
		t.Error("the address is not free after an hour")
	}
	if got := strings.Count(acts(t, w, "user:a.weber"), "user.sign_in_refused"); got != 1 {
		t.Errorf("the failures of one minute are %d lines of the journal, want 1", got)
	}
}

func TestBeginningsAreBounded(t *testing.T) {
	w, _ := newSignIn(t, newClock())
	b := newBrowser(t, w)
	b.from = "198.51.100.3:1"
	for i := range 40 {
		if got, want := b.ask("POST", "/sign-in/begin", map[string]any{}).Code, http.StatusOK; (got == want) != (i < 30) {
			t.Fatalf("beginning %d: got %d", i+1, got)
		}
	}
	if len(w.auth.ceremonies) > maxCeremonies {
		t.Errorf("%d questions are kept", len(w.auth.ceremonies))
	}
}

func TestAddresses(t *testing.T) {
	w := newWeb(newClock().now)
	for _, row := range []struct{ remote, forwarded, want string }{
		{"192.0.2.1:7", "", "192.0.2.1"},
		{"192.0.2.1:7", "198.51.100.1", "192.0.2.1"}, // no proxy of ours
		{"127.0.0.1:7", "10.0.0.1, 198.51.100.1", "198.51.100.1"},
		{"127.0.0.1:7", "", "127.0.0.1"},
		{"127.0.0.1:7", "nonsense", ""},
		{"[2001:db8:1:2:3:4:5:6]:7", "", "2001:db8:1:2::/64"},
		{"[::ffff:192.0.2.1]:7", "", "192.0.2.1"},
	} {
		b := newBrowser(t, w)
		r := b.request("GET", "/", nil)
		r.RemoteAddr = row.remote
		if row.forwarded != "" {
			r.Header.Set("X-Forwarded-For", row.forwarded)
		}
		if got := addressOf(r); got != row.want {
			t.Errorf("%s %q: got %q, want %q", row.remote, row.forwarded, got, row.want)
		}
	}
}

func TestOwnSessions(t *testing.T) {
	c := newClock()
	w, d := newSignIn(t, c)
	here, there := newBrowser(t, w), newBrowser(t, w)
	there.from = "198.51.100.77:1"
	if there.signIn(d).Code != http.StatusOK {
		t.Fatal("no session there")
	}
	c.t = c.t.Add(time.Minute)
	if here.signIn(d).Code != http.StatusOK {
		t.Fatal("no session here")
	}
	page := here.ask("GET", "/account", nil).Body.String()
	for _, want := range []string{"198.51.100.77", "192.0.2.7", "this one", "officer", "Your passkeys"} {
		if !strings.Contains(page, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
	own := w.auth.sessionsOf("a.weber") // newest first
	far := slices.IndexFunc(own, func(s session) bool { return s.from == "198.51.100.77" })
	if rec := here.ask("POST", "/account/sessions/"+sessionID(own[far].sum)+"/end", nil); rec.Code != http.StatusSeeOther {
		t.Errorf("got %d %s", rec.Code, rec.Body)
	}
	if there.inside() || !here.inside() {
		t.Error("the wrong session ended")
	}
	enlist(t, w, "b.lang", node.Officer)
	other := newBrowser(t, w)
	if other.enrol(newDevice(t), newLink(t, w, "b.lang"), "").Code != http.StatusOK {
		t.Fatal("no second user")
	}
	if rec := other.ask("POST", "/account/sessions/"+sessionID(own[0].sum)+"/end", nil); rec.Code != http.StatusNotFound || !here.inside() {
		t.Errorf("one ended another's session: %d", rec.Code)
	}
	for range maxOwnSessions {
		c.t = c.t.Add(time.Minute) // of sessions last used at the same time any may end
		if b := newBrowser(t, w); b.signIn(d).Code != http.StatusOK {
			t.Fatal("no further session")
		}
	}
	if here.inside() || len(w.auth.sessionsOf("a.weber")) != maxOwnSessions {
		t.Errorf("%d sessions are open, want the oldest ended", len(w.auth.sessionsOf("a.weber")))
	}
}

func TestRevokedUserIsOut(t *testing.T) {
	w, d := newSignIn(t, newClock())
	b := newBrowser(t, w)
	b.signIn(d)
	r := b.request("POST", "/admin/users/a.weber/revoke?passkeys=true", nil)
	if rec := ask(w.Admin(), asUser(r, self())); rec.Code != http.StatusOK {
		t.Fatalf("got %d %s", rec.Code, rec.Body)
	}
	if b.inside() || codeIn(t, b.signIn(d)) != "passkey_refused" {
		t.Error("a user whose passkeys are dropped is in, or comes in")
	}
}

func TestOrigins(t *testing.T) {
	for _, good := range []string{"https://comity.example", "https://comity.example:8443", "http://localhost:8801", "https://localhost"} {
		if _, err := ParseOrigin(good); err != nil {
			t.Errorf("%s: got %v", good, err)
		}
	}
	for _, bad := range []string{"", "comity.example", "http://comity.example", "https://comity.example/", "https://comity.example/x", "https://192.0.2.1", "https://[::1]:8801",
		"http://127.0.0.1:8801", "https://user@comity.example", "https://comity.example?x", "https://comity.example#x", "ftp://localhost", "https://"} {
		if _, err := ParseOrigin(bad); err == nil {
			t.Errorf("%q was taken", bad)
		}
	}
}

// TestNoOriginNoPasskeys: a node that does not know its address says so.
func TestNoOriginNoPasskeys(t *testing.T) {
	w := newWeb(newClock().now)
	b := newBrowser(t, w)
	if got := codeIn(t, b.ask("POST", "/sign-in/begin", map[string]any{})); got != "no_origin" {
		t.Errorf("got %q, want no_origin", got)
	}
	if page := b.ask("GET", "/sign-in", nil).Body.String(); !strings.Contains(page, "web_origin") || strings.Contains(page, "passkey.js") {
		t.Error("the page does not say what is missing")
	}
}
