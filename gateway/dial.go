package gateway

import (
	"context"
	"crypto/sha256"
	"crypto/tls"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/comity-exchange/comity/pki"
	"github.com/nats-io/nats.go"
)

// What an events callback is told. It is called from several goroutines and must not block.
const (
	eventUp     = "up"     // attached, for the first time or again
	eventDown   = "down"   // an attached link broke; the error says why
	eventRetry  = "retry"  // one attempt to attach failed; another follows by itself
	eventError  = "error"  // attached still: a slow subscription, a subject that is not ours
	eventClosed = "closed" // the link ended for good
)

const (
	dialTimeout  = 5 * time.Second        // TCP and TLS together, and again for INFO to PONG
	retryFloor   = 100 * time.Millisecond // first delay before a new attempt
	retryCeiling = 30 * time.Second       // longest delay before a new attempt
)

// errHostKey ends a dial: whoever answered does not hold the key that the card pins.
var errHostKey = errors.New("the host's TLS key is not the one its card pins")

// errNoListener stands for ECONNREFUSED, whose own text nats.go swallows.
var errNoListener = errors.New("nobody listens at the host's address")

// connect opens a link to the host at addr, "host:port", whose TLS key must have
// the given pin, and keeps it open: it dials again for ever, with growing delays.
// It returns after the first attempt, which takes up to twice dialTimeout, whether
// or not it succeeded; the error is of the arguments only. What is published while
// the link is down fails at once. While nats.go dials it holds its lock, so ask the
// events, not the connection, for the state of a link.
func connect(name, addr string, pin pki.Pin, id tls.Certificate, events func(event string, err error)) (*nats.Conn, error) {
	d := &dialer{addr: addr, pin: pin, id: id}
	return attach("nats://"+addr, name, events, nats.SetCustomDialer(d), nats.SkipHostLookup())
}

// connectInProcess opens a link to our own host without network. The host knows
// us by its token.
func connectInProcess(h Host, events func(string, error)) (*nats.Conn, error) {
	return attach("", "owner", events, nats.InProcessServer(h), nats.UserInfo(h.Token(), ""))
}

// attach adds what every link has in common.
func attach(url, name string, events func(string, error), more ...nats.Option) (*nats.Conn, error) {
	var link atomic.Pointer[nats.Conn]
	delay := &backoff{}
	opts := append([]nats.Option{
		nats.Name(name),
		nats.NoEcho(),
		nats.Timeout(dialTimeout),
		nats.PingInterval(20 * time.Second),
		nats.MaxPingsOutstanding(2),
		nats.RetryOnFailedConnect(true),
		nats.MaxReconnects(-1),
		nats.ReconnectBufSize(-1),
		nats.IgnoreAuthErrorAbort(),
		nats.IgnoreDiscoveredServers(),
		nats.NoCallbacksAfterClientClose(),
		nats.CustomReconnectDelay(func(int) time.Duration {
			// nats.go reports a failed dial, but is silent about a failed greeting.
			if nc := link.Load(); nc != nil && nc.LastError() != nil {
				events(eventRetry, nc.LastError())
			}
			return delay.next(time.Now())
		}),
	}, append(handlers(events), more...)...)
	nc, err := nats.Connect(url, opts...)
	if err != nil {
		return nil, fmt.Errorf("connect %s: %w", name, err)
	}
	link.Store(nc)
	return nc, nil
}

// handlers translates the callbacks of nats.go.
func handlers(events func(string, error)) []nats.Option {
	return []nats.Option{
		nats.ConnectHandler(func(*nats.Conn) { events(eventUp, nil) }),
		nats.ReconnectHandler(func(*nats.Conn) { events(eventUp, nil) }),
		nats.DisconnectErrHandler(func(_ *nats.Conn, err error) { events(eventDown, err) }),
		nats.ReconnectErrHandler(func(_ *nats.Conn, err error) { events(eventRetry, err) }),
		nats.ClosedHandler(func(nc *nats.Conn) { events(eventClosed, nc.LastError()) }),
		nats.ErrorHandler(func(_ *nats.Conn, s *nats.Subscription, err error) {
			if s != nil {
				err = fmt.Errorf("subscription %s: %w", s.Subject, err)
			}
			events(eventError, err)
		}),
	}
}

// dialer makes guarded connections to one host. It implements nats.CustomDialer.
type dialer struct {
	addr string
	pin  pki.Pin
	id   tls.Certificate
}

// SkipTLSHandshake tells nats.go that Dial has done it.
func (d *dialer) SkipTLSHandshake() bool { return true }

// Dial goes to the one address of the card, whatever nats.go would have us dial.
func (d *dialer) Dial(string, string) (net.Conn, error) {
	ctx, cancel := context.WithTimeout(context.Background(), dialTimeout)
	defer cancel()
	raw, err := (&net.Dialer{}).DialContext(ctx, "tcp", d.addr)
	if errors.Is(err, syscall.ECONNREFUSED) {
		return nil, fmt.Errorf("dial %s: %w", d.addr, errNoListener)
	}
	if err != nil {
		return nil, err
	}
	conn := tls.Client(raw, d.config())
	if err := conn.HandshakeContext(ctx); err != nil {
		raw.Close()
		return nil, fmt.Errorf("tls handshake with %s: %w", d.addr, err)
	}
	return &guard{Conn: conn}, nil
}

// config of the client side: TLS 1.3 with the hybrid key exchange alone. No
// authority vouches for anybody here, the pin takes the place of chain and name.
func (d *dialer) config() *tls.Config {
	host, _, _ := net.SplitHostPort(d.addr)
	return &tls.Config{
		ServerName:         host,
		MinVersion:         tls.VersionTLS13,
		CurvePreferences:   []tls.CurveID{tls.X25519MLKEM768},
		InsecureSkipVerify: true,
		VerifyConnection:   d.verify,
		GetClientCertificate: func(*tls.CertificateRequestInfo) (*tls.Certificate, error) {
			return &d.id, nil
		},
	}
}

func (d *dialer) verify(s tls.ConnectionState) error {
	if len(s.PeerCertificates) == 0 || sha256.Sum256(s.PeerCertificates[0].RawSubjectPublicKeyInfo) != d.pin {
		return errHostKey
	}
	return nil
}

// backoff spaces the attempts of one link. It starts over only when no attempt
// was needed for a while, so that a host which greets and hangs up is not dialled in a tight loop.
type backoff struct {
	mu    sync.Mutex // guards tries and last
	tries int
	last  time.Time
}

// next gives the delay before the next attempt: doubling, between half and whole.
func (b *backoff) next(now time.Time) time.Duration {
	b.mu.Lock()
	defer b.mu.Unlock()
	if now.Sub(b.last) > 2*retryCeiling {
		b.tries = 0
	}
	b.last = now
	d := min(retryFloor<<min(b.tries, 16), retryCeiling)
	b.tries++
	return d/2 + rand.N(d/2)
}
