package store

import (
	"errors"
	"fmt"
	"net/url"
	"path/filepath"
	"time"

	"github.com/comity-exchange/comity/node"
	"github.com/comity-exchange/comity/schema"
	"github.com/ncruces/go-sqlite3"
)

// conn is one connection with its prepared statements. One goroutine at a time.
type conn struct {
	db     *sqlite3.Conn
	stmts  map[string]*sqlite3.Stmt
	inside bool  // the driver is at work; still set after a panic, it is the driver's own
	fault  error // the first error after which the open transaction cannot be trusted
}

// connect opens the database file of path, which must exist.
func connect(path, vfs, pragmas string) (_ *conn, err error) {
	c := &conn{stmts: map[string]*sqlite3.Stmt{}, inside: true}
	defer c.recover(&err)
	query := url.Values{"modeof": {path}} // the WAL gets the permissions of the database
	if vfs != "" {
		query.Set("vfs", vfs)
	}
	u := url.URL{Scheme: "file", Path: filepath.ToSlash(path), RawQuery: query.Encode()}
	c.db, err = sqlite3.OpenFlags(u.String(), sqlite3.OPEN_READWRITE|sqlite3.OPEN_URI)
	if err != nil {
		return nil, fmt.Errorf("open database: %w", err)
	}
	if err := c.db.Exec(pragmas); err != nil {
		c.db.Close()
		return nil, fmt.Errorf("configure database: %w", err)
	}
	c.inside = false
	return c, nil
}

// recover, deferred, turns a panic of the driver into an error; it is out of memory, or
// its file layer is broken. The connection cannot be used any more. Other panics go on.
func (c *conn) recover(err *error) {
	if !c.inside {
		return
	}
	if p := recover(); p != nil {
		*err = fmt.Errorf("database driver panicked: %v", p)
		c.fault = *err
	}
}

// discard closes a connection that may be broken, as far as that is possible.
func (c *conn) discard() (err error) {
	c.inside = true
	defer c.recover(&err)
	return c.close()
}

func (c *conn) close() error {
	for _, s := range c.stmts {
		s.Close()
	}
	return c.db.Close()
}

// exec runs a statement that answers no rows.
func (c *conn) exec(sql string, args ...any) error {
	c.inside = true
	s, err := c.bind(sql, args)
	if err == nil {
		err = s.Exec()
	}
	c.inside = false
	return c.note(err)
}

// query calls scan for every row. What row gives are copies.
func (c *conn) query(sql string, scan func(r *row) error, args ...any) error {
	c.inside = true
	s, err := c.bind(sql, args)
	if err != nil {
		c.inside = false
		return c.note(err)
	}
	for err == nil && s.Step() {
		err = scan(&row{stmt: s})
	}
	if err == nil {
		err = s.Err()
	}
	s.Reset() // repeats the error of Step
	c.inside = false
	return c.note(err)
}

// bind finds the prepared statement of sql and sets its parameters.
func (c *conn) bind(sql string, args []any) (*sqlite3.Stmt, error) {
	s, ok := c.stmts[sql]
	if !ok {
		var err error
		if s, _, err = c.db.PrepareFlags(sql, sqlite3.PREPARE_PERSISTENT); err != nil {
			return nil, err
		}
		c.stmts[sql] = s
	}
	for i, a := range args {
		if err := bindOne(s, i+1, a); err != nil {
			return nil, err
		}
	}
	return s, nil
}

func bindOne(s *sqlite3.Stmt, i int, a any) error {
	switch a := a.(type) {
	case nil:
		return s.BindNull(i)
	case int64:
		return s.BindInt64(i, a)
	case int:
		return s.BindInt(i, a)
	case bool:
		return s.BindBool(i, a)
	case string:
		return s.BindText(i, a)
	case schema.ID:
		return s.BindText(i, string(a))
	case schema.Jurisdiction:
		return s.BindText(i, string(a))
	case node.Box:
		return s.BindText(i, string(a))
	case node.State:
		return s.BindText(i, string(a))
	case node.TaskKind:
		return s.BindText(i, string(a))
	case node.TaskState:
		return s.BindText(i, string(a))
	case []byte:
		return s.BindBlob(i, a)
	case [32]byte:
		return s.BindBlob(i, a[:])
	case time.Time:
		return s.BindInt64(i, millis(a))
	}
	panic(fmt.Sprintf("store: no binding for %T", a))
}

// note remembers errors that undo more than their statement: SQLite rolls the whole
// transaction back after some of them, and after the others nobody knows.
func (c *conn) note(err error) error {
	if err == nil || c.fault != nil {
		return err
	}
	if c.db.GetAutocommit() || errors.Is(err, sqlite3.IOERR) || errors.Is(err, sqlite3.FULL) {
		c.fault = err
	}
	return err
}

// row reads the columns of the present row from left to right.
type row struct {
	stmt *sqlite3.Stmt
	col  int
}

func (r *row) next() int { r.col++; return r.col - 1 }

func (r *row) text() string { return r.stmt.ColumnText(r.next()) }
func (r *row) int() int64   { return r.stmt.ColumnInt64(r.next()) }
func (r *row) bool() bool   { return r.stmt.ColumnBool(r.next()) }

// bytes is nil only for NULL.
func (r *row) bytes() []byte {
	i := r.next()
	if r.stmt.ColumnType(i) == sqlite3.NULL {
		return nil
	}
	return r.stmt.ColumnBlob(i, []byte{})
}

// digest gives zeros when the column does not hold 32 octets.
func (r *row) digest() (d [32]byte) {
	if b := r.stmt.ColumnRawBlob(r.next()); len(b) == len(d) {
		copy(d[:], b)
	}
	return d
}

func (r *row) time() time.Time {
	if ms := r.int(); ms != 0 {
		return time.UnixMilli(ms).UTC()
	}
	return time.Time{}
}

func millis(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMilli()
}

// orNull binds an empty text as NULL, which partial indexes leave out.
func orNull(s string) any {
	if s == "" {
		return nil
	}
	return s
}

// orEmpty binds nil as an empty blob where a column must not be NULL.
func orEmpty(b []byte) []byte {
	if b == nil {
		return []byte{}
	}
	return b
}

// exists turns the violation of a unique key into node.ErrExists.
func exists(err error) error {
	if errors.Is(err, sqlite3.CONSTRAINT_UNIQUE) || errors.Is(err, sqlite3.CONSTRAINT_PRIMARYKEY) {
		return node.ErrExists
	}
	return err
}
