package integration

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"testing"

	"github.com/google/uuid"

	"github.com/comity-exchange/comity/cmd/comity/program"
	"github.com/comity-exchange/comity/integration/auditor"
	"github.com/comity-exchange/comity/node"
	"github.com/comity-exchange/comity/schema"
)

// life is three nodes that live through all that the auditor looks at.
type life struct {
	*testing.T
	a, b, c    *identity
	be, nl, fr *program.Program
	text       []byte // of every message, but for its addresses and subject
	house      auditor.House
	sent       int
}

// auditedHouse is what the three nodes have left when they have stopped.
func auditedHouse(t *testing.T) auditor.House {
	t.Helper()
	l := &life{T: t, a: newIdentity(t, "BE"), b: newIdentity(t, "NL"), c: newIdentity(t, "FR"), text: withCanary(messageOf(t, 4096))}
	l.be, l.nl, l.fr = l.a.start(t, quiet), l.b.start(t, quiet), l.c.start(t, quiet)
	introduce(t, l.be, l.nl, l.fr)
	l.house = auditor.House{Quiet: true, OneSubject: true, Canaries: []string{canary}, DiskCeiling: 16 << 20, MemoryCeiling: 1 << 30}
	l.everyday()
	l.released()
	l.quarantined()
	l.queueBehind()
	l.refused()
	l.denied()
	for _, p := range []*program.Program{l.be, l.nl, l.fr} {
		check(t, p.Close(t.Context()))
	}
	books := houseOf(t, l.a, l.b, l.c)
	l.house.Nodes, l.house.Types = books.Nodes, books.Types
	return l.house
}

// send hands a message in, with an id of its own, and notes the answer.
func (l *life) send(p *program.Program, to schema.Jurisdiction, text []byte) (*node.Submitted, error) {
	l.sent++
	from, id := p.Card.Jurisdiction, anyID()
	text = bytes.Replace(text, []byte(`"subject": "`), fmt.Appendf(nil, `"subject": "No. %d `, l.sent), 1)
	text = bytes.Replace(text, []byte(`"to": "NL/iro"`), fmt.Appendf(nil, `"to": "%s/iro"`, to), 1)
	text = bytes.Replace(text, []byte(`"from": "BE/fps-justice"`), fmt.Appendf(nil, `"from": "%s/fps-justice"`, from), 1)
	text = bytes.Replace(text, []byte("{"), fmt.Appendf(nil, `{"id":"%s","created":"2026-11-23T21:05:52Z",`, id), 1)
	sent := auditor.Sent{From: string(from), To: string(to), ID: string(id), SHA256: sha256.Sum256(text), Stream: "one"}
	if bytes.Contains(text, []byte(`"data"`)) {
		sent.SHA256 = [32]byte{} // the node describes the file instead
	}
	done, err := p.Node.Submit(l.Context(), node.Submission{Actor: "agency:test", Body: text, To: to})
	if err != nil {
		l.house.Denied = append(l.house.Denied, sent)
	} else {
		l.house.Sent = append(l.house.Sent, sent)
	}
	return done, err
}

func (l *life) mustSend(p *program.Program, to schema.Jurisdiction, text []byte) schema.ID {
	l.Helper()
	done, err := l.send(p, to, text)
	check(l, err)
	return done.ID
}

// want waits for the outcome of a message.
func (l *life) want(p *program.Program, id schema.ID, state node.State) {
	l.Helper()
	if got := await(l, p, id); got.State != state {
		l.Fatalf("got %+v, want %s", got, state)
	}
}

// everyday is messages in three directions, one with a file and one that is read.
func (l *life) everyday() {
	read := l.mustSend(l.be, "NL", l.text)
	l.want(l.be, read, node.Accepted)
	for range 3 {
		l.want(l.be, l.mustSend(l.be, "NL", l.text), node.Accepted)
		l.want(l.nl, l.mustSend(l.nl, "FR", l.text), node.Accepted)
		l.want(l.fr, l.mustSend(l.fr, "BE", l.text), node.Accepted)
	}
	l.want(l.be, l.mustSend(l.be, "NL", withFile(l.text)), node.Accepted)
	l.erased()
	_, err := l.nl.Node.Open(l.Context(), "officer:test", read, node.In)
	check(l, err)
	l.house.Read = []auditor.Reading{{Node: "NL", ID: string(read)}}
}

