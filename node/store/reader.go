package store

import (
	"fmt"
	"math"
	"strings"

	"github.com/comity-exchange/comity/node"
	"github.com/comity-exchange/comity/schema"
)

// reader implements node.Reader on one connection inside one transaction.
type reader struct{ conn *conn }

var _ node.Reader = (*reader)(nil)

// list runs a query and scans each row into one value.
func list[T any](c *conn, scan func(r *row) T, sql string, args ...any) ([]T, error) {
	var all []T
	err := c.query(sql, func(r *row) error { all = append(all, scan(r)); return nil }, args...)
	return all, err
}

// one is list for a query of one row at most; no row is node.ErrNotFound.
func one[T any](c *conn, scan func(r *row) T, sql string, args ...any) (v T, err error) {
	all, err := list(c, scan, sql, args...)
	if err != nil {
		return v, err
	}
	if len(all) == 0 {
		return v, node.ErrNotFound
	}
	return all[0], nil
}

func scanMessage(r *row) *node.Message {
	return &node.Message{N: r.int(), ID: schema.ID(r.text()), Box: node.Box(r.text()),
		Peer: schema.Jurisdiction(r.text()), Type: r.text(), Case: r.text(), Re: schema.ID(r.text()),
		State: node.State(r.text()), Code: r.text(), Created: r.time(), Stored: r.time(), Settled: r.time(),
		Queue: r.int(), Epoch: r.int(), Seq: r.int(), Size: r.int(), SHA256: r.digest(), Policy: r.digest(),
		Rule: r.text(), Actor: r.text(), Deadline: r.time(), Room: r.int(), Releaser: r.text(), Authority: schema.Address(r.text()),
		Erased: r.time(), Reason: r.text(), Remains: remains(r.text())}
}

func (r *reader) Message(id schema.ID, box node.Box) (*node.Message, error) {
	m, err := one(r.conn, scanMessage, findMessage, id, box)
	if err != nil {
		return nil, fmt.Errorf("read message %s: %w", id, err)
	}
	return m, nil
}

// Messages lists messages, newest first, without what is or was in quarantine. A limit outside 1 to 200 is brought inside.
func (r *reader) Messages(f node.Filter) ([]*node.Message, error) {
	where, args := conditions(f)
	args = append(args, min(max(f.Limit, 1), 200))
	return list(r.conn, scanMessage, listMessages+where+listOrder, args...)
}

// conditions of a filter. Their texts are fixed, so that few statements are prepared.
func conditions(f node.Filter) (string, []any) {
	var terms []string
	var args []any
	add := func(use bool, term string, arg any) {
		if use {
			terms, args = append(terms, term), append(args, arg)
		}
	}
	authority := "authority = ?"
	if f.Case != "" || f.Re != "" || f.Peer != "" {
		authority = "+authority = ?" // their index is the more selective one
	}
	add(f.Authority != "", authority, string(f.Authority))
	add(f.Case != "", "case_ref = ?", f.Case)
	add(f.Re != "", "re = ?", f.Re)
	add(f.Peer != "", "peer = ?", f.Peer)
	add(f.Box != "", "box = ?", f.Box)
	add(f.State != "", "state = ?", f.State)
	add(f.Type != "", "type = ?", f.Type)
	after := f.After
	if after <= 0 {
		after = math.MaxInt64
	}
	terms = append(terms, "state NOT IN ('quarantined', 'discarded')", "n < ?")
	return strings.Join(terms, " AND "), append(args, after)
}

func scanContent(r *row) *node.Content {
	return &node.Content{Name: r.text(), Sealed: r.bytes(), Wrapped: r.bytes()}
}

func (r *reader) Content(name string) (*node.Content, error) {
	c, err := one(r.conn, scanContent, findContent, name)
	if err != nil {
		return nil, fmt.Errorf("read content %s: %w", name, err)
	}
	return c, nil
}

func (r *reader) Contents(prefix string) ([]*node.Content, error) {
	return list(r.conn, scanContent, listContent, prefix)
}

func (r *reader) Pending(peer schema.Jurisdiction, after int64, count int) ([]*node.Message, error) {
	messages, err := list(r.conn, scanMessage, queueHead, peer, after, max(count, 0))
	if err != nil {
		return nil, fmt.Errorf("read queue of %s: %w", peer, err)
	}
	return messages, nil
}

func (r *reader) Counts() ([]node.Count, error) {
	return list(r.conn, func(r *row) node.Count {
		return node.Count{Box: node.Box(r.text()), Peer: schema.Jurisdiction(r.text()), State: node.State(r.text()), N: r.int()}
	}, readTally)
}
