package store

import (
	"encoding/json"
	"time"

	"github.com/comity-exchange/comity/node"
	"github.com/comity-exchange/comity/schema"
)

const (
	// Denied messages never crossed.
	countVolumes = `SELECT strftime('%Y-%m', stored / 1000, 'unixepoch') AS month, box, peer, type, count(*) FROM message
		WHERE stored >= ? AND state <> 'denied' GROUP BY month, box, peer, type ORDER BY month, box, peer, type`
	listDelays = `SELECT q.box, q.peer, q.stored,
			coalesce(min(CASE WHEN a.type = 'status.acknowledged' THEN a.stored END), 0),
			coalesce(min(CASE WHEN a.type IN (SELECT value FROM json_each(?3)) THEN a.stored END), 0)
		FROM message q LEFT JOIN message a ON a.re = q.id AND a.box <> q.box AND a.state NOT IN ('refused', 'denied')
		WHERE q.stored >= ?1 AND q.state NOT IN ('refused', 'denied') AND q.type IN (SELECT value FROM json_each(?2))
		GROUP BY q.n ORDER BY q.n`
)

// Volumes counts what crossed since a time, by month, box, peer and type.
func (r *reader) Volumes(since time.Time) (all []node.Volume, err error) {
	err = r.conn.query(countVolumes, func(r *row) error {
		month, err := time.Parse("2006-01", r.text())
		all = append(all, node.Volume{Month: month, Box: node.Box(r.text()), Peer: schema.Jurisdiction(r.text()), Type: r.text(), N: r.int()})
		return err
	}, since)
	return all, err
}

// Delays lists the requests since a time, of types that open a thread, with the times
// of the first direct acknowledgement and of the first direct answer that closes one.
func (r *reader) Delays(since time.Time, opens, closes []string) ([]node.Delay, error) {
	return list(r.conn, func(r *row) node.Delay {
		return node.Delay{Box: node.Box(r.text()), Peer: schema.Jurisdiction(r.text()), Asked: r.time(), Acked: r.time(), Answered: r.time()}
	}, listDelays, since, texts(opens), texts(closes))
}

func texts(list []string) string {
	text, err := json.Marshal(list)
	if err != nil {
		panic("strings are JSON: " + err.Error())
	}
	return string(text)
}
