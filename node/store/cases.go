package store

import (
	"slices"
	"strings"
	"time"

	"github.com/comity-exchange/comity/node"
	"github.com/comity-exchange/comity/schema"
)

// shown holds of messages that readers may know of; "%" stands for the table.
const shown = "%.state NOT IN ('quarantined', 'discarded')"

// Cases finds the newest message of each case and asks the rest of its thread for the sums.
func (r *reader) Cases(f node.CaseFilter) ([]node.CaseLine, error) {
	of := func(table string) string {
		term := strings.ReplaceAll(shown, "%", table)
		if f.Authority != "" {
			term += " AND +" + table + ".authority = ?1"
		}
		return term
	}
	thread := "FROM message x WHERE x.case_ref = m.case_ref AND " + of("x")
	// The plus has the newest looked at first, until there are enough.
	where := "+m.case_ref IS NOT NULL AND " + of("m") + " AND m.n < ?2 AND NOT EXISTS (SELECT 1 " + thread + " AND x.n > m.n)"
	if f.Words != "" {
		where += " AND instr(lower(m.case_ref), lower(?4)) > 0"
	}
	after := f.After
	if after <= 0 {
		after = noDue
	}
	args := []any{string(f.Authority), after, min(max(f.Limit, 1), 201)}
	if f.Words != "" {
		args = append(args, f.Words)
	}
	return list(r.conn, scanCase, `SELECT m.n, m.case_ref, m.stored, (SELECT count(*) `+thread+` AND x.box = 'in'), (SELECT count(*) `+thread+` AND x.box = 'out'),
		(SELECT group_concat(DISTINCT x.peer) `+thread+`),
		(SELECT min(d.due) FROM message x JOIN desk d ON d.n = x.n WHERE x.case_ref = m.case_ref AND `+of("x")+` AND d.open = 1)
		FROM message m WHERE `+where+` ORDER BY m.n DESC LIMIT ?3`, args...)
}

func scanCase(r *row) node.CaseLine {
	c := node.CaseLine{N: r.int(), Name: r.text(), Last: r.time(), In: r.int(), Out: r.int()}
	for peer := range strings.SplitSeq(r.text(), ",") {
		c.Peers = append(c.Peers, schema.Jurisdiction(peer))
	}
	slices.Sort(c.Peers)
	due := r.int() // NULL, which reads as 0, if nothing is open
	c.Open = due != 0
	if c.Open && due != noDue {
		c.Due = time.UnixMilli(due).UTC()
	}
	return c
}
