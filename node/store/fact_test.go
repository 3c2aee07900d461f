package store

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"time"

	"github.com/comity-exchange/comity/node"
	"github.com/comity-exchange/comity/schema"
)

// fact is one transaction. Afterwards all its traces are there, or none.
type fact struct {
	name         string
	acknowledged bool
	err          error // if it was not
	traces       []trace
}

// trace is node.ErrNotFound where the transaction has left nothing.
type trace func(r node.Reader) error

// try runs a transaction; it is a fact from the start, and acknowledged if run says so.
func (h *house) try(name string, run func() error, traces ...trace) {
	f := &fact{name: name, traces: traces}
	h.facts = append(h.facts, f)
	f.err = run()
	f.acknowledged = f.err == nil
}

// look says how many of the traces are there.
func (f *fact) look(r node.Reader) (there int, err error) {
	for _, t := range f.traces {
		switch err := t(r); {
		case err == nil:
			there++
		case !errors.Is(err, node.ErrNotFound):
			return there, fmt.Errorf("%s: %w", f.name, err)
		}
	}
	return there, nil
}

// message is there with its content, which opens to what its digest says.
func message(id schema.ID, box node.Box) []trace {
	name := string(box) + "/" + string(id)
	return []trace{
		func(r node.Reader) error { _, err := r.Message(id, box); return err },
		func(r node.Reader) error {
			c, err := r.Content(name)
			if err != nil {
				return err
			}
			plain, err := parties()["BE"].vault.Decrypt(c.Name, c.Sealed, c.Wrapped)
			if err != nil {
				return err
			}
			if m, err := r.Message(id, box); err == nil && m.SHA256 != sha256.Sum256(plain) {
				return fmt.Errorf("content of %s is not what was stored", id)
			}
			return nil
		},
		journalled(string(id), func(e node.Entry) bool { return true }),
	}
}

// journalled looks for a line on the subject.
func journalled(subject string, is func(e node.Entry) bool) trace {
	return func(r node.Reader) error {
		lines, err := r.EntriesOf(subject)
		for _, e := range lines {
			if is(e) {
				return err
			}
		}
		return errors.Join(err, node.ErrNotFound)
	}
}

func acted(act string) func(node.Entry) bool { return func(e node.Entry) bool { return e.Act == act } }

// submit hands a message in, with a key, as an agency does.
func (h *house) submit() {
	h.t.Helper()
	id, key := schema.NewID(), "key "+string(schema.NewID())
	body := bytes.Replace(draftText(), []byte("{"), []byte(`{"id":"`+string(id)+`",`), 1)
	h.queued = append(h.queued, id)
	h.try("submit "+string(id), func() error {
		_, err := h.node.Submit(context.Background(), node.Submission{Actor: "agency:demo", Key: key, Body: body, To: "NL"})
		return err
	}, append(message(id, node.Out), func(r node.Reader) error { _, err := r.Idempotency("agency:demo", key); return err })...)
}

// receive stores a pouch of two messages and its receipt.
func (h *house) receive() {
	h.t.Helper()
	h.pouch++
	p := &node.Pouch{Box: node.In, Peer: "NL", Epoch: 1, Seq: h.pouch, Hash: sha256.Sum256([]byte{byte(h.pouch)}), Manifest: []byte("manifest"), Signature: []byte("signature"),
		Committed: time.Now().UTC(), Receipt: []byte("receipt"), ReceiptSig: []byte("receipt signature"), Settled: time.Now().UTC()}
	name := fmt.Sprintf("in/NL/1/%d", p.Seq)
	traces := []trace{func(r node.Reader) error { _, err := r.Pouch(node.In, "NL", 1, p.Seq); return err }, journalled(name, acted("pouch.received"))}
	var arrived []node.Arrived
	for range 2 {
		raw, files, err := catalogue().Complete(draftText(), schema.Draft{ID: schema.NewID(), From: "NL", To: "BE", Created: time.Now()})
		m, err2 := catalogue().Read(raw)
		if err := errors.Join(err, err2); err != nil {
			h.t.Fatal(err)
		}
		arrived = append(arrived, node.Arrived{ID: m.ID, SHA256: sha256.Sum256(raw), Message: m, Files: files})
		traces = append(traces, message(m.ID, node.In)...)
	}
	h.try("receive "+name, func() error { return h.node.Receive(context.Background(), p, arrived) }, traces...)
}

// release looks at the message that waits, and lets it go.
func (h *house) release() {
	h.t.Helper()
	id := h.queued[len(h.queued)-1]
	h.try("release "+string(id), func() error {
		seen, err := h.node.OpenRelease(context.Background(), "officer:second", id, node.Out)
		if err != nil {
			return err
		}
		_, err = h.node.Release(context.Background(), "officer:second", id, node.Out, seen.Tag)
		return err
	}, func(r node.Reader) error {
		m, err := r.Message(id, node.Out)
		if err == nil && m.State != node.Queued {
			return node.ErrNotFound
		}
		return err
	}, func(r node.Reader) error {
		queue, err := r.Pending("NL", 0, 10)
		if err == nil && (len(queue) == 0 || queue[len(queue)-1].ID != id) {
			return node.ErrNotFound
		}
		return err
	}, journalled(string(id), acted("message.released")))
}

// read opens the first message: one line in the journal and nothing else.
func (h *house) read() {
	h.t.Helper()
	actor := "operator:" + string(schema.NewID())
	h.try("read", func() error { _, err := h.node.Open(context.Background(), actor, h.queued[0], node.Out); return err },
		journalled(string(h.queued[0]), func(e node.Entry) bool { return e.Actor == actor }))
}

