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
	Subject    string
	From       schema.Address
	To         schema.Address
	Instrument string           // "" if none
	Due        *schema.Deadline // of a message that opens a thread: what somebody must do next; nil if nothing
	Flaws      []schema.Problem // of an answer that arrived: what its thread did not allow
}

// List gives messages by filter, newest first. It opens each to show its subject.
func (n *Node) List(ctx context.Context, f Filter) ([]Summary, error) {
	if f.Limit <= 0 || f.Limit > 200 {
		f.Limit = 50
	}
	f.Authority = narrowed(ctx, f.Authority)
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
			list = append(list, Summary{Message: m})
		}
		sealed, err = contentsOf(r, messages)
		return err
	})
	if err != nil {
		return nil, err
	}
	for i := range list {
		if err := n.summarise(&list[i], sealed[i]); err != nil {
			return nil, err
		}
		if list[i].Due, list[i].Flaws, err = standing.of(list[i].Message); err != nil {
			return nil, err
		}
	}
	return list, nil
}

// summarise adds what only the content tells; nothing of an erased message.
func (n *Node) summarise(s *Summary, sealed *Content) error {
	if sealed == nil {
		return nil
	}
	raw, _, err := n.decrypt([]*Content{sealed})
	if err != nil {
		return err
	}
	m, err := n.Catalogue.Again(raw)
	if err != nil {
		return err
	}
	s.tell(m)
	return nil
}

func (s *Summary) tell(m *schema.Message) {
	s.Subject, s.From, s.To, s.Instrument = m.Subject, m.From, m.To, m.Instrument
}

