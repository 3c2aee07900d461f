package broker

import (
	"crypto/tls"
	"net"
	"time"
)

// Config of a host.
type Config struct {
	Name   string          // server name, shown in INFO
	Listen string          // "host:port" facing the peers; port 0 chooses; "" does not listen
	TLS    tls.Certificate // the node's transport identity
	Owner  string          // the jurisdiction whose host this is; "" for a hub
}

// Host is an embedded NATS server that faces peers.
type Host struct{}

// Open starts a host and returns when it accepts connections.
func Open(c Config) (*Host, error) { panic("broker: not built") }

// Addr is where it listens, "" if it does not.
func (h *Host) Addr() string { panic("broker: not built") }

// Admit lets a jurisdiction in by its TLS key until its card expires, gives it an
// account and pairs it: with the owner on a node's host, with everybody on a hub.
// Admitting again with another pin replaces the key.
func (h *Host) Admit(code string, pin [32]byte, until time.Time) error { panic("broker: not built") }

// Expel removes a jurisdiction: its connections are cut at once.
func (h *Host) Expel(code string) { panic("broker: not built") }

// Cut closes a jurisdiction's connections; it may dial again.
func (h *Host) Cut(code string) { panic("broker: not built") }

// InProcessConn gives the owner's gateway a connection without network (nats.InProcessConnProvider).
func (h *Host) InProcessConn() (net.Conn, error) { panic("broker: not built") }

// Token is the user name by which the in-process client proves that it is the owner.
func (h *Host) Token() string { panic("broker: not built") }

// Connected says how many connections a jurisdiction has now.
func (h *Host) Connected(code string) int { panic("broker: not built") }

// Close stops the server and waits.
func (h *Host) Close() { panic("broker: not built") }
