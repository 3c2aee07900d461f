package store

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"github.com/comity-exchange/comity/node"
	"github.com/comity-exchange/comity/schema"
)

func keyOf(key string, at time.Time) node.Idempotency {
	return node.Idempotency{Client: "agency:demo", Key: key, Body: [32]byte{1}, ID: schema.NewID(), At: at}
}

// TestAKeyStandsForSevenDays: until then it is there, afterwards it may be used again,
// whether the sweep has come by or not.
func TestAKeyStandsForSevenDays(t *testing.T) {
	s := fresh(t)
	first := keyOf("k", day)
	add := func(k node.Idempotency) error {
		return s.Update(context.Background(), func(tx node.Tx) error { return tx.AddIdempotency(k) })
	}
	for _, tt := range []struct {
		after time.Duration
		want  error
	}{{0, nil}, {time.Second, node.ErrExists}, {node.KeyLife - time.Second, node.ErrExists}, {node.KeyLife, nil},
		{node.KeyLife + time.Second, node.ErrExists}, {2*node.KeyLife - time.Second, node.ErrExists}, {2 * node.KeyLife, nil}} {
		k := keyOf("k", first.At.Add(tt.after))
		if err := add(k); !errors.Is(err, tt.want) {
			t.Errorf("after %v: got %v, want %v", tt.after, err, tt.want)
		}
		if tt.want == nil {
			view(t, s, func(r node.Reader) error {
				got, err := r.Idempotency("agency:demo", "k")
				if err == nil && *got != k {
					t.Errorf("after %v: got %+v, want %+v", tt.after, got, k)
				}
				return err
			})
		}
	}
}

// TestSweep walks a table of many steps in which every third key is over.
func TestSweep(t *testing.T) {
	s := fresh(t)
	const keys = 5*sweepSize + 7
	now := day.Add(node.KeyLife)
	update(t, s, func(tx node.Tx) error {
		for i := range keys {
			at := now.Add(time.Millisecond - node.KeyLife)
			if i%3 == 0 {
				at = now.Add(-node.KeyLife)
			}
			if err := tx.AddIdempotency(keyOf(fmt.Sprintf("%x", i*7919), at)); err != nil {
				return err
			}
		}
		return nil
	})
	var from spot
	var total int64
	for step := range keys/sweepSize + 1 {
		n, err := s.forget(&from, now)
		if err != nil || n > sweepSize || n < 1 {
			t.Errorf("step %d: forgot %d (%v)", step, n, err)
		}
		total += n
	}
	if want := int64((keys + 2) / 3); total != want || from != (spot{}) {
		t.Errorf("forgot %d, want %d; the next step begins at %v", total, want, from)
	}
	frames := s.writer.pages
	for range keys/sweepSize + 1 {
		if n, err := s.forget(&from, now); n != 0 || err != nil {
			t.Errorf("forgot %d more (%v)", n, err)
		}
	}
	if left, err := s.writer.conn.number(`SELECT count(*) FROM idempotency`); err != nil || left != keys-int(total) || s.writer.pages != frames {
		t.Errorf("%d are left (%v), log of %d pages, before %d", left, err, s.writer.pages, frames)
	}
}

// TestTheSweepRuns by itself, by the store's clock, and ends with the store.
func TestTheSweepRuns(t *testing.T) {
	var now atomic.Int64
	now.Store(day.UnixNano())
	s := reopen(t, filepath.Join(t.TempDir(), "node.db"), Options{Create: true, sweepEvery: time.Millisecond,
		Now: func() time.Time { return time.Unix(0, now.Load()) }})
	update(t, s, func(tx node.Tx) error { return tx.AddIdempotency(keyOf("k", day)) })
	there := func() (err error) {
		view(t, s, func(r node.Reader) error { _, err = r.Idempotency("agency:demo", "k"); return nil })
		return err
	}
	time.Sleep(20 * time.Millisecond)
	if err := there(); err != nil {
		t.Fatalf("forgotten too early: %v", err)
	}
	now.Store(day.Add(node.KeyLife).UnixNano())
	for until := time.Now().Add(10 * time.Second); there() == nil; time.Sleep(time.Millisecond) {
		if time.Now().After(until) {
			t.Fatal("not forgotten")
		}
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
}

// TestAnAgencyUsesAKeyAgain through the node, by a clock that the test moves.
func TestAnAgencyUsesAKeyAgain(t *testing.T) {
	h := furnished(t, memory(t))
	h = h.again(h.disk.boot(t, folder(t, memory(t)), newWeather(0, 0)))
	if err := h.open(); err != nil {
		t.Fatal(err)
	}
	defer h.close()
	began := time.Now()
	now := began
	h.node.Now = func() time.Time { return now }
	ask := func(body []byte) (*node.Submitted, error) {
		return h.node.Submit(context.Background(), node.Submission{Actor: "agency:demo", Key: "k", Body: body, To: "NL"})
	}
	first, err := ask(draftText())
	if err != nil {
		t.Fatal(err)
	}
	now = began.Add(node.KeyLife - time.Second)
	if again, err := ask(draftText()); err != nil || !again.Replayed || again.ID != first.ID {
		t.Errorf("within 7 days: got %+v (%v)", again, err)
	}
	other := append(draftText()[:len(draftText()):len(draftText())], '\n')
	if _, err := ask(other); code(err) != "key_reused" {
		t.Errorf("another body within 7 days: got %v", err)
	}
	now = began.Add(node.KeyLife + time.Second)
	second, err := ask(other)
	if err != nil || second.Replayed || second.ID == first.ID {
		t.Fatalf("after 7 days: got %+v (%v)", second, err)
	}
	if again, err := ask(other); err != nil || !again.Replayed || again.ID != second.ID {
		t.Errorf("the new request once more: got %+v (%v)", again, err)
	}
}
