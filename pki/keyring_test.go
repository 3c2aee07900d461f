package pki

import (
	"sync"
	"testing"

	"github.com/comity-exchange/comity/schema"
)

// withSerial is a card of the house with another serial and name.
func (h *house) withSerial(code schema.Jurisdiction, serial uint64, name string) *Card {
	c := cardOf(code)
	c.Serial, c.Name = serial, name
	return must(h.root.SignCard(c, h.secrets, epoch))
}

func TestPinAsksForTheFingerprint(t *testing.T) {
	k := NewKeyring()
	wantCode(t, k.Pin(alpha().card, beta().root.Fingerprint()), "wrong_fingerprint")
	_, err := k.Peer("AA")
	wantCode(t, err, "unknown_peer")
	wantCode(t, k.Pin(alpha().card, alpha().root.Fingerprint()), "ok")
	wantCode(t, k.Pin(alpha().card, alpha().root.Fingerprint()), "ok")
	got, err := k.Peer("AA")
	if err != nil || got != alpha().card {
		t.Errorf("got %v and %v", got, err)
	}
}

func TestSerialRule(t *testing.T) {
	for _, row := range []struct {
		name string
		card *Card
		want string
	}{
		{"higher", alpha().withSerial("AA", 4, "n"), "ok"},
		{"lower", alpha().withSerial("AA", 2, "n"), "serial_older"},
		{"the same card", alpha().card, "ok"},
		{"the same serial, another card", alpha().withSerial("AA", 3, "n"), "serial_reused"},
		{"another root", beta().withSerial("AA", 9, "n"), "other_root"},
		{"a peer nobody pinned", beta().card, "unknown_peer"},
	} {
		t.Run(row.name, func(t *testing.T) {
			k := NewKeyring()
			wantCode(t, k.Pin(alpha().card, alpha().root.Fingerprint()), "ok")
			wantCode(t, k.Replace(row.card), row.want)
			want := alpha().card
			if row.want == "ok" {
				want = row.card
			}
			if got, err := k.Peer("AA"); err != nil || got != want {
				t.Errorf("got card %v and %v", got, err)
			}
		})
	}
}

func TestPinsDoNotCollide(t *testing.T) {
	k := NewKeyring()
	wantCode(t, k.Pin(alpha().card, alpha().root.Fingerprint()), "ok")
	wantCode(t, k.Pin(beta().withSerial("AA", 9, "n"), beta().root.Fingerprint()), "peer_pinned")
	wantCode(t, k.Pin(alpha().withSerial("CC", 1, "n"), alpha().root.Fingerprint()), "root_in_use")
	// The thief of a pin: beta claims alpha's TLS key, which cards do not prove.
	theft := *beta().card
	theft.TLS = alpha().card.TLS
	wantCode(t, k.Pin(&theft, beta().root.Fingerprint()), "tls_key_in_use")
	wantCode(t, k.Pin(beta().card, beta().root.Fingerprint()), "ok")
	theft.Serial++
	wantCode(t, k.Replace(&theft), "tls_key_in_use")
}

func TestRepin(t *testing.T) {
	k := NewKeyring()
	fresh := beta().withSerial("AA", 1, "n") // AA under another root, its serials begin again
	wantCode(t, k.Repin(fresh, beta().root.Fingerprint()), "unknown_peer")
	wantCode(t, k.Pin(alpha().card, alpha().root.Fingerprint()), "ok")
	wantCode(t, k.Suspend("AA"), "ok")
	wantCode(t, k.Repin(fresh, alpha().root.Fingerprint()), "wrong_fingerprint")
	wantCode(t, k.Repin(fresh, beta().root.Fingerprint()), "ok")
	if p := k.Peers()[0]; p.Card.Certificate.Root() != beta().root.Fingerprint() || !p.Suspended {
		t.Errorf("got root %s, suspended %t; want the new root, still suspended", p.Card.Certificate.Root(), p.Suspended)
	}
	wantCode(t, k.Repin(beta().withSerial("AA", 1, "m"), beta().root.Fingerprint()), "serial_reused")
	wantCode(t, k.Pin(beta().card, beta().root.Fingerprint()), "root_in_use")
}

func TestSuspendedPeersStayPinned(t *testing.T) {
	k := NewKeyring()
	for _, h := range []*house{beta(), alpha()} {
		wantCode(t, k.Pin(h.card, h.root.Fingerprint()), "ok")
	}
	wantCode(t, k.Suspend("AA"), "ok")
	_, err := k.Peer("AA")
	wantCode(t, err, "peer_suspended")
	wantCode(t, k.Replace(alpha().withSerial("AA", 4, "n")), "ok")
	_, err = k.Peer("AA")
	wantCode(t, err, "peer_suspended")
	list := k.Peers()
	if len(list) != 2 || list[0].Card.Serial != 4 || !list[0].Suspended || list[1].Card.Jurisdiction != "BB" || list[1].Suspended {
		t.Errorf("got %v", list)
	}
	wantCode(t, k.Resume("AA"), "ok")
	_, err = k.Peer("AA")
	wantCode(t, err, "ok")
	wantCode(t, k.Remove("AA"), "ok")
	for _, act := range []func(schema.Jurisdiction) error{k.Remove, k.Suspend, k.Resume} {
		wantCode(t, act("AA"), "unknown_peer")
	}
}

func TestReadersSeeWholeRings(t *testing.T) {
	k := NewKeyring()
	wantCode(t, k.Pin(alpha().card, alpha().root.Fingerprint()), "ok")
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for range 500 {
				if _, err := k.Peer("AA"); err != nil {
					t.Error(err)
					return
				}
				k.Peers()
			}
		})
	}
	for range 500 {
		wantCode(t, k.Pin(beta().card, beta().root.Fingerprint()), "ok")
		wantCode(t, k.Remove("BB"), "ok")
	}
	wg.Wait()
}
