package broker_test

import (
	"crypto/tls"
	"strings"
	"testing"
	"time"

	"github.com/comity-exchange/comity/gateway/broker"
)

func TestOwnerAndPeerExchangeBothWays(t *testing.T) {
	h := openHost(t, "BE")
	owner := joinOwner(t, h)
	nl := join(t, h, admit(t, h, "NL")) // admitted while the host runs
	for range 3 {
		exchange(t, nl, "NL", owner, "BE")
		exchange(t, owner, "BE", nl, "NL")
	}
	fr := join(t, h, admit(t, h, "FR"))
	exchange(t, fr, "FR", owner, "BE")
	exchange(t, nl, "NL", owner, "BE")
	if got := h.Connected("NL"); got != 1 {
		t.Errorf("connections of NL: got %d, want 1", got)
	}
	if got := h.Connected("BE"); got != 1 {
		t.Errorf("connections of the owner: got %d, want 1", got)
	}
}

func TestEveryKindIsPaired(t *testing.T) {
	h := openHost(t, "BE")
	owner, nl := joinOwner(t, h), join(t, h, admit(t, h, "NL"))
	for _, kind := range []string{"pouch", "evidence", "ping"} {
		owner.subscribe("in.NL."+kind, 1)
		owner.settle()
		done := make(chan error, 1)
		go func() { done <- owner.answer("in.NL."+kind, kind) }()
		if got, err := nl.request("to.BE."+kind, "x"); err != nil || got != kind {
			t.Errorf("%s: got %q, %v", kind, got, err)
		}
		if err := <-done; err != nil {
			t.Error(err)
		}
		owner.send("UNSUB 1\r\n")
	}
}

func TestNobodyThereIsSaidAtOnce(t *testing.T) {
	h := openHost(t, "BE")
	owner, nl := joinOwner(t, h), join(t, h, admit(t, h, "NL"))
	for _, c := range []struct {
		from    *client
		subject string
	}{{owner, "to.NL.pouch"}, {nl, "to.BE.pouch"}, {owner, "to.FR.pouch"}} {
		if got, err := c.from.request(c.subject, "x"); err != nil || got != "503" {
			t.Errorf("%s: got %q, %v; want 503", c.subject, got, err)
		}
	}
}

func TestHubPairsAllAndIsolatesTheThird(t *testing.T) {
	h := openHost(t, "")
	a, b, c := join(t, h, admit(t, h, "AA")), join(t, h, admit(t, h, "BB")), join(t, h, admit(t, h, "CC"))
	for sid, subject := range []string{"in.AA.pouch", "in.BB.pouch", "in.CC.pouch", "in.*.pouch", "_INBOX.>"} {
		c.subscribe(subject, sid+1)
	}
	if got := c.settle(); len(got) != 0 {
		t.Fatalf("subscriptions to its own subjects: got %q, want none refused", got)
	}
	exchange(t, a, "AA", b, "BB")
	exchange(t, b, "BB", a, "AA")
	if got := c.settle(); len(got) != 0 {
		t.Errorf("the third sees %q", got)
	}
	c.send("UNSUB 1\r\nUNSUB 2\r\nUNSUB 3\r\nUNSUB 4\r\nUNSUB 5\r\n")
	exchange(t, c, "CC", a, "AA")
	exchange(t, b, "BB", c, "CC")
}

func TestHubHasNoOwner(t *testing.T) {
	h := openHost(t, "")
	for _, user := range []string{h.Token(), "", "AA"} {
		conn, err := h.InProcessConn()
		if err != nil {
			t.Fatal(err)
		}
		if _, err := greet(t, conn, user); err == nil || !strings.Contains(err.Error(), "Authorization Violation") {
			t.Errorf("user %q: got %v, want Authorization Violation", user, err)
		}
	}
}

