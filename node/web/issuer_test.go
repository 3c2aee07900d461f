package web

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/json"
	"maps"
	"math/big"
	"net/http"
	"net/http/httptest"
	"net/url"
	"sync"
	"testing"
	"time"
)

const (
	testClient = "comity-be"
	testSecret = "between provider and node"
)

// issuer is a provider of OpenID Connect on loopback: discovery, authorization, token
// and keys, with PKCE (S256) and the client's secret held against what was asked. Its
// user signs in at once. Not safe for tests that change it while it answers.
type issuer struct {
	*httptest.Server
	t     *testing.T
	now   func() time.Time
	user  string // that it names
	keys  map[string]any
	alg   string                         // of the next token: RS256, ES256 or none
	twist func(claims map[string]any)    // changes the next token's claims
	forge func(head, body string) string // signs in the issuer's stead

	mu    sync.Mutex // guards codes
	codes map[string]url.Values
}

// issuerKeysOnce are made once: making them costs most.
var issuerKeysOnce = sync.OnceValue(func() map[string]any {
	r, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		panic(err)
	}
	e, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		panic(err)
	}
	return map[string]any{"RS256": r, "ES256": e}
})

func newIssuer(t *testing.T, now func() time.Time) *issuer {
	p := &issuer{t: t, now: now, user: "a.weber", alg: "RS256", keys: issuerKeysOnce(), codes: map[string]url.Values{}}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /.well-known/openid-configuration", p.discovery)
	mux.HandleFunc("GET /authorize", p.authorize)
	mux.HandleFunc("POST /token", p.token)
	mux.HandleFunc("GET /keys", p.jwks)
	p.Server = httptest.NewServer(mux)
	t.Cleanup(p.Close)
	return p
}

func sendAs(rw http.ResponseWriter, status int, v any) {
	rw.Header().Set("Content-Type", "application/json")
	rw.WriteHeader(status)
	json.NewEncoder(rw).Encode(v)
}

func (p *issuer) discovery(rw http.ResponseWriter, _ *http.Request) {
	sendAs(rw, http.StatusOK, map[string]any{"issuer": p.URL, "authorization_endpoint": p.URL + "/authorize", "token_endpoint": p.URL + "/token",
		"jwks_uri": p.URL + "/keys", "response_types_supported": []string{"code"}, "subject_types_supported": []string{"public"},
		"id_token_signing_alg_values_supported": []string{"RS256", "ES256", "none"}, "token_endpoint_auth_methods_supported": []string{"client_secret_basic"}})
}

// authorize takes what a relying party must send, and sends the browser back with a code.
func (p *issuer) authorize(rw http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	if q.Get("response_type") != "code" || q.Get("client_id") != testClient || q.Get("redirect_uri") != testOrigin+signOnBack ||
		q.Get("code_challenge_method") != "S256" || len(q.Get("code_challenge")) != 43 || len(q.Get("state")) < 32 || len(q.Get("nonce")) < 32 {
		p.t.Errorf("authorization request: got %v", q)
	}
	code := newSecret()
	p.mu.Lock()
	p.codes[code] = q
	p.mu.Unlock()
	back := url.Values{"code": {code}, "state": {q.Get("state")}, "iss": {p.URL}, "session_state": {"x"}}
	http.Redirect(rw, r, q.Get("redirect_uri")+"?"+back.Encode(), http.StatusFound)
}

// token redeems a code, once, for who can prove that they asked for it.
func (p *issuer) token(rw http.ResponseWriter, r *http.Request) {
	client, secret, _ := r.BasicAuth()
	secret, _ = url.QueryUnescape(secret)
	p.mu.Lock()
	q, ok := p.codes[r.PostFormValue("code")]
	delete(p.codes, r.PostFormValue("code"))
	p.mu.Unlock()
	sum := sha256.Sum256([]byte(r.PostFormValue("code_verifier")))
	if !ok || client != testClient || secret != testSecret || b64(sum[:]) != q.Get("code_challenge") || r.PostFormValue("redirect_uri") != q.Get("redirect_uri") {
		sendAs(rw, http.StatusBadRequest, map[string]string{"error": "invalid_grant"})
		return
	}
	now := p.now().Unix()
	claims := map[string]any{"iss": p.URL, "aud": testClient, "sub": "4711", "iat": now, "exp": now + 300, "nonce": q.Get("nonce"), "preferred_username": p.user}
	if q.Get("prompt") == "login" && q.Get("max_age") == "0" {
		claims["auth_time"] = now
	}
	if p.twist != nil {
		p.twist(claims)
	}
	sendAs(rw, http.StatusOK, map[string]any{"access_token": newSecret(), "token_type": "Bearer", "expires_in": 300, "id_token": p.sign(claims)})
}

