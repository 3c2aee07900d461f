package node

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/comity-exchange/comity/gateway/policy"
	"github.com/comity-exchange/comity/schema"
)

// Submission is what an agency hands in.
type Submission struct {
	Actor  string              // who: "agency:demo", "operator:uid 1000"
	Key    string              // Idempotency-Key, 1 to 128 visible characters; "" only from inside the process
	Body   []byte              // the message; id, version, from, to and created may be left out
	To     schema.Jurisdiction // where to, if the body does not say; must agree with it if both do
	DryRun bool                // judge only; nothing is stored
}

// digest of all that makes two requests the same one.
func (s *Submission) digest() [32]byte {
	h := sha256.New()
	io.WriteString(h, string(s.To)+"\n")
	h.Write(s.Body)
	return [32]byte(h.Sum(nil))
}

// Submitted is the answer to a submission that was accepted, and to a dry run.
type Submitted struct {
	ID       schema.ID        `json:"id"`
	State    State            `json:"state,omitempty"` // "" after a dry run
	Decision policy.Decision  `json:"decision"`
	Findings []schema.Finding `json:"findings,omitempty"` // after a dry run
	Replayed bool             `json:"-"`                  // the answer given earlier to the same key
}

// Submit validates, judges, journals and queues a message in one transaction;
// when it returns without error the message is durable. A denial is a problem of
// code policy_denied, and Submitted then holds the trace.
func (n *Node) Submit(ctx context.Context, s Submission) (*Submitted, error) {
	if s.Key == "" || s.DryRun {
		return n.submit(ctx, s)
	}
	release, err := n.claimKey(s)
	if err != nil {
		return nil, err
	}
	defer release()
	out, err := n.submit(ctx, s)
	if err == nil {
		return out, nil
	}
	// A key that was answered gets that answer, whatever would become of the message today.
	if before, lookup := n.earlier(ctx, s); before != nil || lookup != nil {
		return before, lookup
	}
	return out, err
}

func (n *Node) submit(ctx context.Context, s Submission) (*Submitted, error) {
	d, err := n.draft(s)
	if err != nil {
		return nil, err
	}
	if err := n.caseFits(ctx, d.message); err != nil {
		return nil, err
	}
	return n.decide(ctx, s, d)
}

// draft is a submission made whole: exact bytes, read strictly, with its files.
type draft struct {
	message *schema.Message
	files   []schema.File
	peer    schema.Jurisdiction
}

func (n *Node) draft(s Submission) (*draft, error) {
	m, files, err := n.Catalogue.Finish(s.Body, schema.Draft{
		ID: schema.NewID(), From: schema.Address(n.Code()), To: schema.Address(s.To), Created: n.now().Truncate(time.Second),
	})
	if err != nil {
		return nil, err
	}
	peer := m.To.Jurisdiction()
	if m.From.Jurisdiction() != n.Code() {
		return nil, &schema.Problem{Kind: schema.NotAllowed, Code: "wrong_sender", Pointer: "/from",
			Detail: "This node speaks for " + string(n.Code()) + " only.", Fix: "Leave from out, or name an authority of " + string(n.Code()) + "."}
	}
	if s.To != "" && s.To != peer {
		return nil, &schema.Problem{Kind: schema.Conflict, Code: "wrong_recipient", Pointer: "/to",
			Detail: "The message is addressed to " + string(peer) + ", but was to be sent to " + string(s.To) + ".", Fix: "Make the two agree."}
	}
	if !n.Fits(m.Raw, files) {
		return nil, &schema.Problem{Kind: schema.TooLarge, Code: "too_large", Pointer: "/attachments",
			Detail: "The message and its attachments do not fit into one pouch.", Fix: "Send fewer or smaller attachments, or several messages of the same case."}
	}
	card, err := n.Keyring.Peer(peer)
	if err != nil {
		return nil, err
	}
	if !accepts(card.Accepts, m.Type) {
		return nil, &schema.Problem{Kind: schema.NotAllowed, Code: "type_not_accepted", Pointer: "/type",
			Detail: string(peer) + " does not accept " + m.Type + ".", Fix: "Its card lists what it accepts: comity peer show " + string(peer) + "."}
	}
	return &draft{m, files, peer}, nil
}

// accepts matches a type against a card's patterns: "mla.*", "mla.request", "*".
func accepts(patterns []string, name string) bool {
	return slices.ContainsFunc(patterns, func(p string) bool {
		prefix, wild := strings.CutSuffix(p, "*")
		return p == name || wild && strings.HasPrefix(name, prefix)
	})
}

func either(r Reader, id schema.ID) (*Message, error) {
	m, err := r.Message(id, In)
	if errors.Is(err, ErrNotFound) {
		return r.Message(id, Out)
	}
	return m, err
}

