package gateway

import (
	"context"
	"crypto/sha256"
	"errors"
	"maps"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/comity-exchange/comity/schema"
)

// box is a plain honest Mailbox in memory: it keeps the contract, transactions
// included, and refuses what the contract forbids.
type box struct {
	mu       sync.Mutex
	cond     *sync.Cond
	places   uint64
	queue    map[schema.Jurisdiction][]Queued
	inFlight map[schema.Jurisdiction]*Sent
	spent    map[schema.Jurisdiction]Position
	verdicts map[schema.ID]string // "accepted", or the code
	denied   map[uint64]string
	held     map[uint64]bool
	room     Room // in quarantine, of all peers
	receipts []Settlement

	last      map[schema.Jurisdiction]Position
	answers   map[schema.Jurisdiction]map[[2]uint64]*Answered
	arrivals  []Arrival
	inbox     []Arrived // delivered, in order
	reports   []Misconduct
	answered  int // calls of Answer
	onAccept  func()
	acceptErr error // Accept fails with it, once
	turnErr   error // Turn fails with it, once, after the change was made
}

func newBox() *box {
	b := &box{queue: map[schema.Jurisdiction][]Queued{}, inFlight: map[schema.Jurisdiction]*Sent{}, spent: map[schema.Jurisdiction]Position{},
		verdicts: map[schema.ID]string{}, denied: map[uint64]string{}, held: map[uint64]bool{}, last: map[schema.Jurisdiction]Position{},
		answers: map[schema.Jurisdiction]map[[2]uint64]*Answered{}}
	b.cond = sync.NewCond(&b.mu)
	return b
}

// put queues a message.
func (b *box) put(peer schema.Jurisdiction, q Queued) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.places++
	q.Queue, q.SHA256 = b.places, sha256.Sum256(q.Raw)
	b.queue[peer] = append(b.queue[peer], q)
}

// restart begins a new epoch in both directions; what is in flight waits again, at
// the head of the queue.
func (b *box) restart(peer schema.Jurisdiction, epoch uint64) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if sent := b.inFlight[peer]; sent != nil {
		b.queue[peer] = append(slices.Clone(sent.Members), b.queue[peer]...)
		delete(b.inFlight, peer)
	}
	b.spent[peer], b.last[peer] = Position{Epoch: epoch}, Position{Epoch: epoch}
}

func within(queue []Queued, count, size int) []Queued {
	for i := range queue {
		size -= len(queue[i].Raw)
		for _, f := range queue[i].Files {
			size -= len(f.Data)
		}
		if i == count || i > 0 && size < 0 {
			return slices.Clone(queue[:i])
		}
	}
	return slices.Clone(queue)
}

func (b *box) Take(_ context.Context, peer schema.Jurisdiction, count, size int) (*Load, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	l := &Load{InFlight: b.inFlight[peer], Last: b.spent[peer]}
	if l.InFlight == nil {
		l.Queue = within(b.queue[peer], count, size)
	}
	return l, nil
}

func (b *box) Behind(_ context.Context, peer schema.Jurisdiction, count, size int) ([]Queued, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return within(b.queue[peer], count, size), nil
}

func (b *box) Turn(_ context.Context, peer schema.Jurisdiction, t Turn) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	sent := b.inFlight[peer]
	if s := t.Settle; s != nil {
		if sent == nil || sent.Position != s.Position {
			return errors.New("settled what is not in flight")
		}
		sent = nil
	}
	if t.Next != nil {
		if epoch, seq := expected(b.spent[peer]); sent != nil || t.Next.Epoch != epoch || t.Next.Seq != seq {
			return errors.New("two pouches in flight, or a number out of order")
		}
	}
	if s := t.Settle; s != nil {
		for _, v := range s.Verdicts {
			b.verdicts[v.ID] = v.Code
			if v.Code == "" {
				b.verdicts[v.ID] = "accepted"
			}
		}
		b.receipts = append(b.receipts, *s)
		delete(b.inFlight, peer)
	}
	gone := map[uint64]bool{}
	for _, d := range t.Denied {
		b.denied[d.Queue], gone[d.Queue] = d.Code, true
	}
	for _, place := range t.Held {
		b.held[place], gone[place] = true, true
	}
	if t.Next != nil {
		b.inFlight[peer], b.spent[peer] = t.Next, t.Next.Position
		for _, q := range t.Next.Members {
			gone[q.Queue] = true
		}
	}
	b.queue[peer] = slices.DeleteFunc(b.queue[peer], func(q Queued) bool { return gone[q.Queue] })
	b.cond.Broadcast()
	err := b.turnErr
	b.turnErr = nil
	return err
}

