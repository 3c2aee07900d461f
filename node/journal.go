package node

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
)

// Notarise gives the salted commitment to the journal's head that peers keep for
// us: SHA-256(salt ‖ size ‖ root), size as 8 octets big-endian; zeros while the
// journal is empty. The salt is HMAC-SHA256(notary secret, size): it reveals
// nothing, and the node can open any commitment later.
func (n *Node) Notarise() [32]byte {
	head := n.Store.Head()
	if head.Size == 0 {
		return [32]byte{}
	}
	return n.commitment(head)
}

func (n *Node) commitment(c Checkpoint) [32]byte {
	size := binary.BigEndian.AppendUint64(nil, uint64(c.Size))
	mac := hmac.New(sha256.New, n.notary)
	mac.Write(size)
	return sha256.Sum256(append(append(mac.Sum(nil), size...), c.Root[:]...))
}

// Entries lists journal lines after one, oldest first, at most limit.
func (n *Node) Entries(ctx context.Context, after int64, limit int) (list []Entry, err error) {
	err = n.Store.View(ctx, func(r Reader) (err error) {
		list, err = r.Entries(after, limit)
		return err
	})
	return list, err
}

// VerifyJournal recomputes the whole tree from the records. The problem, if any,
// is journal_broken and names the first bad entry.
func (n *Node) VerifyJournal(ctx context.Context) (Checkpoint, error) {
	return n.Store.Verify(ctx)
}
