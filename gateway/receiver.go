package gateway

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"time"

	"github.com/comity-exchange/comity/pki"
)

// receive takes the peer's pouches one at a time, from whatever route.
func (l *link) receive(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case m := <-l.in:
			l.handle(context.WithoutCancel(ctx), m)
		}
	}
}

// handle answers one pouch. What cannot be verified gets no answer.
func (l *link) handle(ctx context.Context, m parcel) {
	start := time.Now()
	ctx, cancel := context.WithTimeout(ctx, CommitTimeout)
	defer cancel()
	sealed, err := l.reply(ctx, m.data)
	if err != nil {
		l.complain(err)
		return
	}
	if err := m.answer(sealed); err != nil {
		l.log.Debug().Err(err).Msg("answer not sent") // the pouch will come again
	}
	l.log.Debug().Int("bytes", len(m.data)).Dur("dur_ms", time.Since(start)).Msg("pouch answered")
}

// complain tells misconduct from trouble of our own.
func (l *link) complain(err error) {
	var f *fault
	if errors.As(err, &f) {
		l.report(Misconduct{Code: f.code})
		return
	}
	l.mu.Lock()
	due := l.reports.allow("trouble", l.gw.now())
	l.mu.Unlock()
	if due {
		l.log.Error().Err(err).Msg("pouch not answered")
	}
}

// reply opens, verifies and takes a pouch and gives the sealed answer. A *fault is
// the sender's, any other error is ours.
func (l *link) reply(ctx context.Context, sealed []byte) ([]byte, error) {
	card, err := l.gw.Keyring.Peer(l.peer)
	if err != nil {
		return nil, err
	}
	now := l.gw.now()
	p, err := l.open(sealed, card.Certificate, now)
	if err != nil {
		return nil, err
	}
	name, text, signature, err := l.take(ctx, p, now)
	if err != nil {
		return nil, err
	}
	answer, err := card.Certificate.Seal(signedArchive(name, text, signature), now)
	if err != nil {
		return nil, fmt.Errorf("seal answer to pouch %d: %w", p.Seq, err)
	}
	return answer, nil
}

// open goes as far as the signed manifest and whom it concerns.
func (l *link) open(sealed []byte, author *pki.Certificate, now time.Time) (p *pouch, err error) {
	defer l.recovered(&err)
	archive, err := l.gw.Vault.Open(sealed)
	if err != nil {
		return nil, faultOf(err, "unreadable")
	}
	if p, err = openPouch(archive, author, now); err != nil {
		return nil, err
	}
	switch {
	case p.From != Party{l.peer, author.Root()}, p.To != l.gw.self():
		return nil, faulty(WrongAddress, errors.New("the manifest names other parties"))
	case p.Date.After(now.Add(ClockTolerance)):
		return nil, faulty("future_date", errors.New("the manifest is dated in the future"))
	}
	return p, nil
}

// take finds the pouch's place in the ledger and answers accordingly.
func (l *link) take(ctx context.Context, p *pouch, now time.Time) (name string, text, signature []byte, err error) {
	last, err := l.lastReceived(ctx)
	if err != nil {
		return "", nil, nil, err
	}
	switch placeOf(last, p.Manifest) {
	case next:
		text, signature, err = l.accept(ctx, p, now)
		return receiptName, text, signature, err
	case past:
		return l.repeat(ctx, p, last, now)
	case forked:
		return l.refuse(p, last, Equivocation, now)
	case ahead:
		return l.refuse(p, last, Gap, now)
	default:
		return l.refuse(p, last, WrongEpoch, now)
	}
}

// lastReceived is asked for once and then kept, for the line is ours alone.
func (l *link) lastReceived(ctx context.Context) (Position, error) {
	select {
	case <-l.stale:
		l.last = nil
	default:
	}
	if l.last == nil {
		last, err := l.gw.Mailbox.Last(ctx, l.peer)
		if err != nil {
			return last, fmt.Errorf("last pouch received: %w", err)
		}
		l.last = &last
	}
	return *l.last, nil
}

// repeat answers a number that is spent: the same manifest gets the same answer.
func (l *link) repeat(ctx context.Context, p *pouch, last Position, now time.Time) (name string, text, signature []byte, err error) {
	a, err := l.gw.Mailbox.Answer(ctx, l.peer, p.Epoch, p.Seq)
	switch {
	case err != nil:
		return "", nil, nil, fmt.Errorf("answer to pouch %d: %w", p.Seq, err)
	case a == nil && p.Epoch < max(last.Epoch, 1):
		return l.refuse(p, last, WrongEpoch, now)
	case a == nil:
		return l.refuse(p, last, Gap, now)
	case a.Manifest != p.hash:
		return l.refuse(p, last, Equivocation, now)
	}
	return receiptName, a.Receipt, a.Signature, nil
}

// refuse signs a refusal of the whole pouch, with the number expected, and has the
// signed manifest kept as evidence.
func (l *link) refuse(p *pouch, last Position, code string, now time.Time) (name string, text, signature []byte, err error) {
	l.log.Debug().Uint64("seq", p.Seq).Str("code", code).Msg("pouch refused")
	r := Refusal{Head: l.answerHead(p, now), Pouch: p.hash, Code: code}
	r.Epoch, r.Seq = expected(last)
	l.report(Misconduct{Code: code, Position: Position{p.Epoch, p.Seq, p.hash}, Expected: Position{Epoch: r.Epoch, Seq: r.Seq},
		Evidence: signedArchive(manifestName, p.text, p.signature)})
	text = r.Encode()
	signature, err = l.gw.Vault.Sign(text, now)
	if err != nil {
		return "", nil, nil, fmt.Errorf("sign refusal of pouch %d: %w", p.Seq, err)
	}
	return refusalName, text, signature, nil
}

func (l *link) answerHead(p *pouch, now time.Time) Head {
	return Head{From: p.To, To: p.From, Epoch: p.Epoch, Seq: p.Seq, Date: now, Journal: l.gw.Mailbox.Notarise()}
}

// accept judges the messages, signs the receipt and has both stored.
func (l *link) accept(ctx context.Context, p *pouch, now time.Time) (text, signature []byte, err error) {
	arrived, err := l.judge(ctx, p)
	if err != nil {
		return nil, nil, err
	}
	r := Receipt{Head: l.answerHead(p, now), Pouch: p.hash, Verdicts: make([]Verdict, len(arrived))}
	for i := range arrived {
		r.Verdicts[i] = arrived[i].Verdict
	}
	text = r.Encode()
	if signature, err = l.gw.Vault.Sign(text, now); err != nil {
		return nil, nil, fmt.Errorf("sign receipt of pouch %d: %w", p.Seq, err)
	}
	position := Position{p.Epoch, p.Seq, p.hash}
	l.last = nil // not known until the mailbox says that it is durable
	err = l.gw.Mailbox.Accept(ctx, l.peer, Arrival{Position: position, Text: p.text, Signature: p.signature,
		Messages: arrived, Receipt: text, ReceiptSig: signature, At: now})
	if err != nil {
		return nil, nil, fmt.Errorf("accept pouch %d: %w", p.Seq, err)
	}
	l.last = &position
	return text, signature, nil
}

// recovered turns a panic of a parser into a fault. The panic's text may hold
// content and is not logged; the stack shows where.
func (l *link) recovered(err *error) {
	if r := recover(); r != nil {
		l.log.Error().Bytes("stack", debug.Stack()).Msg("parser panic")
		*err = faulty("parser_panic", errForm)
	}
}
