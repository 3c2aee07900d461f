package auditor

import (
	"bytes"
	"encoding/hex"
	"slices"
)

// checkAnswers holds I1 and I3 for every answer that the test saw.
func (a *audit) checkAnswers() {
	for _, s := range a.Sent {
		from := a.nodes[s.From]
		if from == nil {
			continue // its books are not part of this audit
		}
		m := from.byBox["out/"+s.ID]
		switch {
		case m == nil:
			a.find("I1", s.From, "message "+s.ID, "was answered and is not there")
		case m.peer != s.To:
			a.find("I3", s.From, "message "+s.ID, "was handed in for %s and is kept for %s", s.To, m.peer)
		case s.SHA256 != [32]byte{} && !bytes.Equal(s.SHA256[:], m.sha256):
			a.find("I3", s.From, "message "+s.ID, "is not what was handed in")
		}
	}
}

// checkDatabase holds that the file itself is whole.
func (a *audit) checkDatabase(b *books) {
	if b.damage != "" {
		a.find("I1", b.Code, "database", "the integrity check says: %s", b.damage)
	}
}

// checkDeliveries holds I1 to I4 for all that the books of one node say.
func (a *audit) checkDeliveries(b *books) {
	for _, m := range b.messages {
		a.checkContent(b, m)
		if m.box == "out" && m.state == "accepted" {
			a.checkArrived(b, m)
		}
	}
	a.checkTwice(b)
	for _, n := range a.Nodes {
		a.checkOrder(b, n.Code)
	}
}

// checkArrived wants what the peer's receipt accepted in the peer's inbox.
func (a *audit) checkArrived(b *books, m *message) {
	if to := a.nodes[m.peer]; to != nil && to.byBox["in/"+m.id] == nil {
		a.find("I1", m.peer, "message "+m.id, "%s was told that it was accepted, and it is not there", b.Code)
	}
}

// checkContent opens a message and, of a delivered one, compares it with what was sent.
func (a *audit) checkContent(b *books, m *message) {
	place := "message " + m.box + "/" + m.id
	switch {
	case b.byBox[m.box+"/"+m.id] != m: // there twice, I2; the content belongs to the first
		return
	case m.erased != 0:
		a.checkErased(b, m)
		return
	case !m.opened:
		a.find("I3", b.Code, place, "has no content")
		return
	case m.fault != "":
		a.find("I3", b.Code, place, "%s", m.fault)
		return
	case !bytes.Equal(m.plain[:], m.sha256):
		a.find("I3", b.Code, place, "its content is not that of its digest")
		return
	}
	for sum, fault := range m.attached {
		if fault != "" {
			a.find("I3", b.Code, place, "the file %x: %s", sum[:4], fault)
		}
	}
	if from := a.nodes[m.peer]; m.box == "in" && from != nil {
		a.compare(b, m, from)
	}
}

func (a *audit) compare(b *books, m *message, from *books) {
	sent := from.byBox["out/"+m.id]
	switch {
	case sent == nil || sent.peer != b.Code:
		a.find("I3", b.Code, "message "+m.id, "was delivered, and %s did not send it", m.peer)
	case !bytes.Equal(sent.sha256, m.sha256):
		a.find("I3", b.Code, "message "+m.id, "is not what %s sent", m.peer)
	case sent.erased == 0 && len(sent.attached) != len(m.attached):
		a.find("I3", b.Code, "message "+m.id, "has %d files, %s sent %d", len(m.attached), m.peer, len(sent.attached))
	}
}

// checkTwice holds I2, for ids, for what the journal says and, if the test's subjects
// are unique, for messages that were sent again under another id.
func (a *audit) checkTwice(b *books) {
	ids, subjects := map[string]bool{}, map[[32]byte]string{}
	for _, m := range b.messages {
		key := m.box + "/" + m.id
		if ids[key] {
			a.find("I2", b.Code, "message "+key, "is there twice")
			continue
		}
		ids[key] = true
		if n := len(b.acts["message.received "+m.id]) + len(b.acts["message.quarantined "+m.id]); m.box == "in" && n > 1 {
			a.find("I2", b.Code, "message "+key, "was delivered %d times, says the journal", n)
		}
		if !a.OneSubject || !m.opened || m.fault != "" {
			continue
		}
		subject := m.subject
		subject[0] ^= m.box[0] // one of either box may have it
		if other, seen := subjects[subject]; seen {
			a.find("I2", b.Code, "message "+key, "says the same as %s", other)
		}
		subjects[subject] = m.id
	}
}

// checkOrder holds I4: what came from one peer came in the order of that peer's queue.
func (a *audit) checkOrder(b *books, peer string) {
	from := a.nodes[peer]
	if from == b {
		return
	}
	seen := map[string]bool{}
	var before *message
	for _, m := range b.messages {
		sent := from.byBox["out/"+m.id]
		if m.box != "in" || m.peer != peer || seen[m.id] || sent == nil {
			continue
		}
		seen[m.id] = true
		if before != nil && sent.queue <= before.queue {
			a.find("I4", b.Code, "message "+m.id, "was delivered behind %s, and was queued before it", before.id)
			return // all that follow would be out of order too
		}
		before = sent
	}
}

// checkStreams holds I4 for what the test saw: one stream is queued as it was answered.
func (a *audit) checkStreams() {
	type lane struct{ stream, from, to string }
	last := map[lane]*message{}
	for _, s := range a.Sent {
		if s.Stream == "" || a.nodes[s.From] == nil {
			continue
		}
		m := a.nodes[s.From].byBox["out/"+s.ID]
		if m == nil {
			continue
		}
		l := lane{s.Stream, s.From, s.To}
		if before := last[l]; before != nil && before.n >= m.n {
			a.find("I4", s.From, "message "+m.id, "was answered after %s, and is queued before it", before.id)
		}
		last[l] = m
	}
}

// hexOf is a digest as the signed texts write it.
func hexOf(b []byte) string { return hex.EncodeToString(b) }

// members are the messages of one outgoing pouch, in the order of the queue.
func (b *books) members() map[string][]*message {
	all := map[string][]*message{}
	for _, m := range b.messages {
		if m.box == "out" && m.seq > 0 {
			all[m.line()] = append(all[m.line()], m)
		}
	}
	for _, list := range all {
		slices.SortFunc(list, func(x, y *message) int { return int(x.queue - y.queue) })
	}
	return all
}
