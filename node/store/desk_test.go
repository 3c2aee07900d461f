package store

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/comity-exchange/comity/node"
	"github.com/comity-exchange/comity/schema"
)

// laid lists the ids on the desk in order.
func laid(t *testing.T, s *Store, f node.DeskFilter) (ids []schema.ID) {
	t.Helper()
	view(t, s, func(r node.Reader) error {
		all, err := r.Laid(f)
		for _, l := range all {
			ids = append(ids, l.Message.ID)
		}
		return err
	})
	return ids
}

func TestDeskIsOrderedByTimeLimit(t *testing.T) {
	s := fresh(t)
	var all []*node.Message
	for _, peer := range []schema.Jurisdiction{"NL", "FR", "NL", "DE", "NL"} {
		m := received(peer)
		if err := submit(s, m, 10); err != nil {
			t.Fatal(err)
		}
		all = append(all, m)
	}
	day := func(n int) time.Time { return time.Date(2026, 12, n, 12, 0, 0, 0, time.UTC) }
	now := day(10)
	put := func(i int, live bool, due time.Time) {
		update(t, s, func(tx node.Tx) error {
			return tx.PutDesk(&node.Desk{N: all[i].N, Box: node.In, Live: live, Due: due, Look: due, Standing: node.Standing{State: "delivered"}})
		})
	}
	put(0, true, day(20))
	put(1, true, day(5))
	put(2, true, time.Time{})
	put(3, false, time.Time{})
	put(4, true, day(20))
	id := func(places ...int) (ids []schema.ID) {
		for _, i := range places {
			ids = append(ids, all[i].ID)
		}
		return ids
	}
	f := node.DeskFilter{Box: node.In, Now: now, Limit: 50}
	want := func(what string, f node.DeskFilter, places ...int) {
		t.Helper()
		if got := laid(t, s, f); !slices.Equal(got, id(places...)) {
			t.Errorf("%s: got %v, want %v", what, got, id(places...))
		}
	}
	want("all that is open", f, 1, 4, 0, 3, 2)
	f.DueBefore = now
	want("overdue", f, 1)
	f.DueBefore, f.Peer = time.Time{}, "NL"
	want("of one peer", f, 4, 0, 2)
	f.Peer = ""
	f.Limit = 2
	want("first page", f, 1, 4)
	f.After = node.DeskPlace{Due: day(20), N: all[4].N}
	want("second page", f, 0, 3)
	f.After = node.DeskPlace{N: all[3].N}
	want("third page", f, 2)
	f.After, f.Limit = node.DeskPlace{}, 50

	update(t, s, func(tx node.Tx) error { return tx.See(all[3], now) })
	want("what has ended and was seen is done", f, 1, 4, 0, 2)
	update(t, s, func(tx node.Tx) error { return tx.Snooze(all[1], day(11)) })
	want("put off", f, 4, 0, 2)
	f.Now = day(11)
	want("shown again", f, 1, 4, 0, 2)
	f.All = true
	want("everything", f, 1, 4, 0, 3, 2)
	f.All, f.Mine = false, "user:a"
	update(t, s, func(tx node.Tx) error {
		if err := tx.Hold(all[0], "", "user:b"); err != nil {
			return err
		}
		return tx.Hold(all[4], "", "user:a")
	})
	want("mine and nobody's", f, 1, 4, 2)
	if err := s.Update(t.Context(), func(tx node.Tx) error { return tx.Hold(all[0], "", "user:a") }); !errors.Is(err, node.ErrNotFound) {
		t.Errorf("got %v, want not found: another holds it", err)
	}
	put(0, false, time.Time{})
	view(t, s, func(r node.Reader) error {
		d, err := r.Desk(all[0].N)
		if err != nil || d.Holder != "user:b" || d.Live || d.Standing.State != "delivered" || !d.Due.IsZero() {
			t.Errorf("got %+v, %v: placing it anew keeps its holder", d, err)
		}
		counts, err := r.DeskCounts(now)
		if err != nil || len(counts) != 2 || counts[0].Peer != "FR" || counts[0].Overdue != 1 || counts[1] != (node.DeskCount{Box: node.In, Peer: "NL", Open: 3, Unseen: 3}) {
			t.Errorf("got %+v, %v", counts, err)
		}
		due, err := r.DeskDue(day(6), 10)
		if err != nil || len(due) != 1 || due[0].ID != all[1].ID {
			t.Errorf("got %v, %v, want the one whose time has come", due, err)
		}
		return nil
	})
}

// TestDeskTakesWhatWasNotPlacedYet: an officer may be faster than the desk.
func TestDeskTakesWhatWasNotPlacedYet(t *testing.T) {
	s := fresh(t)
	m := received("NL")
	if err := submit(s, m, 10); err != nil {
		t.Fatal(err)
	}
	update(t, s, func(tx node.Tx) error { return tx.See(m, day) })
	view(t, s, func(r node.Reader) error {
		due, err := r.DeskDue(day, 10)
		if err != nil || len(due) != 1 {
			t.Errorf("got %v, %v, want it to be placed next", due, err)
		}
		d, err := r.Desk(m.N)
		if err != nil || !d.Seen.Equal(day.Truncate(time.Millisecond)) {
			t.Errorf("got %+v, %v", d, err)
		}
		_, err = r.Desk(m.N + 1)
		if !errors.Is(err, node.ErrNotFound) {
			t.Errorf("got %v, want not found", err)
		}
		return nil
	})
}

// TestDeskIsListedInOrder: no list of the desk sorts what it will not show.
func TestDeskIsListedInOrder(t *testing.T) {
	s := fresh(t)
	view(t, s, func(r node.Reader) error {
		for _, f := range []node.DeskFilter{{Box: node.In}, {Box: node.In, All: true}, {Box: node.In, Peer: "NL"}, {Box: node.In, Type: "mla.request", DueBefore: time.Now()},
			{Box: node.In, After: node.DeskPlace{N: 5, Due: time.Now()}}, {Box: node.In, All: true, After: node.DeskPlace{N: 5}}} {
			where, args := deskConditions(f)
			var plan []string
			err := r.(*reader).conn.query(`EXPLAIN QUERY PLAN `+laidDesk(where), func(r *row) error {
				r.int()
				r.int()
				r.int()
				plan = append(plan, r.text())
				return nil
			}, append(args, 50)...)
			if err != nil {
				return err
			}
			if got := strings.Join(plan, "; "); strings.Contains(got, "TEMP B-TREE") || !strings.Contains(got, "INDEX desk_") {
				t.Errorf("%+v: the plan is %s", f, got)
			}
		}
		return nil
	})
}
