package node

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/comity-exchange/comity/gateway/policy"
	"github.com/comity-exchange/comity/schema"
)

// ReleaseTime is how long a message waits for its release.
const ReleaseTime = 7 * 24 * time.Hour

const codeNotHeld = "not_held"

// maxReason is the most characters that may say why a message is not released.
const maxReason = 1000

// Release is one message that waits for a second person, opened, with what the policy
// of today says of it.
type Release struct {
	*Detail
	Decision policy.Decision
	Own      bool   // the one who looks has submitted it, and may not release it
	Tag      string // names what is released: bytes, decision and wait
}

// OpenRelease shows exactly what a release would let cross. It journals the reading
// before. Box may be "".
func (n *Node) OpenRelease(ctx context.Context, actor string, id schema.ID, box Box) (*Release, error) {
	out, err := n.waiting(ctx, actor, id, box)
	if err != nil {
		return nil, err
	}
	var why ReadingReason // nobody is asked for what the act itself tells
	if len(n.sensitive(out.Message)) > 0 {
		why.Code = "release"
	}
	err = n.Store.Update(ctx, func(tx Tx) error {
		return tx.Journal(n.entry(actor, "message.read", string(id), why.detail()))
	})
	if err != nil {
		return nil, err
	}
	return out, n.breaches(ctx, out.Detail)
}

// waiting opens a message that waits and judges it by the policy in force.
func (n *Node) waiting(ctx context.Context, actor string, id schema.ID, box Box) (*Release, error) {
	d, contents, err := n.look(ctx, id, box, awaits)
	if err != nil {
		if _, _, other := n.look(ctx, id, box, anyState); other == nil {
			return nil, notHeld()
		}
		return nil, err
	}
	raw, files, err := n.decrypt(contents)
	if err != nil {
		return nil, err
	}
	if digest(raw) != d.Record.SHA256 {
		return nil, fmt.Errorf("message %s does not match its digest", id)
	}
	d.Files = files
	if d.Message, err = n.Catalogue.Again(raw); err != nil {
		return nil, err
	}
	out := &Release{Detail: d, Own: person(d.Record.Actor) == person(actor)}
	out.Decision = n.Policy().Explain(n.crossing(d.Record, d.Message)).HoldWhole()
	out.Tag = out.tag()
	return out, nil
}

// awaits holds of what the release queue shows.
func awaits(m *Message) bool { return m.State == Held || m.State == Quarantined }

// crossing asks about a message that waits at the border.
func (n *Node) crossing(record *Message, m *schema.Message) policy.Question {
	if record.Box == In {
		return policy.Ask(m, record.Peer, policy.Receive, n.now())
	}
	return policy.Ask(m, record.Peer, policy.Send, n.now())
}

// tag changes with everything that a releaser must have seen.
func (r *Release) tag() string {
	d := r.Decision
	text, err := json.Marshal([]any{r.Record.Box, hex.EncodeToString(r.Record.SHA256[:]), r.Record.Deadline.UnixMilli(), d.Verdict, d.Rule, d.Policy, d.Approve})
	if err != nil {
		panic("a decision is plain data: " + err.Error())
	}
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:16])
}

