package web

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/comity-exchange/comity/node"
)

const testOrigin = "https://comity.example"

// Flags of authenticator data (WebAuthn 6.1).
const (
	userPresent  = 0x01
	userVerified = 0x04
	keyIncluded  = 0x40
)

// device is an authenticator with at most one passkey: an ES256 key, and no attestation.
type device struct {
	t       *testing.T
	key     *ecdsa.PrivateKey
	id      []byte
	handle  []byte
	counter uint32
	flags   byte
	origin  string
	rpID    string
}

func newDevice(t *testing.T) *device {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	d := &device{t: t, key: key, id: make([]byte, 16), flags: userPresent | userVerified, origin: testOrigin, rpID: "comity.example"}
	rand.Read(d.id)
	return d
}

func b64(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }

// collected is what a browser says about the ceremony (WebAuthn 5.8.1).
func (d *device) collected(kind, challenge string) []byte {
	text, err := json.Marshal(map[string]any{"type": kind, "challenge": challenge, "origin": d.origin, "crossOrigin": false})
	if err != nil {
		d.t.Fatal(err)
	}
	return text
}

// data is the authenticator's (WebAuthn 6.1), with its key if it is new.
func (d *device) data(withKey bool) []byte {
	rp := sha256.Sum256([]byte(d.rpID))
	flags := d.flags
	if withKey {
		flags |= keyIncluded
	}
	d.counter++
	out := binary.BigEndian.AppendUint32(append(rp[:], flags), d.counter)
	if !withKey {
		return out
	}
	point, err := d.key.PublicKey.Bytes() // 4, x, y
	if err != nil {
		d.t.Fatal(err)
	}
	out = append(out, make([]byte, 16)...) // AAGUID
	out = append(binary.BigEndian.AppendUint16(out, uint16(len(d.id))), d.id...)
	out = append(out, 0xa5, 0x01, 0x02, 0x03, 0x26, 0x20, 0x01, 0x21, 0x58, 0x20) // COSE: EC2, ES256, P-256, x
	out = append(append(out, point[1:33]...), 0x22, 0x58, 0x20)
	return append(out, point[33:]...)
}

// make answers the question of an enrolment.
func (d *device) make(question []byte) map[string]any {
	var q struct {
		PublicKey struct {
			Challenge string `json:"challenge"`
			User      struct {
				ID string `json:"id"`
			} `json:"user"`
		} `json:"publicKey"`
	}
	if err := json.Unmarshal(question, &q); err != nil {
		d.t.Fatal(err)
	}
	var err error
	if d.handle, err = base64.RawURLEncoding.DecodeString(q.PublicKey.User.ID); err != nil {
		d.t.Fatal(err)
	}
	data := d.data(true)
	object := append([]byte("\xa3\x63fmt\x64none\x67attStmt\xa0\x68authData\x58"), byte(len(data)))
	object = append(object, data...)
	return d.wire(map[string]string{"clientDataJSON": b64(d.collected("webauthn.create", q.PublicKey.Challenge)), "attestationObject": b64(object)})
}

// sign answers the question of a sign-in.
func (d *device) sign(question []byte) map[string]any {
	var q struct {
		PublicKey struct {
			Challenge string `json:"challenge"`
		} `json:"publicKey"`
	}
	if err := json.Unmarshal(question, &q); err != nil {
		d.t.Fatal(err)
	}
	data, client := d.data(false), d.collected("webauthn.get", q.PublicKey.Challenge)
	sum := sha256.Sum256(client)
	signed := sha256.Sum256(append(bytes.Clone(data), sum[:]...))
	signature, err := ecdsa.SignASN1(rand.Reader, d.key, signed[:])
	if err != nil {
		d.t.Fatal(err)
	}
	return d.wire(map[string]string{"clientDataJSON": b64(client), "authenticatorData": b64(data), "signature": b64(signature), "userHandle": b64(d.handle)})
}

