package node

import (
	"context"
	"errors"
	"fmt"

	"github.com/comity-exchange/comity/schema"
)

// maxSources bounds how many messages are looked at for one draft.
const maxSources = 500

// inherited is a draft bound by what binds its sources.
type inherited struct {
	message *schema.Message
	hold    *schema.Problem // why only a second officer may let it go, nil if the rules let it go
	inform  []informed      // originators that must be told once it has gone
}

// informed is an originator that must be told what went without its consent.
type informed struct {
	peer schema.Jurisdiction
	id   schema.ID // its message whose data went
}

// source is a message whose data a draft holds.
type source struct {
	record  *Message
	message *schema.Message
	pointer string // what in the draft leads there
	labels  bool   // what binds it binds the draft
}

// inherit finds the messages whose data a draft holds, by derived_from and re, and on
// through our own messages. It puts on the draft what binds their data, and
// refuses what may not go on without an originator's consent.
func (n *Node) inherit(ctx context.Context, d *draft) (*inherited, error) {
	if len(d.message.DerivedFrom) == 0 && d.message.Re == "" {
		return &inherited{message: d.message}, nil
	}
	var sources []*source
	var o onward
	err := n.Store.View(ctx, func(r Reader) (err error) {
		if sources, err = n.sources(r, d); err != nil {
			return err
		}
		o, err = n.onward(r, d, sources)
		return err
	})
	if err != nil {
		return nil, err
	}
	if p := o.refusal(); p != nil {
		return nil, p
	}
	var parents []*schema.Message
	for _, s := range sources {
		if s.labels {
			parents = append(parents, s.message)
		}
	}
	bound, err := n.Catalogue.Inherit(d.message, parents, o.conditions...)
	if err != nil {
		return nil, err
	}
	if bound != d.message && !n.Fits(bound.Raw, d.files) {
		return nil, tooLargeForPouch()
	}
	return &inherited{bound, o.hold, o.inform}, nil
}

// lead is one way from a draft, or from a message of our own, to what it is made of.
type lead struct {
	id      schema.ID
	pointer string // in the draft
	derived bool   // it says that it holds that message's data
	first   bool   // the draft itself says so
}

// leads of a message; pointer is "" for the draft itself.
func leads(m *schema.Message, pointer string) (list []lead) {
	at := func(own string) string {
		if pointer == "" {
			return own
		}
		return pointer
	}
	for i, id := range m.DerivedFrom {
		list = append(list, lead{id, at(fmt.Sprintf("/derived_from/%d", i)), true, pointer == ""})
	}
	if m.Re != "" {
		list = append(list, lead{m.Re, at("/re"), false, pointer == ""})
	}
	return list
}

// sources follows the leads of a draft. A message of the recipient that it merely
// answers is none: what was asked goes back to who asked.
func (n *Node) sources(r Reader, d *draft) (list []*source, err error) {
	open := leads(d.message, "")
	seen := map[string]*source{}
	for len(open) > 0 {
		l := open[0]
		open = open[1:]
		records, err := both(r, l.id)
		if err != nil {
			return nil, err
		}
		if len(records) == 0 && l.derived {
			return nil, unknownSource(l)
		}
		for _, m := range records {
			if m.Box == In && m.Peer == d.peer && !l.derived {
				continue
			}
			if s := seen[contentName(m.Box, m.ID)]; s != nil {
				s.labels = s.labels || l.derived
				continue
			}
			if len(list) == maxSources {
				return nil, &schema.Problem{Kind: schema.TooLarge, Code: "too_many_sources", Pointer: l.pointer,
					Detail: "The message goes back to more than 500 others.", Fix: "Use the data of fewer messages in one."}
			}
			s, err := n.source(r, m, l)
			if err != nil {
				return nil, err
			}
			seen[contentName(m.Box, m.ID)] = s
			list = append(list, s)
			if m.Box == Out {
				open = append(open, leads(s.message, l.pointer)...)
			}
		}
	}
	return list, nil
}

// both finds a message in either box: a peer may have given its own the id of one of
// ours. What arrived and was not received, or is no longer, is not here.
func both(r Reader, id schema.ID) (list []*Message, err error) {
	for _, box := range []Box{In, Out} {
		m, err := r.Message(id, box)
		if err != nil && !errors.Is(err, ErrNotFound) {
			return nil, err
		}
		if err == nil && (box == Out || m.State == Received) {
			list = append(list, m)
		}
	}
	return list, nil
}

// source opens a message. What another jurisdiction sent binds however the draft came to it.
func (n *Node) source(r Reader, record *Message, l lead) (*source, error) {
	m, err := n.opened(r, record)
	if errors.Is(err, ErrNotFound) {
		return nil, unknownSource(l)
	}
	return &source{record, m, l.pointer, l.derived || record.Box == In}, err
}

// opened reads a message of the store.
func (n *Node) opened(r Reader, record *Message) (*schema.Message, error) {
	c, err := r.Content(contentName(record.Box, record.ID))
	if err != nil {
		return nil, err
	}
	raw, _, err := n.decrypt([]*Content{c})
	if err != nil {
		return nil, err
	}
	return n.Catalogue.Again(raw)
}

func unknownSource(l lead) *schema.Problem {
	p := &schema.Problem{Kind: schema.Conflict, Code: "unknown_source", Pointer: l.pointer,
		Detail: "A message that this one derives from is not here.", Fix: "Check the ids in derived_from; data whose source is not known here cannot go on."}
	if !l.first {
		p.Detail = "A message of ours that this one goes back to derives from one that is not here any more."
	}
	return p
}
