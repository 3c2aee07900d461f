package store

import (
	"crypto/sha256"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/comity-exchange/comity/node"
	"github.com/comity-exchange/comity/schema"
)

func pouchOf(seq int64, members ...*node.Message) *node.Pouch {
	return &node.Pouch{Box: node.Out, Peer: "NL", Epoch: 1, Seq: seq, Hash: sha256.Sum256([]byte{byte(seq)}), Manifest: []byte("m"), Signature: []byte("s"),
		First: members[0].Queue, Last: members[len(members)-1].Queue, Committed: day}
}

// A new epoch closes the pouch in flight, frees its messages, and puts what a peer
// has lost back at its old places; the counts follow.
func TestEpoch(t *testing.T) {
	s := fresh(t)
	var all []*node.Message
	for range 5 {
		all = append(all, queued("NL"))
	}
	update(t, s, func(tx node.Tx) error {
		for _, m := range all {
			if err := tx.AddMessage(m); err != nil {
				return err
			}
		}
		for i := range int64(3) {
			p := pouchOf(i+1, all[i])
			if err := tx.AddPouch(p); err != nil {
				return err
			}
			p.Receipt, p.ReceiptSig, p.Settled = []byte("r"), []byte("s"), day
			if err := tx.SettlePouch(p); err != nil {
				return err
			}
			if err := tx.Settle(p, nil); err != nil {
				return err
			}
		}
		return tx.AddPouch(pouchOf(4, all[3]))
	})
	view(t, s, func(r node.Reader) error {
		if epoch, err := r.Epoch("NL"); epoch != 1 || err != nil {
			t.Errorf("got epoch %d, %v, want 1", epoch, err)
		}
		return nil
	})
	update(t, s, func(tx node.Tx) error {
		if err := tx.ClosePouch("NL", day.Add(time.Hour)); err != nil {
			return err
		}
		again, err := tx.Requeue("NL", node.Place{Epoch: 1, Seq: 2})
		if err != nil {
			return err
		}
		if len(again) != 2 || again[0].ID != all[1].ID || again[0].Seq != 2 || again[1].ID != all[2].ID {
			t.Errorf("%d messages wait again, want the second and the third as they were", len(again))
		}
		return tx.PutEpoch("NL", 7)
	})
	view(t, s, func(r node.Reader) error {
		if epoch, err := r.Epoch("NL"); epoch != 7 || err != nil {
			t.Errorf("got epoch %d, %v, want 7", epoch, err)
		}
		if _, err := r.InFlight("NL"); !errors.Is(err, node.ErrNotFound) {
			t.Errorf("in flight: got %v, want nothing", err)
		}
		pending, err := r.Pending("NL", 0, 10)
		if err != nil {
			return err
		}
		var ids []schema.ID
		for _, p := range pending {
			ids = append(ids, p.ID)
		}
		if want := []schema.ID{all[1].ID, all[2].ID, all[3].ID, all[4].ID}; !slices.Equal(ids, want) {
			t.Errorf("the queue is %v, want %v", ids, want)
		}
		if m := pending[0]; m.State != node.Queued || m.Epoch != 0 || m.Seq != 0 || !m.Settled.IsZero() {
			t.Errorf("got %+v, want a message like one that never left", m)
		}
		counts, err := r.Counts()
		if err != nil {
			return err
		}
		if want := []node.Count{{Box: node.Out, Peer: "NL", State: node.Accepted, N: 1}, {Box: node.Out, Peer: "NL", State: node.Queued, N: 4}}; !slices.Equal(counts, want) {
			t.Errorf("got counts %v, want %v", counts, want)
		}
		last, err := r.LastPouch(node.Out, "NL")
		if err == nil && !last.Closed.Equal(day.Add(time.Hour)) {
			t.Errorf("the last pouch was closed at %v", last.Closed)
		}
		return err
	})
	// What comes late settles nothing, and the next pouch may be in flight.
	err := s.Update(t.Context(), func(tx node.Tx) error {
		p := pouchOf(4, all[3])
		p.Receipt = []byte("late")
		return tx.SettlePouch(p)
	})
	if !errors.Is(err, node.ErrNotFound) {
		t.Errorf("a late receipt: got %v, want not found", err)
	}
	update(t, s, func(tx node.Tx) error {
		p := pouchOf(1, all[1:]...)
		p.Epoch = 7
		return tx.AddPouch(p)
	})
}

func TestDisputes(t *testing.T) {
	s := fresh(t)
	ours := node.Dispute{Peer: "NL", Box: node.Out, Code: "gap", Pouch: node.Place{Epoch: 1, Seq: 57}, Expected: node.Place{Epoch: 1, Seq: 43}, At: day}
	theirs := node.Dispute{Peer: "NL", Box: node.In, Code: "epoch", Pouch: node.Place{Epoch: 2, Seq: 1}, Expected: node.Place{Epoch: 1, Seq: 3}, At: day}
	update(t, s, func(tx node.Tx) error {
		return errors.Join(tx.PutDispute(theirs), tx.PutDispute(node.Dispute{Peer: "NL", Box: node.Out, Code: "equivocation", At: day}), tx.PutDispute(ours))
	})
	got := func() (all []node.Dispute) {
		view(t, s, func(r node.Reader) (err error) {
			all, err = r.Disputes()
			return err
		})
		return all
	}
	if all := got(); !slices.Equal(all, []node.Dispute{ours, theirs}) {
		t.Errorf("got %+v, want the newest of each direction", all)
	}
	update(t, s, func(tx node.Tx) error { return tx.DropDispute("NL", node.Out) })
	if all := got(); !slices.Equal(all, []node.Dispute{theirs}) {
		t.Errorf("got %+v, want the other direction's", all)
	}
}
