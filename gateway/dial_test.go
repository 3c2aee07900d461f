package gateway

import (
	"bufio"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"math/big"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/comity-exchange/comity/gateway/broker"
	"github.com/comity-exchange/comity/pki"
	"github.com/nats-io/nats.go"
)

// wireIdentity is a TLS key with its pin.
type wireIdentity struct {
	cert tls.Certificate
	pin  pki.Pin
}

func newWireIdentity(t testing.TB) wireIdentity {
	t.Helper()
	_, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return wireIdentity{tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key, Leaf: leaf},
		sha256.Sum256(leaf.RawSubjectPublicKeyInfo)}
}

// told is one call of an events callback.
type told struct {
	event string
	err   error
}

// ear collects events.
type ear chan told

func newEar() ear { return make(ear, 1000) }

func (e ear) hear(event string, err error) { e <- told{event, err} }

// await skips to the next event of a name and gives its error.
func (e ear) await(t testing.TB, event string) error {
	t.Helper()
	deadline := time.After(10 * time.Second)
	for {
		select {
		case got := <-e:
			if got.event == event {
				return got.err
			}
			t.Logf("passing over %s: %v", got.event, got.err)
		case <-deadline:
			t.Fatalf("no %q within 10 s", event)
		}
	}
}

// hostileHost is a listener with a valid key that says what a test wants: first
// on accepting, in place of INFO, then in place of what follows PONG.
func hostileHost(t *testing.T, id wireIdentity, config *tls.Config, greeting, then string) (addr string, accepted <-chan struct{}) {
	t.Helper()
	config.Certificates = []tls.Certificate{id.cert}
	l, err := tls.Listen("tcp", "127.0.0.1:0", config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	seen := make(chan struct{}, 100)
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			seen <- struct{}{}
			go func() {
				defer conn.Close()
				r := bufio.NewReader(conn)
				io.WriteString(conn, greeting)
				for line := ""; !strings.HasPrefix(line, "PING"); {
					if line, err = r.ReadString('\n'); err != nil {
						return
					}
				}
				io.WriteString(conn, "PONG\r\n"+then)
				io.Copy(io.Discard, r) // until the other side hangs up
			}()
		}
	}()
	return l.Addr().String(), seen
}

const greeting = `INFO {"server_id":"H","version":"2.15.2","proto":1,"headers":true,"max_payload":1048576,"connect_urls":["127.0.0.1:1"]} ` + "\r\n"

// A host that announces 2^62 octets ends the process of an unguarded client.
func TestHostileHostCannotCrashTheGateway(t *testing.T) {
	for name, c := range map[string]struct {
		greeting, then string
		want           error
	}{
		"huge payload":            {greeting, "MSG in.x 1 4611686018427387904\r\n" + strings.Repeat("x", 1<<16), errWireLine},
		"huge payload in headers": {greeting, "HMSG in.x 1 4611686018427387900 4611686018427387904\r\nNATS/1.0\r\n", errWireLine},
		"900 MB":                  {greeting, "MSG in.x 1 943718400\r\n" + strings.Repeat("x", 1<<16), errWireSize},
		"endless line":            {greeting, "MSG " + strings.Repeat("x", 1<<20), errWireLong},
		"endless INFO":            {greeting, "INFO " + strings.Repeat(" ", 1<<20), errWireLong},
		"not NATS":                {greeting, "HTTP/1.1 400 Bad Request\r\n\r\n", errWireLine},
	} {
		t.Run(name, func(t *testing.T) {
			host, e := newWireIdentity(t), newEar()
			addr, accepted := hostileHost(t, host, &tls.Config{}, c.greeting, c.then)
			nc, err := connect("test", addr, host.pin, newWireIdentity(t).cert, e.hear)
			if err != nil {
				t.Fatal(err)
			}
			defer nc.Close()
			if err := e.await(t, eventDown); !errors.Is(err, c.want) {
				t.Errorf("got %v, want %v", err, c.want)
			}
			<-accepted
			select {
			case <-accepted:
			case <-time.After(5 * time.Second):
				t.Error("the link did not dial again")
			}
		})
	}
}

func TestHostileGreetingIsReported(t *testing.T) {
	for name, c := range map[string]struct {
		greeting string
		want     error
	}{
		"huge payload first": {"MSG in.x 1 4611686018427387904\r\n", errWireLine},
		"endless INFO":       {"INFO {" + strings.Repeat(" ", 1<<20), errWireLong},
		"not NATS":           {"SSH-2.0-OpenSSH_9.9\r\n", errWireLine},
	} {
		t.Run(name, func(t *testing.T) {
			host, e := newWireIdentity(t), newEar()
			addr, _ := hostileHost(t, host, &tls.Config{}, c.greeting, "")
			nc, err := connect("test", addr, host.pin, newWireIdentity(t).cert, e.hear)
			if err != nil {
				t.Fatal(err)
			}
			defer nc.Close()
			for try := range 3 {
				if err := e.await(t, eventRetry); !errors.Is(err, c.want) {
					t.Errorf("attempt %d: got %v, want %v", try, err, c.want)
				}
			}
		})
	}
}

