package store

import (
	"fmt"

	"github.com/comity-exchange/comity/node"
	"github.com/comity-exchange/comity/schema"
)

func scanDraft(r *row) *node.Draft {
	return &node.Draft{ID: schema.ID(r.text()), Owner: r.text(), Type: r.text(), Peer: schema.Jurisdiction(r.text()),
		Re: schema.ID(r.text()), Made: r.time(), Changed: r.time(), Version: r.int()}
}

func (r *reader) Draft(id schema.ID) (*node.Draft, error) {
	d, err := one(r.conn, scanDraft, findDraft, id)
	if err != nil {
		return nil, fmt.Errorf("read draft %s: %w", id, err)
	}
	return d, nil
}

// Drafts lists an owner's drafts, the one changed last first.
func (r *reader) Drafts(owner string, limit int) ([]*node.Draft, error) {
	return list(r.conn, scanDraft, listDrafts, owner, max(limit, 0))
}

// DraftContents gives the text of a draft, then its files.
func (r *reader) DraftContents(id schema.ID) ([]*node.Content, error) {
	return list(r.conn, scanContent, listDraftContent, id)
}

// DraftContent gives one content of a draft by its name.
func (r *reader) DraftContent(name string) (*node.Content, error) {
	c, err := one(r.conn, scanContent, findDraftContent, name)
	if err != nil {
		return nil, fmt.Errorf("read content %s: %w", name, err)
	}
	return c, nil
}

// AddDraft inserts a draft with its contents.
func (t *tx) AddDraft(d *node.Draft, contents ...node.Content) error {
	d.Version = 1
	if err := t.conn.exec(addDraft, d.ID, d.Owner, d.Type, d.Peer, d.Re, d.Made, d.Changed, d.Version); err != nil {
		return fmt.Errorf("add draft %s: %w", d.ID, exists(err))
	}
	return t.putDraftContents(d.ID, contents)
}

// SaveDraft replaces what is listed of a draft, and the contents that are given. A draft
// that is gone, or of another version than d's, is node.ErrNotFound.
func (t *tx) SaveDraft(d *node.Draft, contents ...node.Content) error {
	if err := t.must(saveDraft, d.Peer, d.Changed, d.ID, d.Version); err != nil {
		return fmt.Errorf("save draft %s: %w", d.ID, err)
	}
	d.Version++
	return t.putDraftContents(d.ID, contents)
}

func (t *tx) putDraftContents(id schema.ID, contents []node.Content) error {
	for _, c := range contents {
		if err := t.conn.exec(putDraftContent, c.Name, id, orEmpty(c.Sealed), orEmpty(c.Wrapped)); err != nil {
			return fmt.Errorf("put content %s: %w", c.Name, err)
		}
	}
	return nil
}

// DropDraftContent deletes one content of a draft, if it is there.
func (t *tx) DropDraftContent(name string) error { return t.conn.exec(dropDraftContent, name) }

// DropDraft deletes a draft with its contents; one that is gone is node.ErrNotFound.
func (t *tx) DropDraft(id schema.ID) error {
	if err := t.must(dropDraft, id); err != nil {
		return fmt.Errorf("delete draft %s: %w", id, err)
	}
	return nil
}
