package store

import (
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/comity-exchange/comity/node"
	"github.com/comity-exchange/comity/schema"
)

// held is a message of ours that waits for release, quarantined one that arrived.
func held(peer schema.Jurisdiction, until time.Time) *node.Message {
	m := queued(peer)
	m.State, m.Deadline = node.Held, until
	return m
}

func quarantined(peer schema.Jurisdiction, until time.Time, room int64) *node.Message {
	m := received(peer)
	m.State, m.Deadline, m.Room = node.Quarantined, until, room
	return m
}

func add(t testing.TB, s *Store, all ...*node.Message) {
	t.Helper()
	update(t, s, func(tx node.Tx) error {
		var errs []error
		for _, m := range all {
			errs = append(errs, tx.AddMessage(m))
		}
		return errors.Join(errs...)
	})
}

// tallied are the counts of a store by box, peer and state.
func tallied(t testing.TB, s *Store) map[node.Count]bool {
	t.Helper()
	all := map[node.Count]bool{}
	view(t, s, func(r node.Reader) error {
		list, err := r.Counts()
		for _, c := range list {
			all[c] = true
		}
		return err
	})
	return all
}

func wantCounts(t testing.TB, s *Store, want ...node.Count) {
	t.Helper()
	got := tallied(t, s)
	for _, c := range want {
		if !got[c] {
			t.Errorf("the count %+v is not in %v", c, got)
		}
	}
	if len(got) != len(want) {
		t.Errorf("got %d counts, want %d: %v", len(got), len(want), got)
	}
}

func TestWaitingIsListedByDeadline(t *testing.T) {
	s := fresh(t)
	a, b, c, d := held("NL", day.Add(3*time.Hour)), quarantined("FR", day.Add(time.Hour), 10), held("NL", day.Add(2*time.Hour)), held("FR", day.Add(time.Hour))
	add(t, s, a, queued("NL"), b, c, d, received("NL"))
	view(t, s, func(r node.Reader) error {
		want := []*node.Message{b, d, c, a}
		var after node.Waiting
		for len(want) > 0 {
			list, err := r.Waiting(after, "", 2)
			if err != nil || len(list) != min(2, len(want)) {
				t.Fatalf("got %d messages (%v), %d are left", len(list), err, len(want))
			}
			for i, m := range list {
				if m.ID != want[i].ID || !m.Deadline.Equal(want[i].Deadline.Truncate(time.Millisecond)) || m.Room != want[i].Room {
					t.Errorf("got %+v, want %+v", m, want[i])
				}
			}
			want, after = want[len(list):], node.Waiting{Deadline: list[len(list)-1].Deadline, N: list[len(list)-1].N}
		}
		for at, want := range map[time.Time][]schema.ID{day: nil, day.Add(time.Hour): {d.ID}, day.Add(4 * time.Hour): {d.ID, c.ID, a.ID}} {
			list, err := r.Overdue(at, 10)
			var got []schema.ID
			for _, m := range list {
				got = append(got, m.ID)
			}
			if err != nil || !slices.Equal(got, want) {
				t.Errorf("overdue at %v: got %v (%v), want %v", at, got, err, want)
			}
		}
		hidden, err := r.Messages(node.Filter{Box: node.In, Limit: 10})
		if err != nil || len(hidden) != 1 {
			t.Errorf("the inbox lists %d messages (%v), want the one that is not in quarantine", len(hidden), err)
		}
		return nil
	})
}

