package node

import (
	"encoding/hex"
	"fmt"

	"github.com/comity-exchange/comity/schema"
)

// contentName binds stored content to its place: box, message, and file if it is one.
func contentName(box Box, id schema.ID) string { return string(box) + "/" + string(id) }

// encrypt seals a message and its files for the disk, each under a key of its own.
func (n *Node) encrypt(box Box, id schema.ID, raw []byte, files []schema.File) ([]Content, error) {
	name := contentName(box, id)
	contents := make([]Content, 1, 1+len(files))
	var err error
	if contents[0], err = n.seal(name, raw); err != nil {
		return nil, err
	}
	for _, f := range files {
		c, err := n.seal(name+"/"+hex.EncodeToString(f.SHA256[:]), f.Data)
		if err != nil {
			return nil, err
		}
		contents = append(contents, c)
	}
	return contents, nil
}

// seal encrypts one content for the disk under a key of its own.
func (n *Node) seal(name string, plain []byte) (Content, error) {
	sealed, wrapped, err := n.Vault.Encrypt(name, plain)
	if err != nil {
		return Content{}, fmt.Errorf("encrypt %s: %w", name, err)
	}
	return Content{Name: name, Sealed: sealed, Wrapped: wrapped}, nil
}

// decrypt opens what encrypt sealed: the message first, then its files.
func (n *Node) decrypt(contents []*Content) (raw []byte, files []schema.File, err error) {
	for i, c := range contents {
		plain, err := n.Vault.Decrypt(c.Name, c.Sealed, c.Wrapped)
		if err != nil {
			return nil, nil, fmt.Errorf("decrypt %s: %w", c.Name, err)
		}
		if i == 0 {
			raw = plain
			continue
		}
		files = append(files, schema.File{SHA256: digest(plain), Data: plain})
	}
	return raw, files, nil
}

// contentsOf gives the content of each message, nil for an erased one.
func contentsOf(r Reader, records []*Message) ([]*Content, error) {
	list := make([]*Content, len(records))
	for i, m := range records {
		if !m.Erased.IsZero() {
			continue
		}
		c, err := r.Content(contentName(m.Box, m.ID))
		if err != nil {
			return nil, err
		}
		list[i] = c
	}
	return list, nil
}
