package store

import (
	"errors"
	"fmt"
	"time"

	"github.com/comity-exchange/comity/schema"
	"github.com/ncruces/go-sqlite3"
)

// failure is an error after which the store acknowledges nothing.
type failure struct {
	problem *schema.Problem
	cause   error
}

// Failed says why the store stopped acknowledging, with the inner cause for the log;
// nil while it works.
func (s *Store) Failed() error {
	if f := s.failed.Load(); f != nil {
		return f.cause
	}
	return nil
}

// fail undoes the open transaction and gives the problem its callers are told. A full
// disk is over when there is room again. After any other failure it is unknown what
// the disk holds (a second fsync may succeed without having written what the first
// one lost), so the store stops until it is opened again.
func (s *Store) fail(err error) *schema.Problem {
	if f := s.failed.Load(); f != nil {
		return f.problem
	}
	w := s.writer
	if !w.conn.inside && !w.conn.db.GetAutocommit() {
		if undone := w.conn.exec(rollback); undone != nil {
			return s.stop(errors.Join(err, undone))
		}
	}
	if full(err) {
		return diskFull()
	}
	return s.stop(err)
}

func diskFull() *schema.Problem {
	return &schema.Problem{Kind: schema.Unavailable, Code: "disk_full",
		Detail: "The disk that holds the node's database is full; nothing was stored.",
		Fix:    "Free space on that disk, then try again."}
}

func (s *Store) stop(cause error) *schema.Problem {
	p := &schema.Problem{Kind: schema.Unavailable, Code: "store_failed",
		Detail: "The node's database could not be written and accepts nothing any more.",
		Fix:    "Check the disk and its file system, then restart the node."}
	s.failed.Store(&failure{problem: p, cause: cause})
	return p
}

// copyBack copies the WAL into the database file when it has grown. While a View holds
// an old snapshot the WAL cannot start again, so the next try comes a WAL's length later.
func (s *Store) copyBack() {
	w := s.writer
	if w.wipe && time.Since(w.wiped) >= wipeEvery {
		s.wipe()
	}
	if w.pages < checkpointPages {
		w.checkpointAt = checkpointPages
	}
	if w.pages < w.checkpointAt || s.failed.Load() != nil {
		return
	}
	w.checkpointAt = w.pages + checkpointPages
	err := w.conn.copyBack()
	if err != nil && !errors.Is(err, sqlite3.BUSY) && !full(err) {
		s.stop(fmt.Errorf("checkpoint: %w", err))
	}
}

// wipeEvery bounds how often the WAL is cut, however much is erased.
const wipeEvery = time.Second

// wipeDue tells when the WAL has to be cut; never if nothing was erased.
func (s *Store) wipeDue() <-chan time.Time {
	if w := s.writer; w.wipe && s.failed.Load() == nil {
		return time.After(wipeEvery - time.Since(w.wiped))
	}
	return nil
}

// wipe copies the WAL into the database file and cuts it to nothing, so that no page of
// before an erasure is left. It waits for nobody: while a View holds an old snapshot
// nothing is cut, and it is tried again.
func (s *Store) wipe() {
	w := s.writer
	if s.failed.Load() != nil {
		return
	}
	err := w.conn.wipe()
	w.wiped = time.Now()
	switch {
	case err == nil:
		w.wipe, w.pages = false, 0
	case !errors.Is(err, sqlite3.BUSY) && !full(err):
		s.stop(fmt.Errorf("wipe the write-ahead log: %w", err))
	}
}

func (c *conn) wipe() (err error) {
	c.inside = true
	defer c.recover(&err)
	if err = c.db.BusyTimeout(0); err == nil {
		_, _, err = c.db.WALCheckpoint("main", sqlite3.CHECKPOINT_TRUNCATE)
		err = errors.Join(err, c.db.BusyTimeout(busyTimeout))
	}
	c.inside = false
	return err
}

func (c *conn) copyBack() (err error) {
	c.inside = true
	defer c.recover(&err)
	_, _, err = c.db.WALCheckpoint("main", sqlite3.CHECKPOINT_PASSIVE)
	c.inside = false
	return err
}

func closedProblem() *schema.Problem {
	return &schema.Problem{Kind: schema.Unavailable, Code: "store_closed",
		Detail: "The node is shutting down.", Fix: "Try again when it is up."}
}
