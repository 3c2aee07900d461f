package node

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/comity-exchange/comity/schema"
)

// Pending is an act that waits for a second person, or waited. Its order is kept as
// it was given and never changed.
type Pending struct {
	ID      int64
	Act     string   // as in acts
	Subject string   // what it changes, as in the journal
	Order   []byte   // JSON
	Digest  [32]byte // SHA-256 of Order
	Base    string   // state of what it changes; under another one it is stale
	By      string   // who gave it
	At      time.Time
	Ends    time.Time
	State   PendingState
	Decider string // who ended it, "" while it waits
	Decided time.Time
}

// PendingState is how a pending act stands.
type PendingState string

const (
	Undecided PendingState = "waiting"
	Confirmed PendingState = "confirmed" // and done
	Rejected  PendingState = "rejected"
	Stale     PendingState = "stale"   // what it was to change had changed
	TimedOut  PendingState = "expired" // nobody decided in time
)

const (
	pendingLife = 7 * 24 * time.Hour
	maxPending  = 100 // that wait at once
)

// Awaits is the error of an act that was kept for a second person and not done.
type Awaits struct{ Pending Pending }

func (a *Awaits) Error() string {
	return fmt.Sprintf("%s waits for a second person as number %d", a.Pending.Act, a.Pending.ID)
}

// person tells whether two actors are the same. Whoever owns the socket is one person,
// whatever system user they come as.
func person(actor string) string {
	if strings.HasPrefix(actor, ownerPrefix) {
		return ownerPrefix
	}
	return actor
}

// ownerPrefix begins the actor of the socket's owner.
const ownerPrefix = "operator:uid "

func pendingSubject(id int64) string { return "pending:" + strconv.FormatInt(id, 10) }

// second keeps an order for a second person, as an *Awaits; nil if one person suffices.
// The caller holds change.
func (n *Node) second(ctx context.Context, actor string, o order) error {
	if !n.TwoOperators() {
		return nil
	}
	text, err := json.Marshal(o)
	if err != nil {
		return fmt.Errorf("write order: %w", err)
	}
	base, err := o.base(ctx, n)
	if err != nil {
		return err
	}
	now := n.now()
	p := Pending{Act: o.act(), Subject: o.subject(), Order: text, Digest: digest(text), Base: base, By: actor, At: now, Ends: now.Add(pendingLife), State: Undecided}
	err = n.Store.Update(ctx, func(tx Tx) error {
		waiting, err := n.lapse(tx)
		if err != nil {
			return err
		}
		for _, w := range waiting {
			if w.Act == p.Act && w.Digest == p.Digest && w.Base == p.Base {
				p = w // asked for before
				return nil
			}
		}
		if len(waiting) >= maxPending {
			return &schema.Problem{Kind: schema.Conflict, Code: "too_many_pending", Detail: "As many acts wait for a second operator as may.", Fix: "Decide some first: comity pending list."}
		}
		if err := tx.AddPending(&p); err != nil {
			return err
		}
		return tx.Journal(n.pendingEntry(actor, "pending.made", &p))
	})
	if err != nil {
		return err
	}
	return &Awaits{p}
}

func (n *Node) pendingEntry(actor, act string, p *Pending) Entry {
	return n.entry(actor, act, pendingSubject(p.ID), map[string]string{"act": p.Act, "subject": p.Subject, "order": hex.EncodeToString(p.Digest[:])})
}

// lapse ends what waited too long, and gives the rest.
func (n *Node) lapse(tx Tx) (waiting []Pending, err error) {
	all, err := tx.Pendings(Undecided)
	if err != nil {
		return nil, err
	}
	for _, p := range all {
		if n.now().Before(p.Ends) {
			waiting = append(waiting, p)
			continue
		}
		if err := n.endPending(tx, &p, "node", TimedOut, "pending.expired"); err != nil {
			return nil, err
		}
	}
	return waiting, nil
}

