package web

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/comity-exchange/comity/node"
)

// newSignOn is a web side with one officer, and an issuer that knows them.
func newSignOn(t *testing.T, c *clock) (*Web, *issuer) {
	t.Helper()
	w := newWeb(c.now)
	if err := w.SetOrigin(testOrigin); err != nil {
		t.Fatal(err)
	}
	p := newIssuer(t, c.now)
	if err := w.SetSignOn(SignOn{Issuer: p.URL, Client: testClient, Secret: testSecret, Claim: "preferred_username"}); err != nil {
		t.Fatal(err)
	}
	enlist(t, w, "a.weber", node.Officer)
	return w, p
}

func TestSignOn(t *testing.T) {
	for _, alg := range []string{"RS256", "ES256"} {
		t.Run(alg, func(t *testing.T) {
			w, p := newSignOn(t, newClock())
			p.alg = alg
			b := newBrowser(t, w)
			if got := b.page("/sign-in").Body.String(); !strings.Contains(got, `href="/sign-in/oidc"`) {
				t.Error("the sign-in page does not offer it")
			}
			back := p.away(b)
			carried := b.cookies["__Host-comity-BE-sign-on"]
			if carried == nil || !carried.HttpOnly || !carried.Secure || carried.SameSite != http.SameSiteLaxMode || carried.MaxAge != 300 {
				t.Errorf("got cookie %+v", carried)
			}
			rec := b.page(back)
			if rec.Code != http.StatusOK || rec.Header().Get("Refresh") != "0; url=/" || !b.inside() {
				t.Fatalf("got %d %s", rec.Code, rec.Body)
			}
			session := b.cookies["__Host-comity-BE"]
			if session == nil || session.SameSite != http.SameSiteStrictMode || len(b.cookies) != 1 {
				t.Errorf("got cookies %v", b.cookies)
			}
			if got := b.page("/account").Body.String(); !strings.Contains(got, "by your authority&#39;s account") {
				t.Errorf("the list of sessions does not say how: %s", got)
			}
			if got := last(t, w, "user:a.weber"); got != "user.signed_in oidc" {
				t.Errorf("got journal %q", got)
			}
			// Signing in again begins another session; the one before ends. F22.
			if b.page(p.away(b)); !b.inside() || b.cookies["__Host-comity-BE"].Value == session.Value {
				t.Error("the session kept its secret over a sign-in")
			}
		})
	}
}

// last is what the journal said last about a subject: the act, how, and the code.
func last(t *testing.T, w *Web, subject string) string {
	t.Helper()
	entries, err := w.Node.Entries(t.Context(), 0, 1000)
	if err != nil {
		t.Fatal(err)
	}
	said := ""
	for _, e := range entries {
		if e.Subject == subject {
			said = strings.TrimSpace(e.Act + " " + e.Detail["how"] + " " + e.Detail["code"])
		}
	}
	return said
}

