package store

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/comity-exchange/comity/node"
	"golang.org/x/mod/sumdb/tlog"
)

func TestRecord(t *testing.T) {
	east := time.FixedZone("", 3600)
	for _, tt := range []struct {
		entry node.Entry
		want  string // "" refused
	}{
		{node.Entry{N: 1, At: time.Date(2026, 11, 23, 22, 5, 52, 123999999, east), Actor: "agency:demo", Act: "message.submitted", Subject: "x",
			Detail: map[string]string{"rule": "nl-mla", "Policy": "77ab", "a": "", "é": "\"\\/\n\x01<&>é€😀\u2028"}},
			`{"n":1,"at":"2026-11-23T21:05:52.123Z","actor":"agency:demo","act":"message.submitted","subject":"x",` +
				`"detail":{"Policy":"77ab","a":"","rule":"nl-mla","é":"\"\\/\n\u0001<&>é€😀` + "\u2028" + `"}}`},
		{node.Entry{N: 9007199254740993, At: time.Date(987, 1, 2, 3, 4, 5, 0, time.UTC), Actor: "node", Act: "node.created", Detail: map[string]string{}},
			`{"n":9007199254740993,"at":"0987-01-02T03:04:05.000Z","actor":"node","act":"node.created"}`},
		{node.Entry{N: 1, Actor: "node", Act: "x", At: day, Subject: "\xff"}, ""},
		{node.Entry{N: 1, Actor: "node", Act: "x", At: day, Detail: map[string]string{"\xff": ""}}, ""},
		{node.Entry{N: 0, Actor: "node", Act: "x", At: day}, ""},
		{node.Entry{N: 1, Act: "x", At: day}, ""},
		{node.Entry{N: 1, Actor: "node", At: day}, ""},
		{node.Entry{N: 1, Actor: "node", Act: "x", At: time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC)}, ""},
	} {
		got, err := encode(tt.entry)
		if string(got) != tt.want || (err == nil) != (tt.want != "") {
			t.Errorf("%+v:\ngot  %s (%v)\nwant %s", tt.entry, got, err, tt.want)
		}
	}
}

// FuzzRecord: what is encoded reads as the same entry, and encodes to the same octets.
func FuzzRecord(f *testing.F) {
	f.Add(int64(1), day.UnixMilli(), "agency:demo", "message.submitted", "id", "rule", "nl-mla", "code", "")
	f.Add(int64(1)<<62, int64(-1), "\x00", "\"", "\\u0000", "é", "\u2028", "\U0010ffff", "</script>")
	f.Fuzz(func(t *testing.T, n, ms int64, actor, act, subject, k1, v1, k2, v2 string) {
		want := node.Entry{N: n, At: time.UnixMilli(ms).UTC(), Actor: actor, Act: act, Subject: subject, Detail: map[string]string{k1: v1, k2: v2}}
		record, err := encode(want)
		if err != nil {
			valid := true
			for _, s := range []string{actor, act, subject, k1, v1, k2, v2} {
				valid = valid && utf8.ValidString(s)
			}
			if valid && n > 0 && actor != "" && act != "" && want.At.Year() > 0 && want.At.Year() < 10000 {
				t.Fatalf("refused %+v: %v", want, err)
			}
			return
		}
		got, err := decode(record)
		if err != nil {
			t.Fatalf("%s: %v", record, err)
		}
		if !reflect.DeepEqual(got, want) {
			t.Fatalf("got %+v, want %+v", got, want)
		}
		if again, err := encode(got); !bytes.Equal(again, record) {
			t.Fatalf("got %s (%v), want %s", again, err, record)
		}
	})
}

// rootOf is RFC 6962 2.1, word for word.
func rootOf(records [][]byte) [32]byte {
	if len(records) == 0 {
		return sha256.Sum256(nil)
	}
	if len(records) == 1 {
		return sha256.Sum256(append([]byte{0}, records[0]...))
	}
	k := 1
	for 2*k < len(records) {
		k *= 2
	}
	left, right := rootOf(records[:k]), rootOf(records[k:])
	return sha256.Sum256(append(append([]byte{1}, left[:]...), right[:]...))
}

// journal writes n entries in transactions of up to four.
func journal(t testing.TB, s *Store, n int) {
	t.Helper()
	for i := 0; i < n; {
		update(t, s, func(tx node.Tx) error {
			var entries []node.Entry
			for range min(1+i%4, n-i) {
				entries = append(entries, node.Entry{At: day, Actor: "node", Act: "test", Subject: fmt.Sprintf("subject %d", i%5),
					Detail: map[string]string{"number": fmt.Sprint(i)}})
				i++
			}
			return tx.Journal(entries...)
		})
	}
}

