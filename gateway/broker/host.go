// Package broker embeds the NATS server that faces our peers.
//
// A node runs a host, which pairs every peer with its owner; a hub is a host that
// pairs everybody with everybody. Each jurisdiction has an account of its own, a
// name space that nobody else can look into. What connects two accounts are
// service imports and exports, so that in its account, on any host, a gateway sees
//
//	to.<peer>.pouch   to.<peer>.evidence   to.<peer>.ping   to publish
//	in.<peer>.pouch   in.<peer>.evidence   in.<peer>.ping   to subscribe
//
// and its own inboxes, and nothing else. That a request arrives on in.BE.pouch
// means that it came from BE: the server puts it there, no client can.
//
// The broker is trusted with availability at most. It sees who talks to whom,
// when, and how much, never content: pouches are sealed and receipts are signed.
package broker

import (
	"crypto/rand"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"strconv"
	"sync"
	"time"

	"github.com/nats-io/nats-server/v2/server"
)

// Limits of a host. PROTOCOL.md has the ones a peer must know.
const (
	maxPayload     = 1 << 20          // octets of one message with its headers
	maxLine        = 2 << 10          // octets of one protocol line of a client
	maxPending     = 16 << 20         // octets that wait for one slow connection before it is closed
	maxSubs        = 4096             // subscriptions of one connection
	maxConn        = 4096             // connections, those included that have not proved a key yet
	maxConnPeer    = 8                // connections of one jurisdiction
	pingEvery      = 20 * time.Second // two unanswered pings end a connection
	writeDeadline  = 10 * time.Second // for a connection that does not read
	handshakeLimit = 5.0              // seconds for TLS
	maxRemembered  = 16               // closed connections that the server keeps for its statistics
)

// Config of a host.
type Config struct {
	Name   string          // server name, shown in INFO
	Listen string          // "host:port" facing the peers; port 0 chooses; "" does not listen
	TLS    tls.Certificate // the node's transport identity
	Owner  string          // the jurisdiction whose host this is; "" for a hub
	// Log is told of warnings and errors of the server, at most one a second on
	// average. The lines have addresses and subjects in them, and no content. May be nil.
	Log func(line string)
}

// Host is an embedded NATS server that faces peers. Safe for concurrent use.
type Host struct {
	srv   *server.Server
	token string // user name of the owner's own gateway, made anew at each start
	owner *member

	mu      sync.Mutex // guards what follows, and every member
	members map[string]*member
	keys    map[[32]byte]*member // SHA-256 of SubjectPublicKeyInfo of those admitted
}

// Open starts a host and returns when it accepts connections.
func Open(c Config) (*Host, error) {
	h := &Host{token: rand.Text(), members: map[string]*member{}, keys: map[[32]byte]*member{}}
	opts, err := h.options(c)
	if err != nil {
		return nil, err
	}
	if h.srv, err = server.NewServer(opts); err != nil {
		return nil, fmt.Errorf("make host %s: %w", c.Name, err)
	}
	if c.Owner != "" {
		if h.owner, err = h.join(c.Owner); err != nil {
			return nil, err
		}
	}
	if err := start(h.srv, c.Log); err != nil {
		h.Close()
		return nil, fmt.Errorf("start host %s: %w", c.Name, err)
	}
	return h, nil
}

// start runs the server until it listens, or says why it cannot.
func start(srv *server.Server, to func(string)) error {
	log := newLogger(to)
	srv.SetLoggerV2(log, false, false, false)
	srv.Start()
	if text := log.fatal(); text != "" {
		return errors.New(text)
	}
	if !srv.ReadyForConnections(5 * time.Second) {
		return errors.New("the server is not ready after 5 s")
	}
	return nil
}

// options turns off everything a peer does not need: what is not named here
// (leaf nodes, routes, MQTT, WebSocket, monitoring, JetStream) stays off.
func (h *Host) options(c Config) (*server.Options, error) {
	o := &server.Options{
		ServerName:                 c.Name,
		DontListen:                 c.Listen == "",
		NoSigs:                     true,
		NoSystemAccount:            true,
		CustomClientAuthentication: (*door)(h),
		TLSConfig:                  h.tls(c.TLS),
		TLSHandshakeFirst:          true,
		TLSTimeout:                 handshakeLimit,
		MaxPayload:                 maxPayload,
		MaxControlLine:             maxLine,
		MaxPending:                 maxPending,
		MaxSubs:                    maxSubs,
		MaxConn:                    maxConn,
		MaxClosedClients:           maxRemembered,
		PingInterval:               pingEvery,
		WriteDeadline:              writeDeadline,
	}
	if c.Listen == "" {
		return o, nil
	}
	host, port, err := net.SplitHostPort(c.Listen)
	if err != nil {
		return nil, fmt.Errorf("listen address: %w", err)
	}
	number, err := strconv.ParseUint(port, 10, 16)
	if err != nil {
		return nil, fmt.Errorf("listen address %s: the port must be a number", c.Listen)
	}
	o.Host, o.Port = host, int(number)
	if number == 0 {
		o.Port = server.RANDOM_PORT
	}
	return o, nil
}

// Addr is where it listens, "" if it does not.
func (h *Host) Addr() string {
	if a := h.srv.Addr(); a != nil {
		return a.String()
	}
	return ""
}

// InProcessConn gives the owner's gateway a connection without network
// (nats.InProcessConnProvider). The server greets it after 50 ms.
func (h *Host) InProcessConn() (net.Conn, error) { return h.srv.InProcessConn() }

// Token is the user name by which the in-process client proves that it is the owner.
func (h *Host) Token() string { return h.token }

// Close stops the server and waits.
func (h *Host) Close() {
	h.srv.Shutdown()
	h.srv.WaitForShutdown()
}
