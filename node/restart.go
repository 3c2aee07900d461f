package node

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"strconv"

	"github.com/comity-exchange/comity/pki"
	"github.com/comity-exchange/comity/schema"
)

// Restart is what an operator agreed with a peer's: both ledgers begin anew, in one
// epoch, above everything they hold. PROTOCOL 5.1.
type Restart struct {
	Peer   schema.Jurisdiction
	Epoch  int64           // 0: the one that is proposed
	Resend int64           // the first pouch that the peer lost, in the epoch that ends; 0: what the peer itself said
	Card   []byte          // not nil: the peer has a new root
	Root   pki.Fingerprint // of Card, compared out of band
	DryRun bool            // say what would be, and change nothing
}

// Restarted is what a restart did.
type Restarted struct {
	Peer     schema.Jurisdiction
	Was      int64 // the epoch that ended
	Epoch    int64
	Sent     Place // last number used to the peer in the old epoch
	Received Place // and from it
	Closed   int64 // the number whose receipt had not come, 0 if none; its messages wait again
	Again    int   // messages that the peer had accepted and lost: they are sent again
	Rekeyed  bool
}

var errDryRun = errors.New("dry run")

// RestartPeer ends the present epoch with a peer and begins another, in one
// transaction. Nothing of the old epoch is forgotten or sent under its numbers again.
// The problems are unknown_peer, epoch_not_higher, epoch_too_far, and those of CheckPeer.
func (n *Node) RestartPeer(ctx context.Context, actor string, r Restart) (*Restarted, error) {
	n.change.Lock()
	defer n.change.Unlock()
	if r.Card != nil && !r.DryRun {
		if _, err := n.rekeyed(r); err != nil {
			return nil, err
		}
		if err := n.second(ctx, actor, newRestartOrder(r)); err != nil {
			return nil, err
		}
	}
	return n.restartPeer(ctx, actor, r, nil)
}

// restartPeer does it; the caller holds change.
func (n *Node) restartPeer(ctx context.Context, actor string, r Restart, also func(Tx) error) (*Restarted, error) {
	card, err := n.rekeyed(r)
	if err != nil {
		return nil, err
	}
	var done *Restarted
	err = n.Store.Update(ctx, func(tx Tx) (err error) {
		if done, err = n.restart(tx, actor, r, card); err == nil && r.DryRun {
			err = errDryRun
		}
		if err != nil {
			return err
		}
		return too(tx, also)
	})
	if errors.Is(err, errDryRun) {
		return done, nil
	}
	if err != nil {
		return nil, err
	}
	n.quarrel.drop(r.Peer, Out, In)
	if card != nil {
		if err := n.Keyring.Repin(card, r.Root); err != nil {
			return nil, err
		}
	}
	n.border.Refresh()
	n.border.Wake(r.Peer)
	return done, nil
}

// rekeyed reads the card of a peer with a new root, and says what Repin would refuse.
func (n *Node) rekeyed(r Restart) (*pki.Card, error) {
	if n.peerCard(r.Peer) == nil {
		return nil, unknownPeer(r.Peer)
	}
	if r.Card == nil {
		return nil, nil
	}
	card, err := n.readPeer(r.Card)
	if err != nil {
		return nil, err
	}
	if card.Jurisdiction != r.Peer {
		return nil, &schema.Problem{Kind: schema.Conflict, Code: "other_card", Detail: "This is the card of " + string(card.Jurisdiction) + ".", Fix: "Give the card of " + string(r.Peer) + "."}
	}
	return card, n.Keyring.Clone().Repin(card, r.Root)
}

