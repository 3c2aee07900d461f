package store

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"os"
	"path"
	"time"

	"github.com/comity-exchange/comity/schema"
	"github.com/ncruces/go-sqlite3"
)

//go:embed migrations/*.sql
var migrations embed.FS

// application marks our database files (SQLite header, offset 68): "cmty".
const application = 0x636d7479

// busyTimeout is how long a connection waits for another's lock, as in the pragmas below.
const busyTimeout = 5 * time.Second

const (
	// The writer syncs the WAL at every commit. Savepoint journals stay in memory.
	writePragmas = `PRAGMA busy_timeout = 5000; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON;
		PRAGMA temp_store = MEMORY; PRAGMA cache_size = -8192; PRAGMA cell_size_check = ON;
		PRAGMA trusted_schema = OFF; PRAGMA journal_size_limit = 67108864; PRAGMA secure_delete = ON`
	readPragmas = `PRAGMA busy_timeout = 5000; PRAGMA query_only = ON; PRAGMA temp_store = MEMORY;
		PRAGMA cache_size = -2048; PRAGMA cell_size_check = ON; PRAGMA trusted_schema = OFF`
)

// prepare opens the write connection and brings the database to the present version.
func prepare(ctx context.Context, file string, o Options) (*conn, error) {
	if err := ensure(file, o.Create); err != nil {
		return nil, err
	}
	if err := renew(file + "-wal"); err != nil {
		return nil, err
	}
	c, err := connect(file, gather(o.VFS), writePragmas+o.pragmas)
	if err != nil {
		return nil, err
	}
	if err := c.upgrade(ctx, o.Create); err != nil {
		c.close()
		return nil, err
	}
	return c, nil
}

// ensure makes an empty file for SQLite to fill, readable to its owner alone.
func ensure(file string, create bool) error {
	flags := os.O_RDWR
	if create {
		flags |= os.O_CREATE
	}
	f, err := os.OpenFile(file, flags, 0o600)
	if errors.Is(err, os.ErrNotExist) {
		return noState()
	}
	if err != nil {
		return fmt.Errorf("open database file: %w", err)
	}
	return f.Close()
}

func noState() *schema.Problem {
	return &schema.Problem{Kind: schema.NotFound, Code: "no_state",
		Detail: "There is no node database in the configured directory.",
		Fix:    "Check that the directory's disk is mounted and the path is right; a new node is made by comity init."}
}

// refusal names what an operator can set right: another file in the database's place,
// a damaged one, or a full disk.
func refusal(err error) error {
	switch {
	case full(err) || outOfSpace(err):
		return diskFull()
	case errors.Is(err, sqlite3.IOERR_DATA) || errors.Is(err, sqlite3.CORRUPT):
		return damaged("The node's database file is damaged: a page is not what was written.")
	case errors.Is(err, sqlite3.NOTADB):
		return &schema.Problem{Kind: schema.Conflict, Code: "not_a_store",
			Detail: "The file in the place of the node's database is not one.",
			Fix:    "Check the configured path, or restore the newest backup."}
	}
	return err
}

// upgrade applies the migrations that the database lacks, each in one transaction.
func (c *conn) upgrade(ctx context.Context, create bool) error {
	files, err := migrations.ReadDir("migrations")
	if err != nil {
		return fmt.Errorf("list migrations: %w", err)
	}
	version, err := c.version(create)
	if err != nil {
		return err
	}
	if version > len(files) {
		return &schema.Problem{Kind: schema.Conflict, Code: "newer_state",
			Detail: fmt.Sprintf("The database has version %d; this program knows versions up to %d.", version, len(files)),
			Fix:    "Start the newer program again, or restore a backup made before the upgrade."}
	}
	if err := c.db.Exec(`PRAGMA journal_mode = WAL`); err != nil { // cannot come before the checksums
		return err
	}
	for n, f := range files[version:] {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := c.migrate(version+n+1, f.Name()); err != nil {
			return fmt.Errorf("migration %s: %w", f.Name(), err)
		}
	}
	// Writes and syncs again what an earlier run copied: if that run saw the fsync of the
	// database fail, the copy may be in the cache alone.
	_, _, err = c.db.WALCheckpoint("main", sqlite3.CHECKPOINT_TRUNCATE)
	if err != nil {
		return fmt.Errorf("empty the write-ahead log: %w", err)
	}
	return nil
}

// version is the number of migrations the database has seen. An empty database gets
// its page checksums and WAL mode, if it may be made at all.
func (c *conn) version(create bool) (int, error) {
	id, err := c.number(`PRAGMA application_id`)
	if err != nil {
		return 0, err
	}
	tables, err := c.number(`SELECT count(*) FROM sqlite_schema`)
	if err != nil {
		return 0, err
	}
	switch {
	case tables == 0 && !create:
		return 0, noState()
	case tables == 0:
		// A flipped bit in any page is found when the page is read.
		return 0, c.db.EnableChecksums("main")
	case id != application:
		return 0, sqlite3.NOTADB
	}
	return c.number(`PRAGMA user_version`)
}

func (c *conn) number(sql string) (int, error) {
	s, _, err := c.db.Prepare(sql)
	if err != nil {
		return 0, err
	}
	defer s.Close()
	if !s.Step() {
		return 0, s.Err()
	}
	return s.ColumnInt(0), nil
}

func (c *conn) migrate(n int, name string) (err error) {
	sql, err := migrations.ReadFile(path.Join("migrations", name))
	if err != nil {
		return err
	}
	tx, err := c.db.BeginImmediate()
	if err != nil {
		return err
	}
	defer tx.End(&err)
	return c.db.Exec(string(sql) + fmt.Sprintf(";PRAGMA application_id = %d; PRAGMA user_version = %d", application, n))
}
