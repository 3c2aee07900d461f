package integration

import (
	"bytes"
	"context"
	"slices"

	"pgregory.net/rapid"

	"github.com/comity-exchange/comity/node"
	"github.com/comity-exchange/comity/schema"
)

// holds checks what must be true at any moment. What senders know is read before
// what has arrived, so that whatever is accepted has arrived.
func (m *model) holds(t *rapid.T) {
	for _, p := range m.players {
		if p.running != nil {
			m.holdsOut(t, p)
		}
	}
	for _, p := range m.players {
		if p.running != nil {
			m.holdsIn(t, p)
		}
	}
}

// holdsOut: all that was answered is there, in order, and has a fate it may have;
// nothing else is, and a fate is final. I1, I5.
func (m *model) holdsOut(t *rapid.T, p *player) {
	list, err := boxes(p.running, node.Out)
	fatal(t, err)
	if len(list) != len(p.out) {
		t.Fatalf("%s has %d messages, was handed %d", p.code, len(list), len(p.out))
	}
	for i, got := range list {
		l := p.out[i]
		if got.ID != l.id || got.Peer != l.way.to || got.SHA256 != l.digest {
			t.Fatalf("%s: message %d is %s to %s, want %s", p.code, i, got.ID, got.Peer, l.id)
		}
		if got.State != l.state && (l.state != node.Queued || !l.fates[got.State]) {
			t.Fatalf("%s to %s: was %s and is %s (%s), may be %v", l.way.from, l.way.to, l.state, got.State, got.Code, l.fates)
		}
		if (got.State == node.Refused || got.State == node.Denied) && got.Code != "policy" {
			t.Fatalf("%s to %s: %s by %q, want policy", l.way.from, l.way.to, got.State, got.Code)
		}
		if l.state != got.State {
			l.state = got.State
			m.tally[string(l.state)]++
		}
	}
}

// holdsIn: what has arrived is what was sent, once, in order, and stays; all that
// its sender knows as accepted is among it, nothing that it knows as refused. I1 to I4, I7.
func (m *model) holdsIn(t *rapid.T, p *player) {
	list, err := boxes(p.running, node.In)
	fatal(t, err)
	now := map[schema.Jurisdiction][]schema.ID{}
	for _, got := range list {
		l := m.letters[got.ID]
		switch {
		case l == nil:
			t.Fatalf("%s got %s, which nobody was told is queued", p.code, got.ID)
		case l.way != way{got.Peer, p.code} || l.digest != got.SHA256 || got.State != node.Received:
			t.Fatalf("%s got %s from %s as %s, want it from %s unchanged", p.code, got.ID, got.Peer, got.State, l.way.from)
		case l.state != node.Queued && l.state != node.Accepted || !l.fates[node.Accepted]:
			t.Fatalf("%s got %s, which is %s and may be %v", p.code, got.ID, l.state, l.fates)
		}
		now[got.Peer] = append(now[got.Peer], got.ID)
	}
	for _, q := range m.players {
		if before := p.in[q.code]; len(now[q.code]) < len(before) || !slices.Equal(now[q.code][:len(before)], before) {
			t.Fatalf("%s had %v from %s and has %v", p.code, before, q.code, now[q.code])
		}
		sent := slices.DeleteFunc(slices.Clone(q.queue), func(l *letter) bool {
			return l.way.to != p.code || l.state != node.Accepted && !slices.Contains(now[q.code], l.id)
		})
		if !slices.EqualFunc(now[q.code], sent, func(id schema.ID, l *letter) bool { return id == l.id }) {
			t.Fatalf("%s has %v from %s, out of order or incomplete", p.code, now[q.code], q.code)
		}
	}
	p.in = now
}

// settled checks what must be true when all is drained: no message waits, every one
// that its sender knows as accepted can be read at the other side octet by octet,
// both ledgers end with the same pouch and receipt, the journals prove. I1 to I6.
func (m *model) settled(t *rapid.T) {
	ctx := context.Background()
	for _, l := range m.letters {
		if l.state == node.Queued || l.state == node.Held {
			t.Fatalf("%s from %s to %s still waits", l.id, l.way.from, l.way.to)
		}
		if l.state == node.Accepted {
			sent, err := m.named(l.way.from).running.Node.Open(ctx, modelActor, l.id, node.Out)
			fatal(t, err)
			arrived, err := m.named(l.way.to).running.Node.Open(ctx, modelActor, l.id, node.In)
			fatal(t, err)
			if !bytes.Equal(sent.Message.Raw, arrived.Message.Raw) {
				t.Fatalf("%s changed on its way", l.id)
			}
		}
	}
	for _, p := range m.players {
		_, err := p.running.Node.VerifyJournal(ctx)
		fatal(t, err)
		for _, q := range m.players {
			if p == q {
				continue
			}
			out, err := p.running.Node.Last(ctx, node.Out, q.code)
			fatal(t, err)
			in, err := q.running.Node.Last(ctx, node.In, p.code)
			fatal(t, err)
			if (out == nil) != (in == nil) || out != nil && (out.Seq != in.Seq || out.Hash != in.Hash || !bytes.Equal(out.Receipt, in.Receipt)) {
				t.Fatalf("the ledgers of %s and %s end differently: %+v, %+v", p.code, q.code, out, in)
			}
		}
	}
}
