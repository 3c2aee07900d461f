package node

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/comity-exchange/comity/schema"
)

// Dispute is a pouch that the receiving side refused as a whole, because its ledger
// and the sender's do not agree. It stays until a pouch of that direction is
// receipted, or the operator begins a new epoch.
type Dispute struct {
	Peer     schema.Jurisdiction
	Box      Box    // Out: the peer refused our pouch. In: we refused the peer's
	Code     string // gap, equivocation or epoch, as PROTOCOL 3.3
	Pouch    Place  // the number refused
	Expected Place  // the number that the receiving side expects next
	At       time.Time
}

// same says whether two reports are of one dispute.
func (d Dispute) same(o Dispute) bool {
	d.At, o.At = time.Time{}, time.Time{}
	return d == o
}

// Detail says in plain words what happened.
func (d *Dispute) Detail() string {
	sender, receiver := "this node", string(d.Peer)
	if d.Box == In {
		sender, receiver = receiver, sender
	}
	switch {
	case d.Pouch.Epoch != d.Expected.Epoch:
		return fmt.Sprintf("Pouches from %s are in epoch %d, and %s is in epoch %d: only one of the two has begun the new epoch, or one was restored from a backup.",
			sender, d.Pouch.Epoch, receiver, d.Expected.Epoch)
	case d.Expected.Seq < d.Pouch.Seq:
		return fmt.Sprintf("The database of %s is older than its signed receipts: it expects pouch %s, and %s has its receipts up to number %d. It was probably restored from a backup.",
			receiver, d.Expected, sender, d.Pouch.Seq-1)
	case d.Expected.Seq > d.Pouch.Seq:
		return fmt.Sprintf("The database of %s is older than its signed pouches: it used number %s for another pouch, and %s has its pouches up to number %d. It was probably restored from a backup.",
			sender, d.Pouch, receiver, d.Expected.Seq-1)
	}
	return fmt.Sprintf("The pouch before number %s is another at %s than at %s. Two nodes may be running from one database, or one was restored from a backup.", d.Pouch, sender, receiver)
}

// Fix says what the operators of both sides do. self is this node's jurisdiction.
func (d *Dispute) Fix(self schema.Jurisdiction, e Epochs) string {
	if e.Next == e.Own {
		return fmt.Sprintf("This node has begun epoch %d. Now %s's operator runs comity peer restart %s --epoch %d.", e.Own, d.Peer, self, e.Own)
	}
	return fmt.Sprintf("Make sure that each side runs one node from one database. Then agree on epoch %d with %s's operator: run comity peer restart %s --epoch %d here, and they run comity peer restart %s --epoch %d. Both histories are kept, and what was lost is sent again.",
		e.Next, d.Peer, d.Peer, e.Next, self, e.Next)
}

// quarrels keeps the disputes in memory, for the status and so that agreement costs nothing.
type quarrels struct {
	mu  sync.Mutex // guards all
	all map[quarrel]Dispute
}

type quarrel struct {
	peer schema.Jurisdiction
	box  Box
}

func (q *quarrels) set(all []Dispute) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.all = make(map[quarrel]Dispute)
	for _, d := range all {
		q.all[quarrel{d.Peer, d.Box}] = d
	}
}

func (q *quarrels) put(d Dispute) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.all[quarrel{d.Peer, d.Box}] = d
}

func (q *quarrels) drop(peer schema.Jurisdiction, boxes ...Box) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for _, box := range boxes {
		delete(q.all, quarrel{peer, box})
	}
}

func (q *quarrels) find(peer schema.Jurisdiction, box Box) (Dispute, bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	d, found := q.all[quarrel{peer, box}]
	return d, found
}

// Disputes with a peer, those about our own pouches first.
func (n *Node) Disputes(peer schema.Jurisdiction) (list []Dispute) {
	for _, box := range []Box{Out, In} {
		if d, found := n.quarrel.find(peer, box); found {
			list = append(list, d)
		}
	}
	return list
}

// Dispute keeps a new dispute with its evidence, and journals and logs it once.
func (n *Node) Dispute(ctx context.Context, d Dispute, evidence []byte) error {
	d.At = n.now()
	if old, found := n.quarrel.find(d.Peer, d.Box); found && old.same(d) {
		return nil
	}
	err := n.Store.Update(ctx, func(tx Tx) error {
		if err := tx.AddEvidence(d.Peer, d.Code, evidence); err != nil {
			return err
		}
		if err := tx.PutDispute(d); err != nil {
			return err
		}
		return tx.Journal(n.entry("peer:"+string(d.Peer), "ledger.disputed", string(d.Peer), map[string]string{"code": d.Code, "box": string(d.Box),
			"pouch": d.Pouch.String(), "expected": d.Expected.String(), "evidence": hexDigest(evidence)}))
	})
	if err != nil {
		return fmt.Errorf("keep dispute with %s: %w", d.Peer, err)
	}
	n.Log.Error().Str("peer", string(d.Peer)).Str("box", string(d.Box)).Str("code", d.Code).Int64("epoch", d.Pouch.Epoch).Int64("seq", d.Pouch.Seq).
		Int64("expected_epoch", d.Expected.Epoch).Int64("expected_seq", d.Expected.Seq).Msg("ledgers disagree, see comity status")
	n.quarrel.put(d)
	return nil
}

// agree ends a dispute, for a pouch of that direction is in order. The caller drops
// it from memory once that is durable.
func (n *Node) agree(tx Tx, peer schema.Jurisdiction, box Box) error {
	if _, found := n.quarrel.find(peer, box); !found {
		return nil
	}
	if err := tx.DropDispute(peer, box); err != nil {
		return err
	}
	return tx.Journal(n.entry("node", "ledger.agreed", string(peer), map[string]string{"box": string(box)}))
}
