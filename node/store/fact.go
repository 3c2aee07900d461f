package store

import (
	"fmt"

	"github.com/comity-exchange/comity/node"
	"github.com/comity-exchange/comity/schema"
)

func scanFact(r *row) node.Fact {
	return node.Fact{N: r.int(), Opening: schema.ID(r.text()), Box: node.Box(r.text()), Event: r.text(), At: r.time(), Noted: r.time(), Actor: r.text()}
}

// AddFact keeps what was noted and numbers it.
func (t *tx) AddFact(f *node.Fact) error {
	if err := t.conn.exec(addFact, f.Opening, f.Box, f.Event, f.At, f.Noted, f.Actor); err != nil {
		return fmt.Errorf("add event %s: %w", f.Event, err)
	}
	f.N = t.conn.db.LastInsertRowID()
	return nil
}

// Facts gives the last fact of each name in a thread, in the order in which they were noted.
func (r *reader) Facts(opening schema.ID, box node.Box) ([]node.Fact, error) {
	return list(r.conn, scanFact, listFacts, opening, box)
}