// Detail is one message opened.
type Detail struct {
	Record  *Message
	Message *schema.Message
	Files   []schema.File
	Pouch   *Pouch // that carries it, nil while it waits
	Steps   []Step
	Answers []*Message    // known messages that answer it, oldest first
	Reason  string        // of a returned message that was opened: why
	Reading ReadingReason // why it was opened, the zero reason if it needs none
	Amends  []*Message    // corrections and erasures of its data, oldest first
	Tasks   []*Task       // open duties about it, oldest first

	Progress *schema.Progress // of the thread it belongs to, nil if that has no life cycle
	Side     schema.Side      // this node's part in the thread
	Facts    []Fact           // events noted in the thread, oldest first
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
// "", then a received message is preferred. The problems are erased if its content is
// gone, and reading_reason_needed: see Unexplained.
func (n *Node) Open(ctx context.Context, actor string, id schema.ID, box Box) (*Detail, error) {
	d, contents, err := n.look(ctx, id, box, readable)
	if err != nil {
		return nil, err
	}
	if !d.Record.Erased.IsZero() {
		return nil, d.Record.erasedProblem()
	}
	raw, files, err := n.decrypt(contents)
	if err != nil {
		return nil, err
	}
	d.Files = files
	if d.Message, err = n.Catalogue.Again(raw); err != nil {
		return nil, err
	}
	var note []Content
	if d.Reading, note, err = n.justify(ctx, actor, d.Record, d.Message); err != nil {
		return nil, err
	}
	err = n.Store.Update(ctx, func(tx Tx) error {
		if isPerson(actor) {
			if err := tx.See(d.Record, n.now()); err != nil {
				return err
			}
		}
		if err := tx.AddContent(note...); err != nil {
			return err
		}
		return tx.Journal(n.entry(actor, "message.read", string(id), d.Reading.detail()))
	})
	if err != nil {
		return nil, err
	}
	if d.Reason, err = n.reason(ctx, d.Record); err != nil {
		return nil, err
	}
	return d, n.breaches(ctx, d)
}

// reason why a message was returned, "" if it was not.
func (n *Node) reason(ctx context.Context, m *Message) (string, error) {
	if m.State != Returned {
		return "", nil
	}
	var c *Content
	err := n.Store.View(ctx, func(r Reader) (err error) {
		c, err = r.Content(reasonName(m))
		return err
	})
	if err != nil {
		return "", err
	}
	text, err := n.Vault.Decrypt(c.Name, c.Sealed, c.Wrapped)
	return string(text), err
}

// Trace tells a message's way without opening its content.
func (n *Node) Trace(ctx context.Context, id schema.ID, box Box) (*Detail, error) {
	d, _, err := n.look(ctx, id, box, readable)
	return d, err
}

// TraceAll is Trace for operators: also of what is or was in quarantine.
func (n *Node) TraceAll(ctx context.Context, id schema.ID, box Box) (*Detail, error) {
	d, _, err := n.look(ctx, id, box, anyState)
	return d, err
}

// readable holds of what readers may know of, outside of the release queue.
func readable(m *Message) bool { return !m.State.shut() }

func anyState(*Message) bool { return true }

func (n *Node) look(ctx context.Context, id schema.ID, box Box, may func(*Message) bool) (*Detail, []*Content, error) {
	var d Detail
	var contents []*Content
	standing := n.standings()
	err := n.Store.View(ctx, func(r Reader) (err error) {
		if d.Record, err = inBox(ctx, r, id, box, may); err != nil {
			return found(err, "message", "List what is here: comity message list.")
		}
		if contents, err = r.Contents(contentName(d.Record.Box, id)); err != nil {
			return err
		}
		if d.Pouch, err = optional(r.PouchOf(d.Record)); err != nil {
			return err
		}
		if d.Answers, err = r.Messages(Filter{Re: id, Authority: scope(ctx), Limit: 200}); err != nil {
			return err
		}
		if err := d.duties(r); err != nil {
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
	d.Facts = standing.facts(d.Record)
	return &d, contents, err
}

// duties finds what is owed about the message, and what was said of its data since.
func (d *Detail) duties(r Reader) (err error) {
	if d.Tasks, err = r.Tasks(TaskFilter{State: TaskOpen, Message: d.Record.ID, Box: d.Record.Box, Limit: 200}); err != nil {
		return err
	}
	ids, err := r.Amendments(d.Record.ID, d.Record.Box)
	if err != nil {
		return err
	}
	for _, id := range ids {
		m, err := r.Message(id, d.Record.Box)
		if err != nil {
			return err
		}
		d.Amends = append(d.Amends, m)
	}
	return nil
}

// inBox finds a message that may be shown, within the context's scope; without a box it
// prefers what arrived.
func inBox(ctx context.Context, r Reader, id schema.ID, box Box, may func(*Message) bool) (*Message, error) {
	boxes := []Box{box}
	if box == "" {
		boxes = []Box{In, Out}
	}
	for _, b := range boxes {
		m, err := r.Message(id, b)
		if errors.Is(err, ErrNotFound) || err == nil && !may(m) {
			continue
		}
		if err != nil {
			return nil, err
		}
		return m, inScope(ctx, m)
	}
	return nil, ErrNotFound
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

// CaseFilter chooses cases. A limit outside 1 to 201 is brought inside.
type CaseFilter struct {
	Words     string         // that stand in the reference, in any case
	After     int64          // number of the last case of the page before, 0 for the first page
	Authority schema.Address // "" for all
	Limit     int
}

// CaseLine is one case of a list.
type CaseLine struct {
	N       int64 // number of its newest message
	Name    string
	Peers   []schema.Jurisdiction
	In, Out int64     // messages
	Last    time.Time // when the newest was stored
	Open    bool      // something waits for somebody
	Due     time.Time // the nearest time limit of what is open, zero if there is none
}

// Cases lists cases, the one with the newest message first.
func (n *Node) Cases(ctx context.Context, f CaseFilter) (list []CaseLine, err error) {
	f.Authority = narrowed(ctx, f.Authority)
	err = n.Store.View(ctx, func(r Reader) error {
		list, err = r.Cases(f)
		return err
	})
	return list, err
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
