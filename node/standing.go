package node

import (
	"context"

	"github.com/comity-exchange/comity/schema"
)

// standings tell how the threads of some messages stand; each thread is read once.
type standings struct {
	n       *Node
	opening map[schema.ID]schema.ID // by message
	threads map[schema.ID]*thread   // by opening message
	stand   map[schema.ID]*schema.Progress
	flaws   map[schema.ID]*schema.Problem // by message, from the answer alone
}

func (n *Node) standings() *standings {
	return &standings{n, map[schema.ID]schema.ID{}, map[schema.ID]*thread{}, map[schema.ID]*schema.Progress{}, map[schema.ID]*schema.Problem{}}
}

// gather reads the threads of messages from a snapshot.
func (s *standings) gather(r Reader, messages []*Message) error {
	for _, m := range messages {
		if m.Re == "" && !s.n.Catalogue.Opens(m.Type) {
			continue
		}
		if m.Re != "" && m.Box == In {
			p, err := s.n.answerFits(r, m)
			if err != nil {
				return err
			}
			s.flaws[m.ID] = p
		}
		if err := s.thread(r, m); err != nil {
			return err
		}
	}
	return nil
}

func (s *standings) thread(r Reader, m *Message) error {
	opening, err := s.n.climb(r, m)
	if err != nil || opening == nil {
		return err
	}
	s.opening[m.ID] = opening.ID
	if s.threads[opening.ID] != nil || !s.n.Catalogue.Opens(opening.Type) {
		return nil
	}
	s.threads[opening.ID], err = s.n.threadOf(r, opening)
	return err
}

// progress of the thread of a message, nil if it has no life cycle.
func (s *standings) progress(m *Message) (*schema.Progress, error) {
	opening, ok := s.opening[m.ID]
	t := s.threads[opening]
	if !ok || t == nil {
		return nil, nil
	}
	if p, known := s.stand[opening]; known {
		return p, nil
	}
	raws, err := s.n.raws(t)
	if err != nil {
		return nil, err
	}
	p := s.n.follow(t, raws)
	s.stand[opening] = p
	return p, nil
}

// full is all that is known of where a message stands.
func (s *standings) full(m *Message) (*schema.Progress, schema.Side, []schema.Problem, error) {
	p, err := s.progress(m)
	if err != nil {
		return nil, "", nil, err
	}
	var flaws []schema.Problem
	if f := s.flaws[m.ID]; f != nil && (f.Code != notAReply || p == nil || !p.Has(m.Type)) {
		flaws = append(flaws, *f)
	}
	if p == nil {
		return nil, "", flaws, nil
	}
	if f := p.Flaw(m.ID); f != nil && m.Box == In {
		flaws = append(flaws, f.Problem)
	}
	return p, s.threads[s.opening[m.ID]].side(Out), flaws, nil
}

// facts are the events noted in the thread of a message.
func (s *standings) facts(m *Message) []Fact {
	if t := s.threads[s.opening[m.ID]]; t != nil {
		return t.facts
	}
	return nil
}

// of is what a list shows of where a message stands.
func (s *standings) of(m *Message) (*schema.Deadline, []schema.Problem, error) {
	p, _, flaws, err := s.full(m)
	if err != nil || p == nil || s.opening[m.ID] != m.ID {
		return nil, flaws, err
	}
	return p.Due(), flaws, nil
}

// breaches adds what the rules about its case say of an answer that arrived. It was
// taken in: legal acts cross on the wire, and a person must see them.
func (n *Node) breaches(ctx context.Context, d *Detail) error {
	if err := n.foreign(ctx, d); err != nil {
		return err
	}
	if d.Record.Box != In || !d.Message.NeedsCase() {
		return nil
	}
	var t *thread
	var beside around
	err := n.Store.View(ctx, func(r Reader) (err error) {
		if beside, err = n.around(r, d.Record, d.Message); err != nil {
			return err
		}
		t, err = n.threadOf(r, d.Record)
		return err
	})
	if err != nil {
		return err
	}
	problem, err := n.inCase(t, nil, beside, d.Record, d.Message)
	if problem != nil {
		d.Breaches = append(d.Breaches, problem.Errors...)
	}
	return err
}
