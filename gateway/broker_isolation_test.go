package gateway

import (
	"bytes"
	"errors"
	"io"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/comity-exchange/comity/gateway/broker"
	"github.com/nats-io/nats.go"
)

// joinHost links a new jurisdiction to a host by the dialer the gateway uses.
func joinHost(t testing.TB, h *broker.Host, host wireIdentity, code string) *nats.Conn {
	t.Helper()
	id, e := newWireIdentity(t), newEar()
	if err := h.Admit(code, id.pin, time.Now().Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	nc, err := connect(code, h.Addr(), host.pin, id.cert, e.hear)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(nc.Close)
	e.await(t, eventUp)
	return nc
}

// serveAs subscribes what comes from a peer, as a gateway does: one subscription
// per peer with its own limits.
func serveAs(t testing.TB, nc *nats.Conn, peer string, handle func(*nats.Msg)) {
	t.Helper()
	s, err := nc.Subscribe("in."+peer+".pouch", handle)
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(s.SetPendingLimits(256, 16<<20), nc.Flush()); err != nil {
		t.Fatal(err)
	}
}

// The library as it is used: direct and by hub, pouches of the largest size, in both directions.
func TestLinksCarryPouchesDirectAndByHub(t *testing.T) {
	pouch := bytes.Repeat([]byte("pouch"), (768<<10)/5)
	echo := func(m *nats.Msg) { m.Respond(m.Data) }
	both := func(t *testing.T, a, b *nats.Conn) {
		serveAs(t, a, "BB", echo)
		serveAs(t, b, "AA", echo)
		for range 20 {
			for subject, from := range map[string]*nats.Conn{"to.BB.pouch": a, "to.AA.pouch": b} {
				got, err := from.Request(subject, pouch, 5*time.Second)
				if err != nil || !bytes.Equal(got.Data, pouch) {
					t.Fatalf("%s: %v", subject, err)
				}
			}
		}
		if _, err := a.Request("to.CC.pouch", pouch, 5*time.Second); !errors.Is(err, nats.ErrNoResponders) {
			t.Errorf("to nobody: got %v, want %v", err, nats.ErrNoResponders)
		}
	}
	t.Run("direct", func(t *testing.T) {
		id, e := newWireIdentity(t), newEar()
		h := openTestHost(t, id, "127.0.0.1:0", "AA")
		owner, err := connectInProcess(h, e.hear)
		if err != nil {
			t.Fatal(err)
		}
		defer owner.Close()
		e.await(t, eventUp)
		both(t, owner, joinHost(t, h, id, "BB"))
	})
	t.Run("hub", func(t *testing.T) {
		id := newWireIdentity(t)
		h := openTestHost(t, id, "127.0.0.1:0", "")
		both(t, joinHost(t, h, id, "AA"), joinHost(t, h, id, "BB"))
	})
}

// A peer that floods its pair with pouches of the largest size, without waiting for
// receipts, neither breaks the owner's one link nor holds up another peer on it.
func TestFloodOnTheOwnersLink(t *testing.T) {
	id, e := newWireIdentity(t), newEar()
	h := openTestHost(t, id, "127.0.0.1:0", "BE")
	owner, err := connectInProcess(h, e.hear)
	if err != nil {
		t.Fatal(err)
	}
	defer owner.Close()
	e.await(t, eventUp)
	aa, mm := joinHost(t, h, id, "AA"), joinHost(t, h, id, "MM")
	var handled, sent atomic.Int64
	serveAs(t, owner, "AA", func(m *nats.Msg) { m.Respond([]byte("receipt")) })
	serveAs(t, owner, "MM", func(*nats.Msg) {
		handled.Add(1)
		time.Sleep(200 * time.Microsecond) // the work of refusing
	})
	ask := func(long time.Duration) []time.Duration {
		var took []time.Duration
		for begin := time.Now(); time.Since(begin) < long; {
			start := time.Now()
			if _, err := aa.Request("to.BE.pouch", []byte("pouch"), 5*time.Second); err != nil {
				t.Fatalf("request %d: %v", len(took), err)
			}
			took = append(took, time.Since(start))
		}
		slices.Sort(took)
		return took
	}
	ask(100 * time.Millisecond)
	calm := ask(300 * time.Millisecond)
	stop, done := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		pouch := make([]byte, 1<<20-512)
		for {
			select {
			case <-stop:
				return
			default:
			}
			if err := mm.PublishRequest("to.BE.pouch", "_INBOX.r", pouch); err != nil && !errors.Is(err, io.EOF) {
				return
			}
			sent.Add(1)
		}
	}()
	for handled.Load() == 0 {
		time.Sleep(time.Millisecond)
	}
	busy := ask(1500 * time.Millisecond)
	close(stop)
	<-done
	p := func(s []time.Duration, percent int) time.Duration { return s[len(s)*percent/100] }
	t.Logf("calm: %d requests, p50 %v, p99 %v", len(calm), p(calm, 50), p(calm, 99))
	t.Logf("flood of %d MiB, %d handled: %d requests, p50 %v, p99 %v", sent.Load(), handled.Load(), len(busy), p(busy, 50), p(busy, 99))
	if got, most := p(busy, 50), 10*p(calm, 50)+10*time.Millisecond; got > most {
		t.Errorf("p50 under flood: got %v, want at most %v", got, most)
	}
	for {
		select {
		case got := <-e:
			if got.event != eventError { // dropped pouches of the flooding peer are expected
				t.Errorf("the owner's link: %s, %v", got.event, got.err)
			} else if !errors.Is(got.err, nats.ErrSlowConsumer) {
				t.Errorf("got %v, want %v", got.err, nats.ErrSlowConsumer)
			}
			continue
		default:
		}
		break
	}
}
