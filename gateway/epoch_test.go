package gateway

import (
	"slices"
	"testing"

	"github.com/comity-exchange/comity/schema"
)

// The receiver was put back to an older copy: nothing crosses until both sides have
// begun a new epoch, and then what was under way is packed anew.
func TestNewEpoch(t *testing.T) {
	be, nl := pair(t)
	nl.start()
	be.start()
	first := be.submit("NL", letter("BE", "NL", 500))
	be.box.wait(t, "the first receipt", accepted(first))
	be.closeGateway()
	nl.closeGateway()
	nl.box.mu.Lock()
	nl.box.last["BE"], nl.box.inbox = Position{}, nil
	nl.box.mu.Unlock()
	nl.start()
	be.start()
	second := be.submit("NL", letter("BE", "NL", 500))
	be.box.wait(t, "the gap to be seen by the sender", func(b *box) bool { return slices.Contains(b.codes(), "refused_"+Gap) })
	nl.box.wait(t, "the gap to be seen by the receiver", func(b *box) bool { return slices.Contains(b.codes(), Gap) })
	for _, r := range append(be.box.reports, nl.box.reports...) {
		if r.Position.Seq != 2 || r.Expected.Seq != 1 || len(r.Evidence) == 0 {
			t.Errorf("%s: pouch %d, expected %d, %d octets of evidence; want 2, 1, and some", r.kind(), r.Position.Seq, r.Expected.Seq, len(r.Evidence))
		}
	}
	be.box.restart("NL", 2)
	be.gateway.Refresh()
	nl.box.wait(t, "the epoch to be refused", func(b *box) bool { return slices.Contains(b.codes(), WrongEpoch) })
	if got := nl.box.delivered(); len(got) > 0 {
		t.Errorf("delivered %v before the receiver's operator agreed", got)
	}
	nl.box.restart("BE", 2)
	nl.gateway.Refresh()
	third := be.submit("NL", letter("BE", "NL", 500))
	be.box.wait(t, "the receipts of the new epoch", accepted(second, third))
	if got := nl.box.delivered(); !slices.Equal(got, []schema.ID{second, third}) {
		t.Errorf("delivered %v", got)
	}
	if a := nl.box.arrivals[1]; a.Epoch != 2 || a.Seq != 1 {
		t.Errorf("the first pouch is number %d of epoch %d", a.Seq, a.Epoch)
	}
}

// An epoch ends while the receipt of a pouch is on its way. The receipt settles
// nothing; the message travels again, is recognised and accepted, and delivered once.
func TestEpochEndsBeforeTheReceipt(t *testing.T) {
	be, nl := pair(t)
	once := true
	nl.box.onAccept = func() {
		if once {
			once = false
			be.box.restart("NL", 2)
			be.gateway.Refresh()
		}
	}
	nl.start()
	be.start()
	id := be.submit("NL", letter("BE", "NL", 500))
	nl.box.wait(t, "the pouch of the old epoch", func(b *box) bool { return len(b.arrivals) == 1 })
	nl.box.restart("BE", 2)
	nl.gateway.Refresh()
	be.box.wait(t, "the receipt of the new epoch", accepted(id))
	if got := nl.box.delivered(); !slices.Equal(got, []schema.ID{id}) {
		t.Errorf("delivered %v", got)
	}
	if len(be.box.receipts) != 1 || be.box.receipts[0].Epoch != 2 || !nl.box.arrivals[1].Messages[0].Known {
		t.Errorf("%d receipts were settled, want one, of epoch 2, on a message that was recognised", len(be.box.receipts))
	}
}

// A pouch of an ended epoch is a repetition or is refused.
func TestPouchesOfAnEndedEpoch(t *testing.T) {
	houses := goldenHouses()
	be, nl := &rogue{house: houses["BE"], t: t, clock: goldenTime}, houses["NL"]
	q := fixed(id1, 900)
	sealed := be.pouch(nl, be.manifest(nl.party(), 1, [32]byte{}, q), q)
	l, b := border(nl, be.house, open)
	if got, err := verdictOn(l, be.house, sealed); err != nil || got != "accepted" {
		t.Fatalf("got %s, %v", got, err)
	}
	b.restart("BE", 2)
	signal(l.stale)
	if got, err := verdictOn(l, be.house, sealed); err != nil || got != "accepted" {
		t.Errorf("the repetition: got %s, %v, want its receipt", got, err)
	}
	p := fixed(id2, 700)
	for name, m := range map[string]*Manifest{
		"a number that was used": be.manifest(nl.party(), 1, [32]byte{}, p),
		"the number after it":    be.manifest(nl.party(), 2, b.arrivals[0].Manifest, p),
	} {
		if got, err := verdictOn(l, be.house, be.pouch(nl, m, p)); err != nil || got != "refused: "+WrongEpoch && got != "refused: "+Equivocation {
			t.Errorf("%s: got %s, %v", name, got, err)
		}
	}
	if len(b.inbox) != 1 {
		t.Errorf("%d messages delivered, want 1", len(b.inbox))
	}
	if !slices.Contains(b.codes(), Equivocation) {
		t.Errorf("reported %v, want the equivocation within the ended epoch", b.codes())
	}
}
