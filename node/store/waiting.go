package store

import (
	"fmt"
	"time"

	"github.com/comity-exchange/comity/node"
	"github.com/comity-exchange/comity/schema"
)

// Waiting lists what waits for release, the earliest deadline first. A limit outside
// 1 to 200 is brought inside.
func (r *reader) Waiting(after node.Waiting, authority schema.Address, limit int) ([]*node.Message, error) {
	messages, err := list(r.conn, scanMessage, listWaiting, after.Deadline, after.N, string(authority), min(max(limit, 1), 200))
	if err != nil {
		return nil, fmt.Errorf("read release queue: %w", err)
	}
	return messages, nil
}

// Overdue lists what is held and had to be released by a time. A limit outside 1 to
// 200 is brought inside.
func (r *reader) Overdue(at time.Time, limit int) ([]*node.Message, error) {
	messages, err := list(r.conn, scanMessage, listOverdue, at, min(max(limit, 1), 200))
	if err != nil {
		return nil, fmt.Errorf("read overdue releases: %w", err)
	}
	return messages, nil
}

// Quarantine counts a peer's messages in it, and their octets.
func (r *reader) Quarantine(peer schema.Jurisdiction) (node.Quarantine, error) {
	q, err := one(r.conn, func(r *row) node.Quarantine { return node.Quarantine{Messages: r.int(), Octets: r.int()} }, quarantineOf, peer)
	if err != nil {
		return q, fmt.Errorf("read quarantine of %s: %w", peer, err)
	}
	return q, nil
}

// HoldBack takes a queued message that never left out of the queue until it is released.
func (t *tx) HoldBack(peer schema.Jurisdiction, queue int64, deadline time.Time) error {
	if err := t.must(holdMessage, deadline, peer, queue); err != nil {
		return fmt.Errorf("hold message %d: %w", queue, err)
	}
	return t.leave(peer, node.Held, 1)
}

// Release ends the wait of a message. An outgoing one gets the last place of all
// queues, above every number that was given. The desk looks at the message again.
func (t *tx) Release(m *node.Message) error {
	from, to, queue := node.Quarantined, node.Received, int64(0)
	if m.Box == node.Out {
		from, to, queue = node.Held, node.Queued, t.writer.messages+1
	}
	if err := t.must(releaseMessage, to, queue, m.Policy, m.Rule, m.Releaser, m.N, from, m.Deadline); err != nil {
		return fmt.Errorf("release message %s: %w", m.ID, err)
	}
	t.writer.messages = max(t.writer.messages, queue)
	m.State, m.Queue, m.Deadline, m.Room = to, queue, time.Time{}, 0
	if err := t.Recheck(m); err != nil {
		return fmt.Errorf("recheck message %s: %w", m.ID, err)
	}
	return t.move(m, from)
}

// Dismiss ends the wait of a message that is not released.
func (t *tx) Dismiss(m *node.Message, to node.State) error {
	from := m.State
	if err := t.must(dismissMessage, to, m.N, from, m.Deadline); err != nil {
		return fmt.Errorf("dismiss message %s: %w", m.ID, err)
	}
	m.State, m.Deadline, m.Room = to, time.Time{}, 0
	return t.move(m, from)
}

// move counts one message out of a state into the one it has now.
func (t *tx) move(m *node.Message, from node.State) error {
	if err := t.must(moveTally, m.Box, m.Peer, from); err != nil {
		return fmt.Errorf("count messages: %w", err)
	}
	return t.conn.exec(raiseTally, m.Box, m.Peer, m.State, 1)
}