func TestOwnerProvesItselfByTheTokenOnly(t *testing.T) {
	h := openHost(t, "BE")
	for _, user := range []string{"", "BE", h.Token() + "x", strings.ToLower(h.Token())} {
		conn, err := h.InProcessConn()
		if err != nil {
			t.Fatal(err)
		}
		if _, err := greet(t, conn, user); err == nil || !strings.Contains(err.Error(), "Authorization Violation") {
			t.Errorf("user %q: got %v, want Authorization Violation", user, err)
		}
	}
	if other := openHost(t, "BE"); other.Token() == h.Token() || len(h.Token()) < 26 {
		t.Error("the token is not made anew for each start")
	}
	// A peer that learned the token is still the peer that its key says.
	conn, err := dialTLS(h, &tls.Config{Certificates: []tls.Certificate{admit(t, h, "NL").cert}})
	if err != nil {
		t.Fatal(err)
	}
	nl, err := greet(t, conn, h.Token())
	if err != nil {
		t.Fatal(err)
	}
	exchange(t, nl, "NL", joinOwner(t, h), "BE")
}

func TestHandshakeRefuses(t *testing.T) {
	h := openHost(t, "BE")
	nl, stranger := admit(t, h, "NL"), newIdentity(t)
	with := func(id identity) []tls.Certificate { return []tls.Certificate{id.cert} }
	for name, c := range map[string]struct {
		config *tls.Config
		want   string
	}{
		"unknown key":    {&tls.Config{Certificates: with(stranger)}, "bad certificate"},
		"no key":         {&tls.Config{}, "certificate required"},
		"TLS 1.2":        {&tls.Config{Certificates: with(nl), MaxVersion: tls.VersionTLS12}, "protocol version"},
		"classical only": {&tls.Config{Certificates: with(nl), CurvePreferences: []tls.CurveID{tls.X25519}}, "handshake failure"},
		"other hybrid":   {&tls.Config{Certificates: with(nl), CurvePreferences: []tls.CurveID{tls.SecP256r1MLKEM768}}, "handshake failure"},
	} {
		t.Run(name, func(t *testing.T) {
			conn, err := dialTLS(h, c.config)
			if err == nil { // in TLS 1.3 the verdict on the client's key comes after its handshake
				conn.SetReadDeadline(time.Now().Add(5 * time.Second))
				_, err = conn.Read(make([]byte, 1))
				conn.Close()
			}
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want %q", err, c.want)
			}
		})
	}
	conn, err := dialTLS(h, &tls.Config{Certificates: with(nl)})
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if s := conn.ConnectionState(); s.Version != tls.VersionTLS13 || s.CurveID != tls.X25519MLKEM768 {
		t.Errorf("got version %x and curve %v, want TLS 1.3 and X25519MLKEM768", s.Version, s.CurveID)
	}
}

func TestSessionsAreNotResumed(t *testing.T) {
	h := openHost(t, "BE")
	id := admit(t, h, "NL")
	cache := tls.NewLRUClientSessionCache(4)
	for range 2 {
		conn, err := dialTLS(h, &tls.Config{Certificates: []tls.Certificate{id.cert}, ClientSessionCache: cache, ServerName: "host"})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := greet(t, conn, ""); err != nil {
			t.Fatal(err)
		}
		if conn.ConnectionState().DidResume {
			t.Error("a session was resumed without proof of the key")
		}
	}
}

func TestOpenRefuses(t *testing.T) {
	taken := openHost(t, "BE")
	for name, c := range map[string]broker.Config{
		"owner with a dot":    {Owner: "B.E"},
		"owner with wildcard": {Owner: "*"},
		"lower-case owner":    {Owner: "be"},
		"no port":             {Listen: "127.0.0.1"},
		"port by name":        {Listen: "127.0.0.1:nats"},
		"port in use":         {Listen: taken.Addr()},
	} {
		c.TLS = newIdentity(t).cert
		if h, err := broker.Open(c); err == nil {
			h.Close()
			t.Errorf("%s: opened", name)
		}
	}
}

func TestWithoutListenerOnlyTheOwnerGetsIn(t *testing.T) {
	h, err := broker.Open(broker.Config{Name: "quiet", TLS: newIdentity(t).cert, Owner: "BE"})
	if err != nil {
		t.Fatal(err)
	}
	defer h.Close()
	if got := h.Addr(); got != "" {
		t.Errorf("address: got %q, want none", got)
	}
	joinOwner(t, h).settle()
}
