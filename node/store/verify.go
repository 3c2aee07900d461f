package store

import (
	"bytes"
	"context"
	"errors"
	"fmt"

	"github.com/comity-exchange/comity/node"
	"github.com/comity-exchange/comity/schema"
	"golang.org/x/mod/sumdb/tlog"
)

// leaf is one row of the journal as it lies in the database.
type leaf struct {
	n       int64
	subject string
	record  []byte
	hashes  []byte
}

// auditor recomputes the tree from the records alone. Every row keeps the roots of the
// subtrees it completes and not only its own hash, because whoever changes a record can
// change the hash beside it: then the next root over both is wrong, in another row, and
// the report still narrows the place down. They also make inclusion proofs cheap.
type auditor struct {
	tree
	known node.Checkpoint // held in memory, beyond the reach of the file's editor
}

// Verify recomputes the journal's tree from its records. The error is a *schema.Problem
// of code journal_broken whose Pointer names the first entry that was changed, moved,
// deleted or added, or the shortest span of entries that holds it.
func (s *Store) Verify(ctx context.Context) (node.Checkpoint, error) {
	a := auditor{known: s.Head()}
	var size int64
	var root tlog.Hash
	err := s.snapshot(ctx, func(c *conn) error {
		err := c.query(readHead, func(r *row) error { size, root = r.int(), r.digest(); return nil })
		if err != nil {
			return fmt.Errorf("read journal head: %w", err)
		}
		return c.query(readJournal, func(r *row) error {
			return a.check(leaf{r.int(), r.text(), []byte(r.text()), r.bytes()}, size)
		})
	})
	var p *schema.Problem
	switch {
	case err != nil && ctx.Err() != nil:
		return node.Checkpoint{}, ctx.Err()
	case errors.As(err, &p):
		return node.Checkpoint{}, p
	case err != nil: // the database file is damaged behind the last row that came
		return node.Checkpoint{}, broken(a.size+1, a.size+1, "cannot be read")
	case a.size < max(size, a.known.Size):
		return node.Checkpoint{}, broken(a.size+1, a.size+1, "is missing")
	case a.root() != root:
		return node.Checkpoint{}, a.unlike(size)
	}
	return node.Checkpoint{Size: size, Root: root}, nil
}

// check compares a row with what the tree says it must be, and adds it.
func (a *auditor) check(l leaf, size int64) error {
	n := a.size + 1
	switch {
	case l.n > n && n <= size:
		return broken(n, n, "is missing")
	case l.n != n || n > size:
		return broken(l.n, l.n, "was added outside the node")
	}
	e, err := decode(l.record)
	if err != nil || e.N != n || e.Subject != l.subject {
		return broken(n, n, "was changed or moved")
	}
	hashes := a.add(l.record)
	for level, h := range hashes {
		if at := level * tlog.HashSize; len(l.hashes) != len(hashes)*tlog.HashSize || !bytes.Equal(h[:], l.hashes[at:at+tlog.HashSize]) {
			return broken(n-1<<level+1, n, "was changed")
		}
	}
	if n == a.known.Size && a.root() != a.known.Root {
		return a.unlike(n)
	}
	return nil
}

// unlike says that the entries up to n agree with each other but not with the head:
// records and all hashes over them were rewritten together, or the head was.
func (a *auditor) unlike(n int64) error { return broken(1, n, "does not agree with the head") }

// broken reports the entry, or the span of entries one of which is meant.
func broken(first, last int64, what string) *schema.Problem {
	place, detail := fmt.Sprintf("entry %d", first), "This journal entry "+what+"."
	if first != last {
		place, detail = fmt.Sprintf("entries %d to %d", first, last), "One of these journal entries "+what+"."
	}
	return &schema.Problem{Kind: schema.Unverified, Code: "journal_broken", Pointer: place, Detail: detail,
		Fix: "Keep the database file as evidence, restore the newest backup whose journal verifies, and compare it with what your peers hold."}
}

// Prove gives the record of entry n and its inclusion proof (RFC 6962 2.1.1) in the
// journal's durable head. tlog.CheckRecord checks it, with n-1 as the leaf's index.
func (s *Store) Prove(ctx context.Context, n int64) (record []byte, proof tlog.RecordProof, head node.Checkpoint, err error) {
	head = s.Head()
	if n < 1 || n > head.Size {
		return nil, nil, head, fmt.Errorf("prove journal entry %d: %w", n, node.ErrNotFound)
	}
	err = s.snapshot(ctx, func(c *conn) error {
		record, err = one(c, scanRecord, listRecords, n-1, 1)
		if err != nil {
			return err
		}
		proof, err = tlog.ProveRecord(head.Size, n-1, storedHashes{c})
		return err
	})
	return record, proof, head, err
}

// storedHashes reads hashes of the tree from the rows that completed them.
type storedHashes struct{ conn *conn }

// ReadHashes implements tlog.HashReader.
func (s storedHashes) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	hashes := make([]tlog.Hash, len(indexes))
	for i, index := range indexes {
		level, n := tlog.SplitStoredHashIndex(index)
		last := (n + 1) << level // the leaf that completed the subtree
		stored, err := one(s.conn, (*row).bytes, findHashes, last)
		if err != nil {
			return nil, err
		}
		if len(stored) < (level+1)*tlog.HashSize {
			return nil, broken(last, last, "was changed")
		}
		hashes[i] = tlog.Hash(stored[level*tlog.HashSize:][:tlog.HashSize])
	}
	return hashes, nil
}
