// Package gateway is the border of a node: everything that leaves or enters passes it.
//
// Queued messages are packed into pouches, sealed and sent to the peer's gateway,
// whose signed receipt alone ends the sender's duty. PROTOCOL.md states what
// travels: a pouch is an encrypted archive of a signed manifest and the files it
// lists; the answer is an encrypted archive of a signed receipt.
//
// A link is our side of the border with one peer. A route is one connection, to
// our own host, a peer's host or a hub; links share routes. NATS may lose, repeat,
// delay or reorder anything, and the hosts may be hostile: the ledger of numbered,
// chained manifests makes that harmless.
package gateway

import (
	"context"
	"net"
	"sync"
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
	Cut(code string, while time.Duration) // closes its connections, and keeps it out
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
type Gateway struct {
	Config

	dial                      dial
	crossings, roads          sync.WaitGroup // goroutines of links and of routes
	linkContext, routeContext context.Context
	cancelLinks, cancelRoutes context.CancelFunc

	mu     sync.Mutex // guards what follows; never held over I/O
	closed bool
	links  map[schema.Jurisdiction]*link
	routes map[address]*route
}

// Open starts one link per peer of the keyring. Peers need not be reachable. ctx
// bounds the opening only: Close ends the gateway.
func Open(ctx context.Context, c Config) (*Gateway, error) {
	return openOver(ctx, c, (*Gateway).dialNATS)
}

// openOver is Open over carriers that are dialled otherwise.
func openOver(ctx context.Context, c Config, by dial) (*Gateway, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	g := &Gateway{Config: c, dial: by, links: make(map[schema.Jurisdiction]*link), routes: make(map[address]*route)}
	g.linkContext, g.cancelLinks = context.WithCancel(context.WithoutCancel(ctx))
	g.routeContext, g.cancelRoutes = context.WithCancel(context.WithoutCancel(ctx))
	g.Refresh()
	return g, nil
}

// now is UTC with the second precision of all texts.
func (g *Gateway) now() time.Time { return g.Now().UTC().Truncate(time.Second) }

func (g *Gateway) self() Party { return Party{g.Self.Jurisdiction, g.Vault.Certificate().Root()} }

// Wake tells the link of peer that something is queued. It never blocks.
func (g *Gateway) Wake(peer schema.Jurisdiction) {
	g.mu.Lock()
	l := g.links[peer]
	g.mu.Unlock()
	if l != nil {
		signal(l.queued)
	}
}

// Close stops receiving, finishes what is under way, and closes all links. What
// is not finished when ctx ends is left to end by itself; nothing is lost by that.
func (g *Gateway) Close(ctx context.Context) error {
	g.mu.Lock()
	g.closed = true
	for _, r := range g.routes {
		r.carry(nil)
	}
	g.mu.Unlock()
	g.cancelLinks()
	err := waitFor(ctx, &g.crossings)
	g.cancelRoutes()
	if err == nil {
		err = waitFor(ctx, &g.roads)
	}
	return err
}

func waitFor(ctx context.Context, group *sync.WaitGroup) error {
	done := make(chan struct{})
	go func() {
		group.Wait()
		close(done)
	}()
	select {
	case <-done:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
