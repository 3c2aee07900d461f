package store

import (
	"context"
	"errors"
	"time"

	"github.com/comity-exchange/comity/node"
)

// The sweep forgets idempotency keys that are over. It walks the table in the order of its
// primary key, so that no key costs a second index when it is added, and keys that are
// forgotten together lie on the same pages. What it has not reached yet does no harm: a key
// that is over is taken for a new one all the same.
const (
	sweepSize  = 500         // keys that one step looks at
	sweepEvery = time.Minute // from step to step
	sweepAgain = time.Second // after a step that found something
)

// spot is where the next step of the sweep begins: behind this key.
type spot struct{ client, key string }

// sweep runs until the store closes.
func (s *Store) sweep() {
	var from spot
	timer := time.NewTimer(s.options.sweepEvery)
	defer timer.Stop()
	for {
		select {
		case <-s.closing:
			return
		case <-timer.C:
		}
		forgotten, err := s.forget(&from, s.options.Now())
		if wait := s.options.sweepEvery; err != nil || forgotten == 0 {
			timer.Reset(wait)
		} else {
			timer.Reset(min(wait, sweepAgain))
		}
	}
}

// forget is one step, in a transaction that writes nothing when no key is over. It moves
// from, and begins anew after the last key.
func (s *Store) forget(from *spot, now time.Time) (forgotten int64, err error) {
	err = s.Update(context.Background(), func(t node.Tx) error {
		c := t.(*tx).conn
		to, err := one(c, func(r *row) spot { return spot{r.text(), r.text()} }, sweepEnd, from.client, from.key, sweepSize-1)
		switch {
		case err == nil:
			err = c.exec(forgetKeys, from.client, from.key, to.client, to.key, now.Add(-node.KeyLife))
		case errors.Is(err, node.ErrNotFound):
			err = c.exec(forgetLast, from.client, from.key, now.Add(-node.KeyLife))
		}
		if err != nil {
			return err
		}
		*from, forgotten = to, c.db.Changes()
		return nil
	})
	return forgotten, err
}

// AddIdempotency remembers an answer. A key that is there already and not over is
// node.ErrExists.
func (t *tx) AddIdempotency(i node.Idempotency) error {
	err := t.conn.exec(addIdempotent, i.Client, i.Key, i.Body, i.ID, i.At, i.At.Add(-node.KeyLife))
	if err == nil && t.conn.db.Changes() == 0 {
		return node.ErrExists
	}
	return err
}
