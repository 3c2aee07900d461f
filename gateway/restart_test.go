package gateway

import (
	"slices"
	"testing"
	"time"

	"github.com/comity-exchange/comity/gateway/broker"
	"github.com/comity-exchange/comity/pki"
	"github.com/comity-exchange/comity/schema"
)

// The only broker between two nodes dies and comes back with nothing, again and again
// while messages flow. It held nothing that matters.
func TestBrokerRestartedAndWiped(t *testing.T) {
	t.Parallel() // it mostly waits
	keys := must(pki.NewVault(must(must(pki.NewRoot(time.Now())).NewOperational(time.Now(), year, year))))
	hub := func(listen string) *broker.Host {
		h, err := broker.Open(broker.Config{Name: "hub", Listen: listen, TLS: keys.TLS()})
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range []*house{belgium(), netherlands()} {
			if err := h.Admit(string(m.code), m.card.TLS, m.card.Expires); err != nil {
				t.Fatal(err)
			}
		}
		return h
	}
	relay := hub("127.0.0.1:0")
	addr := relay.Addr()
	endpoint := pki.Endpoint{Hub: true, Addr: addr, Pin: pki.PinOf(keys.TLS().Leaf)}
	be, nl := newNode(t, belgium(), false, endpoint), newNode(t, netherlands(), false, endpoint)
	be.knows(nl)
	nl.knows(be)
	be.start()
	nl.start()
	var out, back []schema.ID
	for round := range 4 {
		for range 60 {
			out = append(out, be.submit("NL", letter("BE", "NL", 2000)))
			back = append(back, nl.submit("BE", letter("NL", "BE", 2000)))
			if round < 3 && len(out)%60 == 20 {
				// Some are under way now, in whatever state.
				relay.Close()
				relay = hub(addr)
			}
			time.Sleep(time.Millisecond)
		}
		be.box.wait(t, "receipts through the new broker", accepted(out...))
		nl.box.wait(t, "receipts through the new broker", accepted(back...))
	}
	relay.Close()
	if got := nl.box.delivered(); !slices.Equal(got, out) {
		t.Errorf("NL was delivered %d messages of %d, or in another order", len(got), len(out))
	}
	if got := be.box.delivered(); !slices.Equal(got, back) {
		t.Errorf("BE was delivered %d messages of %d, or in another order", len(got), len(back))
	}
}
