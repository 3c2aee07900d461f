package node

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"

	"github.com/comity-exchange/comity/schema"
)

// Item is one message with its files, opened, in queue order.
type Item struct {
	Queue  int64
	ID     schema.ID
	Raw    []byte
	SHA256 [32]byte // of Raw
	Files  []schema.File
	Policy [32]byte // that allowed it
	// Released says that a second person let it go under that policy.
	Released bool
}

func (i *Item) size() int {
	total := len(i.Raw)
	for _, f := range i.Files {
		total += len(f.Data)
	}
	return total
}

// Outgoing is what there is to send to a peer.
type Outgoing struct {
	InFlight *Pouch // not nil: only this may be sent; Items are its members
	Last     *Pouch // the last number spent; number 0 of its epoch if none in this one
	Items    []Item
}

// Outgoing gives the pouch in flight to peer, or else the head of its queue: at
// most count messages, and at most size octets unless the first alone is larger.
// A pouch in flight never has more than count members.
func (n *Node) Outgoing(ctx context.Context, peer schema.Jurisdiction, count, size int) (*Outgoing, error) {
	var out Outgoing
	err := n.Store.View(ctx, func(r Reader) (err error) {
		if out.Last, err = optional(r.LastPouch(Out, peer)); err != nil {
			return err
		}
		if p := out.Last; p != nil && p.Receipt == nil && p.Closed.IsZero() {
			out.InFlight = p
		}
		if out.Last, err = present(r, peer, out.Last); err != nil {
			return err
		}
		pending, err := r.Pending(peer, 0, count) // what is settled is not pending any more
		if err != nil {
			return err
		}
		if f := out.InFlight; f != nil {
			size = math.MaxInt
			pending = slices.DeleteFunc(pending, func(m *Message) bool { return m.Queue > f.Last })
		}
		out.Items, err = n.items(r, pending, size)
		return err
	})
	if err != nil {
		return nil, err
	}
	return &out, nil
}

// Behind gives the head of the queue behind the pouch in flight, within the same limits.
func (n *Node) Behind(ctx context.Context, peer schema.Jurisdiction, count, size int) (items []Item, err error) {
	err = n.Store.View(ctx, func(r Reader) error {
		last, err := r.LastPouch(Out, peer)
		if err != nil {
			return err
		}
		pending, err := r.Pending(peer, last.Last, count)
		if err != nil {
			return err
		}
		items, err = n.items(r, pending, size)
		return err
	})
	return items, err
}

// items opens pending messages until size is used up, but always the first.
func (n *Node) items(r Reader, pending []*Message, size int) (items []Item, err error) {
	for _, m := range pending {
		if int(m.Size) > size && len(items) > 0 {
			break
		}
		item, err := n.item(r, m)
		if err != nil {
			return nil, err
		}
		if size -= item.size(); size < 0 && len(items) > 0 {
			break
		}
		items = append(items, *item)
	}
	return items, nil
}

func optional(p *Pouch, err error) (*Pouch, error) {
	if errors.Is(err, ErrNotFound) {
		return nil, nil
	}
	return p, err
}

// item opens a queued message, unless it still lies open.
func (n *Node) item(r Reader, m *Message) (*Item, error) {
	if i := n.ready.get(m.ID); i != nil && i.SHA256 == m.SHA256 {
		open := *i
		open.Queue, open.Policy, open.Released = m.Queue, m.Policy, m.Releaser != ""
		return &open, nil
	}
	contents, err := r.Contents(contentName(Out, m.ID))
	if err != nil {
		return nil, fmt.Errorf("read contents of %s: %w", m.ID, err)
	}
	raw, files, err := n.decrypt(contents)
	if err != nil {
		return nil, err
	}
	if digest(raw) != m.SHA256 {
		return nil, fmt.Errorf("message %s does not match its digest", m.ID)
	}
	return &Item{m.Queue, m.ID, raw, m.SHA256, files, m.Policy, m.Releaser != ""}, nil
}

// Settlement is a pouch with its verified receipt, and what the receipt says of its members.
type Settlement struct {
	Pouch   *Pouch // box, peer, number and receipt; the rest is in the ledger
	Members []schema.ID
	Refused map[schema.ID]string // codes; all other members were accepted
}

// Stopped is what today's policy no longer lets out of a queue, by place.
type Stopped struct {
	Deny map[int64]string // codes
	Hold []int64          // what needs a release, or another one
}

