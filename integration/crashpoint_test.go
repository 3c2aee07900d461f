package integration

import (
	"bytes"
	"context"
	"flag"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/comity-exchange/comity/cmd/comity/program"
	"github.com/comity-exchange/comity/node"
	"github.com/comity-exchange/comity/node/web"
	"github.com/comity-exchange/comity/schema"
)

var (
	crashCycles = flag.Int("crash.cycles", 0, "deaths of TestCrashCycles; 0 leaves it out")
	crashSeed   = flag.Uint64("crash.seed", 0, "seed of TestCrashCycles; 0 takes one from the clock")
)

// crossings is what two nodes sent each other, and how far it was checked.
type crossings struct {
	be, nl *victim
	draft  map[*victim][]byte
	sent   map[*victim][]schema.ID // answered with 202, in order
	keys   int
	seen   map[*victim]int // how many of sent are checked
}

func newCrossings(tb testing.TB, be, nl *victim) *crossings {
	there := messageOf(tb, 4096)
	back := bytes.Replace(bytes.Replace(there, []byte(`"from": "BE/fps-justice"`), []byte(`"from": "NL/iro"`), 1), []byte(`"to": "NL/iro"`), []byte(`"to": "BE/fps-justice"`), 1)
	return &crossings{be: be, nl: nl, draft: map[*victim][]byte{be: there, nl: back}, sent: map[*victim][]schema.ID{}, seen: map[*victim]int{}}
}

// one message each way at the same time, each again with the same key until it is answered.
func (c *crossings) send(tb testing.TB) {
	tb.Helper()
	c.keys++
	var both sync.WaitGroup
	ids := map[*victim]schema.ID{}
	var mu sync.Mutex
	for _, v := range []*victim{c.be, c.nl} {
		both.Go(func() {
			request := web.SendRequest{Body: c.draft[v], Key: fmt.Sprintf("%s-%d", v.code, c.keys)}
			sent := insist(tb, v, func(ctx context.Context) (*web.Sent, error) { return v.client.Send(ctx, request) })
			mu.Lock()
			defer mu.Unlock()
			ids[v] = sent.ID
		})
	}
	both.Wait()
	for _, v := range []*victim{c.be, c.nl} {
		c.sent[v] = append(c.sent[v], ids[v])
	}
}

// check waits until all that was sent is accepted, and holds both sides against each
// other: each message once, in order, under one manifest and one receipt, and the
// journals whole.
func (c *crossings) check(tb testing.TB) {
	tb.Helper()
	for _, from := range []*victim{c.be, c.nl} {
		c.drained(tb, from)
		sent, arrived := from.list(tb, node.Out), from.peer.list(tb, node.In)
		if len(sent) != len(c.sent[from]) || len(arrived) != len(sent) {
			tb.Fatalf("%s answered %d, holds %d, and %d arrived", from.code, len(c.sent[from]), len(sent), len(arrived))
		}
		for i := range sent {
			if sent[i].ID != c.sent[from][i] || arrived[i].ID != sent[i].ID || sent[i].State != node.Accepted {
				tb.Fatalf("%s: message %d is %s (%s), arrived %s, was answered as %s", from.code, i, sent[i].ID, sent[i].State, arrived[i].ID, c.sent[from][i])
			}
		}
		for _, m := range sent[c.seen[from]:] {
			c.sameReceipt(tb, from, m.ID)
		}
		c.seen[from] = len(sent)
		insist(tb, from, func(ctx context.Context) (*web.Checkpoint, error) { return from.client.VerifyJournal(ctx) })
		status := insist(tb, from, func(ctx context.Context) (*web.Peer, error) { return from.client.Peer(ctx, from.peer.code) })
		if len(status.Disputes) > 0 {
			tb.Fatalf("%s disputes: %+v", from.code, status.Disputes)
		}
	}
}

func (c *crossings) drained(tb testing.TB, from *victim) {
	tb.Helper()
	for end := time.Now().Add(45 * time.Second); ; time.Sleep(10 * time.Millisecond) {
		waiting := insist(tb, from, func(ctx context.Context) (*web.Page[web.Item], error) {
			return from.client.Messages(ctx, web.MessageFilter{Box: node.Out, State: node.Queued, Limit: 1})
		})
		if len(waiting.Items) == 0 {
			return
		}
		if time.Now().After(end) {
			tb.Fatalf("%s has a queue after 45 s", from.code)
		}
	}
}

func (c *crossings) sameReceipt(tb testing.TB, from *victim, id schema.ID) {
	tb.Helper()
	trace := func(v *victim, box node.Box) web.Receipt {
		m := insist(tb, v, func(ctx context.Context) (*web.Message, error) { return v.client.Trace(ctx, id, box) })
		if len(m.Receipts) != 1 {
			tb.Fatalf("%s holds %d receipts of %s", v.code, len(m.Receipts), id)
		}
		return m.Receipts[0]
	}
	a, b := trace(from, node.Out), trace(from.peer, node.In)
	if a.Epoch != b.Epoch || a.Pouch != b.Pouch || a.Manifest != b.Manifest || a.Receipt != b.Receipt || a.Receipt == "" {
		tb.Fatalf("the ledgers differ on %s: %+v, %+v", id, a, b)
	}
}