func (n *Node) decide(ctx context.Context, s Submission, d *draft) (*Submitted, error) {
	question := policy.Ask(d.message, d.peer, policy.Send, n.now())
	if s.DryRun {
		out := &Submitted{ID: d.message.ID, Decision: n.Policy().Explain(question), Findings: d.message.Findings}
		if out.Decision.Verdict != policy.Allow {
			return out, denied(d.peer)
		}
		return out, nil
	}
	inForce := n.Policy()
	decision := inForce.Decide(question)
	out := &Submitted{ID: d.message.ID, Decision: decision}
	if decision.Verdict != policy.Allow {
		err := n.Store.Update(ctx, func(tx Tx) error {
			return tx.Journal(n.entry(s.Actor, "message.denied", string(d.message.ID),
				map[string]string{"peer": string(d.peer), "type": d.message.Type, "policy": decision.Policy}))
		})
		if err != nil {
			return nil, err
		}
		return out, denied(d.peer)
	}
	if err := n.queue(ctx, s, d, inForce, decision); err != nil {
		return nil, err
	}
	out.State = Queued
	return out, nil
}

func denied(peer schema.Jurisdiction) error {
	return &schema.Problem{Kind: schema.NotAllowed, Code: "policy_denied",
		Detail: "The policy does not let this message go to " + string(peer) + ".",
		Fix:    "The trace names the closest rule and what it does not cover; take those fields out, or ask an operator to change the policy."}
}

// queue commits the message, its contents, its journal line and the answer to its key together.
func (n *Node) queue(ctx context.Context, s Submission, d *draft, p *policy.Policy, decision policy.Decision) error {
	m := d.message
	contents, err := n.encrypt(Out, m.ID, m.Raw, d.files)
	if err != nil {
		return err
	}
	record := &Message{ID: m.ID, Box: Out, Peer: d.peer, Type: m.Type, Case: m.Case, Re: m.Re, State: Queued,
		Created: m.Created, Stored: n.now(), Size: int64(len(m.Raw)), SHA256: digest(m.Raw), Policy: p.SHA256(), Rule: decision.Rule, Actor: s.Actor}
	entry := n.entry(s.Actor, "message.submitted", string(m.ID), map[string]string{"peer": string(d.peer), "type": m.Type,
		"sha256": hex.EncodeToString(record.SHA256[:]), "policy": decision.Policy, "rule": decision.Rule})
	answer := Idempotency{s.Actor, s.Key, s.digest(), m.ID, record.Stored}
	err = n.Store.Update(ctx, func(tx Tx) error {
		if s.Key != "" {
			if err := tx.AddIdempotency(answer); err != nil {
				return err
			}
		}
		if err := tx.AddMessage(record); err != nil {
			return err
		}
		n.ready.put(&Item{record.Queue, m.ID, m.Raw, record.SHA256, d.files, record.Policy}) // before anybody can settle it
		if err := tx.AddContent(contents...); err != nil {
			return err
		}
		return tx.Journal(entry)
	})
	if err != nil {
		n.ready.forget(m.ID)
	}
	if errors.Is(err, ErrExists) {
		return &schema.Problem{Kind: schema.Conflict, Code: "duplicate_id", Pointer: "/id",
			Detail: "A message with this id is here already.", Fix: "Leave the id out and the node makes one, or ask for the state of the first one."}
	}
	if err != nil {
		return fmt.Errorf("queue %s: %w", m.ID, err)
	}
	n.border.Wake(d.peer)
	n.stir()
	return nil
}

// claimKey makes sure that one key is worked on once at a time.
func (n *Node) claimKey(s Submission) (release func(), err error) {
	key := s.Actor + "\x00" + s.Key
	if _, busy := n.running.LoadOrStore(key, true); busy {
		return nil, &schema.Problem{Kind: schema.Conflict, Code: "still_running",
			Detail: "A request with this Idempotency-Key is still being worked on.", Fix: "Wait a moment and send the same request again."}
	}
	return func() { n.running.Delete(key) }, nil
}

// earlier finds the answer that this key got before.
func (n *Node) earlier(ctx context.Context, s Submission) (*Submitted, error) {
	var seen *Idempotency
	var m *Message
	err := n.Store.View(ctx, func(r Reader) (err error) {
		if seen, err = r.Idempotency(s.Actor, s.Key); err != nil {
			return err
		}
		if n.now().Sub(seen.At) >= KeyLife {
			return ErrNotFound
		}
		m, err = r.Message(seen.ID, Out)
		return err
	})
	if errors.Is(err, ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	if seen.Body != s.digest() {
		return nil, &schema.Problem{Kind: schema.Invalid, Code: "key_reused",
			Detail: "This Idempotency-Key was used for another request.", Fix: "Use a new key for a new message."}
	}
	return &Submitted{ID: m.ID, State: m.State, Replayed: true,
		Decision: policy.Decision{Verdict: policy.Allow, Rule: m.Rule, Policy: hex.EncodeToString(m.Policy[:])}}, nil
}