func (d *device) wire(response map[string]string) map[string]any {
	return map[string]any{"id": b64(d.id), "rawId": b64(d.id), "type": "public-key", "response": response, "clientExtensionResults": map[string]any{}}
}

// browser keeps cookies and asks one web side.
type browser struct {
	t       *testing.T
	w       *Web
	cookies map[string]*http.Cookie
	from    string
}

func newBrowser(t *testing.T, w *Web) *browser {
	return &browser{t: t, w: w, cookies: map[string]*http.Cookie{}, from: "192.0.2.7:4000"}
}

func (b *browser) request(method, path string, body any) *http.Request {
	b.t.Helper()
	var text []byte
	if body != nil {
		var err error
		if text, err = json.Marshal(body); err != nil {
			b.t.Fatal(err)
		}
	}
	r := httptest.NewRequest(method, path, bytes.NewReader(text))
	r.RemoteAddr = b.from
	if body != nil {
		r.Header.Set("Content-Type", "application/json")
	}
	for _, c := range b.cookies {
		r.AddCookie(c)
	}
	return r
}

func (b *browser) ask(method, path string, body any) *httptest.ResponseRecorder {
	b.t.Helper()
	return b.keep(ask(b.w.Public(), b.request(method, path, body)))
}

// keep takes the cookies of an answer.
func (b *browser) keep(rec *httptest.ResponseRecorder) *httptest.ResponseRecorder {
	for _, c := range rec.Result().Cookies() {
		if c.MaxAge < 0 {
			delete(b.cookies, c.Name)
		} else {
			b.cookies[c.Name] = c
		}
	}
	return rec
}

// enrol makes a passkey on a device by a link's secret.
func (b *browser) enrol(d *device, link, name string) *httptest.ResponseRecorder {
	b.t.Helper()
	begin := map[string]any{"link": link}
	if name != "" {
		begin["name"] = name
	}
	rec := b.ask("POST", "/enrol/begin", begin)
	if rec.Code != http.StatusOK {
		return rec
	}
	return b.ask("POST", "/enrol/finish", map[string]any{"link": link, "answer": d.make(rec.Body.Bytes())})
}

func (b *browser) signIn(d *device) *httptest.ResponseRecorder {
	b.t.Helper()
	rec := b.ask("POST", "/sign-in/begin", map[string]any{})
	if rec.Code != http.StatusOK {
		return rec
	}
	return b.ask("POST", "/sign-in/finish", map[string]any{"answer": d.sign(rec.Body.Bytes())})
}

// inside tells whether the browser is signed in.
func (b *browser) inside() bool { return b.ask("GET", "/account", nil).Code == http.StatusOK }

// newSignIn is a web side at an origin with one officer, and their device, enrolled.
func newSignIn(t *testing.T, c *clock) (*Web, *device) {
	t.Helper()
	w := newWeb(c.now)
	if err := w.SetOrigin(testOrigin); err != nil {
		t.Fatal(err)
	}
	enlist(t, w, "a.weber", node.Officer)
	d := newDevice(t)
	if rec := newBrowser(t, w).enrol(d, newLink(t, w, "a.weber"), ""); rec.Code != http.StatusOK {
		t.Fatalf("enrolment: got %d %s", rec.Code, rec.Body)
	}
	return w, d
}

func newLink(t *testing.T, w *Web, name string) string {
	t.Helper()
	secret, _, err := w.Node.MakeLink(t.Context(), "operator:test", name)
	if err != nil {
		t.Fatal(err)
	}
	return secret
}

// codeIn is the code of the problem in an answer.
func codeIn(t *testing.T, rec *httptest.ResponseRecorder) string {
	t.Helper()
	var p Problem
	if !strings.HasPrefix(rec.Header().Get("Content-Type"), "application/problem+json") {
		return ""
	}
	if err := json.Unmarshal(rec.Body.Bytes(), &p); err != nil {
		t.Fatal(err)
	}
	return p.Code
}
