package web

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"net"
	"net/http"
	"slices"
	"time"
)

// newSecret is 256 random bits as text.
func newSecret() string {
	b := make([]byte, 32)
	rand.Read(b)
	return base64.RawURLEncoding.EncodeToString(b)
}

func (a *auth) newTicket(name string) string {
	secret := newSecret()
	a.mu.Lock()
	defer a.mu.Unlock()
	a.tickets[sha256.Sum256([]byte(secret))] = ticket{name, a.now().Add(ticketLife)}
	return secret
}

// known holds for the name of an enabled user.
func (w *Web) known(name string) bool {
	_, ok := w.Node.User(name)
	return ok
}

// signIn spends a ticket of a known user and starts a session under a new secret.
func (a *auth) signIn(secret, from string, known func(name string) bool) (cookie string, ok bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.sweep()
	sum := sha256.Sum256([]byte(secret))
	t, ok := a.tickets[sum]
	if !ok || !known(t.name) {
		return "", false
	}
	delete(a.tickets, sum)
	return a.begin(t.name, from, byLink)
}

// enter starts a session of a user who is known already, in the place of another if that
// is not nil; what the same user chose in that goes on. Proved says that they showed just
// now that it is them.
func (a *auth) enter(name, from, how string, proved bool, before *session) (cookie string, ok bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.sweep()
	if before != nil {
		delete(a.sessions, before.sum)
	}
	if cookie, ok = a.begin(name, from, how); !ok {
		return "", false
	}
	s := a.sessions[sha256.Sum256([]byte(cookie))]
	if before != nil && before.name == name {
		s.lang, s.reasons, s.looks = before.lang, before.reasons, before.looks
	}
	if !proved {
		s.proof = time.Time{}
	}
	return cookie, true
}

// sessionsOf gives copies of a user's live sessions, the newest first.
func (a *auth) sessionsOf(name string) []session {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.sweep()
	var list []session
	for _, s := range a.sessions {
		if s.name == name {
			list = append(list, *s)
		}
	}
	slices.SortFunc(list, func(a, b session) int { return b.began.Compare(a.began) })
	return list
}

// begin starts a session; the caller holds mu. Of too many of one user the oldest ends.
func (a *auth) begin(name, from, how string) (cookie string, ok bool) {
	a.endOldest(name)
	if len(a.sessions) >= maxSessions {
		return "", false
	}
	cookie = newSecret()
	now := a.now()
	sum := sha256.Sum256([]byte(cookie))
	a.sessions[sum] = &session{name: name, began: now, ends: now.Add(sessionLife), used: now, from: from, how: how, proof: now, sum: sum}
	return cookie, true
}

// endOldest makes room for one more session of a user; the caller holds mu.
func (a *auth) endOldest(name string) {
	var oldest *session
	count := 0
	for _, s := range a.sessions {
		if s.name != name {
			continue
		}
		if count++; oldest == nil || s.used.Before(oldest.used) {
			oldest = s
		}
	}
	if count >= maxOwnSessions {
		delete(a.sessions, oldest.sum)
	}
}

// sweep forgets what has ended; the caller holds mu.
func (a *auth) sweep() {
	now := a.now()
	for sum, t := range a.tickets {
		if !now.Before(t.ends) {
			delete(a.tickets, sum)
		}
	}
	for sum, s := range a.sessions {
		if !now.Before(s.ends) || now.Sub(s.used) >= sessionIdle {
			delete(a.sessions, sum)
		}
	}
}

// session finds a live session. The answer is a copy.
func (a *auth) session(cookie string) (*session, bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.sweep()
	s, ok := a.sessions[sha256.Sum256([]byte(cookie))]
	if !ok {
		return nil, false
	}
	found := *s
	return &found, true
}

// use notes that somebody is there.
func (a *auth) use(s *session) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if kept, ok := a.sessions[s.sum]; ok {
		kept.used = a.now()
	}
}

// choose keeps an officer's language for the session.
func (a *auth) choose(s *session, lang string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if kept, ok := a.sessions[s.sum]; ok {
		kept.lang = lang
	}
}

// signOutUser ends all sessions of a user.
func (a *auth) signOutUser(name string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for sum, s := range a.sessions {
		if s.name == name {
			delete(a.sessions, sum)
		}
	}
}

func (a *auth) signOut(s *session) {
	a.mu.Lock()
	defer a.mu.Unlock()
	delete(a.sessions, s.sum)
}

// cookieName differs between nodes, because browsers do not keep the ports of one
// host apart.
func (w *Web) cookieName() string {
	name := "comity-" + string(w.Node.Code())
	if w.Secure {
		return "__Host-" + name
	}
	return name
}

// cookie carries a session's secret; "" takes it back.
func (w *Web) cookie(secret string) *http.Cookie {
	c := &http.Cookie{Name: w.cookieName(), Value: secret, Path: "/", HttpOnly: true, SameSite: http.SameSiteStrictMode, Secure: w.Secure}
	if secret == "" {
		c.MaxAge = -1
	}
	return c
}

// onThisMachine holds for callers on the loopback interface.
func onThisMachine(r *http.Request) bool {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	ip := net.ParseIP(host)
	return err == nil && ip != nil && ip.IsLoopback()
}
