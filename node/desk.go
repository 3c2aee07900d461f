package node

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/comity-exchange/comity/schema"
)

// Desk is where a message lies on the officers' desk: what they need to order their
// day. It holds no content.
type Desk struct {
	N        int64     // of the message
	Box      Box       // of the message
	Live     bool      // the life cycle that it opened has not ended
	Due      time.Time // next time limit, zero if none
	Look     time.Time // when its thread must be followed again, zero if not by itself
	Standing Standing
	Seen     time.Time // first opened by a person, zero if never
	Holder   string    // actor who took it, "" if nobody did
	Snooze   time.Time // not shown until then, zero if shown
}

// Standing is how the thread that a message opened stood when it was last followed.
type Standing struct {
	Machine  string           `json:"machine,omitempty"`
	State    string           `json:"state,omitempty"`
	Deadline *schema.Deadline `json:"deadline,omitempty"`
	Ours     bool             `json:"ours,omitempty"` // this node's side must meet the deadline
	Flaws    []schema.Problem `json:"flaws,omitempty"`
}

// deadline is the time limit as it stands now.
func (s *Standing) deadline(now time.Time) *schema.Deadline {
	if s.Deadline == nil {
		return nil
	}
	d := *s.Deadline
	d.State = d.At(now)
	return &d
}

const (
	deskTick    = 10 * time.Second
	deskBatch   = 64          // messages placed in one transaction
	deskRest    = 9           // times as long as it worked, while messages flow
	unsettled   = time.Minute // how often a request that waits for its receipt is looked at
	deskSetting = "desk"      // number of the last message that was placed
)

// KeepDesk keeps the desk in step with what arrives, is sent, is settled and falls
// due, until ctx ends. It works beside the exchange: while messages flow it rests nine
// times as long as it worked, so that a flood costs at most a tenth of one processor.
func (n *Node) KeepDesk(ctx context.Context) {
	events, cancel := n.Watch()
	defer func() { cancel() }()
	tick := time.NewTicker(deskTick)
	defer tick.Stop()
	var settled []schema.ID
	for ctx.Err() == nil {
		began := time.Now()
		batch, open := drain(events, settled)
		if !open { // what came is found by its number, what was settled by its time to look
			events, cancel = n.Watch()
		}
		more, err := n.TidyDesk(ctx, batch)
		if err != nil && ctx.Err() == nil {
			n.Log.Error().Err(err).Msg("desk not in step")
		}
		if !more && err == nil {
			if more, err = n.TidyLikeness(ctx); err != nil && ctx.Err() == nil {
				n.Log.Error().Err(err).Msg("messages not compared")
			}
		}
		rest := time.Since(began)
		if len(events) > 0 {
			rest *= deskRest
		}
		pause(ctx, rest)
		if settled = nil; !more && len(batch) < deskBatch {
			settled = n.awaitNews(ctx, events, tick.C)
		}
	}
}

// awaitNews waits until the desk may have something to do; it gives what was settled.
func (n *Node) awaitNews(ctx context.Context, events <-chan Event, tick <-chan time.Time) []schema.ID {
	select {
	case <-ctx.Done():
	case <-tick:
	case <-n.laid:
	case e, open := <-events:
		if open && e.Type == "message.settled" {
			return []schema.ID{e.ID}
		}
	}
	return nil
}

// stir has the desk look for what is new.
func (n *Node) stir() {
	select {
	case n.laid <- struct{}{}:
	default:
	}
}

// drain adds what was settled of the events that wait, as far as one batch goes. Events
// that are not open any more have gone on without their reader.
func drain(events <-chan Event, settled []schema.ID) (_ []schema.ID, open bool) {
	for len(settled) < deskBatch {
		select {
		case e, open := <-events:
			if !open {
				return settled, false
			}
			if e.Type == "message.settled" {
				settled = append(settled, e.ID)
			}
		default:
			return settled, true
		}
	}
	return settled, true
}

func pause(ctx context.Context, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
	case <-t.C:
	}
}

// TidyDesk places one batch of new messages, those that were just settled, and those
// whose time to be looked at again has come; it says whether there may be more.
func (n *Node) TidyDesk(ctx context.Context, settled []schema.ID) (more bool, err error) {
	var rows []Desk
	var last int64
	err = n.Store.View(ctx, func(r Reader) error {
		placed, err := deskMark(r)
		if err != nil {
			return err
		}
		fresh, err := r.MessagesAfter(placed, deskBatch)
		if err != nil {
			return err
		}
		again, err := r.DeskDue(n.now(), deskBatch)
		if err != nil {
			return err
		}
		more = len(fresh) == deskBatch || len(again) == deskBatch
		if len(fresh) > 0 {
			last = fresh[len(fresh)-1].N
		}
		for _, id := range settled {
			m, err := r.Message(id, Out)
			if err != nil {
				return err
			}
			again = append(again, m)
		}
		rows, err = n.place(r, append(again, fresh...))
		return err
	})
	if err != nil || len(rows) == 0 {
		return false, err
	}
	return more, n.Store.Update(ctx, func(tx Tx) error {
		for i := range rows {
			if err := tx.PutDesk(&rows[i]); err != nil {
				return err
			}
		}
		if last == 0 {
			return nil
		}
		return tx.PutSetting(deskSetting, fmt.Appendf(nil, "%d", last))
	})
}

func deskMark(r Reader) (n int64, err error) { return markOf(r, deskSetting) }

// markOf is the number of the last message that some work was done for, 0 if none.
func markOf(r Reader, setting string) (n int64, err error) {
	text, err := r.Setting(setting)
	if errors.Is(err, ErrNotFound) {
		return 0, nil
	}
	if err == nil {
		err = json.Unmarshal(text, &n)
	}
	return n, err
}

// place finds where messages lie, and where the messages lie whose threads they belong to.
func (n *Node) place(r Reader, messages []*Message) (rows []Desk, err error) {
	placed := make(map[int64]bool)
	for _, m := range messages {
		s := n.standings()
		if err := s.gather(r, []*Message{m}); err != nil {
			return nil, err
		}
		at := []*Message{m}
		if t := s.threads[s.opening[m.ID]]; t != nil && t.records[0].ID != m.ID {
			s.opening[t.records[0].ID] = t.records[0].ID
			at = append(at, t.records[0])
		}
		for _, m := range at {
			if placed[m.N] {
				continue
			}
			placed[m.N] = true
			row, err := n.deskOf(s, m)
			if err != nil {
				return nil, err
			}
			rows = append(rows, *row)
		}
	}
	return rows, nil
}

// deskOf makes the row of one message whose thread was gathered.
func (n *Node) deskOf(s *standings, m *Message) (*Desk, error) {
	row := &Desk{N: m.N, Box: m.Box}
	p, side, flaws, err := s.full(m)
	if err != nil {
		return nil, err
	}
	row.Standing.Flaws = flaws
	if p == nil || s.opening[m.ID] != m.ID || !m.State.crossed() {
		return row, nil
	}
	row.Live = !p.End
	row.Standing.Machine, row.Standing.State = p.Machine, p.State
	if d := p.Due(); d != nil {
		row.Due, row.Standing.Deadline, row.Standing.Ours = d.Due, d, d.By == side
	}
	if m.State == Queued {
		row.Look = n.now().Add(unsettled)
	}
	for i := range p.Deadlines {
		if d := &p.Deadlines[i]; d.Due.After(n.now()) && (row.Look.IsZero() || d.Due.Before(row.Look)) {
			row.Look = d.Due.Add(time.Second)
		}
	}
	return row, nil
}
