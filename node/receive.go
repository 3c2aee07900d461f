package node

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/comity-exchange/comity/gateway/policy"
	"github.com/comity-exchange/comity/schema"
)

// Arrived is one message of a pouch, with the gateway's verdict on it.
type Arrived struct {
	ID      schema.ID
	SHA256  [32]byte
	Code    string // "" accepted, otherwise the public refusal code
	Known   bool   // accepted earlier with the same bytes: not delivered again
	Message *schema.Message
	Files   []schema.File
	// Quarantined says that the policy wants a person to let it in.
	Quarantined bool
}

// Receive stores a verified pouch, its receipt, its messages and the journal in
// one transaction. p carries the receipt that will be answered.
func (n *Node) Receive(ctx context.Context, p *Pouch, arrived []Arrived) error {
	records := make([]*Message, len(arrived))
	contents := make([][]Content, len(arrived))
	entries := make([]Entry, 0, len(arrived)+1)
	sum := digest(p.Receipt)
	entries = append(entries, n.entry("peer:"+string(p.Peer), "pouch.received", ledgerName(p),
		map[string]string{"manifest": hex.EncodeToString(p.Hash[:]), "receipt": hex.EncodeToString(sum[:])}))
	for i, a := range arrived {
		entries = append(entries, n.verdict(p, a))
		if a.Code != "" || a.Known {
			continue
		}
		var err error
		if contents[i], err = n.encrypt(In, a.ID, a.Message.Raw, a.Files); err != nil {
			return err
		}
		records[i] = n.arrival(p, a)
	}
	err := n.Store.Update(ctx, func(tx Tx) error {
		if err := sameEpoch(tx, p); err != nil {
			return err
		}
		if err := tx.AddPouch(p); err != nil {
			return err
		}
		if err := n.agree(tx, p.Peer, In); err != nil {
			return err
		}
		for i, m := range records {
			if m == nil {
				continue
			}
			if err := tx.AddMessage(m); err != nil {
				return err
			}
			if err := tx.AddContent(contents[i]...); err != nil {
				return err
			}
			if m.State != Received { // what waits brings its duties with its release
				continue
			}
			if err := n.assume(tx, m, arrived[i].Message); err != nil {
				return err
			}
		}
		return tx.Journal(entries...)
	})
	if err != nil {
		return fmt.Errorf("receive %s: %w", ledgerName(p), err)
	}
	n.quarrel.drop(p.Peer, In)
	n.watch.arrived(records)
	return nil
}

func (n *Node) arrival(p *Pouch, a Arrived) *Message {
	m := a.Message
	inForce := n.Policy()
	record := &Message{ID: m.ID, Box: In, Peer: p.Peer, Type: m.Type, Case: m.Case, Re: m.Re, State: Received, Created: m.Created,
		Stored: p.Committed, Settled: p.Committed, Epoch: p.Epoch, Seq: p.Seq, Size: int64(len(m.Raw)), SHA256: a.SHA256,
		Policy: inForce.SHA256(), Rule: inForce.Decide(policy.Ask(m, p.Peer, policy.Receive, p.Committed)).Rule, Actor: "peer:" + string(p.Peer),
		Authority: authorityOf(In, m)}
	if a.Quarantined {
		record.State, record.Deadline, record.Room = Quarantined, p.Committed.Add(ReleaseTime), roomOf(a)
	}
	return record
}

// verdict is the journal's line on one arrived message.
func (n *Node) verdict(p *Pouch, a Arrived) Entry {
	act, detail := "message.received", map[string]string{"peer": string(p.Peer), "pouch": ledgerName(p), "sha256": hex.EncodeToString(a.SHA256[:])}
	switch {
	case a.Code != "":
		act, detail["code"] = "message.refused", a.Code
		n.explain(p.Peer, a, detail)
	case a.Known:
		act = "message.repeated"
	case a.Quarantined:
		d := n.Policy().Judge(policy.Ask(a.Message, p.Peer, policy.Receive, p.Committed))
		act, detail["policy"], detail["rule"] = "message.quarantined", d.Policy, d.Rule
	default:
		n.noteTasks(detail, In, a.Message)
	}
	return n.entry("peer:"+string(p.Peer), act, string(a.ID), detail)
}

// explain adds why today's policy does not take a message; the peer is only told the code.
func (n *Node) explain(peer schema.Jurisdiction, a Arrived, detail map[string]string) {
	if a.Message == nil {
		return
	}
	if d := n.Policy().Explain(policy.Ask(a.Message, peer, policy.Receive, n.now())); d.Verdict != policy.Allow {
		detail["policy"], detail["closest"], detail["would_pass"] = d.Policy, d.Closest, d.WouldPass
	}
}

// Last is the last line of a ledger in its present epoch; nil, or number 0 of a later
// epoch, if there is none.
func (n *Node) Last(ctx context.Context, box Box, peer schema.Jurisdiction) (p *Pouch, err error) {
	err = n.Store.View(ctx, func(r Reader) (err error) {
		if p, err = optional(r.LastPouch(box, peer)); err != nil {
			return err
		}
		p, err = present(r, peer, p)
		return err
	})
	return p, err
}

// Answer is the line of the incoming ledger with this number, nil if there is none.
func (n *Node) Answer(ctx context.Context, peer schema.Jurisdiction, epoch, seq int64) (p *Pouch, err error) {
	err = n.Store.View(ctx, func(r Reader) (err error) {
		p, err = optional(r.Pouch(In, peer, epoch, seq))
		return err
	})
	return p, err
}

// Known finds which of these messages arrived from peer before, with their digests.
func (n *Node) Known(ctx context.Context, ids []schema.ID) (map[schema.ID][32]byte, error) {
	known := make(map[schema.ID][32]byte)
	err := n.Store.View(ctx, func(r Reader) error {
		for _, id := range ids {
			m, err := r.Message(id, In)
			if errors.Is(err, ErrNotFound) {
				continue
			}
			if err != nil {
				return err
			}
			known[id] = m.SHA256
		}
		return nil
	})
	return known, err
}

// reportEvery bounds how often one kind of misconduct of one peer is journalled.
const reportEvery = time.Minute

type reportRate struct {
	mu   sync.Mutex // guards last
	last map[string]time.Time
}

func (r *reportRate) allow(key string, now time.Time) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.last == nil {
		r.last = make(map[string]time.Time)
	}
	if t, seen := r.last[key]; seen && now.Sub(t) < reportEvery {
		return false
	}
	r.last[key] = now
	return true
}

// Report journals a peer's misconduct and keeps the evidence, once a minute for each peer and code.
func (n *Node) Report(ctx context.Context, peer schema.Jurisdiction, code string, epoch, seq int64, evidence []byte) error {
	if !n.reports.allow(string(peer)+" "+code, n.now()) {
		return nil
	}
	err := n.Store.Update(ctx, func(tx Tx) error {
		if len(evidence) > 0 {
			if err := tx.AddEvidence(peer, code, evidence); err != nil {
				return err
			}
		}
		return tx.Journal(n.entry("peer:"+string(peer), "peer.misconduct", string(peer),
			map[string]string{"code": code, "pouch": fmt.Sprintf("in/%s/%d/%d", peer, epoch, seq)}))
	})
	if err != nil {
		return fmt.Errorf("report %s of %s: %w", code, peer, err)
	}
	return nil
}
