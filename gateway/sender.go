package gateway

import (
	"context"
	"crypto/sha256"
	"fmt"
	"time"
)

// shipment is the pouch in flight.
type shipment struct {
	*Sent
	manifest *Manifest
	archive  []byte
}

// idleBuffer is how many octets an idle link may hold on to.
const idleBuffer = 64 << 10

// send keeps the sending side of the link: one pouch in flight, and behind it
// whatever has queued up meanwhile goes into the next one.
func (l *link) send(ctx context.Context) {
	var settled *Settlement // the verified receipt that is not durable yet
	var delay backoff
	for ctx.Err() == nil {
		select { // the mailbox is about to be asked
		case <-l.anew:
		default:
		}
		s, err := l.turn(ctx, settled)
		if err != nil {
			wait := delay.next(time.Now())
			l.failed(faultOf(err, "mailbox"), wait)
			l.rest(ctx, wait, false)
			settled = l.confirm(ctx, settled)
			continue
		}
		delay, settled = backoff{}, nil
		if s != nil {
			settled = l.deliver(ctx, s)
			continue
		}
		if cap(l.buffer) > idleBuffer {
			l.buffer = nil
		}
		select {
		case <-ctx.Done():
		case <-l.queued:
		}
	}
	if settled == nil {
		return
	}
	// The receipt is verified: it would come again, but why ask twice.
	if err := l.commit(ctx, Turn{Settle: settled}); err != nil {
		l.log.Error().Err(err).Msg("receipt not stored")
	}
}

// turn settles the pouch whose receipt came and commits the next one, in one
// transaction. It gives nil when nothing waits.
func (l *link) turn(ctx context.Context, settled *Settlement) (*shipment, error) {
	queue, last, inFlight, err := l.waiting(ctx, settled)
	if err != nil {
		return nil, err
	}
	if inFlight != nil {
		return l.again(inFlight)
	}
	p := l.pack(queue)
	t := Turn{Settle: settled, Denied: p.denied, Held: p.held}
	stopped := len(t.Denied)+len(t.Held) > 0
	var s *shipment
	if len(p.members) > 0 {
		if s, err = l.compose(last, p); err != nil {
			return nil, err
		}
		t.Next = s.Sent
	}
	if t.Settle == nil && t.Next == nil && !stopped {
		return nil, nil
	}
	if err := l.commit(ctx, t); err != nil {
		return nil, err
	}
	if settled != nil {
		l.settled(settled)
	}
	if s == nil && stopped {
		signal(l.queued) // there may be more behind what was stopped
	}
	return s, nil
}

// waiting asks the mailbox what there is to send.
func (l *link) waiting(ctx context.Context, settled *Settlement) (queue []Queued, last Position, inFlight *Sent, err error) {
	if settled != nil {
		queue, err = l.gw.Mailbox.Behind(ctx, l.peer, MaxMessages, MaxPouch)
		return queue, settled.Position, nil, err
	}
	load, err := l.gw.Mailbox.Take(ctx, l.peer, MaxMessages, MaxPouch)
	if err != nil {
		return nil, last, nil, err
	}
	return load.Queue, load.Last, load.InFlight, nil
}

// commit is not cut short by the end of the link: half a step helps nobody.
func (l *link) commit(ctx context.Context, t Turn) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), CommitTimeout)
	defer cancel()
	return l.gw.Mailbox.Turn(ctx, l.peer, t)
}

// confirm finds out, after a failed Turn, whether its settlement is still to be made.
func (l *link) confirm(ctx context.Context, settled *Settlement) *Settlement {
	if settled == nil {
		return nil
	}
	load, err := l.gw.Mailbox.Take(ctx, l.peer, MaxMessages, MaxPouch)
	if err != nil || load.InFlight != nil && load.InFlight.Seq == settled.Seq && load.InFlight.Epoch == settled.Epoch {
		return settled
	}
	return nil
}

