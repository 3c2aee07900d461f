package gateway

import (
	"context"
	"fmt"

	"github.com/nats-io/nats.go"
)

// carrier is a connection to a host, as the border uses it. Safe for concurrent use.
type carrier interface {
	// request waits for one reply until ctx ends; nats.ErrNoResponders says that nobody is there.
	request(ctx context.Context, subject string, data []byte) ([]byte, error)
	publish(subject string, data []byte) error
	// subscribe has handle called for one parcel after another, with a bounded queue
	// before it; what overflows is dropped.
	subscribe(subject string, handle func(parcel)) (stop func(), err error)
	close()
}

// parcel is what arrives on a subscription.
type parcel struct {
	data    []byte
	reply   string // where an answer is awaited, "" for nowhere
	dropped bool   // earlier ones overflowed
	from    carrier
}

func (p *parcel) answer(data []byte) error { return p.from.publish(p.reply, data) }

// natsCarrier is the carrier of the product.
type natsCarrier struct{ nc *nats.Conn }

func (w natsCarrier) request(ctx context.Context, subject string, data []byte) ([]byte, error) {
	m, err := w.nc.RequestWithContext(ctx, subject, data)
	if err != nil {
		return nil, err
	}
	return m.Data, nil
}

func (w natsCarrier) publish(subject string, data []byte) error { return w.nc.Publish(subject, data) }

func (w natsCarrier) subscribe(subject string, handle func(parcel)) (stop func(), err error) {
	sub, err := w.nc.Subscribe(subject, func(m *nats.Msg) {
		dropped, err := m.Sub.Dropped()
		handle(parcel{m.Data, m.Reply, err == nil && dropped > 0, w})
	})
	if err != nil {
		return nil, fmt.Errorf("subscribe %s: %w", subject, err)
	}
	stop = func() { _ = sub.Unsubscribe() } // fails only on a closed connection
	if err := sub.SetPendingLimits(PendingMessages, PendingBytes); err != nil {
		stop()
		return nil, fmt.Errorf("bound %s: %w", subject, err)
	}
	return stop, nil
}

func (w natsCarrier) close() { w.nc.Close() }

// dial makes the carrier of a route. It returns after the first attempt, whether or not
// that succeeded, and dials again for ever.
type dial func(g *Gateway, a address, events func(event string, err error)) (carrier, error)

func (g *Gateway) dialNATS(a address, events func(string, error)) (carrier, error) {
	var nc *nats.Conn
	var err error
	if a.own() {
		nc, err = connectInProcess(g.Host, events)
	} else {
		nc, err = connect(string(g.Self.Jurisdiction), a.addr, a.pin, g.Vault.TLS(), events)
	}
	if err != nil {
		return nil, err
	}
	return natsCarrier{nc}, nil
}
