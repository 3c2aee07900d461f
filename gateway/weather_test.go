package gateway

import (
	"context"
	"math/rand/v2"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/comity-exchange/comity/gateway/policy"
	"github.com/comity-exchange/comity/pki"
	"github.com/comity-exchange/comity/schema"
	"github.com/nats-io/nats.go"
	"github.com/rs/zerolog"
)

// parcelFate is what becomes of one parcel on its way: so many copies, each after its delay.
type parcelFate []time.Duration

// sea carries parcels between gateways on the clock of a synctest bubble, as badly as
// the weather has it. It keeps what brokers promise and nothing more: a subject
// to.NL.x of BE becomes in.BE.x at NL, and who is not there is said not to be.
type sea struct {
	mu      sync.Mutex // guards what follows
	random  *rand.Rand
	weather func(random *rand.Rand, from, to schema.Jurisdiction) parcelFate
	heard   map[string]chan parcel // by jurisdiction and subject
	asked   map[string]chan []byte // by reply subject
	asks    int
	pouches []time.Time // when a pouch was sent off
	pings   int
}

func newSea(seed uint64) *sea {
	return &sea{random: rand.New(rand.NewPCG(seed, 0)), heard: map[string]chan parcel{}, asked: map[string]chan []byte{},
		weather: func(*rand.Rand, schema.Jurisdiction, schema.Jurisdiction) parcelFate {
			return parcelFate{time.Millisecond}
		}}
}

// change of the weather.
func (s *sea) change(to func(random *rand.Rand, from, to schema.Jurisdiction) parcelFate) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.weather = to
}

// boat is the carrier of one node.
type boat struct {
	sea  *sea
	code schema.Jurisdiction
}

func (b boat) close() {}

// request to.NL.pouch; the reply comes by the same sea.
func (b boat) request(ctx context.Context, subject string, data []byte) ([]byte, error) {
	s := b.sea
	s.mu.Lock()
	s.asks++
	reply := "_reply." + string(b.code) + "." + strconv.Itoa(s.asks)
	answer := make(chan []byte, 1)
	s.asked[reply] = answer
	s.mu.Unlock()
	defer func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		delete(s.asked, reply)
	}()
	if !s.send(b.code, subject, reply, data) {
		return nil, nats.ErrNoResponders
	}
	select {
	case data := <-answer:
		return data, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func (b boat) publish(subject string, data []byte) error {
	b.sea.send(b.code, subject, "", data)
	return nil
}

// send says whether somebody is there.
func (s *sea) send(from schema.Jurisdiction, subject, reply string, data []byte) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	part := strings.Split(subject, ".")
	to := schema.Jurisdiction(part[1])
	if part[0] == "to" {
		if part[2] == "pouch" {
			s.pouches = append(s.pouches, time.Now())
		} else {
			s.pings++
		}
		if s.heard[string(to)+" in."+string(from)+"."+part[2]] == nil {
			return false
		}
	}
	for _, delay := range s.weather(s.random, from, to) {
		time.AfterFunc(delay, func() { s.deliver(from, subject, reply, data) })
	}
	return true
}

func (s *sea) deliver(from schema.Jurisdiction, subject, reply string, data []byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if answer := s.asked[subject]; answer != nil {
		select {
		case answer <- data:
		default:
		}
		return
	}
	part := strings.Split(subject, ".")
	if part[0] != "to" {
		return // nobody waits for the reply any more
	}
	select {
	case s.heard[part[1]+" in."+string(from)+"."+part[2]] <- parcel{data: data, reply: reply, from: boat{s, schema.Jurisdiction(part[1])}}:
	default: // gone, or its queue is full
	}
}

func (b boat) subscribe(subject string, handle func(parcel)) (stop func(), err error) {
	queue, key := make(chan parcel, PendingMessages), string(b.code)+" "+subject
	b.sea.mu.Lock()
	b.sea.heard[key] = queue
	b.sea.mu.Unlock()
	go func() {
		for p := range queue {
			handle(p)
		}
	}()
	return func() {
		b.sea.mu.Lock()
		defer b.sea.mu.Unlock()
		if b.sea.heard[key] == queue {
			delete(b.sea.heard, key)
		}
		close(queue)
	}, nil
}

// aboard is a node on the sea: real keys, texts and seals, a mailbox, and a clock of
// its own that begins in the present.
func aboard(t *testing.T, h *house, peers ...*house) *node {
	n := &node{house: h, t: t, keyring: pki.NewKeyring(), box: newBox(), policy: must(policy.Parse([]byte(open))), self: h.card}
	n.skew = time.Until(present)
	for _, p := range peers {
		if err := n.keyring.Pin(p.card, p.root.Fingerprint()); err != nil {
			t.Fatal(err)
		}
	}
	t.Cleanup(n.closeGateway)
	return n
}

// present is when the tests began; a bubble's clock begins in the year 2000.
var present = time.Now()

func (n *node) sail(s *sea) {
	n.t.Helper()
	by := func(g *Gateway, _ address, events func(string, error)) (carrier, error) {
		events(eventUp, nil)
		return boat{s, n.code}, nil
	}
	g, err := openOver(context.Background(), Config{Self: n.self, Vault: n.vault, Keyring: n.keyring, Catalogue: catalogue(), Policy: n.today,
		Mailbox: n.box, Log: zerolog.Nop(), Now: n.now}, by)
	if err != nil {
		n.t.Fatal(err)
	}
	n.gateway = g
}