// compose makes the pouch that follows last.
func (l *link) compose(last Position, p *packer) (*shipment, error) {
	to, err := l.party()
	if err != nil {
		return nil, err
	}
	now := l.gw.now()
	m := &Manifest{Head: Head{From: l.gw.self(), To: to, Date: now, Journal: l.gw.Mailbox.Notarise()},
		Prev: last.Manifest, Entries: append(p.messages, p.attachments...)}
	m.Epoch, m.Seq = expected(last)
	text := m.Encode()
	signature, err := l.gw.Vault.Sign(text, now)
	if err != nil {
		return nil, fmt.Errorf("sign pouch %d: %w", m.Seq, err)
	}
	if len(signature) > MaxSignature {
		return nil, fmt.Errorf("signature of %d octets: %w", len(signature), errTooLarge)
	}
	sent := &Sent{Position{m.Epoch, m.Seq, sha256.Sum256(text)}, text, signature, p.members}
	files, err := contents(m, sent)
	if err != nil {
		return nil, err
	}
	return l.load(m, sent, files)
}

// again takes up a pouch whose number was spent before. What is damaged must not leave.
func (l *link) again(sent *Sent) (*shipment, error) {
	m, err := ParseManifest(sent.Text)
	if err != nil {
		return nil, faulty(damaged, err)
	}
	if sha256.Sum256(sent.Text) != sent.Manifest {
		return nil, faulty(damaged, fmt.Errorf("manifest of pouch %d: its hash is another", sent.Seq))
	}
	files, err := contents(m, sent)
	if err != nil {
		return nil, err
	}
	if err := checkDigests(m.Entries, files[2:]); err != nil {
		return nil, err
	}
	return l.load(m, sent, files)
}

// load builds the archive, in the buffer that the link keeps for it.
func (l *link) load(m *Manifest, sent *Sent, files []file) (*shipment, error) {
	if n := archiveSize(files); n > MaxPouch {
		return nil, fmt.Errorf("archive of %d octets: %w", n, errTooLarge)
	} else if cap(l.buffer) < n {
		l.buffer = make([]byte, 0, n)
	}
	l.buffer = writeArchive(l.buffer[:0], files)
	return &shipment{sent, m, l.buffer}, nil
}

// party is the peer as pinned now.
func (l *link) party() (Party, error) {
	card, err := l.gw.Keyring.Peer(l.peer)
	if err != nil {
		return Party{}, err
	}
	return Party{l.peer, card.Certificate.Root()}, nil
}

// deliver tries until the peer's receipt is verified; nil when the link ends before,
// or when the mailbox may hold another pouch in this one's place.
func (l *link) deliver(ctx context.Context, s *shipment) *Settlement {
	l.shipped(s)
	var delay backoff
	for ctx.Err() == nil {
		start := time.Now()
		settled, fault := l.attempt(ctx, s)
		if fault == nil {
			l.succeeded()
			l.log.Debug().Uint64("seq", s.Seq).Int("bytes", len(s.archive)).Dur("dur_ms", time.Since(start)).Msg("pouch receipted")
			return settled
		}
		if ctx.Err() != nil {
			break
		}
		wait := delay.next(time.Now())
		l.failed(fault, wait)
		if l.rest(ctx, wait, fault.absent()) {
			delay = backoff{}
		}
		select {
		case <-l.anew:
			return nil
		default:
		}
	}
	return nil
}

// rest waits before the next try. It ends at once, and says so, when a route comes
// up or the peer shows itself. An absent peer is looked for now and then.
func (l *link) rest(ctx context.Context, wait time.Duration, absent bool) (shown bool) {
	over := time.NewTimer(wait)
	defer over.Stop()
	var look <-chan time.Time
	if absent && wait > PingEvery {
		ticker := time.NewTicker(PingEvery)
		defer ticker.Stop()
		look = ticker.C
	}
	for {
		select {
		case <-ctx.Done():
			return false
		case <-over.C:
			return false
		case <-l.shown:
			return true
		case <-l.anew:
			signal(l.anew) // for deliver to see
			return true
		case <-look:
			if _, err := l.ping(ctx); err == nil {
				return true
			}
		}
	}
}