// released is four messages that BE's policies hold: two go, each released under
// another, one is returned, one waits on.
func (l *life) released() {
	apply(l, l.be, hold("send"))
	var held []schema.ID
	for range 4 {
		id := l.mustSend(l.be, "NL", l.text)
		l.want(l.be, id, node.Held)
		held = append(held, id)
	}
	release(l, l.be, held[0])
	l.want(l.be, held[0], node.Accepted)
	apply(l, l.be, append(hold("send"), "# as before\n"...))
	release(l, l.be, held[1])
	l.want(l.be, held[1], node.Accepted)
	_, err := l.be.Node.Return(l.Context(), releaser, held[2], "", look(l, l.be, held[2]).Tag, "Not this one.")
	check(l, err)
	apply(l, l.be, []byte(openPolicy))
}

// quarantined is three messages that NL's policy holds: one is let in, one is discarded, one waits on.
func (l *life) quarantined() {
	apply(l, l.nl, hold("receive"))
	var held []schema.ID
	for range 3 {
		id := l.mustSend(l.be, "NL", l.text)
		l.want(l.be, id, node.Accepted)
		held = append(held, id)
	}
	release(l, l.nl, held[0])
	_, err := l.nl.Node.Return(l.Context(), releaser, held[1], "", look(l, l.nl, held[1]).Tag, "Not for us.")
	check(l, err)
	apply(l, l.nl, []byte(openPolicy))
}

// erased is a message that FR's operator lets go of.
func (l *life) erased() {
	id := l.mustSend(l.nl, "FR", withFile(l.text))
	l.want(l.nl, id, node.Accepted)
	_, err := l.fr.Node.Erase(l.Context(), "operator:test", id, node.In, "purpose-fulfilled")
	check(l, err)
}

// queueBehind lets a queue grow behind a pouch in flight, while NL is deaf to FR.
func (l *life) queueBehind() {
	check(l, l.nl.Node.SuspendPeer(l.Context(), "operator:test", "FR"))
	queue := []schema.ID{l.mustSend(l.fr, "NL", l.text)}
	inFlight(l, l.fr, "NL")
	for range 5 {
		queue = append(queue, l.mustSend(l.fr, "NL", l.text))
	}
	check(l, l.nl.Node.ResumePeer(l.Context(), "operator:test", "FR"))
	for _, id := range queue {
		l.want(l.fr, id, node.Accepted)
	}
}

// refused is a message that FR's policy does not take.
func (l *life) refused() {
	_, err := l.fr.Node.ApplyPolicy(l.Context(), "operator:test", narrow("receive"), nil)
	check(l, err)
	l.want(l.be, l.mustSend(l.be, "FR", l.text), node.Refused)
}

// denied is a message that BE's policy no longer lets out while NL is away, and one
// that it does not take in at all.
func (l *life) denied() {
	check(l, l.nl.Close(l.Context()))
	first := l.mustSend(l.be, "NL", l.text)
	inFlight(l, l.be, "NL")
	second := l.mustSend(l.be, "NL", l.text)
	_, err := l.be.Node.ApplyPolicy(l.Context(), "operator:test", narrow("send"), nil)
	check(l, err)
	_, err = l.send(l.be, "NL", l.text)
	wantCode(l, err, "policy_denied")
	l.nl = l.b.start(l.T, quiet)
	l.want(l.be, first, node.Accepted)
	l.want(l.be, second, node.Denied)
}

// inFlight waits until a pouch is.
func inFlight(tb testing.TB, p *program.Program, peer schema.Jurisdiction) {
	tb.Helper()
	eventually(tb, "a pouch in flight", func() bool {
		last, err := p.Node.Last(tb.Context(), node.Out, peer)
		return err == nil && last != nil && last.Receipt == nil
	})
}

// anyID is a message id of no particular time: an agency may choose it, so that the
// order of ids says nothing.
func anyID() schema.ID {
	id := uuid.Must(uuid.NewV7())
	mixed := uuid.New()
	copy(id[:6], mixed[:6])
	return schema.ID(id.String())
}
