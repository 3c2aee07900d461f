package store

import (
	"context"
	"fmt"
	"runtime/debug"
	"time"

	"github.com/comity-exchange/comity/node"
	"github.com/ncruces/go-sqlite3"
)

// request is one caller's transaction.
type request struct {
	ctx  context.Context
	run  func(tx node.Tx) error
	err  error
	done chan error
}

// progress is what the writer knows beyond the database; it is copied to go back.
type progress struct {
	tree     tree  // the journal
	messages int64 // N of the newest message
}

// writer owns the write connection. Only Store.write's goroutine uses it.
type writer struct {
	conn *conn
	progress
	pages        int       // in the WAL after the last commit
	checkpointAt int       // pages
	wipe         bool      // something was erased, and the WAL may still hold it
	wiped        time.Time // when cutting the WAL was last tried
}

func newWriter(c *conn) (*writer, error) {
	w := &writer{conn: c, checkpointAt: checkpointPages}
	err := c.query(readHead, func(r *row) error {
		var err error
		w.tree, err = loadTree(r.int(), r.digest(), r.bytes())
		return err
	})
	if err != nil {
		return nil, err
	}
	err = c.query(lastNumber, func(r *row) error { w.messages = r.int(); return nil })
	if err != nil {
		return nil, fmt.Errorf("read last message number: %w", err)
	}
	c.db.WALHook(func(_ *sqlite3.Conn, _ string, pages int) error { w.pages = pages; return nil })
	return w, nil
}

func (w *writer) checkpoint() *node.Checkpoint {
	return &node.Checkpoint{Size: w.tree.size, Root: w.tree.root()}
}

// write serves the queue until Close.
func (s *Store) write() {
	defer close(s.closed)
	group := make([]*request, 0, groupLimit)
	for {
		select {
		case r := <-s.queue:
			group = s.drain(append(group[:0], r))
		case <-s.wipeDue():
			s.wipe()
			continue
		case <-s.closing:
			if group = s.drain(group[:0]); len(group) == 0 {
				return
			}
		}
		s.commit(group)
		clear(group)
	}
}

// drain adds what waits in the queue.
func (s *Store) drain(group []*request) []*request {
	for len(group) < groupLimit {
		select {
		case r := <-s.queue:
			group = append(group, r)
		default:
			return group
		}
	}
	return group
}

// commit runs a group in one transaction, answers it, and copies the WAL into the
// database when it has grown, so that no answer waits for that.
func (s *Store) commit(group []*request) {
	before := s.writer.progress
	if err := s.transact(group); err != nil {
		s.writer.progress = before
		err = s.fail(err)
		for _, r := range group {
			r.err = err
		}
	}
	for _, r := range group {
		r.done <- r.err
	}
	s.copyBack()
}

// transact leaves the outcome of each request in it; its own error is that of all.
func (s *Store) transact(group []*request) (err error) {
	if f := s.failed.Load(); f != nil {
		return f.cause
	}
	w := s.writer
	w.conn.fault = nil
	defer w.conn.recover(&err)
	if err := w.conn.exec(begin); err != nil {
		return fmt.Errorf("begin: %w", err)
	}
	size := w.tree.size
	for _, r := range group {
		r.err = w.run(r)
		if w.conn.fault != nil {
			return w.conn.fault
		}
	}
	if w.tree.size != size {
		if err := w.conn.exec(writeHead, w.tree.size, [32]byte(w.tree.root()), w.tree.bytes()); err != nil {
			return fmt.Errorf("write head: %w", err)
		}
	}
	if err := w.conn.exec(commit); err != nil {
		return fmt.Errorf("commit: %w", err)
	}
	s.head.Store(w.checkpoint())
	return nil
}

// run runs one request inside a savepoint. If the transaction as a whole is damaged,
// conn.fault says so.
func (w *writer) run(r *request) (err error) {
	if err := r.ctx.Err(); err != nil {
		return err
	}
	if err := w.conn.exec(mark); err != nil {
		return err
	}
	before := w.progress
	if err := w.protect(r); err != nil {
		w.progress = before
		if w.conn.fault == nil {
			w.end(undo)
			w.end(keep)
		}
		return err
	}
	w.end(keep)
	return nil
}

// end runs a statement without which the transaction cannot go on.
func (w *writer) end(sql string) {
	if err := w.conn.exec(sql); err != nil && w.conn.fault == nil {
		w.conn.fault = err
	}
}

// protect turns a panic of the request into an error. A panic of the driver is left to
// transact: it concerns the whole group.
func (w *writer) protect(r *request) (err error) {
	t := &tx{reader: reader{conn: w.conn}, writer: w}
	defer func() {
		t.conn, t.writer = nil, nil
		if w.conn.inside {
			return
		}
		if p := recover(); p != nil {
			err = fmt.Errorf("update panicked: %v\n%s", p, debug.Stack())
		}
	}()
	return r.run(t)
}
