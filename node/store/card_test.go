package store

import (
	"errors"
	"path/filepath"
	"testing"
	"time"

	"github.com/comity-exchange/comity/node"
	"github.com/comity-exchange/comity/schema"
)

// TestCardAt: a proof finds the cards of its day, whatever has replaced them since.
func TestCardAt(t *testing.T) {
	s := fresh(t)
	day := func(n int) time.Time { return time.Date(2026, 11, n, 0, 0, 0, 0, time.UTC) }
	keep := func(code schema.Jurisdiction, card string, n int) {
		t.Helper()
		update(t, s, func(tx node.Tx) error { return tx.KeepCard(code, []byte(card), day(n)) })
	}
	keep("NL", "NL 1", 10)
	keep("FR", "FR 1", 12)
	keep("NL", "NL 1", 15) // at every start of a node
	keep("NL", "NL 2", 20)
	keep("NL", "NL 2", 25)
	for _, row := range []struct {
		code schema.Jurisdiction
		day  int
		want string
	}{
		{"NL", 9, "NL 1"}, {"NL", 10, "NL 1"}, {"NL", 19, "NL 1"}, {"NL", 20, "NL 2"}, {"NL", 30, "NL 2"}, {"FR", 30, "FR 1"}, {"FR", 1, "FR 1"},
	} {
		view(t, s, func(r node.Reader) error {
			got, err := r.CardAt(row.code, day(row.day))
			if string(got) != row.want {
				t.Errorf("%s on day %d: got %q, want %q", row.code, row.day, got, row.want)
			}
			return err
		})
	}
	view(t, s, func(r node.Reader) error {
		if _, err := r.CardAt("DE", day(30)); !errors.Is(err, node.ErrNotFound) {
			t.Errorf("a jurisdiction without a card: got %v", err)
		}
		return nil
	})
	var rows int
	view(t, s, func(r node.Reader) (err error) {
		rows, err = r.(*reader).conn.number("SELECT count(*) FROM card")
		return err
	})
	if rows != 3 {
		t.Errorf("%d cards are kept, want 3", rows)
	}
}

// TestCardsOfOlderDatabases: the cards that were pinned before cards were kept are the first ones.
func TestCardsOfOlderDatabases(t *testing.T) {
	path := filepath.Join(t.TempDir(), "node.db")
	c := rawConn(t, path)
	if err := c.migrate(1, "0001_first.sql"); err != nil {
		t.Fatal(err)
	}
	peer := node.Peer{Code: "NL", Card: []byte("NL 1"), Added: time.Date(2026, 11, 10, 0, 0, 0, 0, time.UTC)}
	if err := c.exec(putPeer, peer.Code, peer.Fingerprint, peer.Card, peer.Suspended, peer.Added); err != nil {
		t.Fatal(err)
	}
	c.close()
	s := reopen(t, path, Options{Create: true})
	view(t, s, func(r node.Reader) error {
		got, err := r.CardAt("NL", time.Now())
		if string(got) != "NL 1" {
			t.Errorf("got %q, want the pinned card", got)
		}
		return err
	})
}
