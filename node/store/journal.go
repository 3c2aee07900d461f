package store

import (
	"errors"
	"fmt"
	"math/bits"
	"slices"
	"time"

	"github.com/comity-exchange/comity/node"
	"github.com/comity-exchange/comity/schema"
	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"golang.org/x/mod/sumdb/tlog"
)

// recordTime is RFC 3339, UTC, milliseconds.
const recordTime = "2006-01-02T15:04:05.000Z"

// encode gives the journal record of an entry, the exact octets of its leaf: one JSON
// object without white space, members in the order n, at, actor, act, subject, detail,
// the last two left out when empty, the keys of detail sorted by octet, strings escaped
// as little as RFC 8785 3.2.2.2 allows.
func encode(e node.Entry) ([]byte, error) {
	at := e.At.UTC()
	if e.N < 1 || e.Actor == "" || e.Act == "" || at.Year() < 1 || at.Year() > 9999 {
		return nil, errors.New("journal entry lacks number, actor, act or time")
	}
	b := fmt.Appendf(nil, `{"n":%d,"at":"%s"`, e.N, at.Format(recordTime))
	var errs [3]error
	b, errs[0] = appendMember(b, "actor", e.Actor)
	b, errs[1] = appendMember(b, "act", e.Act)
	if e.Subject != "" {
		b, errs[2] = appendMember(b, "subject", e.Subject)
	}
	b, err := appendDetail(b, e.Detail)
	if err = errors.Join(errs[0], errs[1], errs[2], err); err != nil {
		return nil, errors.New("journal entry is not UTF-8")
	}
	return append(b, '}'), nil
}

// appendMember adds `,"name":"value"`.
func appendMember(b []byte, name, value string) ([]byte, error) {
	b = append(b, ',')
	b, err := jsontext.AppendQuote(b, name)
	if err != nil {
		return b, err
	}
	return jsontext.AppendQuote(append(b, ':'), value)
}

func appendDetail(b []byte, detail map[string]string) ([]byte, error) {
	if len(detail) == 0 {
		return b, nil
	}
	keys := make([]string, 0, len(detail))
	for k := range detail {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	open := len(b) + len(`,"detail":`)
	b = append(b, `,"detail":`...)
	for _, k := range keys {
		var err error
		if b, err = appendMember(b, k, detail[k]); err != nil {
			return b, err
		}
	}
	b[open] = '{' // in place of the first comma
	return append(b, '}'), nil
}

// decode reads a record.
func decode(record []byte) (node.Entry, error) {
	var e node.Entry
	if err := json.Unmarshal(record, &e, json.RejectUnknownMembers(true)); err != nil {
		return e, fmt.Errorf("read journal record: %w", err)
	}
	e.At = e.At.UTC()
	return e, nil
}

// tree is the right edge of an RFC 6962 tree: all that appending needs, in O(log n).
// It is a value; a copy remembers the state.
type tree struct {
	size int64
	edge [63]tlog.Hash // by level: the root of the newest complete subtree of 2^level leaves
}

// loadTree rebuilds the edge from the head row and checks it against the root.
func loadTree(size int64, root [32]byte, edge []byte) (tree, error) {
	t := tree{size: size}
	if size < 0 || len(edge) != bits.OnesCount64(uint64(size))*tlog.HashSize {
		return t, headProblem()
	}
	for left := uint64(size); left != 0; edge = edge[tlog.HashSize:] {
		level := bits.Len64(left) - 1
		t.edge[level] = tlog.Hash(edge[:tlog.HashSize])
		left &^= 1 << level
	}
	if t.root() != root {
		return t, headProblem()
	}
	return t, nil
}

func headProblem() *schema.Problem {
	return &schema.Problem{Kind: schema.Unverified, Code: "journal_broken",
		Detail: "The journal's head was damaged or changed outside the node.",
		Fix:    "Keep the file as evidence and restore the newest backup."}
}

// ReadHashes implements tlog.HashReader for hashes on the edge.
func (t *tree) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	hashes := make([]tlog.Hash, len(indexes))
	for i, index := range indexes {
		level, _ := tlog.SplitStoredHashIndex(index)
		hashes[i] = t.edge[level]
	}
	return hashes, nil
}

// add appends a leaf and gives the roots of the subtrees it completes, its own hash first.
func (t *tree) add(record []byte) []tlog.Hash {
	hashes, err := tlog.StoredHashes(t.size, record, t)
	if err != nil {
		panic("store: the edge lacks a hash") // ReadHashes never fails
	}
	t.edge[len(hashes)-1] = hashes[len(hashes)-1]
	t.size++
	return hashes
}

func (t *tree) root() tlog.Hash {
	root, err := tlog.TreeHash(t.size, t)
	if err != nil {
		panic("store: the edge lacks a hash") // ReadHashes never fails
	}
	return root
}

// bytes is the edge of exactly this size, largest subtree first.
func (t *tree) bytes() []byte {
	b := []byte{}
	for level := bits.Len64(uint64(t.size)) - 1; level >= 0; level-- {
		if t.size>>level&1 == 1 {
			b = append(b, t.edge[level][:]...)
		}
	}
	return b
}

// Journal appends entries; it numbers them.
func (t *tx) Journal(entries ...node.Entry) error {
	w := t.writer
	for _, e := range entries {
		e.N = w.tree.size + 1
		e.At = e.At.UTC().Truncate(time.Millisecond)
		record, err := encode(e)
		if err != nil {
			return err
		}
		hashes := join(w.tree.add(record))
		if err := t.conn.exec(addEntry, e.N, orNull(e.Subject), string(record), hashes); err != nil {
			return fmt.Errorf("add journal entry %d: %w", e.N, err)
		}
	}
	return nil
}

func join(hashes []tlog.Hash) []byte {
	b := make([]byte, 0, len(hashes)*tlog.HashSize)
	for _, h := range hashes {
		b = append(b, h[:]...)
	}
	return b
}