func TestDialRefusesAnotherHostKey(t *testing.T) {
	host, e := newWireIdentity(t), newEar()
	addr, _ := hostileHost(t, host, &tls.Config{}, greeting, "")
	nc, err := connect("test", addr, newWireIdentity(t).pin, newWireIdentity(t).cert, e.hear)
	if err != nil {
		t.Fatal(err)
	}
	defer nc.Close()
	for range 2 {
		if err := e.await(t, eventRetry); !errors.Is(err, errHostKey) {
			t.Errorf("got %v, want %v", err, errHostKey)
		}
	}
}

func TestDialRefusesWeakerTLS(t *testing.T) {
	for name, config := range map[string]*tls.Config{
		"TLS 1.2":                {MaxVersion: tls.VersionTLS12},
		"classical key exchange": {CurvePreferences: []tls.CurveID{tls.X25519, tls.CurveP256}},
	} {
		t.Run(name, func(t *testing.T) {
			host := newWireIdentity(t)
			addr, _ := hostileHost(t, host, config, greeting, "")
			d := &dialer{addr: addr, pin: host.pin, id: newWireIdentity(t).cert}
			if conn, err := d.Dial("tcp", addr); err == nil {
				conn.Close()
				t.Error("connected")
			}
		})
	}
}

func TestDialGoesNowhereElse(t *testing.T) {
	host := newWireIdentity(t)
	addr, accepted := hostileHost(t, host, &tls.Config{}, greeting, "")
	d := &dialer{addr: addr, pin: host.pin, id: newWireIdentity(t).cert}
	conn, err := d.Dial("tcp", "127.0.0.1:1") // an address that some server advertised
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	<-accepted
}

func openTestHost(t testing.TB, id wireIdentity, listen, owner string) *broker.Host {
	t.Helper()
	h, err := broker.Open(broker.Config{Name: "host", Listen: listen, TLS: id.cert, Owner: owner})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(h.Close)
	return h
}

func TestLinkSaysWhyAHostRefusesIt(t *testing.T) {
	id, e := newWireIdentity(t), newEar()
	h := openTestHost(t, id, "127.0.0.1:0", "BE")
	nc, err := connect("NL", h.Addr(), id.pin, newWireIdentity(t).cert, e.hear)
	if err != nil {
		t.Fatal(err)
	}
	defer nc.Close()
	for try := range 3 {
		if err := e.await(t, eventRetry); err == nil || !strings.Contains(err.Error(), "bad certificate") {
			t.Errorf("attempt %d: got %v, want bad certificate", try, err)
		}
	}
}

// The peer's host may come after the link, go away, and come back with nothing in its memory.
func TestLinkAttachesAgain(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	addr := l.Addr().String()
	l.Close()
	host, nl, e := newWireIdentity(t), newWireIdentity(t), newEar()
	nc, err := connect("NL", addr, host.pin, nl.cert, e.hear)
	if err != nil {
		t.Fatal(err)
	}
	defer nc.Close()
	if err := e.await(t, eventRetry); !errors.Is(err, errNoListener) {
		t.Errorf("got %v, want %v", err, errNoListener)
	}
	if err := nc.Publish("to.BE.pouch", []byte("x")); err == nil {
		t.Error("a link that is down took a message")
	}
	if _, err := nc.Subscribe("in.BE.pouch", func(m *nats.Msg) { m.Respond(m.Data) }); err != nil {
		t.Fatal(err)
	}
	for round := range 2 {
		h := openTestHost(t, host, addr, "BE")
		if err := h.Admit("NL", nl.pin, time.Now().Add(time.Hour)); err != nil {
			t.Fatal(err)
		}
		e.await(t, eventUp)
		own := newEar()
		owner, err := connectInProcess(h, own.hear)
		if err != nil {
			t.Fatal(err)
		}
		own.await(t, eventUp)
		if err := nc.Flush(); err != nil { // its subscription is there
			t.Fatal(err)
		}
		if got, err := owner.Request("to.NL.pouch", []byte("pouch"), time.Second); err != nil || string(got.Data) != "pouch" {
			t.Errorf("round %d: got %v, %v", round, got, err)
		}
		owner.Close()
		h.Close()
		e.await(t, eventDown)
	}
}

func TestBackoffGrowsToItsCeilingAndStartsOver(t *testing.T) {
	b, now := &backoff{}, time.Unix(1_800_000_000, 0)
	for try := range 40 {
		whole := min(retryFloor<<min(try, 16), retryCeiling)
		got := b.next(now)
		if got < whole/2 || got >= whole {
			t.Errorf("attempt %d: got %v, want from %v to %v", try, got, whole/2, whole)
		}
		now = now.Add(got)
	}
	if got := b.next(now.Add(2*retryCeiling + time.Second)); got >= retryFloor {
		t.Errorf("after a quiet time: got %v, want less than %v", got, retryFloor)
	}
	var spread, same backoff
	for i := 0; spread.next(now) == same.next(now); i++ {
		if i == 10 {
			t.Fatal("two links wait equally long each time")
		}
	}
}
