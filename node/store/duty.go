package store

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/comity-exchange/comity/node"
	"github.com/comity-exchange/comity/schema"
)

// Erase deletes the content keys and the sealed contents under names, of a message and of
// what belongs to it, and keeps Erased, Reason and Remains of m. Deleted octets are overwritten (secure_delete), and the
// write-ahead log that still holds them is cut after the commit. A message that is not
// there, or was erased before, is node.ErrNotFound.
func (t *tx) Erase(m *node.Message, names ...string) error {
	left, err := json.Marshal(m.Remains)
	if err != nil {
		return fmt.Errorf("erase message %s: %w", m.ID, err)
	}
	if err := t.must(eraseMessage, m.Erased, m.Reason, string(left), m.ID, m.Box); err != nil {
		return fmt.Errorf("erase message %s: %w", m.ID, err)
	}
	for _, name := range names {
		if err := t.conn.exec(dropContent, name); err != nil {
			return fmt.Errorf("erase content of %s: %w", m.ID, err)
		}
	}
	if err := t.conn.exec(dropLikeness, m.N); err != nil {
		return fmt.Errorf("erase likeness of %s: %w", m.ID, err)
	}
	t.writer.wipe = true
	return nil
}

// remains reads what Erase has kept; nothing of a message that was not erased.
func remains(text string) (f schema.Figures) {
	if text != "" {
		json.Unmarshal([]byte(text), &f) // our own writing; what is unreadable counts for nothing
	}
	return f
}

// AddTask inserts a task and numbers it.
func (t *tx) AddTask(d *node.Task) error {
	err := t.conn.exec(addDuty, d.Kind, d.Message, d.Box, d.Peer, d.Due, d.State, d.Made, d.Ended, d.Actor, d.Cause, d.Result, d.Code)
	if err != nil {
		return fmt.Errorf("add task about %s: %w", d.Message, err)
	}
	d.N = t.conn.db.LastInsertRowID()
	return nil
}

// PutTask keeps what can change about a task: state, end, actor, result, code.
func (t *tx) PutTask(d *node.Task) error {
	if err := t.must(putDuty, d.State, d.Ended, d.Actor, d.Result, d.Code, d.N); err != nil {
		return fmt.Errorf("put task %d: %w", d.N, err)
	}
	return nil
}

// Derive notes that our message child was made from parent.
func (t *tx) Derive(child schema.ID, parent node.Source) error {
	return t.conn.exec(addDerivation, parent.ID, parent.Box, child)
}

// Amend notes that a message of the same box corrects or revokes data of another.
func (t *tx) Amend(id schema.ID, box node.Box, cause schema.ID) error {
	return t.conn.exec(addAmendment, id, box, cause)
}

func scanTask(r *row) *node.Task {
	return &node.Task{N: r.int(), Kind: node.TaskKind(r.text()), Message: schema.ID(r.text()), Box: node.Box(r.text()),
		Peer: schema.Jurisdiction(r.text()), Due: r.time(), State: node.TaskState(r.text()), Made: r.time(), Ended: r.time(),
		Actor: r.text(), Cause: schema.ID(r.text()), Result: schema.ID(r.text()), Code: r.text()}
}

func (r *reader) Task(n int64) (*node.Task, error) {
	d, err := one(r.conn, scanTask, listDuties+`n = ?`+dutyOrder, n, 1)
	if err != nil {
		return nil, fmt.Errorf("read task %d: %w", n, err)
	}
	return d, nil
}

// Tasks lists tasks, oldest first. A limit outside 1 to 200 is brought inside.
func (r *reader) Tasks(f node.TaskFilter) ([]*node.Task, error) {
	terms, args := []string{"n > ?"}, []any{f.After}
	add := func(use bool, term string, arg any) {
		if use {
			terms, args = append(terms, term), append(args, arg)
		}
	}
	if f.State == node.TaskOpen { // in the words of the partial index
		terms = append(terms, "state = 'open'")
	} else {
		add(f.State != "", "state = ?", f.State)
	}
	add(f.Kind != "", "kind = ?", f.Kind)
	add(f.Message != "", "message = ?", f.Message)
	add(f.Box != "", "box = ?", f.Box)
	if f.Fresh {
		terms = append(terms, "code = ''")
	}
	add(!f.DueBefore.IsZero(), "due > 0 AND due < ?", f.DueBefore)
	args = append(args, min(max(f.Limit, 1), 200))
	return list(r.conn, scanTask, listDuties+strings.Join(terms, " AND ")+dutyOrder, args...)
}

func (r *reader) TaskCounts(now time.Time) (node.TaskCounts, error) {
	return one(r.conn, func(r *row) node.TaskCounts { return node.TaskCounts{Open: r.int(), Overdue: r.int()} }, dutyCounts, now)
}

func scanID(r *row) schema.ID { return schema.ID(r.text()) }

func (r *reader) Children(parent node.Source) ([]schema.ID, error) {
	return list(r.conn, scanID, listChildren, parent.ID, parent.Box)
}

func (r *reader) Parents(child schema.ID) ([]node.Source, error) {
	return list(r.conn, func(r *row) node.Source { return node.Source{ID: scanID(r), Box: node.Box(r.text())} }, listParents, child)
}

func (r *reader) Amendments(id schema.ID, box node.Box) ([]schema.ID, error) {
	return list(r.conn, scanID, amendmentsOf, id, box)
}

func (r *reader) Queued(peer schema.Jurisdiction, first, last int64) (int64, error) {
	return one(r.conn, (*row).int, countQueued, peer, first, last)
}
