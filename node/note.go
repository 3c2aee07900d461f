package node

import (
	"context"
	"time"

	"github.com/comity-exchange/comity/schema"
)

// Note enters an event that no message tells, such as an arrest or a final discharge,
// into the thread of a message, and journals who did. At is an instant (RFC 3339) or
// a date. An event noted again replaces the earlier one. The detail is how the message
// that opened the thread stands afterwards.
//
// Problems: no_life_cycle, unknown_event, event_not_in_state, event_before_request,
// event_in_future, bad_moment.
func (n *Node) Note(ctx context.Context, actor string, id schema.ID, event, at string) (*Detail, error) {
	now := n.now()
	when, problem := n.Catalogue.Calendar(n.Code()).Moment(at, now)
	if problem != nil {
		return nil, problem
	}
	t, err := n.noted(ctx, id, event)
	if err != nil {
		return nil, err
	}
	opening := t.records[0]
	if when.Before(opened(opening)) {
		return nil, &schema.Problem{Kind: schema.Conflict, Code: "event_before_request", Pointer: "/at", Detail: "The event is dated before the request was made.",
			Fix: "Give the day on which it happened, from the day of the request on."}
	}
	f := &Fact{Opening: opening.ID, Box: opening.Box, Event: event, At: when, Noted: now, Actor: actor}
	err = n.Store.Update(ctx, func(tx Tx) error {
		if err := tx.AddFact(f); err != nil {
			return err
		}
		if err := tx.Recheck(opening); err != nil {
			return err
		}
		return tx.Journal(n.entry(actor, "event.noted", string(opening.ID), map[string]string{"event": event, "at": when.Format(time.RFC3339)}))
	})
	if err != nil {
		return nil, err
	}
	n.stir()
	return n.Trace(ctx, opening.ID, opening.Box)
}

// noted finds the thread of a message, and holds that this node's side may note an event in it now.
func (n *Node) noted(ctx context.Context, id schema.ID, event string) (*thread, error) {
	var t *thread
	err := n.Store.View(ctx, func(r Reader) error {
		m, err := either(r, id)
		if err != nil {
			return found(err, "message", "List what is here: comity message list.")
		}
		if err := inScope(ctx, m); err != nil {
			return found(err, "message", "List what is here: comity message list.")
		}
		t, err = n.threadOf(r, m)
		return err
	})
	if err != nil {
		return nil, err
	}
	if t == nil {
		return nil, noLifeCycle()
	}
	t.correct(event)
	raws, err := n.raws(t)
	if err != nil {
		return nil, err
	}
	p := n.follow(t, raws)
	if p == nil {
		return nil, noLifeCycle()
	}
	if problem := p.May(event, t.side(Out)); problem != nil {
		return nil, problem
	}
	return t, nil
}

// correct leaves an event out that is to be noted again.
func (t *thread) correct(event string) {
	var kept []Fact
	for _, f := range t.facts {
		if f.Event != event {
			kept = append(kept, f)
		}
	}
	t.facts = kept
}

// opened is when a message was made, to the second: as its author says, but not after it was here.
func opened(m *Message) time.Time {
	if m.Stored.Before(m.Created) {
		return m.Stored.Truncate(time.Second)
	}
	return m.Created.Truncate(time.Second)
}

func noLifeCycle() *schema.Problem {
	return &schema.Problem{Kind: schema.Conflict, Code: "no_life_cycle", Detail: "The message belongs to no thread in which events are noted.",
		Fix: "Name a message of a thread that has a life cycle."}
}
