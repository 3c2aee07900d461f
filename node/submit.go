package node

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
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
	State    State            `json:"state,omitempty"` // queued or held; "" after a dry run; what it is now if replayed
	Decision policy.Decision  `json:"decision"`
	Findings []schema.Finding `json:"findings,omitempty"` // after a dry run
	Hold     *schema.Problem  `json:"-"`                  // why it waits, if that is not the policy's doing
	Replayed bool             `json:"-"`                  // the answer given earlier to the same key
}

// Submit validates, judges, journals and queues a message in one transaction;
// when it returns without error the message is durable. What the policy holds waits
// for its release instead, in the state Held. A denial is a problem of
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
	if err := speaksFor(ctx, d.message); err != nil {
		return nil, err
	}
	bound, err := n.inherit(ctx, d)
	if err != nil {
		return nil, err
	}
	d.message, d.hold, d.inform = bound.message, bound.hold, bound.inform
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
	whole   []byte          // the message before parts were taken out, nil if none were
	kept    []schema.File   // files that were taken out
	hold    *schema.Problem // why only a second person may let it go, whatever the policy says; nil if nothing
	inform  []informed      // originators that must be told once it has gone
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
	if p := m.Unattached(files); p != nil {
		return nil, p
	}
	if !n.Fits(m.Raw, files) {
		return nil, tooLargeForPouch()
	}
	card, err := n.Keyring.Peer(peer)
	if err != nil {
		return nil, err
	}
	if !accepts(card.Accepts, m.Type) {
		return nil, &schema.Problem{Kind: schema.NotAllowed, Code: "type_not_accepted", Pointer: "/type",
			Detail: string(peer) + " does not accept " + m.Type + ".", Fix: "Its card lists what it accepts: comity peer show " + string(peer) + "."}
	}
	if p := n.Catalogue.Accepted(m, card.Languages); p != nil {
		return nil, p
	}
	return &draft{message: m, files: files, peer: peer}, nil
}

func tooLargeForPouch() *schema.Problem {
	return &schema.Problem{Kind: schema.TooLarge, Code: "too_large", Pointer: "/attachments",
		Detail: "The message and its attachments do not fit into one pouch.", Fix: "Send fewer or smaller attachments, or several messages of the same case."}
}

// accepts matches a type against a card's patterns: "mla.*", "mla.request", "*".
func accepts(patterns []string, name string) bool {
	return slices.ContainsFunc(patterns, func(p string) bool {
		prefix, wild := strings.CutSuffix(p, "*")
		return p == name || wild && strings.HasPrefix(name, prefix)
	})
}

// either prefers what arrived. What is or was in quarantine is not there.
func either(r Reader, id schema.ID) (*Message, error) {
	m, err := r.Message(id, In)
	if errors.Is(err, ErrNotFound) || err == nil && m.State.shut() {
		return r.Message(id, Out)
	}
	return m, err
}

func (n *Node) decide(ctx context.Context, s Submission, d *draft) (*Submitted, error) {
	question := policy.Ask(d.message, d.peer, policy.Send, n.now())
	if s.DryRun {
		less, decision := n.redacted(d, n.Policy().Explain(question))
		out := &Submitted{ID: d.message.ID, Decision: d.held(decision), Findings: d.message.Findings, Hold: d.hold}
		if decision.Verdict == policy.Deny {
			return out, denied(d.peer)
		}
		if err := n.leaves(less.message); err != nil {
			return nil, err
		}
		return out, nil
	}
	inForce := n.Policy()
	d, decision := n.redacted(d, inForce.Decide(question))
	decision = d.held(decision)
	out := &Submitted{ID: d.message.ID, Decision: decision, Hold: d.hold}
	if decision.Verdict == policy.Deny {
		err := n.Store.Update(ctx, func(tx Tx) error {
			return tx.Journal(n.entry(s.Actor, "message.denied", string(d.message.ID),
				map[string]string{"peer": string(d.peer), "type": d.message.Type, "policy": decision.Policy}))
		})
		if err != nil {
			return nil, err
		}
		return out, denied(d.peer)
	}
	if err := n.leaves(d.message); err != nil {
		return nil, err
	}
	record, err := n.queue(ctx, s, d, inForce, decision)
	if err != nil {
		return nil, err
	}
	out.State = record.State
	return out, nil
}

// held turns an answer that lets a draft go into one that holds it, where a rule of law
// wants a second person.
func (d *draft) held(decision policy.Decision) policy.Decision {
	if d.hold != nil && decision.Verdict == policy.Allow {
		decision.Verdict = policy.Hold
	}
	return decision
}

