package node

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/comity-exchange/comity/schema"
)

// Draft is a message that somebody is still writing. It is theirs alone: nobody else
// finds it. Only owner, type, peer and times are kept in the clear.
type Draft struct {
	ID      schema.ID
	Owner   string // actor
	Type    string
	Peer    schema.Jurisdiction
	Re      schema.ID // the message it answers, "" if none
	Made    time.Time
	Changed time.Time
	Version int64 // rises with every change

	Raw []byte // the message as far as it is written, as Compose writes it; nil in lists of a Reader
}

// Limits of drafts.
const (
	maxDrafts   = 200              // of one owner
	maxConflict = 5                // tries to change a draft that others change too
	sendWait    = 10 * time.Second // for the same draft being sent already
)

// drafts is the place of their contents, beside the boxes of messages.
const drafts Box = "draft"

// DraftStart is what a draft begins with.
type DraftStart struct {
	Type       string
	Peer       schema.Jurisdiction // of a draft that answers nothing
	Instrument string              // "" to take that of the message answered, or none yet
	Re         schema.ID           // the message to answer, "" if none
	Box        Box                 // where that lies
}

// MakeDraft begins a draft. One of an answer reads what it answers, which is journalled
// as any reading, and takes over what the two share.
func (n *Node) MakeDraft(ctx context.Context, actor string, s DraftStart) (*Draft, error) {
	b := schema.Beginning{From: schema.Address(n.Code()), To: schema.Address(s.Peer), Name: n.Self.Name, Instrument: s.Instrument}
	if s.Re != "" {
		asked, err := n.Open(ctx, actor, s.Re, s.Box)
		if err != nil {
			return nil, err
		}
		b.Answered, b.Received, s.Peer = asked.Message, asked.Record.Stored, asked.Record.Peer
		ours, theirs := asked.Message.To, asked.Message.From
		if asked.Record.Box == Out {
			ours, theirs = theirs, ours
		}
		b.From, b.To = ours, theirs
	}
	if _, err := n.Keyring.Peer(s.Peer); err != nil {
		return nil, err
	}
	v, err := n.Catalogue.Begin(s.Type, b)
	if err != nil {
		return nil, err
	}
	raw, err := n.Catalogue.Compose(s.Type, v)
	if err != nil {
		return nil, err
	}
	d := &Draft{ID: schema.NewID(), Owner: actor, Type: s.Type, Peer: s.Peer, Re: s.Re, Made: n.now(), Changed: n.now(), Raw: raw}
	return d, n.addDraft(ctx, d)
}

func (n *Node) addDraft(ctx context.Context, d *Draft) error {
	contents, err := n.encrypt(drafts, d.ID, d.Raw, nil)
	if err != nil {
		return err
	}
	detail := map[string]string{"type": d.Type, "peer": string(d.Peer)}
	if d.Re != "" {
		detail["re"] = string(d.Re)
	}
	return n.Store.Update(ctx, func(tx Tx) error {
		theirs, err := tx.Drafts(d.Owner, maxDrafts)
		if err != nil {
			return err
		}
		if len(theirs) >= maxDrafts {
			return &schema.Problem{Kind: schema.Conflict, Code: "too_many_drafts", Detail: "There are 200 drafts of yours.", Fix: "Send or delete some first."}
		}
		if err := tx.AddDraft(d, contents...); err != nil {
			return err
		}
		return tx.Journal(n.entry(d.Owner, "draft.made", string(d.ID), detail))
	})
}

// Drafts lists somebody's drafts, the one changed last first.
func (n *Node) Drafts(ctx context.Context, actor string) (list []*Draft, err error) {
	var sealed []*Content
	err = n.Store.View(ctx, func(r Reader) error {
		if list, err = r.Drafts(actor, maxDrafts); err != nil {
			return err
		}
		for _, d := range list {
			c, err := r.DraftContent(contentName(drafts, d.ID))
			if err != nil {
				return err
			}
			sealed = append(sealed, c)
		}
		return nil
	})
	for i := range sealed {
		if err == nil {
			list[i].Raw, _, err = n.decrypt(sealed[i : i+1])
		}
	}
	return list, err
}

