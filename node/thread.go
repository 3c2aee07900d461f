package node

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/comity-exchange/comity/schema"
)

const (
	maxThread = 500 // messages of one thread that are followed
	maxClimb  = 64  // answers to answers
)

// notAReply is the code of an answer whose type does not answer the other's. A step
// of the thread's life cycle is allowed all the same.
const notAReply = "reply_not_allowed"

// thread is an opening message and all that followed between the same two
// jurisdictions, in the order in which this node came to know it.
type thread struct {
	records []*Message
	sealed  []*Content
	facts   []Fact // what no message tells
}

// threadOf finds the thread that a message belongs to; nil if what it answers is not
// here. An answer that opens a life cycle of its own, such as a request for extradition
// after an arrest, ends the thread above it and begins another.
func (n *Node) threadOf(r Reader, m *Message) (*thread, error) {
	opening, err := n.climb(r, m)
	if err != nil || opening == nil {
		return nil, err
	}
	t := &thread{records: []*Message{opening}}
	seen := map[schema.ID]bool{opening.ID: true}
	for i := 0; i < len(t.records) && len(t.records) < maxThread; i++ {
		if i > 0 && n.Catalogue.Opens(t.records[i].Type) {
			continue
		}
		answers, err := r.Messages(Filter{Re: t.records[i].ID, Peer: opening.Peer, Limit: 200})
		if err != nil {
			return nil, err
		}
		for _, a := range answers {
			if !seen[a.ID] && a.State.crossed() {
				seen[a.ID] = true
				t.records = append(t.records, a)
			}
		}
	}
	slices.SortStableFunc(t.records[1:], func(a, b *Message) int { return int(a.N - b.N) })
	t.sealed, err = contentsOf(r, t.records)
	if err != nil {
		return nil, err
	}
	t.facts, err = r.Facts(opening.ID, opening.Box)
	return t, err
}

// climb goes from an answer to what it answers, up to the message that opened the thread.
func (n *Node) climb(r Reader, m *Message) (*Message, error) {
	for range maxClimb {
		if m.Re == "" || n.Catalogue.Opens(m.Type) {
			return m, nil
		}
		above, err := either(r, m.Re)
		if errors.Is(err, ErrNotFound) || (err == nil && above.Peer != m.Peer) {
			return nil, nil
		}
		if err != nil {
			return nil, err
		}
		m = above
	}
	return nil, nil
}

// raws opens the messages of a thread; nil for an erased one.
func (n *Node) raws(t *thread) ([][]byte, error) {
	list := make([][]byte, len(t.sealed))
	for i := range t.sealed {
		if t.sealed[i] == nil {
			continue
		}
		raw, _, err := n.decrypt(t.sealed[i : i+1])
		if err != nil {
			return nil, err
		}
		list[i] = raw
	}
	return list, nil
}

// side tells which part the sender of a message has in a thread.
func (t *thread) side(box Box) schema.Side {
	if t.records[0].Box == box {
		return schema.Issuing
	}
	return schema.Executing
}

// follow leads a thread through its life cycle up to now; nil if it has none.
func (n *Node) follow(t *thread, raws [][]byte) *schema.Progress {
	issuing, executing := n.Code(), t.records[0].Peer
	if t.records[0].Box == In {
		issuing, executing = executing, issuing
	}
	h := n.act(t.records[0], raws[0], t.side(t.records[0].Box)).History(issuing, executing)
	facts := t.facts
	for i, m := range t.records[1:] {
		for len(facts) > 0 && facts[0].Noted.Before(m.Stored) {
			h.Acts, facts = append(h.Acts, t.fact(facts[0])), facts[1:]
		}
		h.Acts = append(h.Acts, n.act(m, raws[i+1], t.side(m.Box)))
	}
	for _, f := range facts {
		h.Acts = append(h.Acts, t.fact(f))
	}
	return n.Catalogue.Follow(h, n.now())
}

// fact is an event as an act of this node's side. The other side does not learn of it.
func (t *thread) fact(f Fact) schema.Act {
	return schema.Act{Type: f.Event, By: t.side(Out), Sent: f.At}
}

// act dates a message: it was sent when its author says, but not after it was here;
// it was received when it arrived here, or when the peer's receipt came.
func (n *Node) act(m *Message, raw []byte, by schema.Side) schema.Act {
	sent, received := m.Created, m.Stored
	if m.Stored.Before(sent) {
		sent = m.Stored
	}
	if m.Box == Out {
		if received = m.Settled; m.State != Accepted {
			received = time.Time{}
		}
	}
	if raw == nil { // erased
		return schema.Act{ID: m.ID, Type: m.Type, By: by, Sent: sent, Received: received, Content: m.remains()}
	}
	return n.Catalogue.Act(raw, by, sent, received)
}

