package broker_test

import (
	"bufio"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"math/big"
	"net"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/comity-exchange/comity/gateway/broker"
)

// identity is a TLS key with its pin.
type identity struct {
	cert tls.Certificate
	pin  [32]byte
}

func newIdentity(t testing.TB) identity {
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
	return identity{tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key, Leaf: leaf},
		sha256.Sum256(leaf.RawSubjectPublicKeyInfo)}
}

// openHost starts a host; owner "" makes a hub.
func openHost(t testing.TB, owner string) *broker.Host {
	t.Helper()
	h, err := broker.Open(broker.Config{Name: "host", Listen: "127.0.0.1:0", TLS: newIdentity(t).cert, Owner: owner})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(h.Close)
	return h
}

func admit(t testing.TB, h *broker.Host, code string) identity {
	t.Helper()
	id := newIdentity(t)
	if err := h.Admit(code, id.pin, time.Now().Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	return id
}

// client speaks the NATS text protocol by hand, so that it can also misbehave.
type client struct {
	t    testing.TB
	conn net.Conn
	r    *bufio.Reader
}

// dialTLS connects with a key as far as TLS goes.
func dialTLS(h *broker.Host, c *tls.Config) (*tls.Conn, error) {
	c.InsecureSkipVerify = true
	return tls.DialWithDialer(&net.Dialer{Timeout: 5 * time.Second}, "tcp", h.Addr(), c)
}

// tryJoin connects and logs in; the error says how the host refused.
func tryJoin(t testing.TB, h *broker.Host, id identity) (*client, error) {
	conn, err := dialTLS(h, &tls.Config{Certificates: []tls.Certificate{id.cert}})
	if err != nil {
		return nil, err
	}
	return greet(t, conn, "")
}

func join(t testing.TB, h *broker.Host, id identity) *client {
	t.Helper()
	c, err := tryJoin(t, h, id)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// joinOwner logs in over the in-process connection.
func joinOwner(t testing.TB, h *broker.Host) *client {
	t.Helper()
	conn, err := h.InProcessConn()
	if err != nil {
		t.Fatal(err)
	}
	c, err := greet(t, conn, h.Token())
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func greet(t testing.TB, conn net.Conn, user string) (*client, error) {
	t.Cleanup(func() { conn.Close() })
	c := &client{t, conn, bufio.NewReader(conn)}
	info, err := c.line()
	if err != nil {
		return nil, err
	}
	if !strings.HasPrefix(info, "INFO {") {
		return nil, fmt.Errorf("no INFO but %q", info)
	}
	// Beside the reading, because an in-process connection has no buffer: a server
	// that refuses in the middle of what we write would wait for us, and we for it.
	go c.send(`CONNECT {"verbose":false,"headers":true,"no_responders":true,"protocol":1,"user":%q}`+"\r\nPING\r\n", user)
	for {
		line, err := c.line()
		switch {
		case err != nil:
			return nil, err
		case line == "PONG":
			return c, nil
		case strings.HasPrefix(line, "-ERR"):
			return nil, errors.New(line)
		}
	}
}

func (c *client) send(format string, a ...any) {
	c.conn.SetWriteDeadline(time.Now().Add(5 * time.Second))
	fmt.Fprintf(c.conn, format, a...) // a connection that was cut shows when reading
}

func (c *client) line() (string, error) {
	c.conn.SetReadDeadline(time.Now().Add(5 * time.Second))
	s, err := c.r.ReadString('\n')
	return strings.TrimRight(s, "\r\n"), err
}

// next gives the next line that is neither PING nor INFO, with the payload of a
// message, and the header block in front of it, behind the line.
func (c *client) next() (string, error) {
	for {
		line, err := c.line()
		if err != nil {
			return "", err
		}
		if line == "PING" {
			c.send("PONG\r\n")
			continue
		}
		if strings.HasPrefix(line, "INFO ") {
			continue
		}
		if !strings.HasPrefix(line, "MSG ") && !strings.HasPrefix(line, "HMSG ") {
			return line, nil
		}
		size, err := strconv.Atoi(line[strings.LastIndex(line, " ")+1:])
		if err != nil {
			return "", err
		}
		payload := make([]byte, size+2)
		if _, err := io.ReadFull(c.r, payload); err != nil {
			return "", err
		}
		return line + "\n" + string(payload[:size]), nil
	}
}

// settle gives all that arrives until the host has handled everything sent before.
func (c *client) settle() []string {
	c.t.Helper()
	c.send("PING\r\n")
	var got []string
	for {
		line, err := c.next()
		if err != nil {
			c.t.Fatalf("settle: %v after %q", err, got)
		}
		if line == "PONG" {
			return got
		}
		got = append(got, line)
	}
}

func (c *client) subscribe(subject string, sid int) { c.send("SUB %s %d\r\n", subject, sid) }

func (c *client) publish(subject, reply, payload string) {
	if reply != "" {
		reply += " "
	}
	c.send("PUB %s %s%d\r\n%s\r\n", subject, reply, len(payload), payload)
}

// answer waits for one request on the subject and replies to it.
func (c *client) answer(subject, reply string) error {
	got, err := c.next()
	if err != nil {
		return err
	}
	f := strings.Fields(strings.SplitN(got, "\n", 2)[0])
	if f[0] != "HMSG" || f[1] != subject || len(f) != 6 { // the server adds Nats-Request-Info
		return fmt.Errorf("no request on %s but %q", subject, got)
	}
	c.publish(f[3], "", reply)
	return nil
}

// request sends to a subject and gives the reply's payload; "503" if nobody is there.
func (c *client) request(subject, payload string) (string, error) {
	c.subscribe("_INBOX.r", 900)
	c.publish(subject, "_INBOX.r", payload)
	defer c.send("UNSUB 900\r\n")
	got, err := c.next()
	if err != nil {
		return "", err
	}
	head, body, _ := strings.Cut(got, "\n")
	if strings.HasPrefix(head, "HMSG _INBOX.r 900 ") && strings.HasPrefix(body, "NATS/1.0 503") {
		return "503", nil
	}
	if !strings.HasPrefix(head, "MSG _INBOX.r 900 ") {
		return "", fmt.Errorf("no reply but %q", got)
	}
	return body, nil
}

// exchange has a ask b, with the codes they go by, and fails the test if the answer does not come.
func exchange(t testing.TB, a *client, from string, b *client, to string) {
	t.Helper()
	in := "in." + from + ".pouch"
	b.subscribe(in, 901)
	b.settle()
	defer b.send("UNSUB 901\r\n")
	done := make(chan error, 1)
	go func() { done <- b.answer(in, "receipt") }()
	got, err := a.request("to."+to+".pouch", "pouch")
	if err != nil || got != "receipt" {
		t.Fatalf("%s to %s: got %q, %v; want receipt", from, to, got, err)
	}
	if err := <-done; err != nil {
		t.Fatal(err)
	}
}
