package web

import (
	"context"
	"crypto/subtle"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"slices"
	"sync"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	"github.com/comity-exchange/comity/schema"
)

// SignOn is an authority's single sign-on: a provider of OpenID Connect.
type SignOn struct {
	Issuer string // "https://" and a host; "http://" on loopback alone
	Client string // this node's client id there
	Secret string // "" for a client without one
	Claim  string // whose value is the user's name here
}

// ParseIssuer reads the address of a provider as SignOn.Issuer says.
func ParseIssuer(s string) error {
	u, err := url.Parse(s)
	if err == nil && u.Host != "" && u.User == nil && u.RawQuery == "" && u.Fragment == "" && (u.Scheme == "https" || onLoopback(u)) {
		return nil
	}
	return &schema.Problem{Kind: schema.Invalid, Code: "bad_config", Pointer: "oidc_issuer", Detail: "This is not the address of a provider of OpenID Connect.",
		Fix: "Write https:// and what the provider calls its issuer, such as https://login.bfj.example/realms/staff. Plain http is for this machine alone."}
}

// onLoopback holds for plain HTTP that does not leave this machine.
func onLoopback(u *url.URL) bool {
	ip := net.ParseIP(u.Hostname())
	return u.Scheme == "http" && (u.Hostname() == "localhost" || ip != nil && ip.IsLoopback())
}

// provider speaks OpenID Connect with an issuer: authorization code flow with PKCE.
// Safe for concurrent use.
type provider struct {
	SignOn
	back   string // where the issuer sends browsers back
	client *http.Client
	now    func() time.Time

	mu    sync.Mutex     // guards known
	known *knownProvider // nil until it was reached once
}

// knownProvider is what an issuer says of itself, with its keys, which renew themselves.
type knownProvider struct {
	flow     oauth2.Config
	verifier *oidc.IDTokenVerifier
	keys     *issuerKeys
}

// sent is what a browser took along to the issuer.
type sent struct {
	state, nonce, proof string
	again               time.Time // when somebody who is signed in was sent to show that it is them; zero if nobody was
}

func newSent() *sent {
	return &sent{state: newSecret(), nonce: newSecret(), proof: oauth2.GenerateVerifier()}
}

// to is where to go on: who had to show that it is them wants to release something.
func (s *sent) to() string {
	if s.again.IsZero() {
		return "/"
	}
	return "/releases"
}

// maxSkew is how far the issuer's clock may be behind ours.
const maxSkew = time.Minute

const (
	providerTimeout = 10 * time.Second
	maxProvider     = 1 << 20 // octets of an answer of the issuer
)

// signatures that an id token may bear. OpenID Connect Core 3.1.3.7: never none.
var signatures = []string{oidc.RS256, oidc.RS384, oidc.RS512, oidc.PS256, oidc.PS384, oidc.PS512, oidc.ES256, oidc.ES384, oidc.ES512, oidc.EdDSA}

var (
	errProviderDown = errors.New("single sign-on cannot be reached")
	errProviderSays = errors.New("single sign-on does not convince")
)

// SetSignOn lets users in by an authority's single sign-on. Call it after SetOrigin and
// before anything is served.
func (w *Web) SetSignOn(s SignOn) error {
	if err := ParseIssuer(s.Issuer); err != nil {
		return err
	}
	if w.origin == "" {
		return errors.New("single sign-on needs an origin")
	}
	u, err := url.Parse(s.Issuer)
	if err != nil {
		return err
	}
	w.signOn = &provider{SignOn: s, back: w.origin + signOnBack, now: w.Now,
		client: &http.Client{Timeout: providerTimeout, Transport: bounded{onLoopback(u)},
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}}
	return nil
}

// bounded carries requests to an issuer over TLS, or on loopback if the issuer is there,
// and cuts its answers.
type bounded struct{ local bool }

func (b bounded) fits(u *url.URL) bool {
	return u.Host != "" && (u.Scheme == "https" || b.local && onLoopback(u))
}

func (b bounded) RoundTrip(r *http.Request) (*http.Response, error) {
	if !b.fits(r.URL) {
		return nil, errors.New("an address of the provider is not https")
	}
	res, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	res.Body = struct {
		io.Reader
		io.Closer
	}{io.LimitReader(res.Body, maxProvider), res.Body}
	return res, nil
}

