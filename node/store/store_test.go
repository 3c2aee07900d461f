package store

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/comity-exchange/comity/node"
	"github.com/comity-exchange/comity/schema"
	"github.com/ncruces/go-sqlite3"
)

// code of the problem that err carries, "" if none.
func code(err error) string {
	var p *schema.Problem
	if errors.As(err, &p) {
		return p.Code
	}
	return ""
}

// byHand changes a database through a connection of its own, as an intruder would.
func byHand(t testing.TB, path, sql string) {
	t.Helper()
	db, err := sqlite3.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if err := db.Exec(sql); err != nil {
		t.Fatal(err)
	}
}

func TestOpenRefuses(t *testing.T) {
	present := func(t *testing.T, path string) { reopen(t, path, Options{Create: true}).Close() }
	for _, tt := range []struct {
		name    string
		prepare func(t *testing.T, path string)
		create  bool
		want    string
	}{
		{"a missing database", func(*testing.T, string) {}, false, "no_state"},
		{"an empty file", func(t *testing.T, path string) { os.WriteFile(path, nil, 0o600) }, false, "no_state"},
		{"a text file", func(t *testing.T, path string) {
			os.WriteFile(path, []byte(strings.Repeat("not a database\n", 100)), 0o600)
		}, true, "not_a_store"},
		{"another program's database", func(t *testing.T, path string) { byHand(t, path, "CREATE TABLE x (y)") }, true, "not_a_store"},
		{"a newer database", func(t *testing.T, path string) { present(t, path); byHand(t, path, "PRAGMA user_version = 99") }, false, "newer_state"},
		{"a database in use", func(t *testing.T, path string) { reopen(t, path, Options{Create: true}) }, false, "in_use"},
		{"a changed head", func(t *testing.T, path string) {
			present(t, path)
			byHand(t, path, "UPDATE head SET root = zeroblob(32)")
		}, false, "journal_broken"},
		{"a shortened edge", func(t *testing.T, path string) { present(t, path); byHand(t, path, "UPDATE head SET size = 3") }, false, "journal_broken"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "node.db")
			tt.prepare(t, path)
			s, err := Open(context.Background(), path, Options{Create: tt.create})
			if err == nil {
				s.Close()
			}
			if got := code(err); got != tt.want {
				t.Fatalf("got %q (%v), want %q", got, err, tt.want)
			}
			var p *schema.Problem
			if errors.As(err, &p); p.Fix == "" || p.Detail == "" {
				t.Errorf("problem %q does not say what is wrong and what to do: %+v", tt.want, p)
			}
		})
	}
}

func TestOpenMakesNothingWhereNothingIs(t *testing.T) {
	dir := t.TempDir()
	if _, err := Open(context.Background(), filepath.Join(dir, "node.db"), Options{}); code(err) != "no_state" {
		t.Fatal(err)
	}
	files, err := os.ReadDir(dir)
	if err != nil || len(files) != 0 {
		t.Errorf("left %v behind (%v)", files, err)
	}
}

func TestOnlyTheOwnerMayReadTheDatabase(t *testing.T) {
	s := fresh(t)
	if err := submit(s, queued("NL"), 100); err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob(s.path + "*")
	if err != nil || len(files) < 3 { // database, WAL, lock
		t.Fatalf("got files %v (%v)", files, err)
	}
	for _, f := range files {
		info, err := os.Stat(f)
		if err != nil {
			t.Fatal(err)
		}
		if got := info.Mode().Perm() & 0o077; got != 0 && !strings.HasSuffix(f, "-shm") {
			t.Errorf("%s: others have %o", filepath.Base(f), got)
		}
	}
}

func TestMigrationsStartAtAnyVersion(t *testing.T) {
	files, err := migrations.ReadDir("migrations")
	if err != nil || len(files) == 0 {
		t.Fatalf("got %d migrations (%v)", len(files), err)
	}
	for i, f := range files {
		if want := fmt.Sprintf("%04d_", i+1); !strings.HasPrefix(f.Name(), want) {
			t.Errorf("migration %s: want prefix %s", f.Name(), want)
		}
	}
	for from := range len(files) + 1 {
		t.Run(fmt.Sprintf("from %d", from), func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "node.db")
			c := rawConn(t, path)
			for i, f := range files[:from] {
				if err := c.migrate(i+1, f.Name()); err != nil {
					t.Fatal(err)
				}
			}
			c.close()
			s := reopen(t, path, Options{Create: true})
			if err := submit(s, queued("NL"), 100); err != nil {
				t.Error(err)
			}
			s.Close()
			reopen(t, path, Options{})
		})
	}
}

func rawConn(t testing.TB, path string) *conn {
	t.Helper()
	if err := ensure(path, true); err != nil {
		t.Fatal(err)
	}
	c, err := connect(path, "", writePragmas)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestAFailedMigrationLeavesNothing(t *testing.T) {
	path := filepath.Join(t.TempDir(), "node.db")
	byHand(t, path, "CREATE TABLE setting (x)") // collides with the last table of the first migration
	c := rawConn(t, path)
	defer c.close()
	if err := c.migrate(1, "0001_first.sql"); err == nil {
		t.Fatal("migrated over a foreign table")
	}
	for sql, want := range map[string]int{"PRAGMA user_version": 0, "SELECT count(*) FROM sqlite_schema": 1} {
		if got, err := c.number(sql); got != want || err != nil {
			t.Errorf("%s: got %d (%v), want %d", sql, got, err, want)
		}
	}
}

func TestSettingsOfTheConnections(t *testing.T) {
	s := fresh(t)
	for sql, want := range map[string]int{"PRAGMA synchronous": 2, "PRAGMA foreign_keys": 1, "PRAGMA temp_store": 2,
		"PRAGMA checksum_verification": 1, "PRAGMA query_only": 0} {
		if got, err := s.writer.conn.number(sql); got != want || err != nil {
			t.Errorf("%s: got %d (%v), want %d", sql, got, err, want)
		}
	}
	err := s.snapshot(context.Background(), func(c *conn) error { return c.exec(addEvidence, "NL", "code", []byte{1}) })
	if !errors.Is(err, sqlite3.READONLY) {
		t.Errorf("a reader wrote: %v", err)
	}
}

func TestAClosedStoreRefuses(t *testing.T) {
	s := fresh(t)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	ctx := context.Background()
	if got := code(s.Update(ctx, func(node.Tx) error { return nil })); got != "store_closed" {
		t.Errorf("update: got %q", got)
	}
	if got := code(s.View(ctx, func(node.Reader) error { return nil })); got != "store_closed" {
		t.Errorf("view: got %q", got)
	}
	if err := s.Close(); err != nil {
		t.Errorf("second close: %v", err)
	}
}
