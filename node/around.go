package node

import "github.com/comity-exchange/comity/schema"

// around is what was sent in the same case as a message, as far as rules ask for it.
type around struct {
	elsewhere []*Content // to other jurisdictions
	sent      []*Content // by the message's sender, to whomever this node knows of
}

const maxAround = 1000 // messages of one case that are looked at

// around finds it, if a rule asks for it.
func (n *Node) around(r Reader, record *Message, m *schema.Message) (a around, err error) {
	if !m.NeedsCase() || m.Case == "" {
		return a, nil
	}
	f := Filter{Box: record.Box, Case: m.Case, Limit: 200}
	if record.Box == In {
		f.Peer = record.Peer
	}
	for len(a.sent) < maxAround {
		page, err := r.Messages(f)
		if err != nil {
			return a, err
		}
		for _, s := range page {
			f.After = s.N
			if err := a.add(r, s, record); err != nil {
				return a, err
			}
		}
		if len(page) < f.Limit {
			return a, nil
		}
	}
	return a, nil
}

func (a *around) add(r Reader, s, record *Message) error {
	if !s.State.crossed() || !s.Erased.IsZero() {
		return nil
	}
	c, err := r.Content(contentName(s.Box, s.ID))
	if err != nil {
		return err
	}
	a.sent = append(a.sent, c)
	if s.Peer != record.Peer {
		a.elsewhere = append(a.elsewhere, c)
	}
	return nil
}
