package gateway

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/nats.go"
)

// Codes of a link that does not get its pouch receipted, besides those of a refusal.
const (
	noRoute     = "no_route"
	peerAbsent  = "peer_absent"
	noAnswer    = "no_answer"
	badAnswer   = "bad_answer"
	rootChanged = "root_changed"
)

// absent says that the peer was not there, as opposed to not content.
func (f *fault) absent() bool { return f.code == noRoute || f.code == peerAbsent || f.code == noAnswer }

// attempt seals the pouch and asks for its receipt over one route after the other.
func (l *link) attempt(ctx context.Context, s *shipment) (*Settlement, *fault) {
	sealed, f := l.seal(ctx, s)
	if f != nil {
		return nil, f
	}
	select { // what showed before this try is not news after it
	case <-l.shown:
	default:
	}
	worst := faulty(noRoute, errAbsent)
	for _, r := range l.routes() {
		w := r.conn()
		if w == nil {
			continue
		}
		reply, err := l.request(ctx, w, sealed)
		switch {
		case errors.Is(err, nats.ErrNoResponders):
			if worst.code == noRoute {
				worst = faulty(peerAbsent, err)
			}
			continue
		case err != nil:
			worst = faulty(noAnswer, err)
			continue
		}
		settled, err := l.answer(s, reply)
		if err == nil {
			return settled, nil
		}
		if !errors.As(err, &worst) {
			worst = faulty(badAnswer, err)
		}
		if worst.refused() {
			break // the peer has spoken
		}
		l.report(Misconduct{Code: badAnswer, Position: s.Position})
	}
	return nil, worst
}

// seal encrypts the archive to the peer's current key, at the pace of the limits.
func (l *link) seal(ctx context.Context, s *shipment) ([]byte, *fault) {
	card, err := l.gw.Keyring.Peer(l.peer)
	if err != nil {
		return nil, faultOf(err, "unknown_peer")
	}
	if s.manifest.To != (Party{l.peer, card.Certificate.Root()}) || s.manifest.From != l.gw.self() {
		return nil, faulty(rootChanged, fmt.Errorf("pouch %d names other roots", s.Seq))
	}
	sealed, err := card.Certificate.Seal(s.archive, l.gw.now())
	if err != nil {
		return nil, faultOf(err, "not_sealed")
	}
	if len(sealed) > MaxSealed {
		return nil, faulty(TooLarge, errTooLarge)
	}
	if err := errors.Join(l.pouches.Wait(ctx), l.octets.WaitN(ctx, len(sealed))); err != nil {
		return nil, faulty(noAnswer, err)
	}
	return sealed, nil
}

// request can be interrupted by a kick.
func (l *link) request(ctx context.Context, w carrier, sealed []byte) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, RequestTimeout)
	defer cancel()
	l.mu.Lock()
	l.interrupt, l.asked = cancel, time.Now()
	l.mu.Unlock()
	defer func() {
		l.mu.Lock()
		l.interrupt = nil
		l.mu.Unlock()
	}()
	return w.request(ctx, pouchTo(l.peer), sealed)
}

// answer verifies what came back. A reply that is not a receipt, or a refusal,
// signed by the peer is no reply.
func (l *link) answer(s *shipment, sealed []byte) (_ *Settlement, err error) {
	defer l.recovered(&err)
	if len(sealed) > MaxSealed {
		return nil, faulty(badAnswer, errTooLarge)
	}
	card, err := l.gw.Keyring.Peer(l.peer)
	if err != nil {
		return nil, err
	}
	archive, err := l.gw.Vault.Open(sealed)
	if err != nil {
		return nil, faulty(badAnswer, err)
	}
	now := l.gw.now()
	name, text, signature, err := openAnswer(archive, card.Certificate, now)
	if err != nil {
		return nil, faulty(badAnswer, err)
	}
	if name == refusalName {
		return nil, l.refusal(s, text, signature, now)
	}
	r, err := ParseReceipt(text)
	if err != nil {
		return nil, faulty(badAnswer, err)
	}
	verdicts, covers := r.covers(s.manifest)
	if !covers || !s.answeredBy(&r.Head, r.Pouch, now) || r.Epoch != s.Epoch || r.Seq != s.Seq {
		return nil, faulty(badAnswer, errors.New("receipt of another pouch"))
	}
	return &Settlement{Position: s.Position, Receipt: text, Signature: signature, Verdicts: verdicts, At: now}, nil
}

// answeredBy says whether an answer comes from where the pouch went, and is about it.
func (s *shipment) answeredBy(h *Head, pouch [32]byte, now time.Time) bool {
	return h.From == s.manifest.To && h.To == s.manifest.From && pouch == s.Position.Manifest && !h.Date.After(now.Add(ClockTolerance))
}

// refusal is the fault that a signed refusal of the whole pouch stands for. The
// two ledgers do not agree, so it is kept.
func (l *link) refusal(s *shipment, text, signature []byte, now time.Time) error {
	r, err := ParseRefusal(text)
	if err != nil {
		return faulty(badAnswer, err)
	}
	if !s.answeredBy(&r.Head, r.Pouch, now) {
		return faulty(badAnswer, errors.New("refusal of another pouch"))
	}
	l.report(Misconduct{Code: r.Code, Position: s.Position, Expected: Position{Epoch: r.Epoch, Seq: r.Seq}, Refused: true,
		Evidence: signedArchive(refusalName, text, signature)})
	return faulty(r.Code, fmt.Errorf("pouch %d of epoch %d: the peer expects %d of epoch %d", s.Seq, s.Epoch, r.Seq, r.Epoch))
}

func (f *fault) refused() bool {
	return f.code == Gap || f.code == Equivocation || f.code == WrongEpoch
}
