package node

import (
	"context"
	"errors"
	"maps"

	"github.com/comity-exchange/comity/gateway/policy"
	"github.com/comity-exchange/comity/schema"
)

// redactedBy is the reason that a message states for what the policy took out of it.
const redactedBy = "policy"

// redacted applies what a decision takes out of a message before it leaves. The
// message says what is missing; the whole of it stays at home. Where a part cannot go
// without making the message invalid, it waits whole for a second person instead.
func (n *Node) redacted(d *draft, decision policy.Decision) (*draft, policy.Decision) {
	if len(decision.Redact) == 0 || decision.Verdict == policy.Deny {
		return d, decision
	}
	less, err := n.Catalogue.Redact(d.message, decision.Redact, redactedBy)
	if err != nil || !n.Fits(less.Raw, d.files) {
		return d, decision.HoldWhole()
	}
	out := *d
	out.message, out.files, out.whole = less, less.Attached(d.files), d.message.Raw
	return &out, decision
}

// homeName is where the whole of a message is kept that left without some parts.
func homeName(id schema.ID) string { return "home/" + string(id) }

// Original is a message as its author handed it in, before the policy took parts out
// of it; its files are those that left. A message that left whole has no other
// original: a problem of code left_whole. Reading it is journalled before, and needs a
// reason as Open does.
func (n *Node) Original(ctx context.Context, actor string, id schema.ID) (*schema.Message, error) {
	d, _, err := n.look(ctx, id, Out, readable)
	if err != nil {
		return nil, err
	}
	var c *Content
	err = n.Store.View(ctx, func(r Reader) (err error) {
		c, err = r.Content(homeName(id))
		return err
	})
	if errors.Is(err, ErrNotFound) {
		return nil, &schema.Problem{Kind: schema.NotFound, Code: "left_whole", Detail: "Nothing was taken out of this message.", Fix: "Read the message itself."}
	}
	if err != nil {
		return nil, err
	}
	raw, _, err := n.decrypt([]*Content{c})
	if err != nil {
		return nil, err
	}
	m, err := n.Catalogue.Again(raw)
	if err != nil {
		return nil, err
	}
	why, note, err := n.justify(ctx, actor, d.Record, m)
	if err != nil {
		return nil, err
	}
	detail := map[string]string{"part": "original"}
	maps.Copy(detail, why.detail())
	return m, n.Store.Update(ctx, func(tx Tx) error {
		if err := tx.AddContent(note...); err != nil {
			return err
		}
		return tx.Journal(n.entry(actor, "message.read", string(id), detail))
	})
}