// endPending ends one pending act.
func (n *Node) endPending(tx Tx, p *Pending, actor string, s PendingState, act string) error {
	p.State, p.Decider, p.Decided = s, actor, n.now()
	if err := tx.EndPending(p); err != nil {
		return err
	}
	return tx.Journal(n.pendingEntry(actor, act, p))
}

// Pendings lists all pending acts, the newest first.
func (n *Node) Pendings(ctx context.Context) (list []Pending, err error) {
	err = n.Store.View(ctx, func(r Reader) (err error) {
		list, err = r.Pendings("")
		return err
	})
	for i := range list {
		if list[i].State == Undecided && !n.now().Before(list[i].Ends) {
			list[i].State = TimedOut // the line in the journal follows with the next act
		}
	}
	return list, err
}

// Pending gives one pending act.
func (n *Node) Pending(ctx context.Context, id int64) (*Pending, error) {
	list, err := n.Pendings(ctx)
	if err != nil {
		return nil, err
	}
	for _, p := range list {
		if p.ID == id {
			return &p, nil
		}
	}
	return nil, &schema.Problem{Kind: schema.NotFound, Code: "unknown_pending", Detail: "There is no pending act of that number.", Fix: "List them: comity pending list."}
}

// ConfirmPending does what another person ordered. The problems are unknown_pending,
// not_waiting, own_order, stale, and those of the act itself.
func (n *Node) ConfirmPending(ctx context.Context, actor string, id int64) (*Pending, error) {
	n.change.Lock()
	defer n.change.Unlock()
	p, err := n.undecided(ctx, id)
	if err != nil {
		return nil, err
	}
	if person(actor) == person(p.By) {
		return nil, &schema.Problem{Kind: schema.NotAllowed, Code: "own_order", Detail: "You ordered this yourself.", Fix: "Another operator confirms it, or you take it back with comity pending reject."}
	}
	o, err := readOrder(p)
	if err != nil {
		return nil, err
	}
	base, err := o.base(ctx, n)
	if err != nil {
		return nil, err
	}
	if base != p.Base || !n.mayOrder(p.By) {
		return nil, n.stale(ctx, actor, p)
	}
	return p, o.do(ctx, n, p.By, func(tx Tx) error { return n.endPending(tx, p, actor, Confirmed, "pending.confirmed") })
}

// mayOrder holds for whom a confirmed act may be done: an operator who is still one.
func (n *Node) mayOrder(actor string) bool {
	name, is := strings.CutPrefix(actor, userPrefix)
	if !is {
		return true
	}
	u, ok := n.User(name)
	return ok && u.Has(Operator)
}

func (n *Node) stale(ctx context.Context, actor string, p *Pending) error {
	err := n.Store.Update(ctx, func(tx Tx) error { return n.endPending(tx, p, actor, Stale, "pending.stale") })
	if err != nil {
		return err
	}
	return &schema.Problem{Kind: schema.Conflict, Code: "stale", Detail: "What this act was to change has changed since it was ordered, or who ordered it is no operator any more. It was not done.",
		Fix: "Order it again, looking at what is there now."}
}

// undecided finds a pending act that can still be decided.
func (n *Node) undecided(ctx context.Context, id int64) (*Pending, error) {
	err := n.Store.Update(ctx, func(tx Tx) error {
		_, err := n.lapse(tx)
		return err
	})
	if err != nil {
		return nil, err
	}
	p, err := n.Pending(ctx, id)
	if err != nil {
		return nil, err
	}
	if p.State != Undecided {
		return nil, &schema.Problem{Kind: schema.Conflict, Code: "not_waiting", Detail: "This act does not wait any more: it is " + string(p.State) + ".", Fix: "Order it again if it is still wanted."}
	}
	return p, nil
}

// RejectPending ends a pending act without doing it. Its author may, too.
func (n *Node) RejectPending(ctx context.Context, actor string, id int64) (*Pending, error) {
	n.change.Lock()
	defer n.change.Unlock()
	p, err := n.undecided(ctx, id)
	if err != nil {
		return nil, err
	}
	return p, n.Store.Update(ctx, func(tx Tx) error { return n.endPending(tx, p, actor, Rejected, "pending.rejected") })
}
