package auditor

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"strings"
)

// checkLedgers holds I5 for the two ledgers that a node keeps with each peer.
func (a *audit) checkLedgers(b *books) {
	members := b.members()
	before := map[string]*pouch{} // the line before, by ledger
	for _, p := range b.pouches {
		ledger := p.box + "/" + p.peer
		words := a.wrong(b, p, before[ledger])
		if words == "" {
			words = a.unlike(b, p)
		}
		if words == "" && p.box == "out" {
			words = b.misjudged(p, members[p.line()])
		}
		if words == "" {
			words = b.unjournalled(p)
		}
		if words != "" {
			a.find("I5", b.Code, p.line(), "%s", words)
		}
		before[ledger] = p
	}
	a.checkVerdicts(b)
	for _, e := range b.alarms {
		if e.code == "equivocation" || strings.HasPrefix(e.code, "refused_") {
			a.find("I5", b.Code, fmt.Sprintf("evidence %d", e.n), "the ledgers with %s were found to differ: %s", e.peer, e.code)
		}
	}
}

// wrong says what is wrong with one line of a ledger by itself and behind the line before.
func (a *audit) wrong(b *books, p, before *pouch) string {
	if p.fault != "" {
		return p.fault
	}
	author, reader := b.Code, p.peer
	if p.box == "in" {
		author, reader = reader, author
	}
	sum := sha256.Sum256(p.manifest)
	switch {
	case !bytes.Equal(sum[:], p.hash):
		return "its hash is not that of its manifest"
	case !named(p.sent.from, author) || !named(p.sent.to, reader) || p.sent.epoch != p.epoch || p.sent.seq != p.seq:
		return "its manifest is that of another line"
	}
	if words := gap(p, before); words != "" {
		return words
	}
	if p.receipt != nil {
		if words := p.misanswered(author, reader); words != "" {
			return words
		}
	}
	return a.unsigned(p, author, reader)
}

func named(party, code string) bool { return strings.HasPrefix(party, code+" ") }

// gap says how a line fails to follow the one before. PROTOCOL 5.
func gap(p, before *pouch) string {
	zeros := strings.Repeat("0", 64)
	switch {
	case before == nil && (p.seq != 1 || p.sent.link != zeros):
		return "it is the first line and has not the first number"
	case before == nil:
		return ""
	case p.epoch == before.epoch && p.seq != before.seq+1:
		return fmt.Sprintf("it follows number %d", before.seq)
	case p.epoch != before.epoch && (p.epoch < before.epoch || p.seq != 1):
		return "it begins an epoch and has not the first number"
	case p.epoch != before.epoch && p.sent.link != zeros:
		return "it begins an epoch and chains to another line"
	case p.epoch != before.epoch:
		return ""
	case p.sent.link != hexOf(before.hash):
		return "it does not chain to the line before"
	case before.receipt == nil:
		return "the line before has no receipt"
	}
	return ""
}

// misanswered says how a receipt fails to answer its manifest. PROTOCOL 3.2.
func (p *pouch) misanswered(author, reader string) string {
	r := p.answer
	switch {
	case !named(r.from, reader) || !named(r.to, author) || r.epoch != p.epoch || r.seq != p.seq || r.link != hexOf(p.hash):
		return "its receipt is that of another pouch"
	case len(r.messages) != len(p.sent.messages):
		return fmt.Sprintf("it has %d messages and %d verdicts", len(p.sent.messages), len(r.messages))
	}
	for i, v := range r.messages {
		if v.digest != p.sent.messages[i].digest {
			return fmt.Sprintf("verdict %d is on another message", i+1)
		}
	}
	return ""
}

// unsigned says which of the two signatures does not hold.
func (a *audit) unsigned(p *pouch, author, reader string) string {
	if c := a.certificates[author]; c != nil {
		if err := c.verify(p.manifest, p.signature); err != nil {
			return fmt.Sprintf("the manifest's signature: %v", err)
		}
	}
	if c := a.certificates[reader]; c != nil && p.receipt != nil {
		if err := c.verify(p.receipt, p.receipts); err != nil {
			return fmt.Sprintf("the receipt's signature: %v", err)
		}
	}
	return ""
}

