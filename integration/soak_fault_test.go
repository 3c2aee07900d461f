package integration

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"time"
)

// faults happen to the nodes, one after the other and over each other.
type faults struct {
	nodes  []*soakNode
	chance *rand.Rand
	pause  time.Duration // between two faults, on the average
	length time.Duration // of one fault, at most
	ending chan struct{}
	under  sync.WaitGroup
	deck   []soakFault // kinds that have not come up in this round

	mu   sync.Mutex // guards done and at
	done map[string]int
	at   []faultKinds // what is the matter with each node
}

// faultKinds are those under way at one node: none comes on top of its like.
type faultKinds map[string]bool

func newFaults(nodes []*soakNode, chance *rand.Rand, over time.Duration) *faults {
	f := &faults{nodes: nodes, chance: chance, pause: 700 * time.Millisecond, length: 4 * time.Second, ending: make(chan struct{}), done: map[string]int{}}
	if over < time.Minute {
		f.pause, f.length = 250*time.Millisecond, 700*time.Millisecond
	}
	for range nodes {
		f.at = append(f.at, faultKinds{})
	}
	return f
}

// soakFault begins at a node and its peer, and gives what ends it.
type soakFault struct {
	kind  string
	begin func(n, peer *soakNode) (end func())
}

var soakFaults = []soakFault{
	{"kill", func(n, _ *soakNode) func() { n.kill(); return n.start }},
	{"cut", func(n, _ *soakNode) func() { n.proxy.cut(); return func() {} }},
	{"refuse", func(n, _ *soakNode) func() {
		n.proxy.refusing.Store(true)
		n.proxy.cut()
		return func() { n.proxy.refusing.Store(false) }
	}},
	{"stall", func(n, _ *soakNode) func() { // half-open: both sides believe in the connection
		n.proxy.deaf.Store(true)
		n.proxy.dumb.Store(true)
		return func() { n.proxy.deaf.Store(false); n.proxy.dumb.Store(false); n.proxy.cut() }
	}},
	{"deaf", func(n, _ *soakNode) func() { // one-way: pouches are lost, or the answers of the dialling side
		n.proxy.deaf.Store(true)
		return func() { n.proxy.deaf.Store(false) }
	}},
	{"dumb", func(n, _ *soakNode) func() { // one-way: receipts are lost
		n.proxy.dumb.Store(true)
		return func() { n.proxy.dumb.Store(false) }
	}},
	{"delay", func(n, _ *soakNode) func() {
		n.proxy.slow.Store(int64(200 * time.Millisecond))
		return func() { n.proxy.slow.Store(0) }
	}},
	{"suspend", func(n, peer *soakNode) func() { n.suspend(peer.code); return func() { n.resume(peer.code) } }},
	{"policy", func(n, _ *soakNode) func() { n.apply(soakNarrow); return func() { n.apply(soakWide) } }},
}

// start makes faults until stop.
func (f *faults) start() {
	f.under.Go(func() {
		for {
			select {
			case <-f.ending:
				return
			case <-time.After(time.Duration(f.chance.Int64N(int64(2 * f.pause)))):
			}
			i := f.chance.IntN(len(f.nodes))
			peer := f.nodes[(i+1+f.chance.IntN(len(f.nodes)-1))%len(f.nodes)]
			f.happen(f.draw(), i, peer, time.Duration(f.chance.Int64N(int64(f.length))))
		}
	})
}

// draw gives each kind once in a round, in an order of chance.
func (f *faults) draw() soakFault {
	if len(f.deck) == 0 {
		f.deck = slices.Clone(soakFaults)
		f.chance.Shuffle(len(f.deck), func(i, j int) { f.deck[i], f.deck[j] = f.deck[j], f.deck[i] })
	}
	drawn := f.deck[0]
	f.deck = f.deck[1:]
	return drawn
}

// happen lets one fault run beside the others, unless it is under way at the node.
func (f *faults) happen(what soakFault, i int, peer *soakNode, length time.Duration) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.at[i][what.kind] {
		return
	}
	f.at[i][what.kind] = true
	f.done[what.kind]++
	f.under.Go(func() {
		end := what.begin(f.nodes[i], peer)
		select {
		case <-time.After(length):
		case <-f.ending:
		}
		end()
		f.mu.Lock()
		defer f.mu.Unlock()
		delete(f.at[i], what.kind)
	})
}

// stop ends all faults and waits until they are over. Connections that have lost
// something are cut: a broken network shows itself at last.
func (f *faults) stop() {
	close(f.ending)
	f.under.Wait()
	for _, n := range f.nodes {
		n.proxy.cut()
	}
}

func (f *faults) count(kind string) int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.done[kind]
}

func (f *faults) total() (n int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, one := range f.done {
		n += one
	}
	return n
}

func (f *faults) String() string {
	f.mu.Lock()
	defer f.mu.Unlock()
	var parts []string
	total := 0
	for kind, n := range f.done {
		parts, total = append(parts, fmt.Sprintf("%s %d", kind, n)), total+n
	}
	slices.Sort(parts)
	return fmt.Sprintf("%d faults (%s)", total, strings.Join(parts, ", "))
}
