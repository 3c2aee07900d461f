package gateway

import (
	"cmp"
	"context"
	"slices"

	"github.com/comity-exchange/comity/pki"
	"github.com/comity-exchange/comity/schema"
)

// plan says over which routes each peer is reached, in order of preference: the
// endpoints of its card, then the hubs of our own card, then our own host, to
// which the peer may have dialled.
func plan(self *pki.Card, peers []pki.PeerCard) map[schema.Jurisdiction][]address {
	ways := make(map[schema.Jurisdiction][]address, len(peers))
	for _, p := range peers {
		if p.Suspended || p.Card.Jurisdiction == self.Jurisdiction {
			continue
		}
		var way []address
		for _, e := range slices.Concat(p.Card.Endpoints, hubs(self)) {
			a := address{e.Addr, e.Pin, e.Hub}
			if !e.Hub {
				a.pin = p.Card.TLS
			}
			if !slices.Contains(way, a) {
				way = append(way, a)
			}
		}
		ways[p.Card.Jurisdiction] = append(way, address{})
	}
	return ways
}

func hubs(c *pki.Card) []pki.Endpoint {
	return slices.DeleteFunc(slices.Clone(c.Endpoints), func(e pki.Endpoint) bool { return !e.Hub })
}

// Refresh follows the keyring: links are made, changed, suspended and removed without
// restart. Where the mailbox has begun a new epoch, the links go on in that.
func (g *Gateway) Refresh() {
	ways := plan(g.Self, g.Keyring.Peers())
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.closed {
		return
	}
	for peer, l := range g.links {
		if ways[peer] == nil {
			l.cancel()
			delete(g.links, peer)
		}
	}
	serve := map[address]map[schema.Jurisdiction]*link{{}: {}} // our own host stays connected
	var fresh []*link
	for peer, way := range ways {
		l := g.links[peer]
		if l == nil {
			l = newLink(g.linkContext, g, peer)
			g.links[peer] = l
			fresh = append(fresh, l)
		}
		signal(l.stale)
		signal(l.anew)
		for _, a := range way {
			if serve[a] == nil {
				serve[a] = make(map[schema.Jurisdiction]*link)
			}
			serve[a][peer] = l
		}
	}
	g.connect(serve)
	for peer, way := range ways {
		routes := make([]*route, len(way))
		for i, a := range way {
			routes[i] = g.routes[a]
		}
		g.links[peer].setWays(routes)
	}
	for _, l := range fresh {
		l.start(&g.crossings)
	}
}

// connect opens the routes that are missing and closes those that serve nobody.
// The caller holds mu.
func (g *Gateway) connect(serve map[address]map[schema.Jurisdiction]*link) {
	for a, r := range g.routes {
		if serve[a] == nil {
			r.cancel()
			delete(g.routes, a)
		}
	}
	for a, links := range serve {
		r := g.routes[a]
		if r == nil {
			r = newRoute(g, a)
			g.routes[a] = r
			ctx, cancel := context.WithCancel(g.routeContext)
			r.cancel = cancel
			g.roads.Go(func() { r.run(ctx) })
		}
		r.carry(links)
	}
}

// Links lists all links by peer code.
func (g *Gateway) Links() []LinkState {
	g.mu.Lock()
	links := make([]*link, 0, len(g.links))
	for _, l := range g.links {
		links = append(links, l)
	}
	g.mu.Unlock()
	slices.SortFunc(links, func(a, b *link) int { return cmp.Compare(a.peer, b.peer) })
	states := make([]LinkState, len(links))
	for i, l := range links {
		states[i] = l.snapshot()
	}
	return states
}
