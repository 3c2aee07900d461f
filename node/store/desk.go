package store

import (
	"encoding/json"
	"fmt"
	"math"
	"strings"
	"time"

	"github.com/comity-exchange/comity/node"
	"github.com/comity-exchange/comity/schema"
)

// noDue stands in the order of due times for a message that nothing is due for.
const noDue = math.MaxInt64

const (
	deskColumns = `d.live, d.due, d.look, d.standing, d.seen, d.holder, d.snooze`

	putDesk = `INSERT INTO desk (n, box, live, due, look, standing, seen, holder, snooze) VALUES (?,?,?,?,?,?,0,'',0)
		ON CONFLICT DO UPDATE SET live = excluded.live, due = excluded.due, look = excluded.look, standing = excluded.standing`
	layDesk     = `INSERT INTO desk (n, box, live, due, look, standing, seen, holder, snooze) VALUES (?,?,0,?,1,'{}',0,'',0) ON CONFLICT DO NOTHING`
	seeDesk     = `UPDATE desk SET seen = ? WHERE n = ? AND seen = 0`
	recheckDesk = `UPDATE desk SET look = 1 WHERE n = ?`
	holdDesk    = `UPDATE desk SET holder = ? WHERE n = ? AND holder = ?`
	snoozeDesk  = `UPDATE desk SET snooze = ? WHERE n = ?`
	findDesk    = `SELECT n, box, ` + deskColumns + ` FROM desk d WHERE n = ?`
	freshDesk   = `SELECT ` + messageColumns + ` FROM message WHERE n > ? ORDER BY n LIMIT ?`
	countDesk   = `SELECT d.box, m.peer, count(*), sum(d.due < ?), sum(d.box = 'in' AND d.seen = 0)
		FROM desk d JOIN message m ON m.n = d.n WHERE d.open = 1 AND m.state NOT IN ('quarantined', 'discarded') GROUP BY d.box, m.peer ORDER BY d.box, m.peer`
	staleDesk = `SELECT ` + messageColumns + ` FROM message WHERE n IN (SELECT n FROM desk WHERE look > 0 AND look <= ? ORDER BY look LIMIT ?)`
)

// messageOf is messageColumns of a table that has another name in the statement.
var messageOf = "m." + strings.Join(strings.Fields(strings.ReplaceAll(messageColumns, ",", " ")), ", m.")

func scanDesk(r *row, n int64, box node.Box) (*node.Desk, error) {
	d := &node.Desk{N: n, Box: box, Live: r.bool()}
	due := r.int()
	if due != noDue {
		d.Due = time.UnixMilli(due).UTC()
	}
	d.Look = r.time()
	err := json.Unmarshal([]byte(r.text()), &d.Standing)
	d.Seen, d.Holder, d.Snooze = r.time(), r.text(), r.time()
	return d, err
}

// PutDesk notes where a message lies; who took it and who saw it stay as they are.
func (t *tx) PutDesk(d *node.Desk) error {
	standing, err := json.Marshal(&d.Standing)
	if err != nil {
		return fmt.Errorf("write standing of message %d: %w", d.N, err)
	}
	return t.conn.exec(putDesk, d.N, d.Box, d.Live, dueOrder(d.Due), d.Look, string(standing))
}

func dueOrder(due time.Time) int64 {
	if due.IsZero() {
		return noDue
	}
	return due.UnixMilli()
}

// lay puts a message on the desk that has no place there yet; it is then looked at next.
func (t *tx) lay(m *node.Message) error { return t.conn.exec(layDesk, m.N, m.Box, int64(noDue)) }

// Recheck has the desk follow the thread of a message again.
func (t *tx) Recheck(m *node.Message) error {
	if err := t.lay(m); err != nil {
		return err
	}
	return t.conn.exec(recheckDesk, m.N)
}

