package node

import (
	"context"
	"encoding/hex"
	"errors"

	"github.com/comity-exchange/comity/schema"
)

// AttachFile adds a file to a draft; its size and digest are those of data. A file that is
// there already, by its content, is not added again. The problem is
// attachment_too_large, too_many or too_large.
func (n *Node) AttachFile(ctx context.Context, actor string, id schema.ID, a schema.Attachment, data []byte) error {
	if len(data) > schema.MaxAttachment {
		return fileTooLarge()
	}
	a.SHA256, a.Size = digest(data), int64(len(data))
	for range maxConflict {
		d, files, err := n.draftWithFiles(ctx, actor, id)
		if err != nil {
			return err
		}
		if len(files) >= schema.MaxAttachments {
			return &schema.Problem{Kind: schema.TooLarge, Code: "too_many", Pointer: "/attachments", Detail: "The message has more than 32 files.", Fix: "Send fewer files in one message."}
		}
		added := false
		if err := n.revise(d, func(v schema.Values) error { added = v.Attach(a); return nil }); err != nil || !added {
			return err
		}
		file := schema.File{SHA256: a.SHA256, Data: data}
		if !n.Fits(d.Raw, append(files, file)) {
			return tooMuch()
		}
		contents, err := n.encrypt(drafts, id, d.Raw, []schema.File{file})
		if err != nil {
			return err
		}
		err = n.Store.Update(ctx, func(tx Tx) error { return tx.SaveDraft(d, contents...) })
		if !errors.Is(err, ErrNotFound) {
			return err
		}
	}
	return draftBusy()
}

func fileTooLarge() error {
	return &schema.Problem{Kind: schema.TooLarge, Code: "attachment_too_large", Pointer: "/attachments", Detail: "The file is larger than 512 KiB.", Fix: "Send it as evidence."}
}

func tooMuch() error {
	return &schema.Problem{Kind: schema.TooLarge, Code: "too_large", Pointer: "/attachments",
		Detail: "The message and its attachments do not fit into one pouch.", Fix: "Send fewer or smaller attachments, or several messages of the same case."}
}

// draftWithFiles opens a draft and all its files.
func (n *Node) draftWithFiles(ctx context.Context, actor string, id schema.ID) (*Draft, []schema.File, error) {
	d, contents, err := n.sealedDraft(ctx, actor, id, true)
	if err != nil {
		return nil, nil, err
	}
	var files []schema.File
	d.Raw, files, err = n.decrypt(contents)
	return d, files, err
}

// DetachFile takes a file out of a draft and deletes it. The problem is not_found.
func (n *Node) DetachFile(ctx context.Context, actor string, id schema.ID, sum [32]byte) error {
	name := hex.EncodeToString(sum[:])
	for range maxConflict {
		d, err := n.Draft(ctx, actor, id)
		if err != nil {
			return err
		}
		err = n.revise(d, func(v schema.Values) error {
			if !v.Detach(name) {
				return found(ErrNotFound, "file", "It may have been taken out before.")
			}
			return nil
		})
		if err != nil {
			return err
		}
		contents, err := n.encrypt(drafts, id, d.Raw, nil)
		if err != nil {
			return err
		}
		err = n.Store.Update(ctx, func(tx Tx) error {
			if err := tx.SaveDraft(d, contents...); err != nil {
				return err
			}
			return tx.DropDraftContent(contentName(drafts, id) + "/" + name)
		})
		if !errors.Is(err, ErrNotFound) {
			return err
		}
	}
	return draftBusy()
}

// DraftFile gives the content of one file of a draft.
func (n *Node) DraftFile(ctx context.Context, actor string, id schema.ID, sum [32]byte) ([]byte, error) {
	var c *Content
	err := n.Store.View(ctx, func(r Reader) error {
		d, err := r.Draft(id)
		if err != nil {
			return err
		}
		if d.Owner != actor {
			return ErrNotFound
		}
		c, err = r.DraftContent(contentName(drafts, id) + "/" + hex.EncodeToString(sum[:]))
		return err
	})
	if err != nil {
		return nil, found(err, "file", "It may have been taken out of the draft.")
	}
	data, _, err := n.decrypt([]*Content{c})
	return data, err
}