// Turn is one transaction of the sending side: it settles the pouch whose receipt
// came, commits the pouch whose number is now spent, and takes out of the queue what
// today's policy stops; any may be missing.
func (n *Node) Turn(ctx context.Context, peer schema.Jurisdiction, done *Settlement, next *Pouch, stop Stopped) error {
	outcomes := make(map[schema.ID]Outcome)
	err := n.Store.Update(ctx, func(tx Tx) error {
		if done != nil {
			if err := n.settle(tx, done.Pouch, done.Refused); err != nil {
				return err
			}
		}
		if err := n.deny(tx, peer, stop.Deny, outcomes); err != nil {
			return err
		}
		if err := n.holdBack(tx, peer, stop.Hold, outcomes); err != nil {
			return err
		}
		if next == nil {
			return nil
		}
		if err := sameEpoch(tx, next); err != nil {
			return err
		}
		if err := stillQueued(tx, next); err != nil {
			return err
		}
		if err := tx.AddPouch(next); err != nil {
			return err
		}
		return tx.Journal(n.entry("node", "pouch.committed", ledgerName(next), map[string]string{"manifest": hex.EncodeToString(next.Hash[:])}))
	})
	if err != nil {
		return fmt.Errorf("turn for %s: %w", peer, err)
	}
	if done != nil {
		n.quarrel.drop(peer, Out)
		done.outcomes(outcomes)
	}
	for id := range outcomes {
		n.ready.forget(id)
	}
	n.watch.settled(peer, outcomes)
	return nil
}

// stillQueued holds that no member of a pouch that is about to leave was withdrawn since
// it was taken: what was erased must not be in it.
func stillQueued(r Reader, p *Pouch) error {
	count, err := r.Queued(p.Peer, p.First, p.Last)
	if err == nil && count != int64(p.Members) {
		err = fmt.Errorf("pouch %d: %d members, %d of them wait", p.Seq, p.Members, count)
	}
	return err
}

func (s *Settlement) outcomes(all map[schema.ID]Outcome) {
	for _, id := range s.Members {
		all[id] = Outcome{State: Accepted}
		if code, no := s.Refused[id]; no {
			all[id] = Outcome{Refused, code}
		}
	}
}

func (n *Node) settle(tx Tx, answered *Pouch, refused map[schema.ID]string) error {
	p, err := tx.Pouch(Out, answered.Peer, answered.Epoch, answered.Seq)
	if err != nil {
		return err
	}
	p.Receipt, p.ReceiptSig, p.Settled = answered.Receipt, answered.ReceiptSig, answered.Settled
	if err := tx.SettlePouch(p); err != nil {
		return err
	}
	if err := n.agree(tx, p.Peer, Out); err != nil {
		return err
	}
	if err := tx.Settle(p, refused); err != nil {
		return err
	}
	sum := digest(p.Receipt)
	return tx.Journal(n.entry("peer:"+string(p.Peer), "receipt.verified", ledgerName(p),
		map[string]string{"receipt": hex.EncodeToString(sum[:]), "refused": strconv.Itoa(len(refused))}))
}

func (n *Node) deny(tx Tx, peer schema.Jurisdiction, deny map[int64]string, outcomes map[schema.ID]Outcome) error {
	for queue, code := range deny {
		m, err := pendingAt(tx, peer, queue)
		if err != nil {
			return err
		}
		if m == nil {
			continue
		}
		id := m.ID
		if err := tx.Deny(peer, queue, code); err != nil {
			return err
		}
		if err := tx.Journal(n.entry("node", "message.denied", string(id), map[string]string{"peer": string(peer), "code": code})); err != nil {
			return err
		}
		outcomes[id] = Outcome{Denied, code}
	}
	return nil
}

// holdBack returns queued messages to those that wait for release.
func (n *Node) holdBack(tx Tx, peer schema.Jurisdiction, hold []int64, outcomes map[schema.ID]Outcome) error {
	for _, queue := range hold {
		m, err := pendingAt(tx, peer, queue)
		if err != nil {
			return err
		}
		if m == nil {
			continue
		}
		if err := tx.HoldBack(peer, queue, n.now().Add(ReleaseTime)); err != nil {
			return err
		}
		if err := tx.Journal(n.entry("node", "message.held", string(m.ID), map[string]string{"peer": string(peer), "policy": hexOf(n.Policy())})); err != nil {
			return err
		}
		outcomes[m.ID] = Outcome{State: Held}
	}
	return nil
}

// pendingAt is the queued message at a place, nil if there is none any more.
func pendingAt(r Reader, peer schema.Jurisdiction, queue int64) (*Message, error) {
	pending, err := r.Pending(peer, queue-1, 1)
	if err != nil || len(pending) == 0 || pending[0].Queue != queue {
		return nil, err
	}
	return pending[0], nil
}

// ledgerName names a line of a ledger in the journal: "out/NL/1/42".
func ledgerName(p *Pouch) string {
	return fmt.Sprintf("%s/%s/%d/%d", p.Box, p.Peer, p.Epoch, p.Seq)
}
