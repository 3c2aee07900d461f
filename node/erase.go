package node

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/comity-exchange/comity/schema"
)

// Codes of erasures that a task asks for; those of people are of the catalogue's list.
const (
	periodExpired = "period-expired" // a condition or the retention of the message itself
	byOriginator  = "by-originator"  // a data.erasure of the peer that sent it
)

// reasonList is the catalogue's list of reasons for an erasure.
const reasonList = "correction_reasons"

// codeErased is why a message that waited is denied, and why a task is cancelled.
const codeErased = "erased"

// errInFlight: a pouch in flight must be sent again as it is until its receipt comes.
var errInFlight = &schema.Problem{Kind: schema.Conflict, Code: "in_flight", Detail: "The message is on its way and there is no receipt yet.",
	Fix: "Wait for the receipt, then erase it; or end the epoch with the peer: comity peer restart."}

// erasure is why a message is erased.
type erasure struct {
	actor  string
	reason string
	cause  schema.ID // the message that asks for it, "" if a person decided
}

// Erase deletes the content of a message and its files for good, with their keys; what
// proves that it crossed stays. One that still waits for its pouch is denied. Box may be
// "", then a received message is preferred. The problems are not_found, unknown_reason,
// erased, in_flight.
func (n *Node) Erase(ctx context.Context, actor string, id schema.ID, box Box, reason string) (*Message, error) {
	codes := n.Catalogue.Codes(reasonList)
	if !slices.Contains(codes, reason) {
		return nil, &schema.Problem{Kind: schema.Invalid, Code: "unknown_reason", Pointer: "/reason", Detail: "There is no such reason for an erasure.", Fix: "Use one of " + strings.Join(codes, ", ") + "."}
	}
	var m *Message
	err := n.Store.View(ctx, func(r Reader) (err error) {
		m, err = inBox(ctx, r, id, box, anyState)
		return found(err, "message", "List what is here: comity message list.")
	})
	if err != nil {
		return nil, err
	}
	return n.erase(ctx, m, erasure{actor: actor, reason: reason}, true)
}

// erase does it in one transaction. Unless a person decided, what waits in the queue
// is not touched: the problem is in_flight then too.
func (n *Node) erase(ctx context.Context, m *Message, e erasure, deny bool) (*Message, error) {
	remains, err := n.remainsOf(ctx, m)
	if err != nil {
		return nil, err
	}
	denied := false
	err = n.Store.Update(ctx, func(tx Tx) (err error) {
		if m, err = tx.Message(m.ID, m.Box); err != nil {
			return err
		}
		if !m.Erased.IsZero() {
			return m.erasedProblem()
		}
		if awaits(m) {
			if err := n.dismiss(tx, m); err != nil {
				return err
			}
		}
		if denied = m.State == Queued; denied {
			if err := n.withdraw(tx, m, deny); err != nil {
				return err
			}
		}
		m.Erased, m.Reason, m.Remains = n.now(), e.reason, remains
		if err := tx.Erase(m, keptNames(m)...); err != nil {
			return err
		}
		detail := map[string]string{"box": string(m.Box), "peer": string(m.Peer), "sha256": hex.EncodeToString(m.SHA256[:]), "reason": e.reason}
		if e.cause != "" {
			detail["cause"] = string(e.cause)
		}
		if err := tx.Journal(n.entry(e.actor, "message.erased", string(m.ID), detail)); err != nil {
			return err
		}
		if err := tx.See(m, m.Erased); err != nil { // nobody can open it any more
			return err
		}
		return n.endErased(tx, m, e.actor)
	})
	if err != nil {
		return nil, err
	}
	n.gone(m, denied)
	return m, nil
}

// dismiss ends the wait of a message for its release.
func (n *Node) dismiss(tx Tx, m *Message) error {
	to, act := Expired, "message.expired"
	if m.State == Quarantined {
		to, act = Discarded, "message.discarded"
	}
	if err := tx.Dismiss(m, to); err != nil {
		return err
	}
	return tx.Journal(n.entry(actorNode, act, string(m.ID), map[string]string{"peer": string(m.Peer), "code": codeErased}))
}

// keptNames are the names under which content is kept that tells what is in a message.
func keptNames(m *Message) []string {
	names := []string{contentName(m.Box, m.ID), NotePrefix + contentName(m.Box, m.ID), readingName(m), reasonName(m)}
	if m.Box == Out {
		names = append(names, homeName(m.ID))
	}
	return names
}

// gone forgets what memory holds of an erased message, and tells of it.
func (n *Node) gone(m *Message, denied bool) {
	if m.Box == Out {
		n.ready.forget(m.ID)
	}
	if denied {
		m.State, m.Code = Denied, codeErased
		n.watch.settled(m.Peer, map[schema.ID]Outcome{m.ID: {Denied, codeErased}})
	}
	n.watch.erased(m)
}

// withdraw takes a message out of the queue that no pouch has taken yet.
func (n *Node) withdraw(tx Tx, m *Message, deny bool) error {
	_, err := tx.PouchOf(m)
	if err == nil || !deny {
		return errInFlight
	}
	if !errors.Is(err, ErrNotFound) {
		return err
	}
	if err := tx.Deny(m.Peer, m.Queue, codeErased); err != nil {
		return err
	}
	return tx.Journal(n.entry(actorNode, "message.denied", string(m.ID), map[string]string{"peer": string(m.Peer), "code": codeErased}))
}

// remainsOf reads what clocks and statistics need of an erased message: codes, no data of
// anybody. What cannot be opened is erased all the same.
func (n *Node) remainsOf(ctx context.Context, m *Message) (f schema.Figures, err error) {
	var contents []*Content
	err = n.Store.View(ctx, func(r Reader) (err error) {
		contents, err = r.Contents(contentName(m.Box, m.ID))
		return err
	})
	if err != nil || len(contents) == 0 {
		return f, err
	}
	raw, _, err := n.decrypt(contents[:1])
	if err != nil {
		return f, nil
	}
	return n.Catalogue.Figures(raw), nil
}

// endErased ends the tasks that an erasure fulfils or leaves without an object. What is
// owed to others about the data stays.
func (n *Node) endErased(tx Tx, m *Message, actor string) error {
	after := int64(0)
	for {
		open, err := tx.Tasks(TaskFilter{State: TaskOpen, Message: m.ID, Box: m.Box, After: after, Limit: 200})
		if err != nil || len(open) == 0 {
			return err
		}
		for _, t := range open {
			after = t.N
			state := TaskCancelled
			switch t.Kind {
			case UseReport, PassOn, InformOriginator, Return:
				continue
			case Erase:
				state, t.Code = TaskDone, ""
			default:
				t.Code = codeErased
			}
			if err := n.endTask(tx, t, state, actor); err != nil {
				return err
			}
		}
	}
}

// erasedProblem tells who asks for the content when it was erased and why.
func (m *Message) erasedProblem() error {
	return &schema.Problem{Kind: schema.NotFound, Code: codeErased,
		Detail: fmt.Sprintf("The content of this message was erased on %s. The reason is %s.", m.Erased.UTC().Format(time.RFC3339), m.Reason),
		Fix:    "What proves that it crossed is still here: comity message export " + string(m.ID) + "."}
}