// Release lets a message cross: one of ours takes its place in the peer's queue, one
// that arrived goes to the inbox. Tag is what OpenRelease gave. Problems are not_found,
// not_held, own_message, stale, policy_denied with the decision beside it, and what the
// message's case says by now.
func (n *Node) Release(ctx context.Context, actor string, id schema.ID, box Box, tag string) (*Release, error) {
	inForce := n.Policy()
	r, err := n.decidable(ctx, actor, id, box, tag)
	if err != nil {
		return nil, err
	}
	if r.Decision.Policy != hexOf(inForce) {
		return nil, stale() // another policy came between
	}
	if r.Decision.Verdict == policy.Deny {
		return r, denied(r.Record.Peer)
	}
	inform, err := n.stillFits(ctx, r)
	if err != nil {
		return nil, err
	}
	m := *r.Record
	m.Policy, m.Rule, m.Releaser, m.Code = inForce.SHA256(), r.Decision.Rule, actor, ""
	entry := n.entry(actor, "message.released", string(id), map[string]string{"peer": string(m.Peer), "box": string(m.Box),
		"policy": r.Decision.Policy, "rule": m.Rule, "sha256": hex.EncodeToString(m.SHA256[:])})
	n.noteTasks(entry.Detail, m.Box, r.Message)
	err = n.endWait(ctx, &m, entry, func(tx Tx) error {
		if err := tx.Release(&m); err != nil {
			return err
		}
		if err := n.assume(tx, &m, r.Message); err != nil {
			return err
		}
		for _, o := range inform {
			if err := n.makeTask(tx, &Task{Kind: InformOriginator, Message: o.id, Box: In, Peer: o.peer, Due: n.now(), Cause: m.ID}); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	r.Record = &m
	if m.Box == Out {
		n.border.Wake(m.Peer)
		n.stir()
		return r, nil
	}
	n.watch.arrived([]*Message{&m})
	n.stir()
	return r, nil
}

// stillFits holds a message of ours against its peer, its sources and its case as they
// are now. It gives the originators that must be told once it has gone.
func (n *Node) stillFits(ctx context.Context, r *Release) ([]informed, error) {
	if r.Record.Box == In {
		return nil, nil
	}
	if _, err := n.Keyring.Peer(r.Record.Peer); err != nil {
		return nil, err
	}
	bound, err := n.inherit(ctx, &draft{message: r.Message, files: r.Files, peer: r.Record.Peer})
	if err != nil {
		return nil, err
	}
	if !bytes.Equal(bound.message.Raw, r.Message.Raw) {
		return nil, &schema.Problem{Kind: schema.Conflict, Code: "sources_changed", Detail: "What binds the data of this message has changed since it was handed in.",
			Fix: "Return it; its author hands it in again, and it takes on what binds it now."}
	}
	return bound.inform, n.caseFits(ctx, r.Message)
}

// Return does not let a message cross. One of ours goes back to its author, who reads
// the reason; one that arrived is discarded. Tag is what OpenRelease gave. Problems are
// those of Release, and bad_reason.
func (n *Node) Return(ctx context.Context, actor string, id schema.ID, box Box, tag, reason string) (*Release, error) {
	if reason = strings.TrimSpace(reason); reason == "" || utf8.RuneCountInString(reason) > maxReason {
		return nil, &schema.Problem{Kind: schema.Invalid, Code: "bad_reason", Pointer: "/reason", Detail: "A message is not sent back without a reason.",
			Fix: fmt.Sprintf("Say why in 1 to %d characters; its author reads it.", maxReason)}
	}
	r, err := n.decidable(ctx, actor, id, box, tag)
	if err != nil {
		return nil, err
	}
	m := *r.Record
	to, act := Returned, "message.returned"
	if m.Box == In {
		to, act = Discarded, "message.discarded"
	}
	name := reasonName(&m)
	sealed, wrapped, err := n.Vault.Encrypt(name, []byte(reason))
	if err != nil {
		return nil, fmt.Errorf("encrypt %s: %w", name, err)
	}
	entry := n.entry(actor, act, string(id), map[string]string{"peer": string(m.Peer), "policy": r.Decision.Policy, "rule": r.Decision.Rule})
	err = n.endWait(ctx, &m, entry, func(tx Tx) error {
		if err := tx.Dismiss(&m, to); err != nil {
			return err
		}
		return tx.AddContent(Content{Name: name, Sealed: sealed, Wrapped: wrapped})
	})
	if err != nil {
		return nil, err
	}
	r.Record, r.Reason = &m, reason
	if m.Box == Out {
		n.watch.settled(m.Peer, map[schema.ID]Outcome{id: {State: to}})
	}
	return r, nil
}

// decidable is a message that waits, if the actor may decide on it and has seen it as it is now.
func (n *Node) decidable(ctx context.Context, actor string, id schema.ID, box Box, tag string) (*Release, error) {
	r, err := n.waiting(ctx, actor, id, box)
	switch {
	case err != nil:
		return nil, err
	case r.Own:
		return nil, &schema.Problem{Kind: schema.NotAllowed, Code: "own_message", Detail: "Nobody decides on the release of a message of their own.",
			Fix: "Ask a second person to look at it: comity release list."}
	case r.Tag != tag:
		return nil, stale()
	}
	return r, nil
}

// endWait commits the end of a wait with its journal line. Who comes second finds that it is over.
func (n *Node) endWait(ctx context.Context, m *Message, entry Entry, end func(Tx) error) error {
	err := n.Store.Update(ctx, func(tx Tx) error {
		if err := end(tx); err != nil {
			return err
		}
		return tx.Journal(entry)
	})
	if errors.Is(err, ErrNotFound) {
		return notHeld()
	}
	if err != nil {
		return fmt.Errorf("end the wait of %s: %w", m.ID, err)
	}
	return nil
}

func notHeld() *schema.Problem {
	return &schema.Problem{Kind: schema.Conflict, Code: codeNotHeld, Detail: "This message does not wait for release, or does not any more.",
		Fix: "Look at what became of it: comity message trace ID."}
}

func stale() *schema.Problem {
	return &schema.Problem{Kind: schema.Conflict, Code: "stale", Detail: "The message or what the policy says of it is not what you looked at.",
		Fix: "Look at it again, then decide on what you see."}
}

// reasonName is where the reason lies why a message was not released, encrypted as content is.
func reasonName(m *Message) string { return "return/" + contentName(m.Box, m.ID) }
