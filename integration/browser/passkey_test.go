package browser

import (
	"context"
	"net/url"
	"testing"

	"github.com/chromedp/cdproto/webauthn"
	"github.com/chromedp/chromedp"
)

// passkeys gives a tab an authenticator that verifies its user at every touch.
func (p *tab) passkeys() {
	p.t.Helper()
	p.do("add an authenticator", webauthn.Enable(), chromedp.ActionFunc(func(ctx context.Context) error {
		_, err := webauthn.AddVirtualAuthenticator(&webauthn.VirtualAuthenticatorOptions{Protocol: webauthn.AuthenticatorProtocolCtap2,
			Transport: webauthn.AuthenticatorTransportInternal, HasResidentKey: true, HasUserVerification: true, IsUserVerified: true,
			AutomaticPresenceSimulation: true}).Do(ctx)
		return err
	}))
}

const passkeyButton = "form[data-passkey] button"

// TestPasskey makes a passkey by a link, in a language chosen there, signs out, signs in with it, and ends the session.
func TestPasskey(t *testing.T) {
	d := house(t)
	secret, _, err := d.First().MakeLink(t.Context(), "operator:test", "demo")
	if err != nil {
		t.Fatal(err)
	}
	at, err := url.Parse(d.Nodes[0].URL)
	if err != nil {
		t.Fatal(err)
	}
	origin := "http://localhost:" + at.Port()
	rules := axe(t)
	p := newTab(t)
	p.passkeys()
	p.open(origin+"/enrol#"+secret, 200)
	p.flawless(rules)
	var lang string
	p.do("choose French, and make a passkey", chromedp.Click(".tongues summary"), chromedp.Click(`.tongues a[hreflang="fr"]`), chromedp.WaitEnabled(`html[lang="fr"] `+passkeyButton),
		chromedp.Click(passkeyButton), chromedp.WaitVisible("header nav", chromedp.ByQuery), chromedp.Evaluate("document.documentElement.lang", &lang))
	if lang != "fr" {
		t.Errorf("the language chosen on the page of the link became %q", lang)
	}
	p.open(origin+"/account", 200)
	p.flawless(rules)
	p.do("sign out", chromedp.Click(`form[action="/logout"] button`), chromedp.WaitEnabled(passkeyButton))
	p.complaints() // Chromium says that it cleared what Clear-Site-Data names
	p.flawless(rules)
	p.do("sign in", chromedp.Click(passkeyButton), chromedp.WaitVisible("nav"))
	p.open(origin+"/account", 200)
	p.do("end the session", chromedp.Click(`form[action$="/end"] button`), chromedp.WaitEnabled(passkeyButton))
	p.open(origin+"/account", 401)

	var said string
	p.open(origin+"/enrol#"+secret, 200)
	p.do("use the link again", chromedp.Reload(), chromedp.WaitEnabled(passkeyButton), chromedp.Click(passkeyButton), chromedp.WaitVisible("#said"), chromedp.Text("#said", &said))
	if want := "This link was used"; len(said) < len(want) || said[:len(want)] != want {
		t.Errorf("got %q, want %q", said, want)
	}
}