func (b *box) Last(_ context.Context, peer schema.Jurisdiction) (Position, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.last[peer], nil
}

func (b *box) Answer(_ context.Context, peer schema.Jurisdiction, epoch, seq uint64) (*Answered, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.answered++
	return b.answers[peer][[2]uint64{epoch, seq}], nil
}

func (b *box) Known(_ context.Context, _ schema.Jurisdiction, ids []schema.ID) (map[schema.ID][32]byte, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	known := map[schema.ID][32]byte{}
	for _, a := range b.inbox {
		if slices.Contains(ids, a.ID) {
			known[a.ID] = a.SHA256
		}
	}
	return known, nil
}

func (b *box) Room(context.Context, schema.Jurisdiction) (Room, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.room, nil
}

func (b *box) Accept(_ context.Context, peer schema.Jurisdiction, a Arrival) error {
	if b.onAccept != nil {
		b.onAccept()
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if err := b.acceptErr; err != nil {
		b.acceptErr = nil
		return err
	}
	if epoch, seq := expected(b.last[peer]); a.Epoch != epoch || a.Seq != seq {
		return errors.New("number out of order")
	}
	for _, m := range a.Messages {
		if m.Code == "" && !m.Known {
			if slices.ContainsFunc(b.inbox, func(o Arrived) bool { return o.ID == m.ID }) {
				return errors.New("id delivered twice")
			}
			if m.Quarantined {
				if b.room.Messages, b.room.Octets = b.room.Messages-1, b.room.Octets-m.octets(); min(b.room.Messages, b.room.Octets) < 0 {
					return errors.New("more in quarantine than there is room")
				}
			}
			b.inbox = append(b.inbox, m)
		}
	}
	b.last[peer] = a.Position
	if b.answers[peer] == nil {
		b.answers[peer] = map[[2]uint64]*Answered{}
	}
	b.answers[peer][[2]uint64{a.Epoch, a.Seq}] = &Answered{a.Position, a.Receipt, a.ReceiptSig}
	b.arrivals = append(b.arrivals, a)
	b.cond.Broadcast()
	return nil
}

func (b *box) Notarise() [32]byte {
	b.mu.Lock()
	defer b.mu.Unlock()
	return sha256.Sum256([]byte{byte(len(b.arrivals)), byte(b.places)})
}

func (b *box) Report(_ context.Context, _ schema.Jurisdiction, m Misconduct) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.reports = append(b.reports, m)
	b.cond.Broadcast()
	return nil
}

// wait blocks until done is true of the box, and fails the test after a while.
func (b *box) wait(t testing.TB, what string, done func(*box) bool) {
	t.Helper()
	late := false
	timer := time.AfterFunc(20*time.Second, func() {
		b.mu.Lock()
		defer b.mu.Unlock()
		late = true
		b.cond.Broadcast()
	})
	defer timer.Stop()
	b.mu.Lock()
	defer b.mu.Unlock()
	for !done(b) {
		if late {
			t.Fatalf("waited too long for %s; verdicts %v, in flight %d, reports %v", what, b.verdicts, len(b.inFlight), b.codes())
		}
		b.cond.Wait()
	}
}

// settledAs gives a copy of the verdicts.
func (b *box) settledAs() map[schema.ID]string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return maps.Clone(b.verdicts)
}

func (b *box) codes() []string {
	var codes []string
	for _, r := range b.reports {
		codes = append(codes, r.kind())
	}
	return codes
}

func (b *box) reported(code string) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.Contains(b.codes(), code)
}

// delivered lists the ids of the inbox in order.
func (b *box) delivered() []schema.ID {
	b.mu.Lock()
	defer b.mu.Unlock()
	ids := make([]schema.ID, len(b.inbox))
	for i := range b.inbox {
		ids[i] = b.inbox[i].ID
	}
	return ids
}
