package node

import (
	"context"
	"errors"
	"time"

	"github.com/comity-exchange/comity/schema"
)

// DeskFilter chooses what to show of the desk.
type DeskFilter struct {
	Box       Box // needed
	Peer      schema.Jurisdiction
	Type      string
	Case      string
	Authority schema.Address
	All       bool      // also what is done or put off
	Unseen    bool      // only what nobody opened
	DueBefore time.Time // only what is due before
	Mine      string    // only what this actor or nobody holds
	Now       time.Time // what is put off until later is left out
	After     DeskPlace // the last line of the page before
	Limit     int       // 1 to 201
}

// DeskPlace is a line in the order of the desk: by time limit, then newest first.
type DeskPlace struct {
	Due time.Time // zero for none: after all others
	N   int64     // 0 for the start
}

// Laid is a message with its place on the desk.
type Laid struct {
	Message *Message
	Desk    *Desk
}

// Place of the message in the order of the desk.
func (l *Laid) Place() DeskPlace { return DeskPlace{l.Desk.Due, l.Message.N} }

// DeskCount is what lies on the desk from or to one peer.
type DeskCount struct {
	Box                   Box
	Peer                  schema.Jurisdiction
	Open, Overdue, Unseen int64
}

// Claim takes a message for an actor. What another one holds stays with them: a
// problem of code claimed says so.
func (n *Node) Claim(ctx context.Context, actor string, id schema.ID, box Box) error {
	return n.hold(ctx, actor, "message.claimed", id, box, "", actor)
}

// Unclaim gives a message that the actor holds back.
func (n *Node) Unclaim(ctx context.Context, actor string, id schema.ID, box Box) error {
	return n.hold(ctx, actor, "message.unclaimed", id, box, actor, "")
}

func (n *Node) hold(ctx context.Context, actor, act string, id schema.ID, box Box, from, to string) error {
	err := n.Store.Update(ctx, func(tx Tx) error {
		m, err := inBox(ctx, tx, id, box, readable)
		if err != nil {
			return found(err, "message", "List what is here: comity message list.")
		}
		if d, err := tx.Desk(m.N); err == nil && d.Holder == to {
			return nil // as it should be
		}
		if err := tx.Hold(m, from, to); errors.Is(err, ErrNotFound) {
			return claimed()
		} else if err != nil {
			return err
		}
		return tx.Journal(n.entry(actor, act, string(id), nil))
	})
	return err
}

func claimed() *schema.Problem {
	return &schema.Problem{Kind: schema.Conflict, Code: "claimed", Detail: "Somebody else has taken this message.", Fix: "Ask them to give it back, or work on it together."}
}

// Snooze puts a message off until a time in the next year; the zero time shows it again.
func (n *Node) Snooze(ctx context.Context, actor string, id schema.ID, box Box, until time.Time) error {
	now := n.now()
	if !until.IsZero() && (!until.After(now) || until.After(now.AddDate(1, 0, 0))) {
		return &schema.Problem{Kind: schema.Invalid, Code: "bad_time", Pointer: "/until", Detail: "A message is put off to a time within the next year.", Fix: "Name a later time."}
	}
	return n.Store.Update(ctx, func(tx Tx) error {
		m, err := inBox(ctx, tx, id, box, readable)
		if err != nil {
			return found(err, "message", "List what is here: comity message list.")
		}
		if err := tx.Snooze(m, until); err != nil {
			return err
		}
		detail := map[string]string{}
		if !until.IsZero() {
			detail["until"] = until.UTC().Format(time.RFC3339)
		}
		return tx.Journal(n.entry(actor, "message.snoozed", string(id), detail))
	})
}

// Printed journals that an actor printed a message.
func (n *Node) Printed(ctx context.Context, actor string, id schema.ID, box Box) error {
	return n.Store.Update(ctx, func(tx Tx) error {
		if _, err := inBox(ctx, tx, id, box, readable); err != nil {
			return found(err, "message", "List what is here: comity message list.")
		}
		why, _ := ctx.Value(reasonKey{}).(ReadingReason)
		return tx.Journal(n.entry(actor, "message.printed", string(id), why.detail()))
	})
}

// Records lists messages by filter, newest first, without opening any.
func (n *Node) Records(ctx context.Context, f Filter) (list []*Message, err error) {
	f.Authority = narrowed(ctx, f.Authority)
	err = n.Store.View(ctx, func(r Reader) (err error) {
		list, err = r.Messages(f)
		return err
	})
	return list, err
}
