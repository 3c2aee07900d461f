package web

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/comity-exchange/comity/gateway/policy"
	"github.com/comity-exchange/comity/node"
)

// letGo presses release, for a message that is not there: 404 is past the question who it is.
func (b *browser) letGo() int {
	b.t.Helper()
	form := url.Values{"tag": {strings.Repeat("0", 32)}}
	r := httptest.NewRequest("POST", "/release/out/01990000-0000-7000-8000-000000000001/release", strings.NewReader(form.Encode()))
	r.RemoteAddr = b.from
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	for _, c := range b.cookies {
		r.AddCookie(c)
	}
	return b.keep(ask(b.w.Public(), r)).Code
}

func (b *browser) want(what string, status int) {
	b.t.Helper()
	if got := b.letGo(); got != status {
		b.t.Errorf("%s: got %d, want %d", what, got, status)
	}
}

// approves gives users the role that a release needs.
func approves(t *testing.T, w *Web, names ...string) {
	t.Helper()
	for _, name := range names {
		if _, err := w.Node.SetRoles(t.Context(), "operator:test", name, []node.Role{node.Officer, node.Approver}); err != nil {
			t.Fatal(err)
		}
	}
}

func TestReleaseNeedsAFreshTouch(t *testing.T) {
	c := newClock()
	w, d := newSignIn(t, c)
	enlist(t, w, "c.maes", node.Officer)
	approves(t, w, "a.weber", "c.maes")
	other := newDevice(t)
	if rec := newBrowser(t, w).enrol(other, newLink(t, w, "c.maes"), ""); rec.Code != http.StatusOK {
		t.Fatalf("enrolment: got %d %s", rec.Code, rec.Body)
	}
	b := newBrowser(t, w)
	b.signIn(d)
	b.ask("GET", "/account?lang=nl", nil)
	b.want("signed in just now", http.StatusNotFound)
	c.t = c.t.Add(proofLife)
	b.want("five minutes later", http.StatusForbidden)
	again := func(d *device) int {
		rec := b.ask("POST", "/sign-in/begin", map[string]any{})
		return b.ask("POST", "/sign-in/finish", map[string]any{"again": true, "answer": d.sign(rec.Body.Bytes())}).Code
	}
	if got := again(other); got != http.StatusForbidden {
		t.Errorf("somebody else's passkey: got %d, want 403", got)
	}
	b.want("after somebody else's touch", http.StatusForbidden)
	if got := again(d); got != http.StatusOK {
		t.Fatalf("their own passkey: got %d, want 200", got)
	}
	b.want("after their own touch", http.StatusNotFound)
	if page := b.page("/account").Body.String(); !strings.Contains(page, `<html lang="nl"`) {
		t.Error("the touch lost the language that was chosen")
	}
	stranger := newBrowser(t, w)
	rec := stranger.ask("POST", "/sign-in/begin", map[string]any{})
	if got := stranger.ask("POST", "/sign-in/finish", map[string]any{"again": true, "answer": d.sign(rec.Body.Bytes())}).Code; got != http.StatusForbidden {
		t.Errorf("again without a session: got %d, want 403", got)
	}
}

func TestReleaseNeedsAFreshSignOn(t *testing.T) {
	c := newClock()
	w, p := newSignOn(t, c)
	approves(t, w, "a.weber")
	b := newBrowser(t, w)
	b.page(p.away(b))
	b.want("remembered by the provider", http.StatusForbidden)
	again := func(twist func(map[string]any)) {
		t.Helper()
		p.twist = twist
		rec := b.page("/sign-in/oidc?again=true")
		if rec.Code != http.StatusSeeOther {
			t.Fatalf("begin: got %d %s", rec.Code, rec.Body)
		}
		b.page(p.visit(rec.Header().Get("Location")))
	}
	for name, twist := range map[string]func(map[string]any){
		"a provider that does not say when": func(claims map[string]any) { delete(claims, "auth_time") },
		"a provider that says long ago":     func(claims map[string]any) { claims["auth_time"] = c.t.Add(-2 * maxSkew).Unix() },
	} {
		again(twist)
		b.want(name, http.StatusForbidden)
	}
	again(nil)
	b.want("signed in anew", http.StatusNotFound)
	c.t = c.t.Add(proofLife)
	b.want("five minutes later", http.StatusForbidden)
}

func TestWhatChangedSinceTheLastLook(t *testing.T) {
	before := look{"1", "careful", policy.Hold, []string{"bio.face", "health"}}
	for _, row := range []struct {
		now  look
		want string
	}{
		{before, ""},
		{look{"2", "careful", policy.Hold, []string{"bio.face", "health"}}, "The policy is another one"},
		{look{"2", "strict", policy.Deny, nil}, "The policy is another one|A second officer must release it → The policy does not let it leave|Rule: careful → strict|No longer waits because of BIO.FACE|No longer waits because of HEALTH"},
		{look{"1", "careful", policy.Hold, []string{"health", "fin.account", "bio.face"}}, "Now also waits because of FIN.ACCOUNT"},
	} {
		if got := strings.Join(row.now.since(before, words["en"], strings.ToUpper), "|"); got != row.want {
			t.Errorf("got  %s\nwant %s", got, row.want)
		}
	}
	c := newClock()
	w, d := newSignIn(t, c)
	b := newBrowser(t, w)
	b.signIn(d)
	s, _ := w.auth.session(b.cookies["__Host-comity-BE"].Value)
	w.auth.looked(s, "out/1", before)
	if now, _ := w.auth.session(b.cookies["__Host-comity-BE"].Value); now.looks["out/1"].rule != "careful" || s.looks != nil {
		t.Error("the look is not kept, or a copy of the session changed")
	}
}
