package node

import (
	"context"
	"slices"
	"sync"

	"github.com/comity-exchange/comity/schema"
)

// Event tells that something changed; it holds no content.
type Event struct {
	Type string              `json:"type"` // "message.received", "message.settled", "message.erased", "duty.overdue"
	ID   schema.ID           `json:"id"`
	Peer schema.Jurisdiction `json:"peer"`
	Kind string              `json:"kind,omitempty"` // the message type, for message.received; the task's, for duty.overdue
}

// watchers are told of events, and of the end of single messages.
type watchers struct {
	mu     sync.Mutex // guards both maps
	all    map[chan Event]bool
	single map[schema.ID][]chan Outcome
}

// Watch gives all events from now on until cancel. A reader that falls more than
// 1,024 events behind is closed and should look at the lists instead.
func (n *Node) Watch() (events <-chan Event, cancel func()) {
	c := make(chan Event, 1024)
	n.watch.mu.Lock()
	defer n.watch.mu.Unlock()
	if n.watch.all == nil {
		n.watch.all = make(map[chan Event]bool)
	}
	n.watch.all[c] = true
	return c, func() {
		n.watch.mu.Lock()
		defer n.watch.mu.Unlock()
		if n.watch.all[c] {
			delete(n.watch.all, c)
			close(c)
		}
	}
}

// tell gives an event to all; the caller holds mu.
func (w *watchers) tell(e Event) {
	for c := range w.all {
		select {
		case c <- e:
		default:
			delete(w.all, c)
			close(c)
		}
	}
}

func (w *watchers) arrived(records []*Message) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, m := range records {
		if m != nil && !m.State.shut() {
			w.tell(Event{"message.received", m.ID, m.Peer, m.Type})
		}
	}
}

func (w *watchers) erased(m *Message) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.tell(Event{Type: "message.erased", ID: m.ID, Peer: m.Peer})
}

func (w *watchers) overdue(t *Task) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.tell(Event{"duty.overdue", t.Message, t.Peer, string(t.Kind)})
}

// Outcome is what became of an outgoing message.
type Outcome struct {
	State State
	Code  string // of a refusal or denial
}

// settled wakes those who wait for messages that have an outcome now.
func (w *watchers) settled(peer schema.Jurisdiction, outcomes map[schema.ID]Outcome) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for id, o := range outcomes {
		for _, c := range w.single[id] {
			c <- o
		}
		delete(w.single, id)
		w.tell(Event{Type: "message.settled", ID: id, Peer: peer})
	}
}

// Await waits until an outgoing message has left the state Queued, or ctx ends.
func (n *Node) Await(ctx context.Context, id schema.ID) (Outcome, error) {
	done := make(chan Outcome, 1)
	n.watch.mu.Lock()
	if n.watch.single == nil {
		n.watch.single = make(map[schema.ID][]chan Outcome)
	}
	n.watch.single[id] = append(n.watch.single[id], done)
	n.watch.mu.Unlock()
	o, err := n.outcome(ctx, id)
	if err != nil || o.State != Queued {
		n.forget(id, done)
		return o, err
	}
	select {
	case o := <-done:
		return o, nil
	case <-ctx.Done():
		n.forget(id, done)
		return o, ctx.Err()
	}
}

func (n *Node) forget(id schema.ID, done chan Outcome) {
	n.watch.mu.Lock()
	defer n.watch.mu.Unlock()
	waiting := slices.DeleteFunc(n.watch.single[id], func(c chan Outcome) bool { return c == done })
	if n.watch.single[id] = waiting; len(waiting) == 0 {
		delete(n.watch.single, id)
	}
}

func (n *Node) outcome(ctx context.Context, id schema.ID) (o Outcome, err error) {
	err = n.Store.View(ctx, func(r Reader) error {
		m, err := r.Message(id, Out)
		if err != nil {
			return found(err, "outgoing message", "List the sent ones: comity message list --box out.")
		}
		o = Outcome{m.State, m.Code}
		return nil
	})
	return o, err
}
