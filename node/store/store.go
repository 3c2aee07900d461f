// Package store keeps a node's state in SQLite: messages and their sealed contents,
// the ledger with every peer, the journal, peers, policies and settings.
//
// One goroutine writes. Transactions that wait together commit together, with one
// fsync, each inside a savepoint of its own. Readers work on snapshots and wait for
// nobody. A transaction is answered only when it is durable (WAL, synchronous=FULL);
// after an I/O error nothing is answered any more until the store is opened again,
// because what the disk holds is then unknown.
//
// What is erased is overwritten in the database file, and the log that still holds it is
// cut after the commit; see Erase.
//
// A thief of the database file learns who exchanged which type of message with whom
// and when; contents are stored as they come, sealed by the node.
package store

import (
	"context"
	"fmt"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"github.com/comity-exchange/comity/node"
)

const (
	groupLimit      = 512  // transactions that commit together
	checkpointPages = 4000 // WAL pages of 4 KiB before they are copied into the database
	defaultReaders  = 3    // read connections, each opened when first needed
)

// Options of Open. The zero value opens an existing database.
type Options struct {
	Create  bool             // make the database if there is none; otherwise a missing one is a Problem
	Readers int              // read connections at most, 1 to 16; 0 means 3
	VFS     string           // a registered file layer of ncruces/go-sqlite3; "" is the operating system's
	Now     func() time.Time // the clock by which idempotency keys end; nil is time.Now

	sweepEvery time.Duration // for tests; 0 is a minute
	pragmas    string        // for tests: more for the connection that writes
}

// Store implements node.Store. It is safe for concurrent use.
type Store struct {
	path    string
	options Options
	lock    *lock
	writer  *writer
	queue   chan *request
	readers chan *conn // nil: a connection that is not open yet
	closing chan struct{}
	closed  chan struct{} // the writer has ended
	once    sync.Once

	head   atomic.Pointer[node.Checkpoint] // durable
	failed atomic.Pointer[failure]         // why nothing is acknowledged any more
}

var _ node.Store = (*Store)(nil)

// Open opens the database file at path, brings it to the present version and starts
// the writer. The errors are *schema.Problem: no_state, in_use, newer_state,
// not_a_store, journal_broken, state_damaged, disk_full.
func Open(ctx context.Context, path string, o Options) (*Store, error) {
	path, err := filepath.Abs(path)
	if err != nil {
		return nil, fmt.Errorf("open store: %w", err)
	}
	if o.Readers == 0 {
		o.Readers = defaultReaders
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.sweepEvery == 0 {
		o.sweepEvery = sweepEvery
	}
	if o.VFS, err = register(o.VFS); err != nil {
		return nil, fmt.Errorf("open store: %w", err)
	}
	lock, err := acquire(path, o.Create)
	if err != nil {
		return nil, refusal(err)
	}
	s, err := open(ctx, path, o)
	if err != nil {
		lock.release()
		return nil, refusal(err)
	}
	s.lock = lock
	go s.write()
	go s.sweep()
	return s, nil
}

func open(ctx context.Context, path string, o Options) (*Store, error) {
	c, err := prepare(ctx, path, o)
	if err != nil {
		return nil, err
	}
	s := &Store{path: path, options: o, queue: make(chan *request, groupLimit),
		readers: make(chan *conn, o.Readers), closing: make(chan struct{}), closed: make(chan struct{})}
	for range o.Readers {
		s.readers <- nil
	}
	if s.writer, err = newWriter(c); err != nil {
		c.close()
		return nil, err
	}
	s.head.Store(s.writer.checkpoint())
	return s, nil
}

// Head is the journal's durable checkpoint, from memory.
func (s *Store) Head() node.Checkpoint { return *s.head.Load() }

// Close waits for the transactions that are under way, then closes the database.
// Transactions that come later are refused.
func (s *Store) Close() error {
	var err error
	s.once.Do(func() {
		close(s.closing)
		<-s.closed
		for range s.options.Readers {
			if c := <-s.readers; c != nil {
				c.discard()
			}
		}
		err = s.writer.conn.discard()
		s.lock.release()
	})
	return err
}

// View runs f on a consistent snapshot and never waits for the writer.
func (s *Store) View(ctx context.Context, f func(r node.Reader) error) error {
	return s.snapshot(ctx, func(c *conn) error {
		r := &reader{conn: c}
		defer func() { r.conn = nil }()
		return f(r)
	})
}

// snapshot runs f inside a read transaction; the end of ctx interrupts its queries.
func (s *Store) snapshot(ctx context.Context, f func(c *conn) error) (err error) {
	c, err := s.borrow(ctx)
	if err != nil {
		return err
	}
	defer s.giveBack(c)
	defer c.recover(&err)
	if err := c.exec(beginRead); err != nil {
		return fmt.Errorf("begin reading: %w", err)
	}
	defer c.db.SetInterrupt(c.db.SetInterrupt(ctx))
	err = f(c)
	if err != nil && ctx.Err() != nil {
		return ctx.Err()
	}
	return err
}

// borrow takes a read connection, opening it the first time.
func (s *Store) borrow(ctx context.Context) (*conn, error) {
	select {
	case <-s.closing:
		return nil, closedProblem()
	case <-ctx.Done():
		return nil, ctx.Err()
	case c := <-s.readers:
		if c != nil {
			c.fault = nil
			return c, nil
		}
		c, err := connect(s.path, s.options.VFS, readPragmas)
		if err != nil {
			s.readers <- nil
		}
		return c, err
	}
}

// giveBack ends the snapshot. A connection that broke is thrown away.
func (s *Store) giveBack(c *conn) {
	if !c.inside && !c.db.GetAutocommit() {
		c.exec(rollback)
	}
	if c.inside || c.fault != nil || !c.db.GetAutocommit() {
		c.discard()
		c = nil
	}
	s.readers <- c
}

// Update runs f inside a transaction and returns nil only when it is durable. An error
// or panic of f undoes f alone and is returned. Once f has begun, the end of ctx no
// longer matters.
func (s *Store) Update(ctx context.Context, f func(tx node.Tx) error) error {
	r := &request{ctx: ctx, run: f, done: make(chan error, 1)}
	select {
	case <-s.closing:
		return closedProblem()
	case <-ctx.Done():
		return ctx.Err()
	case s.queue <- r:
	}
	select {
	case err := <-r.done:
		return err
	case <-s.closed: // the writer may have answered before it ended
		select {
		case err := <-r.done:
			return err
		default:
			return closedProblem()
		}
	}
}
