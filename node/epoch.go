package node

import (
	"context"
	"fmt"

	"github.com/comity-exchange/comity/schema"
)

// Place is a number in a ledger.
type Place struct {
	Epoch int64 `json:"epoch"`
	Seq   int64 `json:"seq"`
}

// before orders places of one direction.
func (p Place) before(o Place) bool { return p.Epoch < o.Epoch || p.Epoch == o.Epoch && p.Seq < o.Seq }

func (p Place) String() string { return fmt.Sprintf("%d of epoch %d", p.Seq, p.Epoch) }

// placeOf a line of a ledger; nil is the beginning.
func placeOf(p *Pouch) Place {
	if p == nil {
		return Place{Epoch: 1}
	}
	return Place{p.Epoch, p.Seq}
}

// present is the last line of a ledger as its present epoch sees it: number 0 when
// the line is of an earlier one.
func present(r Reader, peer schema.Jurisdiction, last *Pouch) (*Pouch, error) {
	epoch, err := r.Epoch(peer)
	if err != nil || epoch == placeOf(last).Epoch {
		return last, err
	}
	return &Pouch{Peer: peer, Epoch: epoch}, nil
}

// sameEpoch holds a new line against the epoch of its ledger: an operator may have
// ended the epoch while the pouch was being made or judged.
func sameEpoch(tx Tx, p *Pouch) error {
	epoch, err := tx.Epoch(p.Peer)
	if err == nil && epoch != p.Epoch {
		err = &schema.Problem{Kind: schema.Conflict, Code: "epoch_ended", Detail: "The epoch of this pouch has ended.", Fix: "Nothing to do: it is taken up in the new epoch."}
	}
	return err
}

// maxEpochStep bounds how far one restart may go, so that nobody is talked into the last epoch there is.
const maxEpochStep = 1000

// Epochs of the ledgers with a peer.
type Epochs struct {
	Own  int64 // the one that both directions are in
	Next int64 // what a restart would begin; Own when it was begun here and the peer has to follow
}

// Epochs with a peer.
func (n *Node) Epochs(ctx context.Context, peer schema.Jurisdiction) (e Epochs, err error) {
	err = n.Store.View(ctx, func(r Reader) (err error) {
		e, err = epochs(r, peer, n.Disputes(peer))
		return err
	})
	return e, err
}

func epochs(r Reader, peer schema.Jurisdiction, disputes []Dispute) (e Epochs, err error) {
	if e.Own, err = r.Epoch(peer); err != nil {
		return e, err
	}
	fresh, err := untouched(r, peer, e.Own)
	if err != nil {
		return e, err
	}
	e.Next = proposed(e.Own, fresh, disputes)
	return e, nil
}

// untouched says whether nothing has crossed in an epoch that an operator began.
func untouched(r Reader, peer schema.Jurisdiction, epoch int64) (bool, error) {
	in, err := optional(r.LastPouch(In, peer))
	if err != nil {
		return false, err
	}
	out, err := optional(r.LastPouch(Out, peer))
	if err != nil {
		return false, err
	}
	return epoch > 1 && placeOf(in).before(Place{epoch, 1}) && (placeOf(out).before(Place{epoch, 1}) || out.Seq == 1 && out.Receipt == nil), nil
}

// proposed is the epoch that brings both sides together: one that the other side has
// just begun, or our own if we have, or else one above all that were used.
func proposed(own int64, fresh bool, disputes []Dispute) int64 {
	next, behind := own+1, len(disputes) > 0
	for _, d := range disputes {
		theirs := d.Expected
		if d.Box == In {
			theirs = d.Pouch
		}
		behind = behind && theirs.Epoch < own
		if theirs.Epoch <= own || theirs.Epoch > own+maxEpochStep {
			continue
		}
		if theirs.Seq > 1 { // they have gone on in it without us
			theirs.Epoch++
		}
		next = max(next, theirs.Epoch)
	}
	if fresh && behind {
		return own
	}
	return next
}