func TestRelease(t *testing.T) {
	s := fresh(t)
	first, second := held("NL", day), held("NL", day)
	arrived := quarantined("FR", day, 700)
	add(t, s, first, second, queued("NL"), arrived)
	wantCounts(t, s, node.Count{Box: node.Out, Peer: "NL", State: node.Held, N: 2}, node.Count{Box: node.Out, Peer: "NL", State: node.Queued, N: 1},
		node.Count{Box: node.In, Peer: "FR", State: node.Quarantined, N: 1})

	let := func(m *node.Message) error {
		m.Releaser, m.Policy, m.Rule = "operator:second", [32]byte{7}, "seven"
		return s.Update(t.Context(), func(tx node.Tx) error { return tx.Release(m) })
	}
	early := *second
	early.Deadline = day.Add(time.Second) // of another wait
	if err := let(&early); !errors.Is(err, node.ErrNotFound) {
		t.Errorf("another wait was released: %v", err)
	}
	last := queued("FR")
	add(t, s, last)
	for _, m := range []*node.Message{second, first, arrived} {
		if err := let(m); err != nil {
			t.Fatal(err)
		}
	}
	if second.Queue <= last.Queue || first.Queue <= second.Queue || arrived.Queue != 0 || first.State != node.Queued || arrived.State != node.Received {
		t.Errorf("places %d, %d, %d behind %d", second.Queue, first.Queue, arrived.Queue, last.Queue)
	}
	again := *second
	again.State, again.Deadline = node.Held, day
	if err := let(&again); !errors.Is(err, node.ErrNotFound) {
		t.Errorf("it was released twice: %v", err)
	}
	wantCounts(t, s, node.Count{Box: node.Out, Peer: "NL", State: node.Queued, N: 3}, node.Count{Box: node.Out, Peer: "FR", State: node.Queued, N: 1},
		node.Count{Box: node.In, Peer: "FR", State: node.Received, N: 1})

	// A number above all that were given is found again after a restart.
	path := s.path
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s = reopen(t, path, Options{})
	next := queued("NL")
	add(t, s, next)
	if next.Queue <= first.Queue {
		t.Errorf("after a restart the place %d is given, %d was", next.Queue, first.Queue)
	}
	view(t, s, func(r node.Reader) error {
		list, err := r.Pending("NL", 0, 10)
		if err != nil || len(list) != 4 || list[1].ID != second.ID || list[2].ID != first.ID || list[3].ID != next.ID || list[1].Releaser != "operator:second" || list[1].Policy != [32]byte{7} {
			t.Errorf("got the queue %v (%v)", list, err)
		}
		return nil
	})
}

func TestHoldAndDismiss(t *testing.T) {
	s := fresh(t)
	m, n, arrived := queued("NL"), held("NL", day), quarantined("NL", day, 700)
	m.Releaser = "operator:second"
	add(t, s, m, n, arrived)
	update(t, s, func(tx node.Tx) error { return tx.HoldBack("NL", m.Queue, day.Add(time.Hour)) })
	if err := s.Update(t.Context(), func(tx node.Tx) error { return tx.HoldBack("NL", m.Queue, day) }); !errors.Is(err, node.ErrNotFound) {
		t.Errorf("it was taken out of the queue twice: %v", err)
	}
	view(t, s, func(r node.Reader) error {
		got, err := r.Message(m.ID, node.Out)
		if err != nil || got.State != node.Held || got.Queue != 0 || got.Releaser != "" || !got.Deadline.Equal(day.Add(time.Hour).Truncate(time.Millisecond)) {
			t.Errorf("got %+v (%v)", got, err)
		}
		q, err := r.Quarantine("NL")
		if err != nil || q != (node.Quarantine{Messages: 1, Octets: 700}) {
			t.Errorf("got %+v (%v) in quarantine", q, err)
		}
		return nil
	})
	update(t, s, func(tx node.Tx) error {
		return errors.Join(tx.Dismiss(n, node.Expired), tx.Dismiss(arrived, node.Discarded))
	})
	wantCounts(t, s, node.Count{Box: node.Out, Peer: "NL", State: node.Held, N: 1}, node.Count{Box: node.Out, Peer: "NL", State: node.Expired, N: 1},
		node.Count{Box: node.In, Peer: "NL", State: node.Discarded, N: 1})
	again := *n
	again.State, again.Deadline = node.Held, day
	if err := s.Update(t.Context(), func(tx node.Tx) error { return tx.Dismiss(&again, node.Returned) }); !errors.Is(err, node.ErrNotFound) {
		t.Errorf("it ended twice: %v", err)
	}
	view(t, s, func(r node.Reader) error {
		if q, err := r.Quarantine("NL"); err != nil || q != (node.Quarantine{}) {
			t.Errorf("got %+v (%v) in quarantine, want nothing", q, err)
		}
		return nil
	})
}
