package node

import (
	"context"
	"encoding/hex"
	"maps"
	"slices"

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
	out.kept = slices.DeleteFunc(slices.Clone(d.files), func(f schema.File) bool {
		return slices.ContainsFunc(out.files, func(left schema.File) bool { return left.SHA256 == f.SHA256 })
	})
	return &out, decision
}

// homeName is where the whole of a message is kept that left without some parts.
func homeName(id schema.ID) string { return "home/" + string(id) }

// atHome seals the whole of a message, and the files that do not leave with it.
func (n *Node) atHome(d *draft) ([]Content, error) {
	name := homeName(d.message.ID)
	whole, err := n.seal(name, d.whole)
	contents := []Content{whole}
	for i := 0; err == nil && i < len(d.kept); i++ {
		var file Content
		file, err = n.seal(name+"/"+hex.EncodeToString(d.kept[i].SHA256[:]), d.kept[i].Data)
		contents = append(contents, file)
	}
	return contents, err
}

// Original is a message as its author handed it in, before the policy took parts out
// of it, with its files. A message that left whole has no other original: a problem of
// code left_whole. Reading it is journalled before, and needs a reason as Open does.
func (n *Node) Original(ctx context.Context, actor string, id schema.ID) (*Detail, error) {
	d, contents, err := n.look(ctx, id, Out, readable)
	if err != nil {
		return nil, err
	}
	if !d.Record.Erased.IsZero() {
		return nil, d.Record.erasedProblem()
	}
	var home []*Content
	err = n.Store.View(ctx, func(r Reader) (err error) {
		home, err = r.Contents(homeName(id))
		return err
	})
	if err != nil {
		return nil, err
	}
	if len(home) == 0 {
		return nil, &schema.Problem{Kind: schema.NotFound, Code: "left_whole", Detail: "Nothing was taken out of this message.", Fix: "Read the message itself."}
	}
	raw, files, err := n.decrypt(append(home, contents[min(len(contents), 1):]...))
	if err != nil {
		return nil, err
	}
	d.Files = files
	if d.Message, err = n.Catalogue.Again(raw); err != nil {
		return nil, err
	}
	why, note, err := n.justify(ctx, actor, d.Record, d.Message)
	if err != nil {
		return nil, err
	}
	d.Reading = why
	detail := map[string]string{"part": "original"}
	maps.Copy(detail, why.detail())
	return d, n.Store.Update(ctx, func(tx Tx) error {
		if err := tx.AddContent(note...); err != nil {
			return err
		}
		return tx.Journal(n.entry(actor, "message.read", string(id), detail))
	})
}
