package auditor

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"strconv"

	"github.com/ncruces/go-sqlite3"
)

// entry is one journal record.
type entry struct {
	N       int64             `json:"n"`
	At      string            `json:"at"`
	Actor   string            `json:"actor"`
	Act     string            `json:"act"`
	Subject string            `json:"subject"`
	Detail  map[string]string `json:"detail"`
}

// journal is the tree over the records, made anew, and what the node says of it.
type journal struct {
	tree  tree
	roots [][32]byte // by number of entries, roots[0] of none
	size  int64
	root  []byte
	edge  []byte
	fault string // the first thing that is wrong
	place string
}

// tree is an RFC 6962 hash tree that grows by leaves: the roots of the complete
// subtrees, largest first, and how many leaves each has.
type tree struct {
	roots  [][32]byte
	leaves []int64
}

func leafHash(record []byte) [32]byte { return sha256.Sum256(append([]byte{0}, record...)) }

func nodeHash(left, right [32]byte) [32]byte {
	return sha256.Sum256(append(append([]byte{1}, left[:]...), right[:]...))
}

// add appends a leaf and gives the roots of all subtrees that it completes, its own first.
func (t *tree) add(record []byte) []byte {
	h, n := leafHash(record), int64(1)
	completed := append([]byte{}, h[:]...)
	for last := len(t.roots) - 1; last >= 0 && t.leaves[last] == n; last-- {
		h, n = nodeHash(t.roots[last], h), 2*n
		t.roots, t.leaves = t.roots[:last], t.leaves[:last]
		completed = append(completed, h[:]...)
	}
	t.roots, t.leaves = append(t.roots, h), append(t.leaves, n)
	return completed
}

// root of the whole tree. RFC 6962 2.1.
func (t *tree) root() [32]byte {
	if len(t.roots) == 0 {
		return sha256.Sum256(nil)
	}
	h := t.roots[len(t.roots)-1]
	for i := len(t.roots) - 2; i >= 0; i-- {
		h = nodeHash(t.roots[i], h)
	}
	return h
}

func (t *tree) edge() (b []byte) {
	for _, h := range t.roots {
		b = append(b, h[:]...)
	}
	return b
}

// readJournal makes the tree from the records alone.
func readJournal(d database, b *books) error {
	j := &b.journal
	err := d.each(`SELECT size, root, edge FROM head`, func(s *sqlite3.Stmt) error {
		j.size, j.root, j.edge = s.ColumnInt64(0), blob(s, 1), blob(s, 2)
		return nil
	})
	if err != nil {
		return err
	}
	j.roots = append(j.roots, j.tree.root())
	return d.each(`SELECT n, subject, record, hashes FROM journal ORDER BY n`, func(s *sqlite3.Stmt) error {
		n, subject, record := s.ColumnInt64(0), s.ColumnText(1), []byte(s.ColumnText(2))
		e := &entry{}
		err := json.Unmarshal(record, e)
		completed := j.tree.add(record)
		j.roots = append(j.roots, j.tree.root())
		want := int64(len(b.entries)) + 1
		switch {
		case n != want:
			j.note(want, "is not there")
		case err != nil || e.N != n || e.Subject != subject:
			j.note(n, "is not the record of its place")
		case !bytes.Equal(completed, blob(s, 3)):
			j.note(n, "was changed: its hashes are those of another record")
		}
		b.entries = append(b.entries, e)
		key := e.Act + " " + e.Subject
		b.acts[key] = append(b.acts[key], e)
		return nil
	})
}

func (j *journal) note(n int64, fault string) {
	if j.fault == "" {
		j.place, j.fault = fmt.Sprintf("entry %d", n), fault
	}
}

// checkJournal holds I6. A journal that does not prove is one finding; it is not read further.
func (a *audit) checkJournal(b *books) {
	j := &b.journal
	root := j.tree.root()
	switch {
	case j.fault != "":
	case j.size != int64(len(b.entries)):
		j.place, j.fault = "head", fmt.Sprintf("tells of %d entries, there are %d", j.size, len(b.entries))
	case !bytes.Equal(j.root, root[:]) || !bytes.Equal(j.edge, j.tree.edge()):
		j.place, j.fault = "head", "is not the root over the entries"
	}
	if j.fault != "" {
		a.find("I6", b.Code, j.place, "%s", j.fault)
		return
	}
	a.checkActs(b)
	a.checkNotary(b)
}

// checkActs wants an entry for every decision, reading and change.
func (a *audit) checkActs(b *books) {
	want := func(subject, act string, detail map[string]string) {
		for _, e := range b.acts[act+" "+subject] {
			if holds(e.Detail, detail) {
				return
			}
		}
		a.find("I6", b.Code, subject, "the journal has no %s of it", act)
	}
	want(b.Code, "node.created", nil)
	for _, m := range b.messages {
		sum := map[string]string{"peer": m.peer, "sha256": hexOf(m.plain[:])}
		switch {
		case m.erased != 0:
			b.wantBegin(m, map[string]string{"peer": m.peer, "sha256": hexOf(m.sha256)}, want)
		case m.fault != "" || !m.opened || !bytes.Equal(m.plain[:], m.sha256): // I3
		default:
			b.wantBegin(m, sum, want)
		}
		a.checkWait(b, m, want)
		if m.state == "denied" {
			want(m.id, "message.denied", map[string]string{"code": m.code})
		}
	}
	for _, p := range b.pouches {
		a.wantLine(b, p, want)
	}
	for _, v := range b.policies {
		sum := sha256.Sum256(v.text)
		want("policy", "policy.applied", map[string]string{"version": strconv.FormatInt(v.version, 10), "sha256": hexOf(v.sha256)})
		if !bytes.Equal(sum[:], v.sha256) {
			a.find("I6", b.Code, fmt.Sprintf("policy %d", v.version), "its text is not that of its digest")
		}
	}
	for _, r := range a.Read {
		if r.Node == b.Code {
			want(r.ID, "message.read", nil)
		}
	}
	a.checkPeers(b)
}