// TestSignOnRefuses changes one thing at a time of a sign-on that would convince.
func TestSignOnRefuses(t *testing.T) {
	c := newClock()
	w, p := newSignOn(t, c)
	for _, name := range []string{"b.lang", "c.maes"} {
		enlist(t, w, name, node.Officer)
	}
	if _, err := w.Node.DisableUser(t.Context(), "operator:test", "b.lang"); err != nil {
		t.Fatal(err)
	}
	claim := func(name string, v any) func() {
		return func() { p.twist = func(claims map[string]any) { claims[name] = v } }
	}
	with := func(name, v string) func(string) string {
		return func(back string) string {
			u, _ := url.Parse(back)
			q := u.Query()
			if q.Set(name, v); v == "" {
				q.Del(name)
			}
			return u.Path + "?" + q.Encode()
		}
	}
	now := c.t.Unix()
	for i, row := range []struct {
		name   string
		issuer func()
		back   func(string) string
		want   string // code on the page
		says   string // last line of the journal about the sign-on, or about the user
	}{
		{"a wrong nonce", claim("nonce", "another"), nil, signOnRefused, "not_convincing"},
		{"no nonce", claim("nonce", nil), nil, signOnRefused, "not_convincing"},
		{"a wrong state", nil, with("state", newSecret()), signOnRefused, "not_convincing"},
		{"no state", nil, with("state", ""), signOnRefused, "not_convincing"},
		{"another issuer's answer", nil, with("iss", "https://evil.example"), signOnRefused, "not_convincing"},
		{"a refusal of the provider", nil, with("error", "access_denied"), signOnRefused, "not_convincing"},
		{"no code", nil, with("code", ""), signOnRefused, "not_convincing"},
		{"a guessed code", nil, with("code", "guess"), signOnRefused, "not_convincing"},
		{"an expired token", claim("exp", now-1), nil, signOnRefused, "not_convincing"},
		{"a token of later", claim("nbf", now+3600), nil, signOnRefused, "not_convincing"},
		{"a wrong audience", claim("aud", "comity-fr"), nil, signOnRefused, "not_convincing"},
		{"several audiences, no party", claim("aud", []string{testClient, "comity-fr"}), nil, signOnRefused, "not_convincing"},
		{"another party", claim("azp", "comity-fr"), nil, signOnRefused, "not_convincing"},
		{"a wrong issuer", claim("iss", "https://evil.example"), nil, signOnRefused, "not_convincing"},
		{"alg none", func() { p.alg = "none" }, nil, signOnRefused, "not_convincing"},
		{"no signature", func() { p.forge = func(head, body string) string { return head + "." + body + "." } }, nil, signOnRefused, "not_convincing"},
		{"another key's signature", func() {
			p.forge = func(head, body string) string { return head + "." + body + "." + signature(otherKey(), head+"."+body) }
		}, nil, signOnRefused, "not_convincing"},
		{"no token", func() { p.forge = func(string, string) string { return "" } }, nil, signOnRefused, "not_convincing"},
		{"an unknown user", func() { p.user = "d.smit" }, nil, signOnUnknown, "unknown_user"},
		{"a name in another case", func() { p.user = "A.Weber" }, nil, signOnUnknown, "unknown_user"},
		{"no name", claim("preferred_username", nil), nil, signOnUnknown, "unknown_user"},
		{"a name that is none", claim("preferred_username", []string{"a.weber"}), nil, signOnUnknown, "unknown_user"},
		{"a disabled user", func() { p.user = "b.lang" }, nil, signOnUnknown, "disabled"},
	} {
		t.Run(row.name, func(t *testing.T) {
			c.t = c.t.Add(2 * time.Minute) // the journal says each thing once a minute
			defer func() { p.user, p.alg, p.twist, p.forge = "a.weber", "RS256", nil, nil }()
			if row.issuer != nil {
				row.issuer()
			}
			b := newBrowser(t, w)
			b.from = "198.51.100." + string(rune('1'+i%9)) + ":4000"
			back := p.away(b)
			if row.back != nil {
				back = row.back(back)
			}
			rec := b.page(back)
			if got := rec.Body.String(); rec.Code != http.StatusForbidden || !strings.Contains(got, "<code>"+row.want+"</code>") || b.inside() {
				t.Errorf("got %d %s, want %s and nobody let in", rec.Code, got, row.want)
			}
			subject := "oidc"
			if row.says == "disabled" {
				subject = "user:b.lang"
			}
			if got := last(t, w, subject); got != "user.sign_in_refused oidc "+row.says {
				t.Errorf("got journal %q, want %s", got, row.says)
			}
		})
	}
	c.t = c.t.Add(time.Hour)
	b := newBrowser(t, w)
	if b.page(p.away(b)); !b.inside() {
		t.Error("the right sign-on is refused after them")
	}
	if got := acts(t, w, "user:d.smit"); got != "" {
		t.Errorf("the journal names a stranger: %s", got)
	}
}

// TestSignOnWorksOnce comes back a second time, by every way.
func TestSignOnWorksOnce(t *testing.T) {
	c := newClock()
	w, p := newSignOn(t, c)
	gone := func(what string, b *browser, back string) {
		t.Helper()
		if rec := b.page(back); rec.Code != http.StatusForbidden || !strings.Contains(rec.Body.String(), signOnGone) || b.inside() {
			t.Errorf("%s: got %d %s", what, rec.Code, rec.Body)
		}
	}
	b := newBrowser(t, w)
	back := p.away(b)
	thief := b.copied()
	if b.page(back); !b.inside() {
		t.Fatal("not signed in")
	}
	gone("with the cookies of before", thief, back)
	gone("without cookies", newBrowser(t, w), back)

	// A code that was redeemed does not serve another sign-on, whose state it bears.
	u, _ := url.Parse(back)
	spent := u.Query().Get("code")
	other := newBrowser(t, w)
	u, _ = url.Parse(p.away(other))
	q := u.Query()
	q.Set("code", spent)
	if rec := other.page(u.Path + "?" + q.Encode()); !strings.Contains(rec.Body.String(), signOnRefused) || other.inside() {
		t.Errorf("a spent code: got %d %s", rec.Code, rec.Body)
	}

	// A code that somebody else's browser fetched does not serve this one: PKCE and state.
	victim, attacker := newBrowser(t, w), newBrowser(t, w)
	stolen := p.away(attacker)
	p.away(victim)
	if rec := victim.page(stolen); !strings.Contains(rec.Body.String(), signOnRefused) || victim.inside() {
		t.Errorf("another's way back: got %d %s", rec.Code, rec.Body)
	}

	late := newBrowser(t, w)
	back = p.away(late)
	c.t = c.t.Add(ceremonyLife)
	gone("too late", late, back)

	// What was begun by single sign-on cannot be finished by passkey.
	mixed := newBrowser(t, w)
	p.away(mixed)
	crossed := *mixed.cookies["__Host-comity-BE-sign-on"]
	crossed.Name = "__Host-comity-BE-challenge"
	mixed.cookies[crossed.Name] = &crossed
	if got := codeIn(t, mixed.ask("POST", "/sign-in/finish", map[string]any{"answer": map[string]any{}})); got != "challenge_gone" {
		t.Errorf("finished by passkey: got %q", got)
	}
}

