package web

import (
	"crypto/sha256"
	"net/http"
	"time"

	"github.com/go-webauthn/webauthn/webauthn"

	"github.com/comity-exchange/comity/node"
)

// Limits of what a browser has begun and not finished.
const (
	ceremonyLife  = 5 * time.Minute
	maxCeremonies = 4096
)

// ceremony is a question to a passkey, or a browser sent to the single sign-on, that was
// not answered yet. It belongs to the browser that holds the cookie, and is answered once.
type ceremony struct {
	asked webauthn.SessionData
	user  *node.User // who enrols, nil for a sign-in
	sent  *sent      // to the single sign-on, nil for a passkey
	ends  time.Time
}

// challengeCookie binds a question to the browser that asked for it.
func (w *Web) challengeCookie(secret string) *http.Cookie {
	c := w.cookie(secret)
	c.Name += "-challenge"
	if secret != "" {
		c.MaxAge = int(ceremonyLife / time.Second)
	}
	return c
}

// beginCeremony keeps a question; false if too many wait.
func (a *auth) beginCeremony(c ceremony) (cookie string, ok bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	now := a.now()
	for sum, old := range a.ceremonies {
		if !now.Before(old.ends) {
			delete(a.ceremonies, sum)
		}
	}
	if len(a.ceremonies) >= maxCeremonies {
		return "", false
	}
	cookie = newSecret()
	c.ends = now.Add(ceremonyLife)
	a.ceremonies[sha256.Sum256([]byte(cookie))] = c
	return cookie, true
}

// takeCeremony gives what the browser with a cookie of this name has begun, and forgets it.
func (w *Web) takeCeremony(rw http.ResponseWriter, r *http.Request, empty *http.Cookie) (ceremony, bool) {
	cookie, err := r.Cookie(empty.Name)
	if err != nil {
		return ceremony{}, false
	}
	http.SetCookie(rw, empty)
	sum := sha256.Sum256([]byte(cookie.Value))
	w.auth.mu.Lock()
	defer w.auth.mu.Unlock()
	c, ok := w.auth.ceremonies[sum]
	delete(w.auth.ceremonies, sum)
	return c, ok && w.auth.now().Before(c.ends)
}
