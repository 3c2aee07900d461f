package schema

import (
	"slices"
	"time"
)

// Act is one message of a thread, or an event that no message tells, as a life
// cycle sees it.
type Act struct {
	ID       ID
	Type     string // message type, or an event that the machine lists as outside
	By       Side   // Issuing or Executing
	Sent     time.Time
	Received time.Time      // by the other side; zero: not there yet, or not known
	Content  map[string]any // the message as JSON, as far as guards ask for it
}

// History is a thread: the opening message first, then what followed in the order in
// which it became known.
type History struct {
	Instrument         string // of the opening message, "" if none
	Issuing, Executing Jurisdiction
	Acts               []Act
}

// Act makes an act of a message's exact bytes, which Read has accepted.
func (c *Catalogue) Act(raw []byte, by Side, sent, received time.Time) Act {
	tree, _ := c.parse(raw)
	str := func(k string) string { s, _ := tree[k].(string); return s }
	return Act{ID: ID(str("id")), Type: str("type"), By: by, Sent: sent, Received: received, Content: tree}
}

// History begins one with its opening act, between the two jurisdictions.
func (a Act) History(issuing, executing Jurisdiction) History {
	instrument, _ := a.Content["instrument"].(string)
	return History{Instrument: instrument, Issuing: issuing, Executing: executing, Acts: []Act{a}}
}

// Opens tells whether a message of this type can begin a life cycle.
func (c *Catalogue) Opens(name string) bool {
	if c.opens[name] != nil {
		return true
	}
	for _, in := range c.instruments {
		if in.Machines[name] != "" {
			return true
		}
	}
	return false
}

// Irregular is an act that its thread's state or instrument did not allow. It
// counts as said but changes no state.
type Irregular struct {
	ID      ID
	Crossed bool // written before the act that came between could be known
	Problem Problem
}

// Step is something that may come next.
type Step struct {
	Type    string `json:"type"` // message type
	By      Side   `json:"by"`
	To      string `json:"to"` // state
	Article string `json:"article,omitempty"`
}

// Progress is how a thread stands at a moment.
type Progress struct {
	Machine   string
	State     string
	End       bool      // nothing is owed any more
	Since     time.Time // of the last change of state
	Deadlines []Deadline
	Next      []Step // messages
	Irregular []Irregular

	walk *walk
}

// Due is the deadline that comes first of those that somebody still has to meet, nil if none.
func (p *Progress) Due() *Deadline {
	var first *Deadline
	for i := range p.Deadlines {
		if d := &p.Deadlines[i]; d.Pending() && (first == nil || d.Due.Before(first.Due)) {
			first = d
		}
	}
	return first
}

// Flaw is what is irregular about one message, nil if nothing is.
func (p *Progress) Flaw(id ID) *Irregular {
	for i := range p.Irregular {
		if p.Irregular[i].ID == id {
			return &p.Irregular[i]
		}
	}
	return nil
}

// Has tells whether messages of a type are steps of the life cycle, in whatever state.
// Such a step needs no mention among the replies of the message it answers.
func (p *Progress) Has(name string) bool { return len(p.walk.named(name)) > 0 }

// Allows says why an act may not come next, nil if it may.
func (p *Progress) Allows(a Act) *Problem {
	_, problem := p.walk.step(a)
	return problem
}

// Follow leads a history through its life cycle up to now. It is nil if the opening
// type has no life cycle under its instrument.
func (c *Catalogue) Follow(h History, now time.Time) *Progress {
	if len(h.Acts) == 0 {
		return nil
	}
	in := c.instruments[h.Instrument]
	m := c.machine(in, h.Acts[0].Type)
	if m == nil {
		return nil
	}
	if in == nil {
		in = noInstrument
	}
	w := &walk{c: c, h: h, in: in, m: m, state: m.Start, main: m.Start, marks: map[string]moment{}}
	w.open(h.Acts[0])
	p := &Progress{Machine: m.ID, walk: w}
	for i, a := range h.Acts[1:] {
		w.expire(a.Sent)
		t, problem := w.step(a)
		if problem != nil {
			p.Irregular = append(p.Irregular, Irregular{a.ID, h.crossed(i + 1), *problem})
		} else if t != nil {
			w.fire(t, a, a.Sent)
		}
	}
	w.expire(now)
	p.State, p.End, p.Since = w.state, m.state(w.state).End, w.since.UTC()
	p.Deadlines, p.Next = w.deadlines(now), w.next()
	return p
}

// crossed tells whether the other side's last act before i had not arrived when i was written.
func (h *History) crossed(i int) bool {
	a := h.Acts[i]
	for _, b := range slices.Backward(h.Acts[:i]) {
		if b.By != a.By {
			return b.Received.IsZero() || !b.Received.Before(a.Sent) // times are kept to the second
		}
	}
	return false
}