// unlike says how a line differs from the peer's line of the same number. It is told
// once, at the sender, unless only the receiver has the line.
func (a *audit) unlike(b *books, p *pouch) string {
	other := a.nodes[p.peer]
	if other == nil {
		return ""
	}
	if p.box == "in" {
		if other.byLine[ledgerLine("out", b.Code, p.epoch, p.seq)] == nil {
			return p.peer + " never sent it"
		}
		return ""
	}
	in := other.byLine[ledgerLine("in", b.Code, p.epoch, p.seq)]
	switch {
	case in == nil && p.receipt != nil:
		return p.peer + " has given a receipt and lacks the line"
	case in == nil:
		return ""
	case !bytes.Equal(in.manifest, p.manifest) || !bytes.Equal(in.signature, p.signature):
		return p.peer + " holds another manifest"
	case p.receipt != nil && (!bytes.Equal(in.receipt, p.receipt) || !bytes.Equal(in.receipts, p.receipts)):
		return p.peer + " holds another receipt"
	}
	return ""
}

// misjudged says how the messages of an outgoing pouch fail to agree with its texts.
func (b *books) misjudged(p *pouch, members []*message) string {
	if p.receipt == nil {
		for _, l := range p.sent.messages {
			m := b.byBox["out/"+l.id]
			if m == nil || m.state != "queued" || hexOf(m.sha256) != l.digest || m.queue < p.first || m.queue > p.last {
				return fmt.Sprintf("it is in flight with %s, which is not queued in it", l.id)
			}
		}
		return ""
	}
	if len(members) != len(p.sent.messages) {
		return fmt.Sprintf("its manifest lists %d messages, %d ended by it", len(p.sent.messages), len(members))
	}
	for i, m := range members {
		state, verdict := "accepted", p.answer.messages[i]
		if verdict.code != "" {
			state = "refused"
		}
		switch {
		case m.id != p.sent.messages[i].id || m.peer != p.peer || m.queue < p.first || m.queue > p.last:
			return fmt.Sprintf("message %s ended by it in another place than its manifest says", m.id)
		case m.state != state || m.code != verdict.code:
			return fmt.Sprintf("the receipt says %s of message %s, which is %s", strings.TrimSpace(state+" "+verdict.code), m.id, strings.TrimSpace(m.state+" "+m.code))
		}
	}
	return ""
}

// checkVerdicts wants each message ended by a line of the ledger, and by one only.
func (a *audit) checkVerdicts(b *books) {
	verdicts := map[string]string{}
	for _, p := range b.pouches {
		if p.sent == nil || p.answer == nil || len(p.answer.messages) != len(p.sent.messages) {
			continue
		}
		for i, l := range p.sent.messages {
			key := p.box + "/" + l.id
			if other := verdicts[key]; other != "" && p.box == "out" {
				a.find("I5", b.Code, p.line(), "message %s had its verdict in %s", l.id, other)
			}
			verdicts[key] = p.line()
			if p.box == "in" && p.answer.messages[i].code == "" && b.byBox[key] == nil && a.nodes[p.peer] == nil {
				a.find("I1", b.Code, "message "+l.id, "was accepted by %s and is not there", p.line())
			}
		}
	}
	for _, m := range b.messages {
		ended := m.state == "accepted" || m.state == "refused" || m.box == "in"
		if ended && b.byLine[m.line()] != nil && verdicts[m.box+"/"+m.id] == "" || ended && b.byLine[m.line()] == nil {
			a.find("I5", b.Code, "message "+m.id, "is %s, and no line of the ledger says so", m.state)
		}
	}
}

// unjournalled says which act on a ledger line the journal tells otherwise. That an act
// is missing there is I6.
func (b *books) unjournalled(p *pouch) string {
	want := map[string]map[string]string{
		"pouch.committed":  {"manifest": hexOf(p.hash)},
		"receipt.verified": {"receipt": digestOf(p.receipt)},
		"pouch.received":   {"manifest": hexOf(p.hash), "receipt": digestOf(p.receipt)},
	}
	for act, details := range want {
		for _, e := range b.acts[act+" "+p.line()] {
			for name, value := range details {
				if e.Detail[name] != value {
					return fmt.Sprintf("entry %d tells of another %s", e.N, name)
				}
			}
		}
	}
	return ""
}

func digestOf(b []byte) string {
	sum := sha256.Sum256(b)
	return hexOf(sum[:])
}