// Draft opens one draft. Somebody else's is not there.
func (n *Node) Draft(ctx context.Context, actor string, id schema.ID) (*Draft, error) {
	d, contents, err := n.sealedDraft(ctx, actor, id, false)
	if err != nil {
		return nil, err
	}
	d.Raw, _, err = n.decrypt(contents)
	return d, err
}

// sealedDraft reads a draft with its text, and with its files if they are asked for.
func (n *Node) sealedDraft(ctx context.Context, actor string, id schema.ID, files bool) (d *Draft, contents []*Content, err error) {
	err = n.Store.View(ctx, func(r Reader) error {
		if d, err = r.Draft(id); err != nil {
			return err
		}
		if d.Owner != actor {
			return ErrNotFound
		}
		if files {
			contents, err = r.DraftContents(id)
			return err
		}
		c, err := r.DraftContent(contentName(drafts, id))
		contents = []*Content{c}
		return err
	})
	if err != nil {
		return nil, nil, found(err, "draft", "It may have been sent or deleted; the list of drafts shows what there is.")
	}
	return d, contents, nil
}

// ChangeDraft lets f change the values of a draft and keeps what it leaves. f may be
// called again if the draft was changed by somebody else meanwhile.
func (n *Node) ChangeDraft(ctx context.Context, actor string, id schema.ID, f func(schema.Values) error) (*Draft, error) {
	for range maxConflict {
		d, err := n.Draft(ctx, actor, id)
		if err != nil {
			return nil, err
		}
		if err := n.revise(d, f); err != nil {
			return nil, err
		}
		contents, err := n.encrypt(drafts, id, d.Raw, nil)
		if err != nil {
			return nil, err
		}
		err = n.Store.Update(ctx, func(tx Tx) error { return tx.SaveDraft(d, contents...) })
		if !errors.Is(err, ErrNotFound) {
			return d, err
		}
	}
	return nil, draftBusy()
}

func draftBusy() error {
	return &schema.Problem{Kind: schema.Conflict, Code: "draft_changed", Detail: "The draft is being changed elsewhere.", Fix: "Open it again and repeat your change."}
}

// revise applies f to the values of an opened draft.
func (n *Node) revise(d *Draft, f func(schema.Values) error) error {
	v, err := n.Catalogue.Values(d.Raw)
	if err != nil {
		return fmt.Errorf("read draft %s: %w", d.ID, err)
	}
	if err := f(v); err != nil {
		return err
	}
	if d.Raw, err = n.Catalogue.Compose(d.Type, v); err != nil {
		return err
	}
	if len(d.Raw) > schema.MaxMessage {
		return &schema.Problem{Kind: schema.TooLarge, Code: "message_too_large", Detail: "The message is larger than 256 KiB.", Fix: "Send large content as attachments."}
	}
	if to := v["/to"]; len(to) == 1 {
		if a, err := schema.ParseAddress(to[0]); err == nil {
			d.Peer = a.Jurisdiction()
		}
	}
	d.Changed = n.now()
	return nil
}

// DeleteDraft deletes a draft with its files.
func (n *Node) DeleteDraft(ctx context.Context, actor string, id schema.ID) error {
	return n.endDraft(ctx, actor, id, "draft.deleted", nil)
}

func (n *Node) endDraft(ctx context.Context, actor string, id schema.ID, act string, detail map[string]string) error {
	err := n.Store.Update(ctx, func(tx Tx) error {
		d, err := tx.Draft(id)
		if err != nil {
			return err
		}
		if d.Owner != actor {
			return ErrNotFound
		}
		if err := tx.DropDraft(id); err != nil {
			return err
		}
		return tx.Journal(n.entry(actor, act, string(id), detail))
	})
	return found(err, "draft", "It may have been sent or deleted; the list of drafts shows what there is.")
}

// Takes tells whether a peer is one to write to, and takes messages of a type.
func (n *Node) Takes(peer schema.Jurisdiction, name string) bool {
	card, err := n.Keyring.Peer(peer)
	return err == nil && accepts(card.Accepts, name)
}
