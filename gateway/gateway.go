package gateway

import (
	"context"
	"net"
	"time"

	"github.com/comity-exchange/comity/gateway/policy"
	"github.com/comity-exchange/comity/pki"
	"github.com/comity-exchange/comity/schema"
	"github.com/rs/zerolog"
)

// Host is the broker that faces our peers, embedded in this process.
type Host interface {
	InProcessConn() (net.Conn, error)
	Token() string
	Cut(code string)
}

// Config of a gateway.
type Config struct {
	Self      *pki.Card // the node's own card
	Vault     pki.Vault
	Keyring   *pki.Keyring
	Catalogue *schema.Catalogue
	Policy    func() *policy.Policy // today's
	Mailbox   Mailbox
	Host      Host
	Log       zerolog.Logger
	Now       func() time.Time
}

// Gateway is the node's border.
type Gateway struct{}

// Open starts one link per peer of the keyring. Peers need not be reachable.
func Open(ctx context.Context, c Config) (*Gateway, error) { panic("gateway: not built") }

// Refresh follows the keyring: links are made, changed, suspended and removed without restart.
func (g *Gateway) Refresh() { panic("gateway: not built") }

// Wake tells the link of peer that something is queued. It never blocks.
func (g *Gateway) Wake(peer schema.Jurisdiction) { panic("gateway: not built") }

// LinkState is what an operator sees of a link.
type LinkState struct {
	Peer     schema.Jurisdiction `json:"peer"`
	Routes   []RouteState        `json:"routes"`
	InFlight uint64              `json:"in_flight,omitempty"` // number of the pouch without receipt, 0 if none
	LastTry  time.Time           `json:"last_try,omitzero"`
	LastOK   time.Time           `json:"last_ok,omitzero"`
	Code     string              `json:"code,omitempty"` // why the last try failed
	Fix      string              `json:"fix,omitempty"`
	NextTry  time.Time           `json:"next_try,omitzero"`
}

// RouteState is one way to a peer.
type RouteState struct {
	Route     string `json:"route"` // "direct tls://…", "hub tls://…", "own host"
	Connected bool   `json:"connected"`
}

// Links lists all links by peer code.
func (g *Gateway) Links() []LinkState { panic("gateway: not built") }

// Ping measures whether the peer's gateway answers, and how fast, over the best route.
// It sends no pouch.
func (g *Gateway) Ping(ctx context.Context, peer schema.Jurisdiction) (time.Duration, error) {
	panic("gateway: not built")
}

// Close stops receiving, finishes what is under way, and closes all links.
func (g *Gateway) Close(ctx context.Context) error { panic("gateway: not built") }