// TestCrashAtEveryPoint kills a node at the first, the second and a later passing of
// every point while both send and receive, so that each point is met in both roles.
func TestCrashAtEveryPoint(t *testing.T) {
	if testing.Short() {
		t.Skip("left out: kills real processes for half a minute")
	}
	run := func(name string, faults []fault) {
		t.Run(name, func(t *testing.T) {
			t.Parallel() // it mostly waits for reconnections
			be, nl := newVictims(t)
			c := newCrossings(t, be, nl)
			for _, f := range faults {
				c.kill(t, be, f)
			}
			t.Logf("%d cases, %d messages each way, BE died %d times, NL %d times", len(faults), c.keys, be.died(), nl.died())
		})
	}
	for name, n := range map[string]int64{"first": 1, "second": 2, "later": 5} {
		var faults []fault
		for _, point := range program.FaultPoints {
			if point != "receive.repeated" || n == 1 { // the peer repeats a pouch once for each of its deaths
				faults = append(faults, fault{point: point, n: n})
			}
		}
		run(name, faults)
	}
	var faults []fault
	for _, point := range []string{"receive.opened", "receive.judged", "receive.stored", "settle.verified", "seal.arrived"} {
		faults = append(faults, fault{point: point, n: 1, peer: true}) // the other side dies with its request under way
	}
	run("the other side", faults)
}

// kill starts v with a fault and sends until it has done its work.
func (c *crossings) kill(t *testing.T, v *victim, f fault) {
	t.Helper()
	dies := v
	if f.peer {
		dies = v.peer
	}
	c.arm(v, f)
	if f.point == "receive.repeated" {
		c.arm(v.peer, fault{point: "settle.verified", n: 1})
	}
	for before, tries := dies.died(), 0; dies.died() == before; tries++ {
		if tries == 40 {
			t.Fatalf("%s was not killed by %s with 40 messages", dies.code, f)
		}
		c.send(t)
		time.Sleep(time.Duration(tries) * 10 * time.Millisecond) // messages that queue up share a pouch and pass a point together
	}
	c.send(t)
	c.check(t)
}

// arm starts v anew with a fault for this one life.
func (c *crossings) arm(v *victim, f fault) {
	before := v.died()
	v.mu.Lock()
	once := true
	v.next = func() fault {
		if once {
			once = false
			return f
		}
		return fault{}
	}
	v.mu.Unlock()
	for v.end(before) { // again: the process of the moment may be one that is dead already
		time.Sleep(time.Millisecond)
	}
}

// TestCrashCycles kills both nodes at points chosen by chance, for a long time:
//
//	go test ./integration -run TestCrashCycles -crash.cycles 2000 -parallel 4 -timeout 1h -v
func TestCrashCycles(t *testing.T) {
	if *crashCycles == 0 {
		t.Skip("left out: a long run, asked for with -crash.cycles")
	}
	seed := *crashSeed
	if seed == 0 {
		seed = uint64(time.Now().UnixNano())
	}
	t.Logf("seed %d", seed)
	chance := &dice{random: rand.New(rand.NewPCG(seed, 0)), passed: map[string]int{}}
	start := time.Now()
	var died, sent atomic.Int64
	t.Cleanup(func() {
		var lines []string
		for point, n := range chance.passed {
			lines = append(lines, fmt.Sprintf("%s %d", point, n))
		}
		slices.Sort(lines)
		t.Logf("seed %d: %d deaths, %d messages, %.0f s; armed %v", seed, died.Load(), sent.Load(), time.Since(start).Seconds(), lines)
	})
	for left := *crashCycles; left > 0; left -= 100 {
		t.Run(fmt.Sprintf("%d left", left), func(t *testing.T) {
			t.Parallel() // it mostly waits for reconnections
			d, s := crashRound(t, chance, min(100, left))
			died.Add(int64(d))
			sent.Add(int64(s))
		})
	}
}

// dice gives faults; some lives have none, so that the work goes on.
type dice struct {
	mu     sync.Mutex // guards what follows
	random *rand.Rand
	passed map[string]int
}

func (d *dice) fault() fault {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.random.IntN(5) == 0 {
		return fault{}
	}
	f := fault{point: program.FaultPoints[d.random.IntN(len(program.FaultPoints))], n: 1 + int64(d.random.ExpFloat64()*3), peer: d.random.IntN(5) == 0}
	d.passed[f.point]++
	return f
}

// crashRound lets a fresh pair die so many times, and checks after each burst.
func crashRound(t *testing.T, chance *dice, deaths int) (died, sent int) {
	be, nl := newVictims(t)
	c := newCrossings(t, be, nl)
	before := be.died() + nl.died()
	for _, v := range []*victim{be, nl} {
		v.mu.Lock()
		v.next = chance.fault
		v.mu.Unlock()
	}
	be.kill()
	nl.kill()
	for died < deaths {
		for range 3 {
			c.send(t)
		}
		c.check(t)
		now := be.died() + nl.died() - before
		if now == died { // both live without a fault, or with one they do not meet
			[]*victim{be, nl}[c.keys/3%2].kill()
		}
		died = now
	}
	return died, 2 * c.keys
}