func TestHeadIsTheRootOfTheRecords(t *testing.T) {
	s := fresh(t)
	if got := s.Head(); got.Size != 0 || got.Root != rootOf(nil) {
		t.Errorf("empty journal: got %v", got)
	}
	for size := int64(1); size <= 33; size++ {
		update(t, s, func(tx node.Tx) error { return tx.Journal(entryOf(queued("NL"))) })
		var records [][]byte
		view(t, s, func(r node.Reader) (err error) { records, err = r.Records(0, 100); return err })
		if got, want := s.Head(), (node.Checkpoint{Size: size, Root: rootOf(records)}); got != want {
			t.Fatalf("got %v, want %v", got, want)
		}
		if size%8 == 5 { // the edge is read again
			path := s.path
			s.Close()
			s = reopen(t, path, Options{})
		}
	}
}

func TestAFailedTransactionLeavesNoTraceInTheTree(t *testing.T) {
	s := fresh(t)
	journal(t, s, 7)
	before := s.Head()
	for name, f := range map[string]func(tx node.Tx) error{
		"an error": func(tx node.Tx) error { return errors.Join(tx.Journal(entryOf(queued("NL"))), errOwn) },
		"a panic":  func(tx node.Tx) error { tx.Journal(entryOf(queued("NL"))); panic("x") },
		"bad UTF-8": func(tx node.Tx) error {
			return tx.Journal(entryOf(queued("NL")), node.Entry{At: day, Actor: "\xff", Act: "x"})
		},
	} {
		if err := s.Update(context.Background(), f); err == nil {
			t.Errorf("%s: committed", name)
		}
		if got := s.Head(); got != before {
			t.Errorf("%s: head moved to %v", name, got)
		}
	}
	journal(t, s, 3)
	if c, err := s.Verify(context.Background()); err != nil || c.Size != 10 {
		t.Errorf("got %v (%v)", c, err)
	}
}

func TestEntries(t *testing.T) {
	s := fresh(t)
	journal(t, s, 23)
	view(t, s, func(r node.Reader) error {
		all, err := r.Entries(0, 100)
		if err != nil {
			return err
		}
		for i, got := range all {
			want := node.Entry{N: int64(i + 1), At: day, Actor: "node", Act: "test", Subject: fmt.Sprintf("subject %d", i%5), Detail: map[string]string{"number": fmt.Sprint(i)}}
			if got.N != want.N || !got.At.Equal(want.At) || got.Actor != want.Actor || got.Act != want.Act || !maps.Equal(got.Detail, want.Detail) {
				t.Errorf("got %+v, want %+v", got, want)
			}
		}
		page, err2 := r.Entries(20, 2)
		about, err3 := r.EntriesOf("subject 3")
		records, err4 := r.Records(21, 100)
		numbers := func(list []node.Entry) (n []int64) {
			for _, e := range list {
				n = append(n, e.N)
			}
			return n
		}
		if len(all) != 23 || !slices.Equal(numbers(page), []int64{21, 22}) || len(about) == 0 || len(records) != 2 {
			t.Errorf("got %d entries, page %v, %d about the subject, %d records", len(all), numbers(page), len(about), len(records))
		}
		for _, e := range about {
			if e.Subject != "subject 3" {
				t.Errorf("entry %d is about %s", e.N, e.Subject)
			}
		}
		return errors.Join(err2, err3, err4)
	})
}

func TestProve(t *testing.T) {
	s := fresh(t)
	journal(t, s, 21)
	for n := int64(1); n <= 21; n++ {
		record, proof, head, err := s.Prove(context.Background(), n)
		if err != nil {
			t.Fatal(err)
		}
		if err := tlog.CheckRecord(proof, head.Size, head.Root, n-1, tlog.RecordHash(record)); err != nil {
			t.Errorf("entry %d: %v", n, err)
		}
		if err := tlog.CheckRecord(proof, head.Size, head.Root, n-1, tlog.RecordHash(append(record, ' '))); err == nil {
			t.Errorf("entry %d: proves another record", n)
		}
	}
	for _, n := range []int64{0, -1, 22} {
		if _, _, _, err := s.Prove(context.Background(), n); !errors.Is(err, node.ErrNotFound) {
			t.Errorf("entry %d: got %v", n, err)
		}
	}
}
