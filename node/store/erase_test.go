package store

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/comity-exchange/comity/node"
)

// randomContent has bytes that occur nowhere else.
func randomContent(m *node.Message, rng *rand.ChaCha8, size int) node.Content {
	c := node.Content{Name: string(m.Box) + "/" + string(m.ID), Sealed: make([]byte, size), Wrapped: make([]byte, 80)}
	rng.Read(c.Sealed)
	rng.Read(c.Wrapped)
	return c
}

// left finds a piece of a content in the files of a database.
func left(t *testing.T, path string, contents []node.Content) (where []string) {
	t.Helper()
	files, err := filepath.Glob(path + "*")
	if err != nil || len(files) == 0 {
		t.Fatalf("no files at %s: %v", path, err)
	}
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range contents {
			for _, secret := range [][]byte{c.Sealed, c.Wrapped} {
				for at := 0; at+16 <= len(secret); at += max(16, len(secret)/8) {
					if bytes.Contains(data, secret[at:at+16]) {
						where = append(where, fmt.Sprintf("%s in %s, octet %d of %d", c.Name, filepath.Base(file), at, len(secret)))
					}
				}
			}
		}
	}
	return where
}

// leftInTheEnd gives the store the time that it may take to cut its log.
func leftInTheEnd(t *testing.T, path string, contents []node.Content) (where []string) {
	t.Helper()
	for end := time.Now().Add(10 * time.Second); ; time.Sleep(20 * time.Millisecond) {
		if where = left(t, path, contents); where == nil || time.Now().After(end) {
			return where
		}
	}
}

func erase(s *Store, m *node.Message) error {
	return s.Update(context.Background(), func(tx node.Tx) error {
		m.Erased, m.Reason = day, "period-expired"
		return tx.Erase(m, string(m.Box)+"/"+string(m.ID))
	})
}

// TestErasedLeavesNothing: contents of all sizes are added and erased in no order, and
// after each round no piece of an erased one is in the database file or its log, though
// nothing was vacuumed. Those that were not erased are whole.
func TestErasedLeavesNothing(t *testing.T) {
	path := filepath.Join(t.TempDir(), "node.db")
	s := reopen(t, path, Options{Create: true})
	rng := rand.NewChaCha8([32]byte{1})
	dice := rand.New(rng)
	var there []*node.Message
	contents := map[*node.Message]node.Content{}
	var gone []node.Content
	for round := range 6 {
		for range 60 {
			m := received("NL")
			c := randomContent(m, rng, 1+dice.IntN([]int{200, 3000, 5000, 30000}[dice.IntN(4)]))
			m.SHA256 = sha256.Sum256(c.Sealed)
			update(t, s, func(tx node.Tx) error { return errors.Join(tx.AddMessage(m), tx.AddContent(c)) })
			there, contents[m] = append(there, m), c
		}
		dice.Shuffle(len(there), func(i, j int) { there[i], there[j] = there[j], there[i] })
		for _, m := range there[:len(there)/2] {
			if err := erase(s, m); err != nil {
				t.Fatal(err)
			}
			gone = append(gone, contents[m])
		}
		there = there[len(there)/2:]
		if where := leftInTheEnd(t, path, gone); where != nil {
			t.Fatalf("round %d, %d erased: %d pieces are left, the first is %s", round, len(gone), len(where), where[0])
		}
	}
	view(t, s, func(r node.Reader) error {
		for _, m := range there {
			if c, err := r.Content(contents[m].Name); err != nil || !bytes.Equal(c.Sealed, contents[m].Sealed) || !bytes.Equal(c.Wrapped, contents[m].Wrapped) {
				t.Errorf("content of %s, %v: not what was stored", m.ID, err)
			}
		}
		return nil
	})
}

// TestErasedAgainIsNotFound: what is gone cannot be erased, and says so.
func TestErasedAgainIsNotFound(t *testing.T) {
	s := fresh(t)
	m := received("NL")
	update(t, s, func(tx node.Tx) error { return errors.Join(tx.AddMessage(m), tx.AddContent(contentOf(m, 100))) })
	if err := erase(s, m); err != nil {
		t.Fatal(err)
	}
	if err := erase(s, m); !errors.Is(err, node.ErrNotFound) {
		t.Errorf("got %v, want not found", err)
	}
	if err := erase(s, received("NL")); !errors.Is(err, node.ErrNotFound) {
		t.Errorf("got %v, want not found", err)
	}
	view(t, s, func(r node.Reader) error {
		got, err := r.Message(m.ID, node.In)
		if err != nil || !got.Erased.Equal(day.Truncate(time.Millisecond)) || got.Reason != "period-expired" {
			t.Errorf("got %+v, %v, want when and why", got, err)
		}
		return nil
	})
}

// TestErasureWaitsForNoReader: a View that holds an older snapshot neither delays an
// erasure nor loses what it sees; the log is cut once it has ended.
func TestErasureWaitsForNoReader(t *testing.T) {
	path := filepath.Join(t.TempDir(), "node.db")
	s := reopen(t, path, Options{Create: true})
	m := received("NL")
	c := randomContent(m, rand.NewChaCha8([32]byte{2}), 5000)
	update(t, s, func(tx node.Tx) error { return errors.Join(tx.AddMessage(m), tx.AddContent(c)) })
	view(t, s, func(r node.Reader) error {
		if _, err := r.Message(m.ID, node.In); err != nil {
			return err
		}
		start := time.Now()
		if err := erase(s, m); err != nil {
			return err
		}
		update(t, s, func(node.Tx) error { return nil })
		if took := time.Since(start); took > 2*time.Second {
			t.Errorf("the erasure took %v beside a reader", took)
		}
		got, err := r.Content(c.Name)
		if err == nil && !bytes.Equal(got.Sealed, c.Sealed) {
			t.Error("the reader's snapshot has changed")
		}
		return err
	})
	if where := leftInTheEnd(t, path, []node.Content{c}); where != nil {
		t.Errorf("left after the reader has ended: %v", where)
	}
}

// TestWithdrawnMessageIsInNoPouch: between the moment at which the gateway takes a queue
// and that at which it spends a number, a message is erased. The pouch that still holds
// it is not committed.
func TestWithdrawnMessageIsInNoPouch(t *testing.T) {
	h := furnished(t, memory(t))
	h = h.again(h.disk.boot(t, folder(t, memory(t)), newWeather(0, 0)))
	if err := h.open(); err != nil {
		t.Fatal(err)
	}
	defer h.close()
	ctx := context.Background()
	taken, err := h.node.Outgoing(ctx, "NL", 10, 1<<20)
	if err != nil || len(taken.Items) != 2 {
		t.Fatalf("got %+v, %v, want two messages that wait", taken, err)
	}
	next := pouch(1, taken.Items[0].Queue, taken.Items[1].Queue)
	next.Members = 2
	if _, err := h.node.Erase(ctx, "operator:test", taken.Items[1].ID, node.Out, "court-order"); err != nil {
		t.Fatal(err)
	}
	if err := h.node.Turn(ctx, "NL", nil, next, node.Stopped{}); err == nil {
		t.Error("a pouch with an erased message was committed")
	}
	next = pouch(1, taken.Items[0].Queue, taken.Items[0].Queue)
	next.Members = 1
	if err := h.node.Turn(ctx, "NL", nil, next, node.Stopped{}); err != nil {
		t.Errorf("the pouch without it: %v", err)
	}
}
