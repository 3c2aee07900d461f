package gateway

import (
	"context"
	"errors"
	"time"

	"github.com/comity-exchange/comity/schema"
	"github.com/nats-io/nats.go"
)

// Ping measures whether the peer's gateway answers, and how fast, over the best route.
// It sends no pouch. The error is a *schema.Problem.
func (g *Gateway) Ping(ctx context.Context, peer schema.Jurisdiction) (time.Duration, error) {
	g.mu.Lock()
	l := g.links[peer]
	g.mu.Unlock()
	if l == nil {
		return 0, &schema.Problem{Kind: schema.NotFound, Code: "unknown_peer", Detail: "There is no link to this jurisdiction.",
			Fix: "Add it with comity peer add, or resume it if it is suspended."}
	}
	took, err := l.ping(ctx)
	if err != nil {
		code := noRoute
		var f *fault
		if errors.As(err, &f) {
			code = f.code
		}
		return 0, &schema.Problem{Kind: schema.Unreachable, Code: code, Detail: "The peer's gateway does not answer.", Fix: fixOf(code)}
	}
	return took, nil
}

// ping asks over one route after the other until the peer answers.
func (l *link) ping(ctx context.Context) (time.Duration, error) {
	worst := faulty(noRoute, errAbsent)
	for _, r := range l.routes() {
		w := r.conn()
		if w == nil {
			continue
		}
		start := time.Now()
		err := ask(ctx, w, pingTo(l.peer))
		if err == nil {
			return time.Since(start), nil
		}
		if errors.Is(err, nats.ErrNoResponders) {
			worst = faulty(peerAbsent, err)
		} else {
			worst = faulty(noAnswer, err)
		}
	}
	return 0, worst
}

func ask(ctx context.Context, w carrier, subject string) error {
	ctx, cancel := context.WithTimeout(ctx, PingTimeout)
	defer cancel()
	_, err := w.request(ctx, subject, nil)
	return err
}
