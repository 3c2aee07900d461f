package node

import (
	"context"
	"errors"
	"time"

	"github.com/comity-exchange/comity/gateway/policy"
	"github.com/comity-exchange/comity/schema"
)

// Bounds of what may wait of one peer's messages in quarantine. Beyond them the
// gateway refuses with the code quarantine_full.
const (
	maxQuarantined      = 1000
	maxQuarantineOctets = 64 << 20
)

// Candidate is one line of the release queue.
type Candidate struct {
	Summary
	Decision policy.Decision // of the policy in force, without its trace
	Own      bool
}

// Releases lists what waits for a second person, the earliest deadline first. It opens
// each to show its subject and what waits in it.
// WaitingCount is how many messages wait for release, counted up to most.
func (n *Node) WaitingCount(ctx context.Context, most int) (count int64, err error) {
	err = n.Store.View(ctx, func(r Reader) error {
		list, err := r.Waiting(Waiting{}, scope(ctx), most)
		count = int64(len(list))
		return err
	})
	return count, err
}

func (n *Node) Releases(ctx context.Context, actor string, after Waiting, limit int) ([]Candidate, error) {
	var records []*Message
	var sealed []*Content
	err := n.Store.View(ctx, func(r Reader) (err error) {
		if records, err = r.Waiting(after, narrowed(ctx, ""), limit); err != nil {
			return err
		}
		for _, m := range records {
			c, err := r.Content(contentName(m.Box, m.ID))
			if err != nil {
				return err
			}
			sealed = append(sealed, c)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	list := make([]Candidate, len(records))
	inForce := n.Policy()
	for i, record := range records {
		raw, _, err := n.decrypt(sealed[i : i+1])
		if err != nil {
			return nil, err
		}
		m, err := n.Catalogue.Again(raw)
		if err != nil {
			return nil, err
		}
		d := inForce.Judge(n.crossing(record, m)).HoldWhole()
		list[i] = Candidate{Summary{Message: record}, d, person(record.Actor) == person(actor)}
		list[i].tell(m)
	}
	return list, nil
}

// Backlog is what waits for release, for the status.
type Backlog struct {
	Held, Quarantined int64
	Nearest           time.Time // deadline, zero if nothing waits
}

// Backlog counts what waits for release.
func (n *Node) Backlog(ctx context.Context) (b Backlog, err error) {
	err = n.Store.View(ctx, func(r Reader) error {
		counts, err := r.Counts()
		if err != nil {
			return err
		}
		for _, c := range counts {
			switch c.State {
			case Held:
				b.Held += c.N
			case Quarantined:
				b.Quarantined += c.N
			}
		}
		first, err := r.Waiting(Waiting{}, "", 1)
		if len(first) > 0 {
			b.Nearest = first[0].Deadline
		}
		return err
	})
	return b, err
}

// Expire ends the wait of our messages whose deadline has passed. What is in quarantine
// stays: only a person discards what a peer was told is accepted.
func (n *Node) Expire(ctx context.Context) error {
	for {
		var due []*Message
		err := n.Store.View(ctx, func(r Reader) (err error) {
			due, err = r.Overdue(n.now(), 200)
			return err
		})
		if err != nil || len(due) == 0 {
			return err
		}
		if err := n.expire(ctx, due); err != nil {
			return err
		}
	}
}

func (n *Node) expire(ctx context.Context, due []*Message) error {
	for _, m := range due {
		var content *schema.Message
		err := n.Store.View(ctx, func(r Reader) (err error) {
			content, err = n.opened(r, m)
			return err
		})
		if err != nil { // what cannot be opened ends its wait all the same
			n.Log.Error().Err(err).Str("msg", string(m.ID)).Msg("a message that waited cannot be opened")
		}
		err = n.endWait(ctx, m, n.entry("node", "message.expired", string(m.ID), map[string]string{"peer": string(m.Peer), "policy": hexOf(n.Policy()), "rule": m.Rule}),
			func(tx Tx) error {
				if err := tx.Dismiss(m, Expired); err != nil || content == nil {
					return err
				}
				return n.eraseInTime(tx, m, content)
			})
		var p *schema.Problem
		if errors.As(err, &p) && p.Code == codeNotHeld {
			continue // somebody decided in this moment
		}
		if err != nil {
			return err
		}
		n.watch.settled(m.Peer, map[schema.ID]Outcome{m.ID: {State: Expired}})
	}
	return nil
}

// Room is what is free in the quarantine of a peer's messages.
func (n *Node) Room(ctx context.Context, peer schema.Jurisdiction) (room Quarantine, err error) {
	err = n.Store.View(ctx, func(r Reader) error {
		q, err := r.Quarantine(peer)
		room = Quarantine{max(maxQuarantined-q.Messages, 0), max(maxQuarantineOctets-q.Octets, 0)}
		return err
	})
	return room, err
}

// roomOf is what an arrived message takes in quarantine.
func roomOf(a Arrived) int64 {
	total := len(a.Message.Raw)
	for _, f := range a.Files {
		total += len(f.Data)
	}
	return int64(total)
}