// note enters an event into the thread of what waits.
func (h *house) note() {
	h.t.Helper()
	actor, opening := "officer:"+string(schema.NewID()), h.queued[0]
	h.try("note", func() error {
		_, err := h.node.Note(context.Background(), actor, opening, "presence-no-longer-required", time.Now().UTC().Format(time.RFC3339))
		return err
	}, func(r node.Reader) error {
		facts, err := r.Facts(opening, node.Out)
		if err == nil && (len(facts) != 1 || facts[0].Actor != actor) {
			return node.ErrNotFound
		}
		return err
	}, journalled(string(opening), func(e node.Entry) bool { return e.Actor == actor }))
}

// applyPolicy puts the same policy in force once more.
func (h *house) applyPolicy() {
	h.t.Helper()
	actor := "operator:" + string(schema.NewID())
	h.try("apply policy", func() error {
		_, err := h.node.ApplyPolicy(context.Background(), actor, []byte(everythingCrosses), nil)
		return err
	}, func(r node.Reader) error {
		all, err := r.Policies()
		for _, v := range all {
			if v.Actor == actor && string(v.Text) == everythingCrosses {
				return err
			}
		}
		return errors.Join(err, node.ErrNotFound)
	}, journalled("policy", func(e node.Entry) bool { return e.Actor == actor }))
}

// peerIs looks for a peer as it should be.
func peerIs(peer schema.Jurisdiction, is func(p node.Peer) bool) trace {
	return func(r node.Reader) error {
		all, err := r.Peers()
		for _, p := range all {
			if p.Code == peer && is(p) {
				return err
			}
		}
		return errors.Join(err, node.ErrNotFound)
	}
}

func (h *house) addPeer(peer schema.Jurisdiction) {
	h.t.Helper()
	card := parties()[peer].card
	h.try("add peer", func() error {
		_, err := h.node.AddPeer(context.Background(), "operator:test", card.Text, card.Certificate.Root())
		return err
	}, peerIs(peer, func(p node.Peer) bool { return bytes.Equal(p.Card, card.Text) }), journalled(string(peer), acted("peer.added")))
}

func (h *house) suspendPeer(peer schema.Jurisdiction) {
	h.t.Helper()
	h.try("suspend peer", func() error { return h.node.SuspendPeer(context.Background(), "operator:test", peer) },
		peerIs(peer, func(p node.Peer) bool { return p.Suspended }), journalled(string(peer), acted("peer.suspended")))
}

// report keeps what proves a peer's misconduct.
func (h *house) report(misconduct string) {
	h.t.Helper()
	h.try("report "+misconduct, func() error {
		return h.node.Report(context.Background(), "NL", misconduct, 1, 1, []byte("evidence of "+misconduct))
	}, func(r node.Reader) error {
		n, err := one(r.(*reader).conn, (*row).int, `SELECT count(*) FROM evidence WHERE code = ?`, misconduct)
		if n == 0 && err == nil {
			return node.ErrNotFound
		}
		return err
	}, journalled("NL", func(e node.Entry) bool { return e.Detail["code"] == misconduct }))
}

// turn settles the pouch in flight, if there is one, refusing its first message, and
// spends the next number on what waits, if anything does.
func (h *house) turn() {
	h.t.Helper()
	var done *node.Settlement
	var next *node.Pouch
	var traces []trace
	err := h.store.View(context.Background(), func(r node.Reader) error {
		p, err := r.LastPouch(node.Out, "NL")
		after := int64(0)
		if err == nil {
			after = p.Last
		}
		if err == nil && p.Receipt == nil {
			members, err := r.Pending("NL", p.First-1, int(p.Last-p.First+1))
			if err != nil {
				return err
			}
			done, traces = settlement(p, members)
		}
		waiting, err2 := r.Pending("NL", after, 100)
		if len(waiting) > 0 {
			next = pouch(h.pouch+1, waiting[0].Queue, waiting[len(waiting)-1].Queue)
			next.Members = len(waiting)
			traces = append(traces, func(r node.Reader) error { _, err := r.Pouch(node.Out, "NL", 1, next.Seq); return err },
				journalled(fmt.Sprintf("out/NL/1/%d", next.Seq), acted("pouch.committed")))
		}
		return err2
	})
	if err != nil {
		return // the disk is off
	}
	h.try("turn", func() error { return h.node.Turn(context.Background(), "NL", done, next, node.Stopped{}) }, traces...)
	if h.facts[len(h.facts)-1].acknowledged {
		h.pouch++ // otherwise the next turn tries the same
	}
}

// settlement of a pouch by a receipt that refuses the first member.
func settlement(p *node.Pouch, members []*node.Message) (*node.Settlement, []trace) {
	answered := *p
	answered.Receipt, answered.ReceiptSig, answered.Settled = []byte("receipt"), []byte("receipt signature"), time.Now().UTC()
	done := &node.Settlement{Pouch: &answered, Refused: map[schema.ID]string{}}
	traces := []trace{
		func(r node.Reader) error {
			p, err := r.Pouch(node.Out, "NL", answered.Epoch, answered.Seq)
			if err == nil && p.Receipt == nil {
				return node.ErrNotFound
			}
			return err
		},
		journalled(fmt.Sprintf("out/NL/%d/%d", p.Epoch, p.Seq), acted("receipt.verified")),
	}
	for i, m := range members {
		want := node.Accepted
		if i == 0 {
			want, done.Refused[m.ID] = node.Refused, "category"
		}
		done.Members = append(done.Members, m.ID)
		traces = append(traces, func(r node.Reader) error {
			got, err := r.Message(m.ID, node.Out)
			if err == nil && got.State != want {
				return node.ErrNotFound
			}
			return err
		})
	}
	return done, traces
}