// reach learns what the issuer says of itself, once; what fails is tried again next time.
func (p *provider) reach(ctx context.Context) (*knownProvider, error) {
	p.mu.Lock()
	k := p.known
	p.mu.Unlock()
	if k != nil {
		return k, nil
	}
	found, err := oidc.NewProvider(oidc.ClientContext(ctx, p.client), p.Issuer)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errProviderDown, err)
	}
	var own struct {
		Keys string `json:"jwks_uri"`
	}
	if err := found.Claims(&own); err != nil {
		return nil, fmt.Errorf("%w: %w", errProviderDown, err)
	}
	flow := oauth2.Config{ClientID: p.Client, ClientSecret: p.Secret, Endpoint: found.Endpoint(), RedirectURL: p.back, Scopes: []string{oidc.ScopeOpenID, "profile"}}
	if u, err := url.Parse(flow.Endpoint.AuthURL); err != nil || !p.client.Transport.(bounded).fits(u) {
		return nil, fmt.Errorf("%w: the address to sign in at is not https", errProviderDown)
	}
	k = &knownProvider{flow: flow, keys: &issuerKeys{set: oidc.NewRemoteKeySet(oidc.ClientContext(context.Background(), p.client), own.Keys)}}
	k.verifier = oidc.NewVerifier(p.Issuer, k.keys, &oidc.Config{ClientID: p.Client, SupportedSigningAlgs: signatures, Now: p.now})
	p.mu.Lock()
	p.known = k
	p.mu.Unlock()
	return k, nil
}

// issuerKeys are an issuer's keys. The verifier hides why they fail; this keeps apart
// that they were not reached.
type issuerKeys struct{ set *oidc.RemoteKeySet }

type unreachedKey struct{}

func (k *issuerKeys) VerifySignature(ctx context.Context, token string) ([]byte, error) {
	payload, err := k.set.VerifySignature(ctx, token)
	var broken *url.Error
	if unreached, ok := ctx.Value(unreachedKey{}).(*bool); ok && errors.As(err, &broken) {
		*unreached = true
	}
	return payload, err
}

// address to which a browser is sent to sign in.
func (p *provider) address(ctx context.Context, s *sent) (string, error) {
	k, err := p.reach(ctx)
	if err != nil {
		return "", err
	}
	options := []oauth2.AuthCodeOption{oidc.Nonce(s.nonce), oauth2.S256ChallengeOption(s.proof)}
	if !s.again.IsZero() { // OpenID Connect Core 3.1.2.1: the user signs in anew, whatever is remembered
		options = append(options, oauth2.SetAuthURLParam("prompt", "login"), oauth2.SetAuthURLParam("max_age", "0"))
	}
	return k.flow.AuthCodeURL(s.state, options...), nil
}

// redeem turns the code that a browser brought back into the name that the issuer gives
// its user. The error is errProviderDown or errProviderSays.
func (p *provider) redeem(ctx context.Context, code string, s *sent) (name string, err error) {
	k, err := p.reach(ctx)
	if err != nil {
		return "", err
	}
	tokens, err := k.flow.Exchange(context.WithValue(ctx, oauth2.HTTPClient, p.client), code, oauth2.VerifierOption(s.proof))
	var refused *oauth2.RetrieveError
	switch {
	case errors.As(err, &refused) && refused.Response.StatusCode < http.StatusInternalServerError:
		return "", fmt.Errorf("%w: code refused", errProviderSays) // not its text: it is the provider's
	case err != nil:
		return "", fmt.Errorf("%w: redeem code", errProviderDown)
	}
	raw, _ := tokens.Extra("id_token").(string)
	unreached := false
	token, err := k.verifier.Verify(context.WithValue(ctx, unreachedKey{}, &unreached), raw)
	switch {
	case unreached:
		return "", fmt.Errorf("%w: fetch keys", errProviderDown)
	case err != nil:
		return "", fmt.Errorf("%w: id token", errProviderSays)
	case subtle.ConstantTimeCompare([]byte(token.Nonce), []byte(s.nonce)) != 1:
		return "", fmt.Errorf("%w: nonce", errProviderSays)
	}
	return p.named(token, s)
}

// named reads the name out of a token that was verified, and that is for this node
// alone. OpenID Connect Core 3.1.3.7, 4 and 5.
func (p *provider) named(token *oidc.IDToken, s *sent) (string, error) {
	claims := map[string]any{}
	if err := token.Claims(&claims); err != nil {
		return "", fmt.Errorf("%w: claims", errProviderSays)
	}
	party, given := claims["azp"]
	if (given || len(token.Audience) > 1) && party != p.Client || !slices.Contains(token.Audience, p.Client) {
		return "", fmt.Errorf("%w: authorized party", errProviderSays)
	}
	if at, _ := claims["auth_time"].(float64); !s.again.IsZero() && time.Unix(int64(at), 0).Before(s.again.Add(-maxSkew)) {
		return "", fmt.Errorf("%w: signed in too long ago", errProviderSays)
	}
	name, _ := claims[p.Claim].(string)
	return name, nil
}
