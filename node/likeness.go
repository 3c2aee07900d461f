package node

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"sync"

	"github.com/comity-exchange/comity/schema"
)

// Likeness is a keyed digest of a value by which messages are compared. Without the key,
// which is sealed like content, it tells nothing but that it equals another.
type Likeness struct {
	Kind   string  // as in schema.Feature
	Digest [8]byte // of HMAC-SHA-256 over kind, a zero octet and value
}

// Alike is another message that arrived and shares something with one that is read.
type Alike struct {
	Message *Message
	Kinds   []string // of what they share, each once, in the order of the message that is read
}

const (
	likenessKey  = "likeness_key" // setting: the key, sealed
	likenessMark = "likeness"     // setting: number of the last message that was compared
	maxAlike     = 10             // messages that are shown
	lookedAlike  = 50             // messages that are looked at for one value
)

// secretKey is a key that was read once.
type secretKey struct {
	mu  sync.Mutex // guards key
	key []byte
}

// likenesses digests what is in a message. Without a key there was nothing to compare with.
func likenesses(key []byte, features []schema.Feature) (list []Likeness) {
	for _, f := range features {
		h := hmac.New(sha256.New, key)
		h.Write([]byte(f.Kind + "\x00" + f.Value))
		list = append(list, Likeness{f.Kind, [8]byte(h.Sum(nil))})
	}
	return list
}

// keyOfLikeness opens the key, nil if none was made yet.
func (n *Node) keyOfLikeness(r Reader) ([]byte, error) {
	n.liken.mu.Lock()
	defer n.liken.mu.Unlock()
	if n.liken.key != nil {
		return n.liken.key, nil
	}
	text, err := r.Setting(likenessKey)
	if errors.Is(err, ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var kept sealedSetting
	if err := json.Unmarshal(text, &kept); err != nil {
		return nil, fmt.Errorf("read key of likeness: %w", err)
	}
	if n.liken.key, err = n.Vault.Decrypt(likenessKey, kept.Sealed, kept.Wrapped); err != nil {
		return nil, fmt.Errorf("decrypt key of likeness: %w", err)
	}
	return n.liken.key, nil
}

// makeLikenessKey makes the key of a node that has none.
func (n *Node) makeLikenessKey(ctx context.Context) error {
	key := make([]byte, sha256.Size)
	rand.Read(key)
	c, err := n.seal(likenessKey, key)
	if err != nil {
		return err
	}
	text, err := json.Marshal(sealedSetting{c.Sealed, c.Wrapped})
	if err != nil {
		return fmt.Errorf("write key of likeness: %w", err)
	}
	return n.Store.Update(ctx, func(tx Tx) error {
		if _, err := tx.Setting(likenessKey); !errors.Is(err, ErrNotFound) {
			return err
		}
		return tx.PutSetting(likenessKey, text)
	})
}

// TidyLikeness compares one batch of messages that arrived; it says whether there may be more.
func (n *Node) TidyLikeness(ctx context.Context) (more bool, err error) {
	var key []byte
	var fresh []*Message
	var sealed []*Content
	err = n.Store.View(ctx, func(r Reader) error {
		mark, err := markOf(r, likenessMark)
		if err != nil {
			return err
		}
		if fresh, err = r.MessagesAfter(mark, deskBatch); err != nil || len(fresh) == 0 {
			return err
		}
		if key, err = n.keyOfLikeness(r); err != nil {
			return err
		}
		sealed, err = contentsOf(r, fresh)
		return err
	})
	if err != nil || len(fresh) == 0 {
		return false, err
	}
	if key == nil {
		return true, n.makeLikenessKey(ctx)
	}
	found := make([][]Likeness, len(fresh))
	for i, m := range fresh {
		if m.Box != In || sealed[i] == nil {
			continue
		}
		if found[i], err = n.likenessesIn(key, sealed[i]); err != nil {
			return false, err
		}
	}
	return len(fresh) == deskBatch, n.Store.Update(ctx, func(tx Tx) error { return noteLikenesses(tx, fresh, found) })
}

func (n *Node) likenessesIn(key []byte, sealed *Content) ([]Likeness, error) {
	raw, _, err := n.decrypt([]*Content{sealed})
	if err != nil {
		return nil, err
	}
	m, err := n.Catalogue.Again(raw)
	if err != nil {
		return nil, err
	}
	return likenesses(key, n.Catalogue.Features(m)), nil
}

// noteLikenesses keeps what was found, except of what was erased meanwhile.
func noteLikenesses(tx Tx, fresh []*Message, found [][]Likeness) error {
	for i, m := range fresh {
		if len(found[i]) == 0 {
			continue
		}
		now, err := tx.Message(m.ID, m.Box)
		if err != nil {
			return err
		}
		if !now.Erased.IsZero() {
			continue
		}
		for _, l := range found[i] {
			if err := tx.PutLikeness(m.N, l); err != nil {
				return err
			}
		}
	}
	return tx.PutSetting(likenessMark, fmt.Appendf(nil, "%d", fresh[len(fresh)-1].N))
}

// Alike lists the messages of other threads that arrived here, that the reader may see,
// and that share an account, a telephone, a document or a person with a message that
// was opened; the newest first, at most 10.
func (n *Node) Alike(ctx context.Context, d *Detail) (list []Alike, err error) {
	features := n.Catalogue.Features(d.Message)
	if len(features) == 0 {
		return nil, nil
	}
	err = n.Store.View(ctx, func(r Reader) error {
		key, err := n.keyOfLikeness(r)
		if err != nil || key == nil {
			return err
		}
		own, err := n.ownThread(r, d)
		if err != nil {
			return err
		}
		for _, l := range likenesses(key, features) {
			messages, err := r.Alike(l, lookedAlike)
			if err != nil {
				return err
			}
			for _, m := range messages {
				if m.Box == In && m.Erased.IsZero() && readable(m) && inScope(ctx, m) == nil && !own[m.ID] {
					list = join(list, m, l.Kind)
				}
			}
		}
		return nil
	})
	slices.SortFunc(list, func(a, b Alike) int { return int(b.Message.N - a.Message.N) })
	return list[:min(len(list), maxAlike)], err
}

// ownThread holds the ids of a message and of all that belongs to its thread.
func (n *Node) ownThread(r Reader, d *Detail) (map[schema.ID]bool, error) {
	own := map[schema.ID]bool{d.Record.ID: true}
	for _, m := range slices.Concat(d.Answers, d.Amends) {
		own[m.ID] = true
	}
	if d.Message.Re != "" {
		own[d.Message.Re] = true
	}
	t, err := n.threadOf(r, d.Record)
	if err != nil || t == nil {
		return own, err
	}
	for _, m := range t.records {
		own[m.ID] = true
	}
	return own, nil
}

// join adds what a message shares.
func join(list []Alike, m *Message, kind string) []Alike {
	for i := range list {
		if list[i].Message.N == m.N {
			if !slices.Contains(list[i].Kinds, kind) {
				list[i].Kinds = append(list[i].Kinds, kind)
			}
			return list
		}
	}
	return append(list, Alike{m, []string{kind}})
}
