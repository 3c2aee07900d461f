package store

import (
	"fmt"
	"time"

	"github.com/comity-exchange/comity/node"
	"github.com/comity-exchange/comity/schema"
)

// tx implements node.Tx on the writer's connection. After its transaction it has no
// connection any more.
type tx struct {
	reader
	writer *writer
}

var _ node.Tx = (*tx)(nil)

// must runs a statement that has to change something.
func (t *tx) must(sql string, args ...any) error {
	if err := t.conn.exec(sql, args...); err != nil {
		return err
	}
	if t.conn.db.Changes() == 0 {
		return node.ErrNotFound
	}
	return nil
}

// AddMessage numbers and inserts a message. Its place in the queue is its number:
// both rise over all peers.
func (t *tx) AddMessage(m *node.Message) error {
	n, queue := t.writer.messages+1, int64(0)
	if m.State == node.Queued {
		queue = n
	}
	err := t.conn.exec(addMessage, n, m.ID, m.Box, m.Peer, m.Type, orNull(m.Case), orNull(string(m.Re)), m.State, m.Code,
		m.Created, m.Stored, m.Settled, queue, m.Epoch, m.Seq, m.Size, m.SHA256, m.Policy, m.Rule, m.Actor,
		m.Deadline, m.Room, m.Releaser, orNull(string(m.Authority)), m.Erased, m.Reason, "")
	if err != nil {
		return fmt.Errorf("add message %s: %w", m.ID, exists(err))
	}
	t.writer.messages = n
	m.N, m.Queue = n, queue
	return t.conn.exec(raiseTally, m.Box, m.Peer, m.State, 1)
}

// AddContent inserts contents. A name that is there already is node.ErrExists.
func (t *tx) AddContent(contents ...node.Content) error {
	for _, c := range contents {
		if err := t.conn.exec(addContent, c.Name, orEmpty(c.Sealed), orEmpty(c.Wrapped)); err != nil {
			return fmt.Errorf("add content %s: %w", c.Name, exists(err))
		}
	}
	return nil
}

// Settle ends the queued messages of an outgoing pouch. A refused id that is not
// queued in it is node.ErrNotFound.
func (t *tx) Settle(p *node.Pouch, refused map[schema.ID]string) error {
	for id, code := range refused {
		err := t.must(refuseMember, code, p.Settled, p.Epoch, p.Seq, id, p.Peer, p.First, p.Last)
		if err != nil {
			return fmt.Errorf("refuse message %s: %w", id, err)
		}
	}
	if err := t.conn.exec(acceptMembers, p.Settled, p.Epoch, p.Seq, p.Peer, p.First, p.Last); err != nil {
		return fmt.Errorf("accept messages of pouch %d/%d: %w", p.Epoch, p.Seq, err)
	}
	accepted := t.conn.db.Changes()
	if err := t.leave(p.Peer, node.Accepted, accepted); err != nil {
		return err
	}
	return t.leave(p.Peer, node.Refused, int64(len(refused)))
}

// Deny ends a queued message that never left.
func (t *tx) Deny(peer schema.Jurisdiction, queue int64, code string) error {
	if err := t.must(denyMessage, code, peer, queue); err != nil {
		return fmt.Errorf("deny message %d: %w", queue, err)
	}
	return t.leave(peer, node.Denied, 1)
}

// leave counts n messages out of the peer's queue into another state.
func (t *tx) leave(peer schema.Jurisdiction, to node.State, n int64) error {
	if n == 0 {
		return nil
	}
	if err := t.conn.exec(lowerTally, n, peer); err != nil {
		return fmt.Errorf("count messages: %w", err)
	}
	return t.conn.exec(raiseTally, node.Out, peer, to, n)
}

// AddPouch inserts a ledger line. A number that is spent, or a second pouch in flight
// to one peer, is node.ErrExists.
func (t *tx) AddPouch(p *node.Pouch) error {
	err := t.conn.exec(addPouch, p.Box, p.Peer, p.Epoch, p.Seq, p.Hash, orEmpty(p.Manifest), orEmpty(p.Signature),
		p.First, p.Last, p.Committed, p.Receipt, p.ReceiptSig, p.Settled, p.Closed)
	if err != nil {
		return fmt.Errorf("add pouch %d/%d: %w", p.Epoch, p.Seq, exists(err))
	}
	return nil
}

