package store

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/comity-exchange/comity/node"
	"github.com/comity-exchange/comity/schema"
	"golang.org/x/mod/sumdb/tlog"
)

// place that a journal_broken problem names, "" if err is something else.
func place(err error) string {
	var p *schema.Problem
	if !errors.As(err, &p) || p.Code != "journal_broken" || p.Kind != schema.Unverified || p.Fix == "" {
		return ""
	}
	return p.Pointer
}

// rehashed is the statement that changes the record of entry 6 together with its own hashes.
func rehashed(t *testing.T, s *Store) string {
	record, _, _, err := s.Prove(context.Background(), 6)
	if err != nil {
		t.Fatal(err)
	}
	fifth, _, _, err := s.Prove(context.Background(), 5)
	if err != nil {
		t.Fatal(err)
	}
	forged := strings.Replace(string(record), `"test"`, `"pest"`, 1)
	leaf := tlog.RecordHash([]byte(forged))
	pair := tlog.NodeHash(tlog.RecordHash(fifth), leaf)
	return fmt.Sprintf("UPDATE journal SET record = '%s', hashes = x'%s' WHERE n = 6", forged, hex.EncodeToString(append(leaf[:], pair[:]...)))
}

// TestTampering edits the journal of 13 entries behind the node's back, while it runs
// and while it does not (assurance F26).
func TestTampering(t *testing.T) {
	fixed := func(sql string) func(*testing.T, *Store) string {
		return func(*testing.T, *Store) string { return sql }
	}
	for _, tt := range []struct {
		name, want string
		sql        func(t *testing.T, s *Store) string
	}{
		{"untouched", "", fixed("SELECT 1")},
		{"changed", "entry 6", fixed(`UPDATE journal SET record = replace(record, '"test"', '"pest"') WHERE n = 6`)},
		{"white space added", "entry 6", fixed(`UPDATE journal SET record = record || ' ' WHERE n = 6`)},
		{"not JSON", "entry 6", fixed(`UPDATE journal SET record = 'gone' WHERE n = 6`)},
		{"changed with its own hashes", "entries 5 to 8", rehashed},
		{"subject hidden", "entry 6", fixed(`UPDATE journal SET subject = NULL WHERE n = 6`)},
		{"hashes emptied", "entry 6", fixed(`UPDATE journal SET hashes = x'' WHERE n = 6`)},
		{"first deleted", "entry 1", fixed(`DELETE FROM journal WHERE n = 1`)},
		{"deleted", "entry 6", fixed(`DELETE FROM journal WHERE n = 6`)},
		{"last deleted", "entry 13", fixed(`DELETE FROM journal WHERE n = 13`)},
		{"several deleted", "entry 3", fixed(`DELETE FROM journal WHERE n IN (3, 4, 9)`)},
		{"all deleted", "entry 1", fixed(`DELETE FROM journal`)},
		{"deleted and closed up", "entry 6", fixed(`DELETE FROM journal WHERE n = 6; UPDATE journal SET n = n - 1 WHERE n > 6`)},
		{"two swapped", "entry 6", fixed(`UPDATE journal SET n = 99 WHERE n = 6; UPDATE journal SET n = 6 WHERE n = 9; UPDATE journal SET n = 9 WHERE n = 99`)},
		{"two records swapped", "entry 6", fixed(`UPDATE journal SET record = (SELECT record FROM journal j WHERE j.n = 15 - journal.n) WHERE n IN (6, 9)`)},
		{"one inserted before", "entry 0", fixed(`INSERT INTO journal VALUES (0, NULL, '{}', x'')`)},
		{"one appended", "entry 14", fixed(`INSERT INTO journal VALUES (14, NULL, '{}', x'')`)},
	} {
		for _, how := range []string{"running", "stopped"} {
			t.Run(tt.name+" while "+how, func(t *testing.T) {
				s := fresh(t)
				journal(t, s, 13)
				path, sql := s.path, tt.sql(t, s)
				if how == "stopped" {
					s.Close()
				}
				byHand(t, path, sql)
				if how == "stopped" {
					s = reopen(t, path, Options{})
				}
				_, err := s.Verify(context.Background())
				if got := place(err); got != tt.want || (err == nil) != (tt.want == "") {
					t.Errorf("got %q (%v), want %q", got, err, tt.want)
				}
			})
		}
	}
}

// TestRewrittenWhole puts another journal that agrees with itself in the place of the
// node's, head and all: the running node still knows its own head.
func TestRewrittenWhole(t *testing.T) {
	other := fresh(t)
	journal(t, other, 12)
	update(t, other, func(tx node.Tx) error { return tx.Journal(entryOf(queued("NL"))) })
	s := fresh(t)
	journal(t, s, 13)
	other.Close()
	byHand(t, s.path, fmt.Sprintf(`ATTACH '%s' AS other; DELETE FROM journal; INSERT INTO journal SELECT * FROM other.journal;
		DELETE FROM head; INSERT INTO head SELECT * FROM other.head`, filepath.ToSlash(other.path)))
	if _, err := s.Verify(context.Background()); place(err) != "entries 1 to 13" {
		t.Errorf("got %v", err)
	}
}

// TestRolledBack restores an older state, head and all, under the running node.
func TestRolledBack(t *testing.T) {
	s := fresh(t)
	journal(t, s, 10)
	byHand(t, s.path, "CREATE TABLE older AS SELECT * FROM head")
	journal(t, s, 3)
	byHand(t, s.path, "DELETE FROM journal WHERE n > 10; DELETE FROM head; INSERT INTO head SELECT * FROM older")
	if _, err := s.Verify(context.Background()); place(err) != "entry 11" {
		t.Errorf("got %v", err)
	}
}

func TestVerifyStopsWithItsContext(t *testing.T) {
	s := fresh(t)
	journal(t, s, 13)
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := s.Verify(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}
