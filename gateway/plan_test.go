package gateway

import (
	"fmt"
	"testing"
	"time"

	"github.com/comity-exchange/comity/pki"
	"github.com/comity-exchange/comity/schema"
)

func TestPlan(t *testing.T) {
	hub := func(addr string) pki.Endpoint { return pki.Endpoint{Hub: true, Addr: addr, Pin: pki.Pin{1}} }
	direct := func(addr string) pki.Endpoint { return pki.Endpoint{Addr: addr} }
	card := func(code schema.Jurisdiction, e ...pki.Endpoint) *pki.Card {
		return &pki.Card{Jurisdiction: code, TLS: pki.Pin{byte(code[0])}, Endpoints: e}
	}
	self := card("BE", direct("be:1"), hub("hub:1"))
	for _, c := range []struct {
		name string
		peer pki.PeerCard
		want string
	}{
		{"endpoints in the card's order, our hub, our host", pki.PeerCard{Card: card("NL", hub("hub:2"), direct("nl:1"))},
			"[hub tls://hub:2 direct tls://nl:1 hub tls://hub:1 own host]"},
		{"a hub that both name stays in its place", pki.PeerCard{Card: card("NL", hub("hub:1"), direct("nl:1"))},
			"[hub tls://hub:1 direct tls://nl:1 own host]"},
		{"no endpoint", pki.PeerCard{Card: card("NL")}, "[hub tls://hub:1 own host]"},
		{"suspended", pki.PeerCard{Card: card("NL"), Suspended: true}, "[]"},
		{"ourselves", pki.PeerCard{Card: card("BE")}, "[]"},
	} {
		ways := plan(self, []pki.PeerCard{c.peer})
		if got := fmt.Sprint(ways[c.peer.Card.Jurisdiction]); got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
	}
	way := plan(self, []pki.PeerCard{{Card: card("NL", direct("nl:1"))}})["NL"]
	if way[0].pin != (pki.Pin{'N'}) {
		t.Error("a direct endpoint is not pinned to the card's TLS key")
	}
}

func TestSeldom(t *testing.T) {
	var s seldom
	start := goldenTime
	for _, c := range []struct {
		kind  string
		after time.Duration
		want  bool
	}{
		{"a", 0, true}, {"a", 0, false}, {"b", time.Second, true}, {"a", ReportEvery - 1, false}, {"a", ReportEvery, true},
		{"a", ReportEvery + 1, false}, {"a", -2 * ReportEvery, true}, // the clock was set back
	} {
		if got := s.allow(c.kind, start.Add(c.after)); got != c.want {
			t.Errorf("%s after %v: %v", c.kind, c.after, got)
		}
	}
}

func TestPlaceOf(t *testing.T) {
	last := Position{Epoch: 1, Seq: 41, Manifest: fill(9)}
	for _, c := range []struct {
		name       string
		last       Position
		epoch, seq uint64
		prev       [32]byte
		want       place
	}{
		{"the first", Position{}, 1, 1, [32]byte{}, next},
		{"the first, chained to something", Position{}, 1, 1, fill(1), forked},
		{"the second without the first", Position{}, 1, 2, fill(1), ahead},
		{"epoch 2 unasked", Position{}, 2, 1, [32]byte{}, otherEpoch},
		{"the next", last, 1, 42, fill(9), next},
		{"the next on another", last, 1, 42, fill(8), forked},
		{"the same number", last, 1, 41, fill(8), past},
		{"an old number", last, 1, 1, [32]byte{}, past},
		{"a gap", last, 1, 43, fill(9), ahead},
		{"a new epoch unasked", last, 2, 1, fill(9), otherEpoch},
		{"a new epoch agreed", Position{Epoch: 2, Manifest: fill(9)}, 2, 1, fill(9), next},
		{"the old epoch after that", Position{Epoch: 2, Manifest: fill(9)}, 1, 42, fill(9), past},
	} {
		m := &Manifest{Head: Head{Epoch: c.epoch, Seq: c.seq}, Prev: c.prev}
		if got := placeOf(c.last, m); got != c.want {
			t.Errorf("%s: %d, want %d", c.name, got, c.want)
		}
	}
}
