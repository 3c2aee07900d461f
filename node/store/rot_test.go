package store

import (
	"context"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/comity-exchange/comity/node"
)

// TestBitRot (assurance F5) flips a bit in several places of each page of the database in
// turn, a stored pouch and stored contents among them: whatever is read is right, or there
// is an error.
func TestBitRot(t *testing.T) {
	root := memory(t)
	h := furnished(t, root)
	good, err := os.ReadFile(h.disk.path())
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(folder(t, root), "node.db")
	want, whole := readFile(t, path, good)
	if want == "" || !whole {
		t.Fatal("the store cannot be read")
	}
	places := []int{100, 2000, 4091}
	cases, found := 0, 0
	for page := 0; page < len(good); page += 4096 {
		for _, at := range places {
			bad := append([]byte(nil), good...)
			bad[page+at] ^= 4
			cases++
			got, whole := readFile(t, path, bad)
			if !whole {
				found++
			}
			if got != "" && got != want {
				t.Errorf("octet %d flipped: read something else without an error", page+at)
			}
		}
	}
	t.Logf("%d of %d flipped bits found", found, cases)
	if found < cases*9/10 { // a page that is free is not read
		t.Errorf("found %d of %d flipped bits", found, cases)
	}
}

// readFile gives all that a database holds, "" if that ends in an error, and whether every
// page can be read.
func readFile(t *testing.T, path string, db []byte) (text string, whole bool) {
	t.Helper()
	if err := os.WriteFile(path, db, 0o600); err != nil {
		t.Fatal(err)
	}
	s, err := Open(context.Background(), path, Options{})
	if err != nil {
		if c := code(err); c != "state_damaged" && c != "not_a_store" {
			t.Errorf("open: got %v", err)
		}
		return "", false
	}
	defer s.Close()
	if text, err = readAll(s); err != nil {
		text = ""
	}
	err = s.snapshot(context.Background(), func(c *conn) error {
		return c.query(`PRAGMA integrity_check`, func(r *row) error { whole = r.text() == "ok"; return nil })
	})
	return text, whole && err == nil
}

// readAll gives all that the readers show, as text.
func readAll(s *Store) (string, error) {
	var b strings.Builder
	err := s.View(context.Background(), func(r node.Reader) error {
		messages, err := r.Messages(node.Filter{Limit: 200})
		for _, m := range messages {
			contents, err2 := r.Contents(string(m.Box) + "/" + string(m.ID))
			lines, err3 := r.EntriesOf(string(m.ID))
			p, err4 := r.PouchOf(m)
			if errors.Is(err4, node.ErrNotFound) {
				err4 = nil
			}
			if p != nil {
				fmt.Fprintln(&b, *p)
			}
			fmt.Fprintln(&b, *m, lines)
			for _, c := range contents {
				fmt.Fprintln(&b, *c)
			}
			err = errors.Join(err, err2, err3, err4)
		}
		records, err1 := r.Records(0, math.MaxInt32)
		peers, err2 := r.Peers()
		policies, err3 := r.Policies()
		counts, err4 := r.Counts()
		fmt.Fprintln(&b, records, peers, policies, counts)
		return errors.Join(err, err1, err2, err3, err4)
	})
	return b.String(), err
}

// TestBitRotInTheLog flips a bit in frames of the write-ahead log that a killed process
// left, in its page and in each field of its header, and in the log's own header: the store
// does not open and says why. Where more than a bit has rotted, the last transaction is the
// exception: nobody can tell it from one that was torn, and the store is wholly without it.
func TestBitRotInTheLog(t *testing.T) {
	root := memory(t)
	s := reopen(t, filepath.Join(folder(t, root), "node.db"), Options{Create: true})
	var texts []string // after each transaction
	var sizes []int64  // of the log, likewise
	for range 6 {
		if err := submit(s, queued("NL"), 3000); err != nil {
			t.Fatal(err)
		}
		text, err := readAll(s)
		info, err2 := os.Stat(s.path + "-wal")
		if err := errors.Join(err, err2); err != nil {
			t.Fatal(err)
		}
		texts, sizes = append(texts, text), append(sizes, info.Size())
	}
	db, err := os.ReadFile(s.path)
	log, err2 := os.ReadFile(s.path + "-wal")
	if err := errors.Join(err, err2); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(folder(t, root), "node.db")
	after := func(at, octets int) string {
		bad := append([]byte(nil), log...)
		bad[at] ^= 4
		for i := 1; i < octets; i++ {
			bad[at+i] ^= 0x55
		}
		if err := os.WriteFile(path+"-wal", bad, 0o600); err != nil {
			t.Fatal(err)
		}
		text, _ := readFile(t, path, db)
		return text
	}
	all := places(len(log))
	for _, at := range all {
		if got := after(at, 1); got != "" {
			t.Errorf("a bit of octet %d of %d flipped: read %d octets", at, len(log), len(got))
		}
	}
	refused, torn, last := 0, 0, int(sizes[len(sizes)-2])
	for at := walHeader + frameHeader + 1000; at < len(log); at += frameHeader + 4096 {
		switch got := after(at, 100); {
		case got == "" && at < last:
			refused++
		case got == texts[len(texts)-2] && at >= last:
			torn++
		case got == texts[len(texts)-3] && at >= last-4096 && at < last: // the commit before the last transaction
			torn++
		default:
			t.Errorf("100 octets from %d of %d changed, last transaction from %d: read %d octets", at, len(log), last, len(got))
		}
	}
	t.Logf("%d flipped bits refused; 100 changed octets refused in %d frames, taken for torn in %d of the last transaction", len(all), refused, torn)
	if len(all) < 100 || refused < 10 || torn < 10 {
		t.Errorf("%d, %d, %d", len(all), refused, torn)
	}
}

// places to flip in a log: the fields of its header; page number, salts and checksums of
// every fifth frame, and two of its page.
func places(size int) (all []int) {
	for at := 0; at < walHeader; at += 4 {
		if at != 12 { // the count of checkpoints, which says nothing
			all = append(all, at)
		}
	}
	for frame := walHeader; frame < size; frame += 5 * (frameHeader + 4096) {
		for _, at := range []int{0, 8, 12, 16, 20, 24, 3000} {
			all = append(all, frame+at)
		}
	}
	return all
}

// TestARottenContentIsNotUsed changes stored octets behind the page checksums, as a bit
// that flips in memory before it is written would.
func TestARottenContentIsNotUsed(t *testing.T) {
	for _, column := range []string{"sealed", "wrapped"} {
		h := furnished(t, memory(t))
		h = h.again(h.disk.boot(t, folder(t, memory(t)), newWeather(0, 0)))
		byHand(t, h.disk.path(), fmt.Sprintf(`UPDATE content SET %[1]s = CAST(substr(%[1]s, 1, 20) || CASE substr(%[1]s, 21, 1) WHEN x'00' THEN x'01' ELSE x'00' END || substr(%[1]s, 22) AS BLOB)`, column))
		if err := h.open(); err != nil {
			t.Fatal(err)
		}
		if _, err := h.node.Open(context.Background(), "operator:test", h.queued[0], node.Out); code(err) != "content_damaged" {
			t.Errorf("%s: read: got %v", column, err)
		}
		if out, err := h.node.Outgoing(context.Background(), "NL", 100, 1<<20); code(err) != "content_damaged" || out != nil && len(out.Items) > 0 {
			t.Errorf("%s: send: got %v", column, err)
		}
		h.close()
	}
}