// leaves refuses what the policy lets out but what lacks a label that the law asks for.
// It is asked of what really goes: data that is taken out needs no reason.
func (n *Node) leaves(m *schema.Message) error {
	if p := n.Catalogue.Leave(m); p != nil {
		return p
	}
	return nil
}

func denied(peer schema.Jurisdiction) error {
	return &schema.Problem{Kind: schema.NotAllowed, Code: "policy_denied",
		Detail: "The policy does not let this message go to " + string(peer) + ".",
		Fix:    "The trace names the closest rule and what it does not cover; take those fields out, or ask an operator to change the policy."}
}

// queue commits the message, its contents, its journal line and the answer to its key
// together. What the policy holds is stored and waits for its release.
func (n *Node) queue(ctx context.Context, s Submission, d *draft, p *policy.Policy, decision policy.Decision) (*Message, error) {
	m := d.message
	contents, err := n.encrypt(Out, m.ID, m.Raw, d.files)
	if err != nil {
		return nil, err
	}
	record := &Message{ID: m.ID, Box: Out, Peer: d.peer, Type: m.Type, Case: m.Case, Re: m.Re, State: Queued,
		Created: m.Created, Stored: n.now(), Size: int64(len(m.Raw)), SHA256: digest(m.Raw), Policy: p.SHA256(), Rule: decision.Rule, Actor: s.Actor}
	record.Authority = authorityOf(Out, m)
	entry := n.entry(s.Actor, "message.submitted", string(m.ID), map[string]string{"peer": string(d.peer), "type": m.Type,
		"sha256": hex.EncodeToString(record.SHA256[:]), "policy": decision.Policy, "rule": decision.Rule})
	if d.whole != nil {
		home, err := n.atHome(d)
		if err != nil {
			return nil, err
		}
		contents = append(contents, home...)
		entry.Detail["withheld"] = strconv.Itoa(len(decision.Redact))
	}
	if decision.Verdict == policy.Hold && d.hold != nil {
		record.Code, entry.Detail["code"] = d.hold.Code, d.hold.Code
	}
	if decision.Verdict == policy.Hold {
		record.State, record.Deadline, entry.Act = Held, record.Stored.Add(ReleaseTime), "message.held"
	}
	if record.State == Queued {
		n.noteTasks(entry.Detail, Out, m)
	}
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
		if record.State == Queued {
			n.ready.put(&Item{Queue: record.Queue, ID: m.ID, Raw: m.Raw, SHA256: record.SHA256, Files: d.files, Policy: record.Policy}) // before anybody can settle it
		}
		if err := tx.AddContent(contents...); err != nil {
			return err
		}
		if record.State == Queued { // what waits brings its duties with its release
			if err := n.assume(tx, record, m); err != nil {
				return err
			}
		}
		return tx.Journal(entry)
	})
	if err != nil {
		n.ready.forget(m.ID)
	}
	if errors.Is(err, ErrExists) {
		return nil, &schema.Problem{Kind: schema.Conflict, Code: "duplicate_id", Pointer: "/id",
			Detail: "A message with this id is here already.", Fix: "Leave the id out and the node makes one, or ask for the state of the first one."}
	}
	if err != nil {
		return nil, fmt.Errorf("queue %s: %w", m.ID, err)
	}
	if record.State == Queued {
		n.border.Wake(d.peer)
	}
	n.stir()
	return record, nil
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
	var verdict policy.Verdict
	err := n.Store.View(ctx, func(r Reader) (err error) {
		if seen, err = r.Idempotency(s.Actor, s.Key); err != nil {
			return err
		}
		if n.now().Sub(seen.At) >= KeyLife {
			return ErrNotFound
		}
		if m, err = r.Message(seen.ID, Out); err != nil {
			return err
		}
		verdict, err = firstVerdict(r, m)
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
		Decision: policy.Decision{Verdict: verdict, Rule: m.Rule, Policy: hex.EncodeToString(m.Policy[:])}}, nil
}

// firstVerdict is what was answered when the message was submitted.
func firstVerdict(r Reader, m *Message) (policy.Verdict, error) {
	entries, err := r.EntriesOf(string(m.ID))
	for _, e := range entries {
		if e.Act == "message.held" && e.Actor == m.Actor {
			return policy.Hold, err
		}
	}
	return policy.Allow, err
}