// See notes that a person opened a message for the first time.
func (t *tx) See(m *node.Message, at time.Time) error {
	if err := t.lay(m); err != nil {
		return err
	}
	return t.conn.exec(seeDesk, at, m.N)
}

// Hold gives a message from one holder to another, "" being nobody; node.ErrNotFound if the
// first does not hold it.
func (t *tx) Hold(m *node.Message, from, to string) error {
	if err := t.lay(m); err != nil {
		return err
	}
	return t.must(holdDesk, to, m.N, from)
}

// Snooze hides a message until a time, the zero time showing it.
func (t *tx) Snooze(m *node.Message, until time.Time) error {
	if err := t.lay(m); err != nil {
		return err
	}
	return t.must(snoozeDesk, until, m.N)
}

func (r *reader) Desk(n int64) (*node.Desk, error) {
	var d *node.Desk
	err := r.conn.query(findDesk, func(r *row) (err error) {
		d, err = scanDesk(r, r.int(), node.Box(r.text()))
		return err
	}, n)
	if err == nil && d == nil {
		err = node.ErrNotFound
	}
	return d, err
}

func (r *reader) MessagesAfter(n int64, limit int) ([]*node.Message, error) {
	return list(r.conn, scanMessage, freshDesk, n, max(limit, 0))
}

func (r *reader) DeskDue(now time.Time, limit int) ([]*node.Message, error) {
	return list(r.conn, scanMessage, staleDesk, now, max(limit, 0))
}

// Laid lists messages by time limit, the nearest first, those without one last and newest
// first among themselves.
func (r *reader) Laid(f node.DeskFilter) (all []node.Laid, err error) {
	where, args := deskConditions(f)
	args = append(args, min(max(f.Limit, 1), 201))
	err = r.conn.query(laidDesk(where), func(r *row) error {
		m := scanMessage(r)
		d, err := scanDesk(r, m.N, m.Box)
		all = append(all, node.Laid{Message: m, Desk: d})
		return err
	}, args...)
	return all, err
}

// laidDesk is the statement of a list. Its order is that of the indexes desk_open and desk_all.
func laidDesk(where string) string {
	return `SELECT ` + messageOf + `, ` + deskColumns + ` FROM desk d JOIN message m ON m.n = d.n WHERE ` + where + ` ORDER BY d.due, d.n DESC LIMIT ?`
}

// deskConditions of a filter. Their texts are fixed, so that few statements are prepared.
func deskConditions(f node.DeskFilter) (string, []any) {
	terms, args := []string{"d.box = ?", "m.state NOT IN ('quarantined', 'discarded')"}, []any{f.Box}
	add := func(use bool, term string, values ...any) {
		if use {
			terms, args = append(terms, term), append(args, values...)
		}
	}
	add(!f.All, "d.open = 1")
	add(!f.All, "d.snooze <= ?", f.Now)
	add(f.Unseen, "d.seen = 0")
	add(!f.DueBefore.IsZero(), "d.due < ?", f.DueBefore)
	add(f.Mine != "", "d.holder IN ('', ?)", f.Mine)
	add(f.Peer != "", "m.peer = ?", f.Peer)
	add(f.Type != "", "m.type = ?", f.Type)
	add(f.Case != "", "m.case_ref = ?", f.Case)
	add(f.Authority != "", "m.authority = ?", string(f.Authority))
	add(f.After.N > 0, "d.due >= ? AND (d.due > ? OR d.n < ?)", dueOrder(f.After.Due), dueOrder(f.After.Due), f.After.N)
	return strings.Join(terms, " AND "), args
}

// DeskCounts says how many open messages there are by box and peer, and what of them is overdue.
func (r *reader) DeskCounts(now time.Time) ([]node.DeskCount, error) {
	return list(r.conn, func(r *row) node.DeskCount {
		return node.DeskCount{Box: node.Box(r.text()), Peer: schema.Jurisdiction(r.text()), Open: r.int(), Overdue: r.int(), Unseen: r.int()}
	}, countDesk, now)
}
