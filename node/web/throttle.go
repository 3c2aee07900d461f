package web

import (
	"net"
	"net/http"
	"net/netip"
	"strings"
	"sync"
	"time"

	"github.com/comity-exchange/comity/schema"
)

// A throttle counts attempts by name: burst at once, then one each time every has
// passed. It never looks at who succeeds, so that nobody can be locked out by others'
// failures: see Web.signInFinish.
type throttle struct {
	burst int
	every time.Duration

	mu   sync.Mutex // guards next
	next map[string]time.Time
}

// maxThrottled is how many names are remembered; those that have rested are forgotten first.
const maxThrottled = 16384

// Rates of sign-in. F22.
func newThrottles() (begun, failed, refused *throttle) {
	return &throttle{burst: 30, every: 2 * time.Second}, &throttle{burst: 10, every: 30 * time.Second}, &throttle{burst: 10, every: time.Minute}
}

// allow takes one attempt; false if there is none left now.
func (t *throttle) allow(name string, now time.Time) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.next == nil {
		t.next = make(map[string]time.Time)
	}
	at := t.next[name]
	if at.Before(now) {
		at = now
	}
	if at.Sub(now) > time.Duration(t.burst-1)*t.every {
		return false
	}
	if len(t.next) >= maxThrottled {
		t.forget(now)
	}
	t.next[name] = at.Add(t.every)
	return true
}

// spent tells whether no attempt is left, without taking one.
func (t *throttle) spent(name string, now time.Time) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.next[name].Sub(now) > time.Duration(t.burst-1)*t.every
}

// forget drops names that have rested, and all if none has; the caller holds mu.
func (t *throttle) forget(now time.Time) {
	for name, at := range t.next {
		if !now.Before(at) {
			delete(t.next, name)
		}
	}
	if len(t.next) >= maxThrottled {
		clear(t.next)
	}
}

func tooManyAttempts() *schema.Problem {
	return &schema.Problem{Kind: schema.Unavailable, Code: codeTooMany, Detail: "There were too many attempts to sign in.", Fix: "Wait a minute and try again."}
}

// addressOf is where a request comes from, as far as it can be known: the other end of
// the connection, or behind a proxy on this machine what that proxy wrote last. Of an
// IPv6 address it is the network of 64 bits.
func addressOf(r *http.Request) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return ""
	}
	if onThisMachine(r) {
		if lines := r.Header.Values("X-Forwarded-For"); len(lines) > 0 {
			last := lines[len(lines)-1]
			host = strings.TrimSpace(last[strings.LastIndexByte(last, ',')+1:])
		}
	}
	a, err := netip.ParseAddr(host)
	if err != nil {
		return ""
	}
	if a = a.Unmap(); a.Is6() {
		if p, err := a.WithZone("").Prefix(64); err == nil {
			return p.String()
		}
	}
	return a.String()
}
