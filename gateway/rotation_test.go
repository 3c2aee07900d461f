package gateway

import (
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/comity-exchange/comity/pki"
)

// rekeyed is NL's house under new operational keys, with the card that says so.
func rekeyed(serial uint64, make func(*pki.Secrets) (*pki.Secrets, error), now time.Time) *house {
	old := netherlands()
	h := &house{code: old.code, root: old.root, secrets: must(make(old.secrets))}
	h.vault = must(pki.NewVault(h.secrets))
	now = now.UTC().Truncate(time.Second)
	h.card = must(h.root.SignCard(pki.Card{Jurisdiction: h.code, Name: "Central Authority", Serial: serial, Issued: now, Expires: now.Add(year),
		Accepts: []string{"*"}, Languages: []string{"en"}}, h.secrets, now))
	return h
}

// moveIn gives NL's node new keys, as a restart does.
func (c *crossing) moveIn(h *house) {
	c.nl.closeGateway()
	c.nl.house, c.nl.self = h, h.card
	c.nl.sail(c.sea)
}

func (c *crossing) takeCard(h *house) {
	if err := c.be.keyring.Replace(h.card); err != nil {
		c.t.Fatal(err)
	}
	c.be.gateway.Refresh()
}

// Keys that are renewed while messages are under way cost nothing when the card goes
// ahead, and time when it comes late; keys that were stolen and replaced open nothing more.
func TestKeysRotatedMidFlow(t *testing.T) {
	belgium()
	netherlands()
	catalogue()
	for _, r := range []struct {
		name          string
		stolen        bool
		begins        time.Duration // of the new keys, after the change
		moves, learns time.Duration // when NL has the new keys, and BE the card
		noticed       bool
	}{
		{"the card goes ahead", false, 2 * time.Hour, time.Hour, 90 * time.Minute, false},
		{"the card comes late", false, 0, time.Hour, 80 * time.Minute, true},
		{"stolen and replaced", true, 0, time.Hour, 80 * time.Minute, true},
	} {
		t.Run(r.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c := newCrossing(t, 1)
				now := c.be.now()
				fresh := rekeyed(2, func(s *pki.Secrets) (*pki.Secrets, error) {
					if r.stolen {
						return netherlands().root.Replace(s, now, year, year)
					}
					return netherlands().root.Renew(s, now.Add(r.begins), year, year)
				}, now)
				c.sail()
				defer c.dock()
				for minute := range 180 {
					switch time.Duration(minute) * time.Minute {
					case r.moves:
						c.moveIn(fresh)
					case r.learns:
						c.takeCard(fresh)
					}
					c.send(c.be)
					c.send(c.nl)
					time.Sleep(time.Minute)
				}
				c.arrives(2 * retryCeiling)
				if noticed := len(c.be.box.reports)+len(c.nl.box.reports) > 0; noticed != r.noticed {
					t.Errorf("reports %v %v, want some: %t", c.be.box.codes(), c.nl.box.codes(), r.noticed)
				}
				// Receipts of before still verify with the card of their day.
				first := c.be.box.receipts[0]
				if _, err := netherlands().vault.Certificate().VerifyAt(first.Receipt, first.Signature); err != nil {
					t.Errorf("an old receipt: %v", err)
				}
				last := c.be.box.receipts[len(c.be.box.receipts)-1]
				if _, err := netherlands().vault.Certificate().VerifyAt(last.Receipt, last.Signature); err == nil {
					t.Error("the last receipt is signed with the old key: this shows nothing")
				}
				if r.stolen && !slices.ContainsFunc(c.nl.box.codes(), func(code string) bool { return code != badAnswer }) {
					t.Errorf("NL reported %v, want pouches it could not open", c.nl.box.codes())
				}
			})
		})
	}
}
