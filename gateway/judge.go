package gateway

import (
	"context"
	"fmt"

	"github.com/comity-exchange/comity/gateway/policy"
	"github.com/comity-exchange/comity/schema"
)

// judge reads the files of a pouch and gives a verdict on every message. A bad
// message is refused by itself; only a pouch that is not what was signed is a fault.
func (l *link) judge(ctx context.Context, p *pouch) ([]Arrived, error) {
	files, err := p.files()
	if err != nil {
		return nil, err
	}
	entries := p.Messages()
	ids := make([]schema.ID, len(entries))
	for i := range entries {
		ids[i] = entries[i].ID
	}
	known, err := l.gw.Mailbox.Known(ctx, l.peer, ids)
	if err != nil {
		return nil, fmt.Errorf("known messages of pouch %d: %w", p.Seq, err)
	}
	attached := make(map[[32]byte][]byte)
	for i := len(entries); i < len(files); i++ {
		attached[p.Entries[i].SHA256] = files[i].data
	}
	b := &bench{link: l, today: l.gw.Policy(), known: known, attached: attached}
	arrived := make([]Arrived, len(entries))
	each(len(entries), func(i int) { arrived[i] = b.verdict(entries[i], files[i].data) })
	return arrived, nil
}

// bench is all that the verdicts on one pouch depend on.
type bench struct {
	link     *link
	today    *policy.Policy
	known    map[schema.ID][32]byte
	attached map[[32]byte][]byte
}

func (b *bench) verdict(e Entry, raw []byte) (a Arrived) {
	a = Arrived{Verdict: Verdict{ID: e.ID, SHA256: e.SHA256}, Raw: raw}
	if earlier, found := b.known[e.ID]; found {
		if a.Known = earlier == e.SHA256; !a.Known {
			a.Code = DuplicateID
		}
		return a
	}
	if len(raw) > MaxMessage {
		a.Code = TooLarge
		return a
	}
	m, err := b.read(raw)
	if err != nil {
		a.Code = publicCode(err)
		return a
	}
	a.Message = m
	a.Files, a.Code = b.examine(e, m)
	return a
}

// read is the boundary to the message parser.
func (b *bench) read(raw []byte) (m *schema.Message, err error) {
	defer b.link.recovered(&err)
	return b.link.gw.Catalogue.Read(raw)
}

// examine holds a valid message against its envelope, its files and the policy.
func (b *bench) examine(e Entry, m *schema.Message) (files []schema.File, code string) {
	switch {
	case m.ID != e.ID:
		return nil, InvalidMessage
	case m.From.Jurisdiction() != b.link.peer, m.To.Jurisdiction() != b.link.gw.Self.Jurisdiction:
		return nil, WrongAddress
	case !b.today.Judge(policy.Ask(m, b.link.peer, policy.Receive, b.link.gw.now())).Whole():
		return nil, DeniedByPolicy
	}
	for _, a := range m.Attachments {
		data, found := b.attached[a.SHA256]
		if !found || int64(len(data)) != a.Size {
			return nil, MissingAttachment
		}
		if !holds(files, a.SHA256) {
			files = append(files, schema.File{SHA256: a.SHA256, Data: data})
		}
	}
	return files, ""
}

func holds(files []schema.File, sum [32]byte) bool {
	for i := range files {
		if files[i].SHA256 == sum {
			return true
		}
	}
	return false
}
