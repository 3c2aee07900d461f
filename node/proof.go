package node

import (
	"context"
	"time"

	"github.com/comity-exchange/comity/schema"
)

// Proof is what shows a third party that a message crossed: with these parts and
// nothing of this node's own word, a reader can check that the sender signed
// the message and that the recipient signed a verdict on it.
type Proof struct {
	Record     *Message
	Message    []byte // the exact bytes, listed in Manifest; nil once they are erased
	Files      []schema.File
	Manifest   []byte
	Signature  []byte // of the sender, over Manifest
	Receipt    []byte
	ReceiptSig []byte // of the recipient, over Receipt
	Sender     []byte // card of that day
	Recipient  []byte // card of that day
}

// Proof gathers the parts, and journals the reading before it shows them. Problems
// are not_found, and no_receipt while the peer has not answered.
func (n *Node) Proof(ctx context.Context, actor string, id schema.ID, box Box) (*Proof, error) {
	d, contents, err := n.look(ctx, id, box, readable)
	if err != nil {
		return nil, err
	}
	if d.Pouch == nil || d.Pouch.Receipt == nil {
		return nil, &schema.Problem{Kind: schema.Conflict, Code: "no_receipt", Detail: "There is no signed receipt for this message, so nothing can be proved yet.",
			Fix: "Wait until its state is accepted or refused; a denied message never left."}
	}
	p := &Proof{Record: d.Record, Manifest: d.Pouch.Manifest, Signature: d.Pouch.Signature, Receipt: d.Pouch.Receipt, ReceiptSig: d.Pouch.ReceiptSig}
	if err := n.cards(ctx, p, d.Pouch.Committed.Add(time.Second)); err != nil {
		return nil, err
	}
	var why ReadingReason
	var note []Content
	if p.Record.Erased.IsZero() {
		if p.Message, p.Files, err = n.decrypt(contents); err != nil {
			return nil, err
		}
		m, err := n.Catalogue.Again(p.Message)
		if err != nil {
			return nil, err
		}
		if why, note, err = n.justify(ctx, actor, p.Record, m); err != nil {
			return nil, err
		}
	}
	return p, n.Store.Update(ctx, func(tx Tx) error {
		if err := tx.AddContent(note...); err != nil {
			return err
		}
		return tx.Journal(n.entry(actor, "message.exported", string(id), why.detail()))
	})
}

// cards adds both sides' cards as they were when the pouch was committed here. Its
// time may be cut to the second.
func (n *Node) cards(ctx context.Context, p *Proof, at time.Time) error {
	return n.Store.View(ctx, func(r Reader) (err error) {
		if p.Sender, err = r.CardAt(n.Code(), at); err != nil {
			return err
		}
		if p.Recipient, err = r.CardAt(p.Record.Peer, at); err != nil {
			return err
		}
		if p.Record.Box == In {
			p.Sender, p.Recipient = p.Recipient, p.Sender
		}
		return nil
	})
}