func (n *Node) restart(tx Tx, actor string, r Restart, card *pki.Card) (*Restarted, error) {
	done := &Restarted{Peer: r.Peer, Rekeyed: card != nil}
	if err := n.newEpoch(tx, r, done); err != nil {
		return nil, err
	}
	entry := n.entry(actor, "ledger.restarted", string(r.Peer), map[string]string{"was": strconv.FormatInt(done.Was, 10), "epoch": strconv.FormatInt(done.Epoch, 10)})
	if err := n.end(tx, done, entry.Detail); err != nil {
		return nil, err
	}
	again, err := tx.Requeue(r.Peer, n.lost(r, done))
	if err != nil {
		return nil, err
	}
	done.Again = len(again)
	entry.Detail["sent_again"] = strconv.Itoa(done.Again)
	entries := []Entry{entry}
	for _, m := range again {
		entries = append(entries, n.entry(actor, "message.requeued", string(m.ID),
			map[string]string{"peer": string(r.Peer), "pouch": ledgerName(&Pouch{Box: Out, Peer: r.Peer, Epoch: m.Epoch, Seq: m.Seq})}))
	}
	if card != nil {
		entries = append(entries, n.entry(actor, "peer.rekeyed", string(r.Peer), map[string]string{"root": r.Root.Hex(),
			"serial": strconv.FormatUint(card.Serial, 10), "card": hexDigest(card.Text)}))
		if err := tx.PutPeer(Peer{Code: r.Peer, Fingerprint: r.Root, Card: card.Text, Suspended: n.peerCard(r.Peer).Suspended, Added: n.now()}); err != nil {
			return nil, err
		}
		if err := tx.KeepCard(r.Peer, card.Text, n.now()); err != nil {
			return nil, err
		}
	}
	return done, tx.Journal(entries...)
}

// newEpoch only rises.
func (n *Node) newEpoch(tx Tx, r Restart, done *Restarted) error {
	e, err := epochs(tx, r.Peer, n.Disputes(r.Peer))
	if err != nil {
		return err
	}
	done.Was, done.Epoch = e.Own, r.Epoch
	if r.Epoch == 0 {
		done.Epoch = e.Next
	}
	switch {
	case done.Epoch <= e.Own:
		return &schema.Problem{Kind: schema.Conflict, Code: "epoch_not_higher", Detail: fmt.Sprintf("Epoch %d with %s has begun here already.", e.Own, r.Peer),
			Fix: fmt.Sprintf("If %s has not begun it, its operator runs comity peer restart %s --epoch %d. Otherwise agree on a higher number.", r.Peer, n.Code(), e.Own)}
	case done.Epoch > e.Own+maxEpochStep:
		return &schema.Problem{Kind: schema.Invalid, Code: "epoch_too_far", Pointer: "/epoch", Detail: fmt.Sprintf("Epoch %d is more than %d above %d.", done.Epoch, maxEpochStep, e.Own),
			Fix: fmt.Sprintf("Agree on %d with the peer's operator.", e.Next)}
	}
	for _, box := range []Box{Out, In} {
		if err := tx.DropDispute(r.Peer, box); err != nil {
			return err
		}
	}
	return tx.PutEpoch(r.Peer, done.Epoch)
}

// end closes the old epoch. The journal's line names where both histories stop.
func (n *Node) end(tx Tx, done *Restarted, detail map[string]string) error {
	for _, ledger := range []struct {
		box  Box
		last *Place
	}{{Out, &done.Sent}, {In, &done.Received}} {
		last, err := optional(tx.LastPouch(ledger.box, done.Peer))
		if err != nil {
			return err
		}
		*ledger.last = placeOf(last)
		if last != nil {
			detail[string(ledger.box)] = ledgerName(last) + " " + hex.EncodeToString(last.Hash[:])
		}
		if last != nil && ledger.box == Out && last.Receipt == nil && last.Closed.IsZero() {
			done.Closed = last.Seq
			detail["closed"] = ledgerName(last)
		}
	}
	return tx.ClosePouch(done.Peer, n.now())
}

// lost is the first place of the old epoch that the peer does not have. What it has
// received none the less it recognises and does not deliver again.
func (n *Node) lost(r Restart, done *Restarted) Place {
	if r.Resend > 0 {
		return Place{done.Was, r.Resend}
	}
	if d, found := n.quarrel.find(r.Peer, Out); found {
		return d.Expected
	}
	return Place{Epoch: done.Epoch}
}

func unknownPeer(code schema.Jurisdiction) error {
	return &schema.Problem{Kind: schema.NotFound, Code: "unknown_peer", Detail: "There is no peer " + string(code) + " here.", Fix: "List them: comity peer list."}
}
