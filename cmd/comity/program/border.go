package program

import (
	"context"
	"sync"
	"time"

	"github.com/rs/zerolog"

	"github.com/comity-exchange/comity/gateway"
	"github.com/comity-exchange/comity/gateway/broker"
	"github.com/comity-exchange/comity/pki"
	"github.com/comity-exchange/comity/schema"
)

// border is the gateway and its host as the node and the pages see them.
type border struct {
	gateway *gateway.Gateway
	guests  *guests
}

func (b border) Wake(peer schema.Jurisdiction) { b.gateway.Wake(peer) }

// Refresh follows the keyring, the doors first: a suspended peer is cut before its link ends.
func (b border) Refresh() {
	b.guests.follow()
	b.gateway.Refresh()
}

func (b border) Links() any { return b.gateway.Links() }

func (b border) Ping(ctx context.Context, peer schema.Jurisdiction) (time.Duration, error) {
	return b.gateway.Ping(ctx, peer)
}

// guests keeps the host's door list equal to a list of cards.
type guests struct {
	host  *broker.Host
	cards func() []*pki.Card
	log   zerolog.Logger
	mu    sync.Mutex // guards in
	in    map[schema.Jurisdiction]pki.Pin
}

func (g *guests) follow() {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.in == nil {
		g.in = make(map[schema.Jurisdiction]pki.Pin)
	}
	wanted := make(map[schema.Jurisdiction]bool)
	for _, c := range g.cards() {
		wanted[c.Jurisdiction] = true
		if pin, here := g.in[c.Jurisdiction]; here && pin == c.TLS {
			continue
		}
		if err := g.host.Admit(string(c.Jurisdiction), c.TLS, c.Expires); err != nil {
			g.log.Error().Err(err).Str("peer", string(c.Jurisdiction)).Msg("peer not admitted")
			continue
		}
		g.in[c.Jurisdiction] = c.TLS
	}
	for code := range g.in {
		if !wanted[code] {
			g.host.Expel(string(code))
			delete(g.in, code)
		}
	}
}

// active lists the cards of the peers that are not suspended.
func active(k *pki.Keyring) func() []*pki.Card {
	return func() (cards []*pki.Card) {
		for _, p := range k.Peers() {
			if !p.Suspended {
				cards = append(cards, p.Card)
			}
		}
		return cards
	}
}