// sign makes a JWT (RFC 7519) as p.alg says.
func (p *issuer) sign(claims map[string]any) string {
	part := func(v any) string {
		text, err := json.Marshal(v)
		if err != nil {
			p.t.Error(err)
		}
		return b64(text)
	}
	head, body := part(map[string]string{"alg": p.alg, "kid": p.alg, "typ": "JWT"}), part(claims)
	if p.forge != nil {
		return p.forge(head, body)
	}
	return head + "." + body + "." + signature(p.keys[p.alg], head+"."+body)
}

// signature of a key in the manner of RFC 7518; "" without one, which is alg none.
func signature(key any, text string) string {
	sum := sha256.Sum256([]byte(text))
	switch k := key.(type) {
	case *rsa.PrivateKey:
		sig, err := rsa.SignPKCS1v15(rand.Reader, k, crypto.SHA256, sum[:])
		if err != nil {
			panic(err)
		}
		return b64(sig)
	case *ecdsa.PrivateKey:
		r, s, err := ecdsa.Sign(rand.Reader, k, sum[:])
		if err != nil {
			panic(err)
		}
		return b64(append(r.FillBytes(make([]byte, 32)), s.FillBytes(make([]byte, 32))...))
	}
	return ""
}

func (p *issuer) jwks(rw http.ResponseWriter, _ *http.Request) {
	r := p.keys["RS256"].(*rsa.PrivateKey)
	point, err := p.keys["ES256"].(*ecdsa.PrivateKey).PublicKey.Bytes()
	if err != nil {
		p.t.Error(err)
	}
	sendAs(rw, http.StatusOK, map[string]any{"keys": []map[string]string{
		{"kty": "RSA", "kid": "RS256", "use": "sig", "alg": "RS256", "n": b64(r.N.Bytes()), "e": b64(big.NewInt(int64(r.E)).Bytes())},
		{"kty": "EC", "kid": "ES256", "use": "sig", "alg": "ES256", "crv": "P-256", "x": b64(point[1:33]), "y": b64(point[33:])},
	}})
}

// away follows a browser to the issuer and gives the way back: path and query at the node.
func (p *issuer) away(b *browser) string {
	p.t.Helper()
	rec := b.page("/sign-in/oidc")
	if rec.Code != http.StatusSeeOther {
		p.t.Fatalf("begin: got %d %s", rec.Code, rec.Body)
	}
	return p.visit(rec.Header().Get("Location"))
}

// visit opens the issuer's page for signing in.
func (p *issuer) visit(address string) string {
	p.t.Helper()
	c := *p.Client()
	c.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	res, err := c.Get(address)
	if err != nil {
		p.t.Fatal(err)
	}
	res.Body.Close()
	to, err := res.Location()
	if err != nil {
		p.t.Fatal(err)
	}
	return to.RequestURI()
}

// page asks as a browser does that follows a link.
func (b *browser) page(path string) *httptest.ResponseRecorder {
	b.t.Helper()
	r := b.request("GET", path, nil)
	r.Header.Set("Accept", "text/html")
	return b.keep(ask(b.w.Public(), r))
}

// copied is another browser with the same cookies.
func (b *browser) copied() *browser {
	other := *b
	other.cookies = maps.Clone(b.cookies)
	return &other
}

// otherKey is not the issuer's.
var otherKey = sync.OnceValue(func() *rsa.PrivateKey {
	k, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		panic(err)
	}
	return k
})
