package node

import (
	"context"
	"errors"
	"sort"
	"time"

	"github.com/comity-exchange/comity/schema"
)

// Summary is one line of a list: the record, and what a reader needs to choose.
type Summary struct {
	*Message
	Subject string
	From    schema.Address
	To      schema.Address
	Due     *schema.Deadline // of a message that opens a thread: what somebody must do next; nil if nothing
	Flaws   []schema.Problem // of an answer that arrived: what its thread did not allow
}

// List gives messages by filter, newest first. It opens each to show its subject.
func (n *Node) List(ctx context.Context, f Filter) ([]Summary, error) {
	if f.Limit <= 0 || f.Limit > 200 {
		f.Limit = 50
	}
	var list []Summary
	var sealed []*Content
	standing := n.standings()
	err := n.Store.View(ctx, func(r Reader) error {
		messages, err := r.Messages(f)
		if err != nil {
			return err
		}
		if err := standing.gather(r, messages); err != nil {
			return err
		}
		for _, m := range messages {
			c, err := r.Content(contentName(m.Box, m.ID))
			if err != nil {
				return err
			}
			list, sealed = append(list, Summary{Message: m}), append(sealed, c)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	for i := range list {
		raw, _, err := n.decrypt(sealed[i : i+1])
		if err != nil {
			return nil, err
		}
		m, err := n.Catalogue.Read(raw)
		if err != nil {
			return nil, err
		}
		list[i].Subject, list[i].From, list[i].To = m.Subject, m.From, m.To
		if list[i].Due, list[i].Flaws, err = standing.of(list[i].Message); err != nil {
			return nil, err
		}
	}
	return list, nil
}

// Detail is one message opened.
type Detail struct {
	Record  *Message
	Message *schema.Message
	Files   []schema.File
	Pouch   *Pouch // that carries it, nil while it waits
	Steps   []Step
	Answers []*Message // known messages that answer it, oldest first

	Progress *schema.Progress // of the thread it belongs to, nil if that has no life cycle
	Side     schema.Side      // this node's part in the thread
	Flaws    []schema.Problem // of an answer that arrived: what its thread did not allow
	Breaches []schema.Problem // of an answer that arrived and was opened: the rules about its case that it breaks
}

// Step is one moment of a message's life, oldest first.
type Step struct {
	At     time.Time         `json:"at"`
	Act    string            `json:"act"` // as in the journal: "message.submitted", "receipt.verified" …
	Actor  string            `json:"actor"`
	Detail map[string]string `json:"detail,omitempty"`
}

// Open reads a message, and journals the reading before it is shown. Box may be
// "", then a received message is preferred.
func (n *Node) Open(ctx context.Context, actor string, id schema.ID, box Box) (*Detail, error) {
	d, contents, err := n.look(ctx, id, box)
	if err != nil {
		return nil, err
	}
	err = n.Store.Update(ctx, func(tx Tx) error {
		if isPerson(actor) {
			if err := tx.See(d.Record, n.now()); err != nil {
				return err
			}
		}
		return tx.Journal(n.entry(actor, "message.read", string(id), nil))
	})
	if err != nil {
		return nil, err
	}
	raw, files, err := n.decrypt(contents)
	if err != nil {
		return nil, err
	}
	d.Files = files
	if d.Message, err = n.Catalogue.Read(raw); err != nil {
		return nil, err
	}
	return d, n.breaches(ctx, d)
}

// Trace tells a message's way without opening its content.
func (n *Node) Trace(ctx context.Context, id schema.ID, box Box) (*Detail, error) {
	d, _, err := n.look(ctx, id, box)
	return d, err
}

func (n *Node) look(ctx context.Context, id schema.ID, box Box) (*Detail, []*Content, error) {
	var d Detail
	var contents []*Content
	standing := n.standings()
	err := n.Store.View(ctx, func(r Reader) (err error) {
		if d.Record, err = inBox(r, id, box); err != nil {
			return found(err, "message", "List what is here: comity message list.")
		}
		if contents, err = r.Contents(contentName(d.Record.Box, id)); err != nil {
			return err
		}
		if d.Pouch, err = optional(r.PouchOf(d.Record)); err != nil {
			return err
		}
		if d.Answers, err = r.Messages(Filter{Re: id, Limit: 200}); err != nil {
			return err
		}
		if err := standing.gather(r, []*Message{d.Record}); err != nil {
			return err
		}
		d.Steps, err = steps(r, d.Record, d.Pouch)
		return err
	})
	if err != nil {
		return nil, nil, err
	}
	d.Progress, d.Side, d.Flaws, err = standing.full(d.Record)
	return &d, contents, err
}

func inBox(r Reader, id schema.ID, box Box) (*Message, error) {
	if box == "" {
		return either(r, id)
	}
	return r.Message(id, box)
}

// steps joins the journal's lines on the message with those on its pouch.
func steps(r Reader, m *Message, p *Pouch) ([]Step, error) {
	entries, err := r.EntriesOf(string(m.ID))
	if err != nil {
		return nil, err
	}
	if p != nil {
		more, err := r.EntriesOf(ledgerName(p))
		if err != nil && !errors.Is(err, ErrNotFound) {
			return nil, err
		}
		for _, e := range more {
			if e.Detail == nil {
				e.Detail = map[string]string{}
			}
			e.Detail["pouch"] = ledgerName(p)
			entries = append(entries, e)
		}
	}
	sort.SliceStable(entries, func(i, j int) bool { return entries[i].N < entries[j].N })
	list := make([]Step, len(entries))
	for i, e := range entries {
		list[i] = Step{e.At, e.Act, e.Actor, e.Detail}
	}
	return list, nil
}

// Case is a thread of messages, oldest first.
type Case struct {
	Name     string
	Messages []Summary
}

// Case gathers the messages that carry a case reference. It opens each for its subject.
func (n *Node) Case(ctx context.Context, name string) (*Case, error) {
	list, err := n.List(ctx, Filter{Case: name, Limit: 200})
	if err != nil {
		return nil, err
	}
	if len(list) == 0 {
		return nil, found(ErrNotFound, "case", "List messages to see their cases: comity message list.")
	}
	sort.SliceStable(list, func(i, j int) bool { return list[i].N < list[j].N })
	return &Case{name, list}, nil
}

// Counts by box, peer and state, for the status.
func (n *Node) Counts(ctx context.Context) (list []Count, err error) {
	err = n.Store.View(ctx, func(r Reader) (err error) {
		list, err = r.Counts()
		return err
	})
	return list, err
}
