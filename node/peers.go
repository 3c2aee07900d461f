package node

import (
	"context"
	"encoding/hex"
	"fmt"
	"strconv"
	"time"

	"github.com/comity-exchange/comity/pki"
	"github.com/comity-exchange/comity/schema"
)

func (n *Node) loadPeers(peers []Peer) error {
	for _, p := range peers {
		card, err := pki.ReadCard(p.Card, time.Time{}) // its dates do not matter: sealing to an expired card fails with a code, and the node must start
		if err != nil {
			return fmt.Errorf("read stored card of %s: %w", p.Code, err)
		}
		if err := n.Keyring.Pin(card, p.Fingerprint); err != nil {
			return fmt.Errorf("pin %s: %w", p.Code, err)
		}
		if p.Suspended {
			if err := n.Keyring.Suspend(p.Code); err != nil {
				return err
			}
		}
	}
	return nil
}

// CheckPeer says what AddPeer would refuse, and changes nothing.
func (n *Node) CheckPeer(text []byte, f pki.Fingerprint) (*pki.Card, error) {
	card, err := n.readPeer(text)
	if err != nil {
		return nil, err
	}
	return card, n.Keyring.Clone().Pin(card, f)
}

// readPeer reads a card that is not our own.
func (n *Node) readPeer(text []byte) (*pki.Card, error) {
	card, err := pki.ReadCard(text, n.now())
	if err != nil {
		return nil, err
	}
	if card.Jurisdiction == n.Code() || card.Certificate.Root() == n.Self.Certificate.Root() || card.TLS == n.Self.TLS {
		return nil, &schema.Problem{Kind: schema.Conflict, Code: "own_card", Detail: "This card has the code or a key of this node itself.", Fix: "Ask the peer for theirs."}
	}
	return card, nil
}

// AddPeer pins a peer by its card and the root fingerprint that was compared out
// of band. For a peer that is pinned already, a card with a higher serial under
// the same root replaces the old one. A new peer is kept for a second person while two
// are needed.
func (n *Node) AddPeer(ctx context.Context, actor string, text []byte, f pki.Fingerprint) (*pki.Card, error) {
	n.change.Lock()
	defer n.change.Unlock()
	card, err := n.CheckPeer(text, f)
	if err != nil {
		return nil, err
	}
	if n.peerCard(card.Jurisdiction) == nil {
		if err := n.second(ctx, actor, &peerOrder{card.Jurisdiction, f.Hex(), string(text)}); err != nil {
			return nil, err
		}
	}
	return card, n.pin(ctx, actor, card, f, nil)
}

// pin stores a checked card and pins it; the caller holds change.
func (n *Node) pin(ctx context.Context, actor string, card *pki.Card, f pki.Fingerprint, also func(Tx) error) error {
	act, suspended := "peer.added", false
	if old := n.peerCard(card.Jurisdiction); old != nil {
		act, suspended = "peer.card_replaced", old.Suspended
	}
	err := n.Store.Update(ctx, func(tx Tx) error {
		if err := tx.PutPeer(Peer{Code: card.Jurisdiction, Fingerprint: f, Card: card.Text, Suspended: suspended, Added: n.now()}); err != nil {
			return err
		}
		if err := tx.KeepCard(card.Jurisdiction, card.Text, n.now()); err != nil {
			return err
		}
		err := tx.Journal(n.entry(actor, act, string(card.Jurisdiction),
			map[string]string{"root": f.Hex(), "serial": strconv.FormatUint(card.Serial, 10), "card": hexDigest(card.Text)}))
		if err != nil {
			return err
		}
		return too(tx, also)
	})
	if err != nil {
		return err
	}
	if err := n.Keyring.Pin(card, f); err != nil {
		return err
	}
	n.border.Refresh()
	return nil
}

func (n *Node) peerCard(code schema.Jurisdiction) *pki.PeerCard {
	for _, p := range n.Keyring.Peers() {
		if p.Card.Jurisdiction == code {
			return &p
		}
	}
	return nil
}

// SuspendPeer cuts a peer off at once; its queue waits. ResumePeer lets it back.
func (n *Node) SuspendPeer(ctx context.Context, actor string, code schema.Jurisdiction) error {
	return n.changePeer(ctx, actor, "peer.suspended", code, n.Keyring.Suspend, func(tx Tx, p Peer) error {
		p.Suspended = true
		return tx.PutPeer(p)
	})
}

// ResumePeer undoes SuspendPeer.
func (n *Node) ResumePeer(ctx context.Context, actor string, code schema.Jurisdiction) error {
	err := n.changePeer(ctx, actor, "peer.resumed", code, n.Keyring.Resume, func(tx Tx, p Peer) error {
		p.Suspended = false
		return tx.PutPeer(p)
	})
	if err == nil {
		n.border.Wake(code)
	}
	return err
}

// RemovePeer forgets a peer's card. Its ledger and messages stay. Refused while
// anything is queued for it.
func (n *Node) RemovePeer(ctx context.Context, actor string, code schema.Jurisdiction) error {
	return n.changePeer(ctx, actor, "peer.removed", code, n.Keyring.Remove, func(tx Tx, p Peer) error {
		waiting, err := tx.Pending(code, 0, 1)
		if err != nil {
			return err
		}
		if len(waiting) > 0 {
			return &schema.Problem{Kind: schema.Conflict, Code: "peer_has_queue", Detail: "Messages for " + string(code) + " are still queued.",
				Fix: "Wait until they are settled, or suspend the peer instead."}
		}
		return tx.RemovePeer(code)
	})
}

func (n *Node) changePeer(ctx context.Context, actor, act string, code schema.Jurisdiction, keyring func(schema.Jurisdiction) error, change func(Tx, Peer) error) error {
	n.change.Lock()
	defer n.change.Unlock()
	err := n.Store.Update(ctx, func(tx Tx) error {
		peers, err := tx.Peers()
		if err != nil {
			return err
		}
		for _, p := range peers {
			if p.Code != code {
				continue
			}
			if err := change(tx, p); err != nil {
				return err
			}
			return tx.Journal(n.entry(actor, act, string(code), nil))
		}
		return unknownPeer(code)
	})
	if err != nil {
		return err
	}
	if err := keyring(code); err != nil {
		return err
	}
	n.border.Refresh()
	return nil
}

func hexDigest(b []byte) string {
	sum := digest(b)
	return hex.EncodeToString(sum[:])
}
