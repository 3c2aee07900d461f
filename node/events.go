package node

import (
	"context"
	"errors"
	"sync"

	"github.com/comity-exchange/comity/schema"
)

// Event tells that something changed; it holds no content.
type Event struct {
	Type string              `json:"type"` // "message.received", "message.settled"
	ID   schema.ID           `json:"id"`
	Peer schema.Jurisdiction `json:"peer"`
	Kind string              `json:"kind,omitempty"` // the message type, for message.received
}

// watchers are told of events, and of the end of single messages.
type watchers struct {
	mu     sync.Mutex // guards both maps
	all    map[chan Event]bool
	single map[schema.ID][]chan struct{}
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
		if m != nil {
			w.tell(Event{"message.received", m.ID, m.Peer, m.Type})
		}
	}
}

// settled wakes those who wait for the members of a pouch, and for messages denied on the way.
func (w *watchers) settled(peer schema.Jurisdiction, ids []schema.ID) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, id := range ids {
		for _, c := range w.single[id] {
			close(c)
		}
		delete(w.single, id)
		w.tell(Event{Type: "message.settled", ID: id, Peer: peer})
	}
}

// Await waits until an outgoing message has left the state Queued, or ctx ends.
func (n *Node) Await(ctx context.Context, id schema.ID) (*Message, error) {
	done := make(chan struct{})
	n.watch.mu.Lock()
	if n.watch.single == nil {
		n.watch.single = make(map[schema.ID][]chan struct{})
	}
	n.watch.single[id] = append(n.watch.single[id], done)
	n.watch.mu.Unlock()
	m, err := n.state(ctx, id)
	if err != nil || m.State != Queued {
		n.forget(id, done)
		return m, err
	}
	select {
	case <-done:
		return n.state(ctx, id)
	case <-ctx.Done():
		n.forget(id, done)
		return m, ctx.Err()
	}
}

func (n *Node) forget(id schema.ID, done chan struct{}) {
	n.watch.mu.Lock()
	defer n.watch.mu.Unlock()
	kept := n.watch.single[id][:0]
	for _, c := range n.watch.single[id] {
		if c != done {
			kept = append(kept, c)
		}
	}
	if n.watch.single[id] = kept; len(kept) == 0 {
		delete(n.watch.single, id)
	}
}

func (n *Node) state(ctx context.Context, id schema.ID) (m *Message, err error) {
	err = n.Store.View(ctx, func(r Reader) (err error) {
		m, err = r.Message(id, Out)
		return err
	})
	if errors.Is(err, ErrNotFound) {
		return nil, found(err, "outgoing message", "List the sent ones: comity message list --box out.")
	}
	return m, err
}