// remains are the members that a life cycle still knows of an erased message.
func (m *Message) remains() map[string]any {
	content := map[string]any{"id": string(m.ID), "type": m.Type}
	if m.Remains.Instrument != "" {
		content["instrument"] = m.Remains.Instrument
	}
	return content
}

// answerFits refuses what may not answer the message in re: because that is not known
// between the two, or because its type has no such answer.
func (n *Node) answerFits(r Reader, m *Message) (*schema.Problem, error) {
	asked, err := either(r, m.Re)
	if errors.Is(err, ErrNotFound) || (err == nil && asked.Peer != m.Peer) {
		return unknownReference(), nil
	}
	if err != nil {
		return nil, err
	}
	t, err := n.Catalogue.Type(asked.Type)
	if err != nil || len(t.Replies) == 0 || slices.Contains(t.Replies, m.Type) {
		return nil, nil
	}
	if answer, err := n.Catalogue.Type(m.Type); err == nil && answer.AnswersAny {
		return nil, nil
	}
	return &schema.Problem{Kind: schema.Conflict, Code: notAReply, Pointer: "/type",
		Detail: m.Type + " does not answer " + asked.Type + ".", Fix: "It may be answered by " + strings.Join(t.Replies, ", ") + "."}, nil
}

// caseFits refuses what the state of its thread, or a rule about its case, does not
// allow. A message that opens a thread and that no such rule is about costs nothing.
func (n *Node) caseFits(ctx context.Context, m *schema.Message) error {
	if m.Re == "" && !m.NeedsCase() {
		return nil
	}
	record := &Message{ID: m.ID, Box: Out, Peer: m.To.Jurisdiction(), Type: m.Type, Case: m.Case, Re: m.Re, Created: m.Created, Stored: n.now()}
	var t *thread
	var beside around
	var mismatch *schema.Problem
	err := n.Store.View(ctx, func(r Reader) (err error) {
		if m.Re != "" {
			if err := answersOwn(ctx, r, m.Re); err != nil {
				return err
			}
			if t, mismatch, err = n.answered(r, record); err != nil {
				return err
			}
		}
		beside, err = n.around(r, record, m)
		return err
	})
	if err != nil {
		return err
	}
	problem, err := n.inCase(t, mismatch, beside, record, m)
	if problem != nil {
		return problem
	}
	return err
}

// answered is the thread of the message that a new one answers, and why the two types do not fit.
func (n *Node) answered(r Reader, record *Message) (*thread, *schema.Problem, error) {
	mismatch, err := n.answerFits(r, record)
	if err != nil || (mismatch != nil && mismatch.Code != notAReply) {
		return nil, mismatch, err
	}
	above, err := either(r, record.Re)
	if err != nil {
		return nil, nil, err
	}
	t, err := n.threadOf(r, above)
	return t, mismatch, err
}

// inCase is what state and rules say of a message in its case, nil if nothing.
func (n *Node) inCase(t *thread, mismatch *schema.Problem, beside around, record *Message, m *schema.Message) (*schema.Problem, error) {
	var s schema.Surroundings
	var err error
	if t != nil {
		raws, err := n.raws(t)
		if err != nil {
			return nil, err
		}
		if p := n.follow(t, raws); p != nil && p.Has(record.Type) && record.Box == Out {
			if mismatch = p.Allows(n.act(record, m.Raw, t.side(Out))); mismatch != nil {
				return mismatch, nil
			}
		}
		s.Request = raws[0]
		s.Thread = slices.DeleteFunc(raws[1:], func(raw []byte) bool { return raw == nil })
	}
	if mismatch != nil {
		return mismatch, nil
	}
	if !m.NeedsCase() {
		return nil, nil
	}
	if s.Elsewhere, err = n.raws(&thread{sealed: beside.elsewhere}); err != nil {
		return nil, err
	}
	if s.Sent, err = n.raws(&thread{sealed: beside.sent}); err != nil {
		return nil, err
	}
	return n.Catalogue.CheckCase(m, s), nil
}

func unknownReference() *schema.Problem {
	return &schema.Problem{Kind: schema.Conflict, Code: "unknown_reference", Pointer: "/re",
		Detail: "The message that this one answers is not known between the two jurisdictions.", Fix: "Check the id in re, or leave re out."}
}
