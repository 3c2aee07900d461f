package gateway

import (
	"crypto/sha256"

	"github.com/comity-exchange/comity/gateway/policy"
	"github.com/comity-exchange/comity/schema"
)

// packer fills one pouch from the head of a queue, up to the limits.
type packer struct {
	messages, attachments []Entry
	members               []Queued
	denied                []Denied
	seen                  map[[32]byte]bool // attachments that are in
	lines                 int               // octets of the manifest so far
	room                  int               // octets of the files so far, as stored
}

// size of the archive that carries so much, at most.
func size(lines, room int) int {
	return bucket(trailer + stored(headLimit+lines) + stored(MaxSignature) + room)
}

// Fits says whether a message and its files can travel in a pouch. What does not
// fit must be refused before it is queued, or it is denied later.
func Fits(raw []byte, files []schema.File) bool {
	lines, room := messageLine, stored(len(raw))
	for i := range files {
		lines, room = lines+attachmentLine, room+stored(len(files[i].Data))
	}
	return len(raw) <= MaxMessage && len(files) <= MaxAttachments && size(lines, room) <= MaxPouch
}

// add puts q in, or says that it needs the next pouch.
func (p *packer) add(q *Queued) bool {
	lines, room := p.lines+messageLine, p.room+stored(len(q.Raw))
	var fresh []Entry
	for i := range q.Files {
		if f := &q.Files[i]; !p.seen[f.SHA256] {
			lines, room = lines+attachmentLine, room+stored(len(f.Data))
			fresh = append(fresh, Entry{SHA256: f.SHA256})
		}
	}
	if len(p.members) == MaxMessages || len(p.attachments)+len(fresh) > MaxAttachments || size(lines, room) > MaxPouch {
		return false
	}
	for _, e := range fresh {
		if p.seen == nil {
			p.seen = make(map[[32]byte]bool)
		}
		if !p.seen[e.SHA256] {
			p.seen[e.SHA256] = true
			p.attachments = append(p.attachments, e)
		}
	}
	p.lines, p.room = lines, room
	p.messages = append(p.messages, Entry{q.SHA256, q.ID})
	p.members = append(p.members, *q)
	return true
}

// pack chooses what of the queue goes into the next pouch, judging again what
// another policy than today's had allowed.
func (l *link) pack(queue []Queued) *packer {
	p := &packer{messages: make([]Entry, 0, len(queue)), members: make([]Queued, 0, len(queue))}
	codes := l.judgeAgain(queue)
	for i := range queue {
		q := &queue[i]
		if codes[i] == "" && !Fits(q.Raw, q.Files) {
			codes[i] = TooLarge
		}
		if codes[i] != "" {
			p.denied = append(p.denied, Denied{q.Queue, codes[i]})
			continue
		}
		if !p.add(q) {
			break
		}
	}
	return p
}

// judgeAgain gives a code to each message of the queue that must not leave.
func (l *link) judgeAgain(queue []Queued) (codes []string) {
	codes = make([]string, len(queue))
	today := l.gw.Policy()
	digest := today.SHA256()
	each(len(queue), func(i int) {
		q := &queue[i]
		for _, f := range q.Files {
			if sha256.Sum256(f.Data) != f.SHA256 {
				codes[i] = damaged
			}
		}
		if q.Policy != digest && codes[i] == "" {
			codes[i] = l.mayLeave(q, today)
		}
	})
	return codes
}

func (l *link) mayLeave(q *Queued, today *policy.Policy) string {
	m, err := l.gw.Catalogue.Read(q.Raw)
	if err != nil {
		return publicCode(err)
	}
	if !today.Judge(policy.Ask(m, l.peer, policy.Send, l.gw.now())).Whole() {
		return DeniedByPolicy
	}
	return ""
}