// TestProviderDown: passkeys still work, and so does the provider once it is back.
func TestProviderDown(t *testing.T) {
	c := newClock()
	w, d := newSignIn(t, c)
	p := newIssuer(t, c.now)
	address := p.URL
	if err := w.SetSignOn(SignOn{Issuer: address, Client: testClient, Secret: testSecret, Claim: "preferred_username"}); err != nil {
		t.Fatal(err)
	}
	b := newBrowser(t, w)
	back := p.away(b) // discovered while it was up
	p.Close()
	down := func(what string, b *browser, path string) {
		t.Helper()
		rec := b.page(path)
		if rec.Code != http.StatusServiceUnavailable || !strings.Contains(rec.Body.String(), signOnDown) || !strings.Contains(rec.Body.String(), `href="/sign-in"`) || b.inside() {
			t.Errorf("%s: got %d %s", what, rec.Code, rec.Body)
		}
	}
	down("the code", b, back)
	w.signOn.known = nil
	down("discovery", newBrowser(t, w), "/sign-in/oidc")
	if by := newBrowser(t, w); by.signIn(d).Code != http.StatusOK || !by.inside() {
		t.Error("a passkey does not let in")
	}
	if got := last(t, w, "user:a.weber"); got != "user.signed_in passkey" {
		t.Errorf("got journal %q", got)
	}
	if got := last(t, w, "oidc"); got != "" {
		t.Errorf("a provider that is away counts as a refusal: %q", got)
	}
}

func TestSignOnIsThrottled(t *testing.T) {
	w, p := newSignOn(t, newClock())
	p.user = "d.smit"
	b := newBrowser(t, w)
	refused := 0
	for ; refused < 100; refused++ {
		rec := b.page("/sign-in/oidc")
		if rec.Code == http.StatusTooManyRequests {
			break
		}
		b.page(p.visit(rec.Header().Get("Location")))
	}
	if refused != 10 {
		t.Errorf("got %d attempts from one address, want 10", refused)
	}
	other := newBrowser(t, w)
	other.from, p.user = "203.0.113.9:4000", "a.weber"
	if other.page(p.away(other)); !other.inside() {
		t.Error("somebody elsewhere is kept out by it")
	}
}

func TestSignOnNeedsItsSettings(t *testing.T) {
	w := newWeb(newClock().now)
	if err := w.SetOrigin(testOrigin); err != nil {
		t.Fatal(err)
	}
	b := newBrowser(t, w)
	if got := b.page("/sign-in").Body.String(); strings.Contains(got, "oidc") {
		t.Error("the sign-in page offers what is not there")
	}
	if rec := b.page("/sign-in/oidc"); rec.Code != http.StatusNotFound {
		t.Errorf("begin: got %d", rec.Code)
	}
	if rec := b.page(signOnBack + "?code=x&state=y"); rec.Code != http.StatusForbidden {
		t.Errorf("back: got %d", rec.Code)
	}
	for _, issuer := range []string{"", "login.example", "http://login.example", "http://192.0.2.1", "https://", "https://u:p@login.example", "https://login.example?x", "ftp://localhost", "http://localhost.evil.example"} {
		if ParseIssuer(issuer) == nil {
			t.Errorf("%q passes as an issuer", issuer)
		}
	}
	for _, issuer := range []string{"https://login.example", "https://login.example/realms/staff", "http://localhost:8080", "http://127.0.0.1:1/x", "http://[::1]:1"} {
		if err := ParseIssuer(issuer); err != nil {
			t.Errorf("%q: got %v", issuer, err)
		}
	}
}
