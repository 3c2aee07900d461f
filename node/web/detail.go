package web

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"mime"
	"net/http"
	"slices"
	"strings"

	"github.com/comity-exchange/comity/node"
	"github.com/comity-exchange/comity/schema"
)

// detail is what is known of a message without its content. Readings are left out
// of the steps: they stand in the journal, and must not change the ETag.
func (w *Web) detail(d *node.Detail) *Message {
	m := d.Record
	out := &Message{Item: item(m), Size: m.Size, SHA256: hex.EncodeToString(m.SHA256[:]), Actor: m.Actor,
		Releaser: m.Releaser, Deadline: m.Deadline, Reason: d.Reason, Decision: Ruling{hex.EncodeToString(m.Policy[:]), m.Rule},
		Receipts: []Receipt{}, Attachments: []Attachment{}, Answers: []Item{}, Steps: []node.Step{}, Actions: w.actions(d),
		Amended: []Item{}, Duties: w.tasks(d.Tasks)}
	if d.Pouch != nil {
		out.Receipts = append(out.Receipts, receipt(m, d.Pouch))
	}
	for _, a := range d.Answers {
		out.Answers = append(out.Answers, item(a))
	}
	for _, a := range d.Amends {
		out.Amended = append(out.Amended, item(a))
	}
	for _, s := range d.Steps {
		if !isReading(s.Act) {
			out.Steps = append(out.Steps, s)
		}
	}
	out.Flaws = flaws(d.Flaws)
	if p := d.Progress; p != nil {
		out.Life = w.life(p, d)
		out.Clocks = p.Deadlines
		if w.Node.Catalogue.Opens(m.Type) {
			out.Due = p.Due()
		}
	}
	return out
}

func isReading(act string) bool { return act == "message.read" || act == "message.exported" }

func receipt(m *node.Message, p *node.Pouch) Receipt {
	r := Receipt{Ledger: fmt.Sprintf("%s/%s/%d/%d", p.Box, p.Peer, p.Epoch, p.Seq), Epoch: p.Epoch, Pouch: p.Seq,
		Manifest: hex.EncodeToString(p.Hash[:]), Committed: p.Committed}
	if p.Receipt == nil {
		return r
	}
	sum := sha256.Sum256(p.Receipt)
	r.Receipt, r.Settled, r.Verdict = hex.EncodeToString(sum[:]), p.Settled, "accepted"
	if m.State == node.Refused {
		r.Verdict = "refused"
	}
	return r
}

// actions says what can be done with a message, and why the rest cannot.
func (w *Web) actions(d *node.Detail) []Action {
	proof := Action{Name: "proof", Allowed: d.Pouch != nil && d.Pouch.Receipt != nil}
	if !proof.Allowed {
		proof.Why = "There is no signed receipt yet."
	}
	list := []Action{proof}
	_, closed := w.Node.Keyring.Peer(d.Record.Peer)
	for _, name := range w.replies(d) {
		reply := Action{Name: "reply:" + name, Allowed: closed == nil}
		var p *schema.Problem
		if !errors.As(closed, &p) && d.Progress != nil {
			p = d.Progress.Allows(schema.Act{Type: name, By: d.Side})
			reply.Allowed = p == nil
		}
		if p != nil {
			reply.Why = p.Detail
		}
		list = append(list, reply)
	}
	return list
}

// replies lists the types that may answer a message which arrived, or that are the
// next steps of the thread it opened.
func (w *Web) replies(d *node.Detail) []string {
	t, err := w.Node.Catalogue.Type(d.Record.Type)
	if err != nil || d.Record.Box != node.In {
		return nil
	}
	list := slices.Clone(t.Replies)
	if d.Progress == nil || !w.Node.Catalogue.Opens(d.Record.Type) {
		return list
	}
	for _, s := range d.Progress.Next {
		if (s.By == d.Side || s.By == schema.Either) && !slices.Contains(list, s.Type) {
			list = append(list, s.Type)
		}
	}
	return list
}

// opened adds what only the content tells.
func opened(out *Message, d *node.Detail) {
	m := d.Message
	out.Message, out.Subject, out.From, out.To = m.Raw, m.Subject, m.From, m.To
	out.Flaws = append(out.Flaws, flaws(d.Breaches)...)
	out.Attachments = append(out.Attachments, attachments(d)...)
}

// attachments of an opened message, and whether each is here.
func attachments(d *node.Detail) (list []Attachment) {
	for _, a := range d.Message.Attachments {
		_, here := fileOf(d, a)
		list = append(list, Attachment{a.Name, a.MediaType, a.Size, hex.EncodeToString(a.SHA256[:]), a.Category, here})
	}
	return list
}

// etag stands for what can change about a message; its content cannot.
func etag(m *Message) string {
	text, err := json.Marshal(m)
	if err != nil {
		panic("a detail is plain data: " + err.Error())
	}
	sum := sha256.Sum256(text)
	return `"` + hex.EncodeToString(sum[:16]) + `"`
}

// sendMessage answers with a message that was opened.
func sendMessage(rw http.ResponseWriter, m *Message) {
	raw := m.Message
	m.Message = nil
	sendRaw(rw, raw, m)
}

// sendRaw writes the message's exact bytes as the first member, before those of v: the
// JSON encoder would write them its own way, and their digest would not hold.
func sendRaw(rw http.ResponseWriter, raw []byte, v any) {
	rest, err := json.Marshal(v)
	if err != nil {
		panic("a detail is plain data: " + err.Error())
	}
	body := append([]byte(`{"message":`), raw...)
	body = append(append(body, ','), rest[1:]...)
	sendBytes(rw, http.StatusOK, "application/json", body)
}

// disposition makes a download of a name that came with the message. Names that
// are not plain ASCII go in the extended form (RFC 6266).
func disposition(name string) string {
	name = strings.Map(func(c rune) rune {
		if hidden(c) || strings.ContainsRune(`/\`, c) {
			return '_'
		}
		return c
	}, name)
	if v := mime.FormatMediaType("attachment", map[string]string{"filename": name}); v != "" {
		return v
	}
	return "attachment"
}