// SettlePouch adds the receipt of a pouch that has none; otherwise node.ErrNotFound.
func (t *tx) SettlePouch(p *node.Pouch) error {
	err := t.must(settlePouch, orEmpty(p.Receipt), orEmpty(p.ReceiptSig), p.Settled, p.Box, p.Peer, p.Epoch, p.Seq)
	if err != nil {
		return fmt.Errorf("settle pouch %d/%d: %w", p.Epoch, p.Seq, err)
	}
	return nil
}

// PutEpoch says which epoch the ledgers with a peer are in from now on.
func (t *tx) PutEpoch(peer schema.Jurisdiction, epoch int64) error {
	return t.conn.exec(putEpoch, peer, epoch)
}

// ClosePouch ends the pouch in flight to a peer without a receipt, if there is one.
func (t *tx) ClosePouch(peer schema.Jurisdiction, at time.Time) error {
	return t.conn.exec(closePouch, at, peer)
}

// Requeue puts what a peer accepted in its pouches from a place on back into the
// queue, each message at its old place, and gives them in that order.
func (t *tx) Requeue(peer schema.Jurisdiction, from node.Place) ([]*node.Message, error) {
	messages, err := list(t.conn, scanMessage, acceptedFrom, peer, from.Epoch, from.Seq)
	if err != nil {
		return nil, fmt.Errorf("read what %s accepted: %w", peer, err)
	}
	for _, m := range messages {
		if err := t.must(queueAgain, m.N); err != nil {
			return nil, fmt.Errorf("queue message %s again: %w", m.ID, err)
		}
	}
	n := int64(len(messages))
	if n == 0 {
		return nil, nil
	}
	if err := t.must(backTally, n, peer); err != nil {
		return nil, fmt.Errorf("count messages: %w", err)
	}
	return messages, t.conn.exec(raiseTally, node.Out, peer, node.Queued, n)
}

// PutDispute replaces what was known of a dispute about the same direction.
func (t *tx) PutDispute(d node.Dispute) error {
	return t.conn.exec(putDispute, d.Peer, d.Box, d.Code, d.Pouch.Epoch, d.Pouch.Seq, d.Expected.Epoch, d.Expected.Seq, d.At)
}

// DropDispute forgets a dispute, if there is one.
func (t *tx) DropDispute(peer schema.Jurisdiction, box node.Box) error {
	return t.conn.exec(dropDispute, peer, box)
}

// AddEvidence keeps what proves a peer's misconduct.
func (t *tx) AddEvidence(peer schema.Jurisdiction, code string, evidence []byte) error {
	return t.conn.exec(addEvidence, peer, code, orEmpty(evidence))
}

// PutPeer adds a peer or replaces it.
func (t *tx) PutPeer(p node.Peer) error {
	return t.conn.exec(putPeer, p.Code, p.Fingerprint, orEmpty(p.Card), p.Suspended, p.Added)
}

// RemovePeer forgets a peer; its messages and ledger stay.
func (t *tx) RemovePeer(code schema.Jurisdiction) error { return t.must(removePeer, code) }

// KeepCard notes a card in the history, unless it is the newest there.
func (t *tx) KeepCard(code schema.Jurisdiction, card []byte, at time.Time) error {
	return t.conn.exec(keepCard, code, orEmpty(card), at)
}

// AddPolicy keeps a policy and numbers it.
func (t *tx) AddPolicy(v *node.PolicyVersion) error {
	if err := t.conn.exec(addPolicy, v.SHA256, orEmpty(v.Text), v.Actor, v.At, orEmpty(v.Tests), v.Tested); err != nil {
		return fmt.Errorf("add policy: %w", err)
	}
	v.Version = t.conn.db.LastInsertRowID()
	return nil
}

// PutSetting adds a setting or replaces it.
func (t *tx) PutSetting(name string, value []byte) error {
	return t.conn.exec(putSetting, name, orEmpty(value))
}