// wantBegin wants how a message came here: one of two acts, and the second one where
// a release followed.
func (b *books) wantBegin(m *message, sum map[string]string, want func(string, string, map[string]string)) {
	act, held := "message.submitted", "message.held"
	if m.box == "in" {
		act, held = "message.received", "message.quarantined"
	}
	for _, e := range b.acts[held+" "+m.id] {
		if e.Actor != "node" { // which holds again what was submitted once
			act = held
		}
	}
	want(m.id, act, sum)
}

// checkWait wants the journal to tell of a wait what the message's state tells.
func (a *audit) checkWait(b *books, m *message, want func(string, string, map[string]string)) {
	acts := map[string]string{"held": "message.held", "quarantined": "message.quarantined", "returned": "message.returned",
		"expired": "message.expired", "discarded": "message.discarded"}
	if act := acts[m.state]; act != "" {
		want(m.id, act, map[string]string{"peer": m.peer})
	}
	if m.releaser == "" {
		return
	}
	sum := hexOf(m.plain[:])
	if m.erased != 0 {
		sum = hexOf(m.sha256)
	}
	for _, e := range b.acts["message.released "+m.id] {
		if e.Actor == m.releaser && e.Detail["sha256"] == sum {
			return
		}
	}
	a.find("I6", b.Code, m.id, "the journal has no message.released of it by %s", m.releaser)
}

// wantLine wants the acts on one ledger line, and one on each refused message.
func (a *audit) wantLine(b *books, p *pouch, want func(string, string, map[string]string)) {
	if p.box == "out" {
		want(p.line(), "pouch.committed", nil)
		if p.receipt != nil {
			want(p.line(), "receipt.verified", nil)
		}
		return
	}
	want(p.line(), "pouch.received", nil)
	if p.sent == nil || p.answer == nil || len(p.sent.messages) != len(p.answer.messages) {
		return
	}
	for i, v := range p.answer.messages {
		if v.code != "" {
			want(p.sent.messages[i].id, "message.refused", map[string]string{"code": v.code, "pouch": p.line()})
		}
	}
}

// checkPeers wants every card and every suspension told.
func (a *audit) checkPeers(b *books) {
	for _, p := range b.peers {
		suspended, told := false, false
		for _, e := range b.entries {
			if e.Subject != p.code {
				continue
			}
			switch e.Act {
			case "peer.added", "peer.card_replaced":
				told = e.Detail["card"] == digestOf(p.card)
			case "peer.suspended":
				suspended = true
			case "peer.resumed":
				suspended = false
			}
		}
		if !told {
			a.find("I6", b.Code, "peer "+p.code, "the journal tells of another card")
		}
		if suspended != p.suspended {
			a.find("I6", b.Code, "peer "+p.code, "is suspended: %t; the journal says: %t", p.suspended, suspended)
		}
	}
}

func holds(have, want map[string]string) bool {
	for name, value := range want {
		if have[name] != value {
			return false
		}
	}
	return true
}

// checkNotary opens the commitments to this journal that its author gave away, in its
// manifests and its receipts. Each must be to a state of the journal that lies
// before the entry on the pouch, and a later one never to an earlier state.
func (a *audit) checkNotary(b *books) {
	sizes := map[[32]byte]int64{{}: 0}
	for size := 1; size < len(b.journal.roots); size++ {
		sizes[b.commitment(int64(size))] = int64(size)
	}
	for _, ledger := range []struct{ box, act string }{{"out", "pouch.committed"}, {"in", "pouch.received"}} {
		last := map[string]int64{}
		for _, p := range b.pouches {
			t := p.sent
			if ledger.box == "in" {
				t = p.answer
			}
			told := b.acts[ledger.act+" "+p.line()]
			if p.box != ledger.box || t == nil || len(told) == 0 {
				continue
			}
			size, known := sizes[t.journal]
			switch {
			case !known:
				a.find("I6", b.Code, p.line(), "what it says of the journal fits no state of it")
				return
			case size >= told[0].N || size < last[p.peer]:
				a.find("I6", b.Code, p.line(), "what it says of the journal is of another time")
				return
			}
			last[p.peer] = size
		}
	}
}

// commitment to the first so many entries: SHA-256(HMAC(notary, size) ‖ size ‖ root).
func (b *books) commitment(size int64) [32]byte {
	n := binary.BigEndian.AppendUint64(nil, uint64(size))
	salt := hmac.New(sha256.New, b.notary)
	salt.Write(n)
	root := b.journal.roots[size]
	return sha256.Sum256(append(append(salt.Sum(nil), n...), root[:]...))
}
