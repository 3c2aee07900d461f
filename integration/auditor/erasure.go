package auditor

import (
	"bytes"
	"slices"
	"strings"
)

// checkErased holds a message without content to its erasure: nothing of the content is
// left, one entry of the journal tells of it, and what it names as the cause was one.
func (a *audit) checkErased(b *books, m *message) {
	place := "message " + m.box + "/" + m.id
	if m.opened || len(m.attached) > 0 {
		a.find("I3", b.Code, place, "was erased and has content")
	}
	if from := a.nodes[m.peer]; m.box == "in" && from != nil {
		if sent := from.byBox["out/"+m.id]; sent == nil || !bytes.Equal(sent.sha256, m.sha256) {
			a.find("I3", b.Code, place, "is not what %s sent", m.peer)
		}
	}
	var told []*entry
	for _, e := range b.acts["message.erased "+m.id] {
		if e.Detail["box"] == m.box {
			told = append(told, e)
		}
	}
	if len(told) != 1 {
		a.find("I6", b.Code, place, "was erased, and the journal tells of %d erasures", len(told))
		return
	}
	if words := b.unfounded(m, told[0]); words != "" {
		a.find("I6", b.Code, place, "%s", words)
	}
}

// unfounded says why the cause of an erasure is none, "" if it is one: a person, a date
// that the message brought with it, or an erasure by the peer that sent the message.
func (b *books) unfounded(m *message, e *entry) string {
	cause := e.Detail["cause"]
	switch {
	case e.Detail["reason"] != m.reason || m.reason == "":
		return "was erased, and the journal gives another reason"
	case cause == "" && e.Actor == "node":
		return "was erased by the node without a cause"
	case cause == "":
		return ""
	case cause == m.id && !b.dated(m):
		return "was erased at its date, and the journal knows of no date"
	case cause == m.id:
		return ""
	}
	asked := b.byBox["in/"+cause]
	if m.box != "in" || asked == nil || asked.peer != m.peer || asked.kind != "data.erasure" {
		return "was erased because of " + cause + ", which is no erasure by its sender"
	}
	return ""
}

// dated says that the journal knew a day by which the message must be erased.
func (b *books) dated(m *message) bool {
	act := map[string]string{"out": "message.submitted", "in": "message.received"}[m.box]
	for _, e := range append(slices.Clip(b.acts[act+" "+m.id]), b.acts["message.released "+m.id]...) {
		if box := e.Detail["box"]; (box == "" || box == m.box) && strings.Contains(e.Detail["duties"], "erase") {
			return true
		}
	}
	for _, e := range b.acts["duty.made "+m.id] {
		if e.Detail["box"] == m.box && e.Detail["kind"] == "erase" && e.Detail["cause"] == m.id {
			return true
		}
	}
	return false
}
