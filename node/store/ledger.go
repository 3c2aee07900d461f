package store

import (
	"errors"
	"fmt"
	"time"

	"github.com/comity-exchange/comity/node"
	"github.com/comity-exchange/comity/schema"
)

func scanPouch(r *row) *node.Pouch {
	return &node.Pouch{Box: node.Box(r.text()), Peer: schema.Jurisdiction(r.text()), Epoch: r.int(), Seq: r.int(),
		Hash: r.digest(), Manifest: r.bytes(), Signature: r.bytes(), First: r.int(), Last: r.int(), Committed: r.time(),
		Receipt: r.bytes(), ReceiptSig: r.bytes(), Settled: r.time(), Closed: r.time()}
}

func (r *reader) InFlight(peer schema.Jurisdiction) (*node.Pouch, error) {
	return r.pouch(pouchInFlight, peer)
}

func (r *reader) LastPouch(box node.Box, peer schema.Jurisdiction) (*node.Pouch, error) {
	return r.pouch(lastPouch, box, peer)
}

func (r *reader) Pouch(box node.Box, peer schema.Jurisdiction, epoch, seq int64) (*node.Pouch, error) {
	return r.pouch(findPouch, box, peer, epoch, seq)
}

func (r *reader) pouch(sql string, args ...any) (*node.Pouch, error) {
	p, err := one(r.conn, scanPouch, sql, args...)
	if err != nil {
		return nil, fmt.Errorf("read pouch: %w", err)
	}
	return p, nil
}

// Epoch that the ledgers with a peer are in, from 1.
func (r *reader) Epoch(peer schema.Jurisdiction) (int64, error) {
	epoch, err := one(r.conn, (*row).int, findEpoch, peer)
	switch {
	case errors.Is(err, node.ErrNotFound):
		return 1, nil
	case err != nil:
		return 0, fmt.Errorf("read epoch with %s: %w", peer, err)
	}
	return epoch, nil
}

// Disputes lists all, by peer, those about our own pouches first.
func (r *reader) Disputes() ([]node.Dispute, error) {
	return list(r.conn, func(r *row) node.Dispute {
		return node.Dispute{Peer: schema.Jurisdiction(r.text()), Box: node.Box(r.text()), Code: r.text(),
			Pouch: node.Place{Epoch: r.int(), Seq: r.int()}, Expected: node.Place{Epoch: r.int(), Seq: r.int()}, At: r.time()}
	}, listDisputes)
}

// PouchOf finds the pouch of a message by its number or, while it is queued, by its
// place in the queue: only the pouch in flight can hold it then.
func (r *reader) PouchOf(m *node.Message) (*node.Pouch, error) {
	if m.State != node.Queued {
		return r.Pouch(m.Box, m.Peer, m.Epoch, m.Seq)
	}
	p, err := r.InFlight(m.Peer)
	if err != nil {
		return nil, err
	}
	if m.Queue < p.First || m.Queue > p.Last {
		return nil, fmt.Errorf("message %s waits for its pouch: %w", m.ID, node.ErrNotFound)
	}
	return p, nil
}

func (r *reader) Records(after int64, limit int) ([][]byte, error) {
	return list(r.conn, scanRecord, listRecords, after, max(limit, 0))
}

func (r *reader) Entries(after int64, limit int) ([]node.Entry, error) {
	return r.entries(listRecords, after, max(limit, 0))
}

func (r *reader) EntriesOf(subject string) ([]node.Entry, error) {
	return r.entries(recordsOf, subject)
}

func scanRecord(r *row) []byte { return []byte(r.text()) }

func (r *reader) entries(sql string, args ...any) ([]node.Entry, error) {
	records, err := list(r.conn, scanRecord, sql, args...)
	if err != nil {
		return nil, fmt.Errorf("read journal: %w", err)
	}
	entries := make([]node.Entry, len(records))
	for i, record := range records {
		if entries[i], err = decode(record); err != nil {
			return nil, err
		}
	}
	return entries, nil
}

func (r *reader) Peers() ([]node.Peer, error) {
	return list(r.conn, func(r *row) node.Peer {
		return node.Peer{Code: schema.Jurisdiction(r.text()), Fingerprint: r.digest(), Card: r.bytes(),
			Suspended: r.bool(), Added: r.time()}
	}, listPeers)
}

func (r *reader) CardAt(code schema.Jurisdiction, at time.Time) ([]byte, error) {
	card, err := one(r.conn, (*row).bytes, cardAt, code, at)
	if err != nil {
		return nil, fmt.Errorf("read card of %s: %w", code, err)
	}
	return card, nil
}

func scanPolicy(r *row) node.PolicyVersion {
	return node.PolicyVersion{Version: r.int(), SHA256: r.digest(), Text: r.bytes(), Actor: r.text(), At: r.time(),
		Tests: r.bytes(), Tested: int(r.int())}
}

func (r *reader) Policy(version int64) (*node.PolicyVersion, error) {
	sql, args := findPolicy, []any{version}
	if version == 0 {
		sql, args = newestPolicy, nil
	}
	v, err := one(r.conn, scanPolicy, sql, args...)
	if err != nil {
		return nil, fmt.Errorf("read policy %d: %w", version, err)
	}
	return &v, nil
}

func (r *reader) Policies() ([]node.PolicyVersion, error) {
	return list(r.conn, scanPolicy, listPolicies)
}

func (r *reader) Idempotency(client, key string) (*node.Idempotency, error) {
	i, err := one(r.conn, func(r *row) node.Idempotency {
		return node.Idempotency{Client: r.text(), Key: r.text(), Body: r.digest(), ID: schema.ID(r.text()), At: r.time()}
	}, findIdem, client, key)
	if err != nil {
		return nil, err
	}
	return &i, nil
}

func (r *reader) Setting(name string) ([]byte, error) {
	return one(r.conn, (*row).bytes, findSetting, name)
}
