package store

import (
	"fmt"

	"github.com/comity-exchange/comity/node"
)

const (
	putLikeness  = `INSERT INTO likeness (kind, digest, n) VALUES (?,?,?) ON CONFLICT DO NOTHING`
	dropLikeness = `DELETE FROM likeness WHERE n = ?`
	findLikeness = `SELECT ` + messageColumns + ` FROM message WHERE n IN (SELECT n FROM likeness WHERE kind = ? AND digest = ? ORDER BY n DESC LIMIT ?) ORDER BY n DESC`
)

// PutLikeness notes that a message holds a value of this digest.
func (t *tx) PutLikeness(n int64, l node.Likeness) error {
	if err := t.conn.exec(putLikeness, l.Kind, l.Digest[:], n); err != nil {
		return fmt.Errorf("put likeness of message %d: %w", n, err)
	}
	return nil
}

// Alike lists messages that hold a value of this digest, the newest first.
func (r *reader) Alike(l node.Likeness, limit int) ([]*node.Message, error) {
	return list(r.conn, scanMessage, findLikeness, l.Kind, l.Digest[:], max(limit, 0))
}
