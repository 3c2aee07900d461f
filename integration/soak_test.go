package integration

import (
	"context"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/comity-exchange/comity/integration/auditor"
	"github.com/comity-exchange/comity/schema"
)

// The long run is sh integration/soak. Without options the run is short.
var (
	soakFor      = flag.Duration("soak", 6*time.Second, "how long TestSoak submits messages under faults")
	soakMessages = flag.Int("soak-messages", 400, "how many answered messages TestSoak wants")
	soakSeed     = flag.Uint64("soak-seed", 0, "seed of TestSoak's chances, 0 for a new one")
)

const (
	// drainBound is how long queues may take to become empty when faults have stopped: the
	// longest wait between two tries, one unanswered request, and as much again for the work.
	drainBound = 80 * time.Second
	// soakMemory is the ceiling of one node's resident memory, octets.
	soakMemory = 512 << 20
	// soakDiskBase and soakDiskEach bound one node's database, octets: each message lies
	// at two of three nodes, with its journal entries and its part of two ledger lines.
	soakDiskBase = 64 << 20
	soakDiskEach = 10 << 10
)

// soak is three nodes, each a process of its own, behind proxies that fail.
type soak struct {
	t       *testing.T
	nodes   []*soakNode
	traffic *traffic
	faults  *faults
	begin   time.Time
}

// TestSoak submits messages between all pairs of three nodes while chance kills
// nodes, cuts and stalls their connections, suspends peers and changes policies.
// When the faults stop every queue must drain, and the auditor must find nothing.
func TestSoak(t *testing.T) {
	if testing.Short() {
		t.Skip("left out: kills real processes for some seconds")
	}
	seed := *soakSeed
	if seed == 0 {
		seed = uint64(time.Now().UnixNano())
	}
	t.Logf("repeat with -soak-seed %d", seed)
	s := newSoak(t, seed)
	stop := s.watch()
	s.faults.start()
	s.traffic.run(*soakMessages, *soakFor)
	s.faults.stop()
	lasted := time.Since(s.begin)
	drained := s.drain()
	stop()
	for _, n := range s.nodes {
		n.kill()
	}
	report := audit(t, s.house())
	t.Logf("soak: seed %d, %s under faults, %s, %s, drained in %s, %s; audit: %s", seed, lasted.Round(time.Second),
		s.traffic, s.faults, drained.Round(100*time.Millisecond), s.memory(), report)
	s.showedSomething(report)
}

// showedSomething fails a run that could not have found anything.
func (s *soak) showedSomething(r *auditor.Report) {
	sent := s.traffic.sent()
	if len(sent) < *soakMessages || r.Messages < len(sent) || r.Delivered < *soakMessages/2 {
		s.t.Errorf("%d messages were answered of %d, the audit saw %d and %d deliveries", len(sent), *soakMessages, r.Messages, r.Delivered)
	}
	if s.faults.count("kill") == 0 || s.faults.total() < int(*soakFor/(3*time.Second)) {
		s.t.Errorf("there were too few faults: %s", s.faults)
	}
}

func newSoak(t *testing.T, seed uint64) *soak {
	t.Helper()
	s := &soak{t: t}
	for _, code := range []schema.Jurisdiction{"BE", "FR", "NL"} {
		s.nodes = append(s.nodes, newSoakNode(t, code))
	}
	for _, n := range s.nodes {
		n.start()
		n.apply(soakWide)
	}
	for _, n := range s.nodes {
		for _, other := range s.nodes {
			if other != n {
				n.pin(other)
			}
		}
	}
	s.begin = time.Now()
	s.faults = newFaults(s.nodes, rand.New(rand.NewPCG(seed, 1)), *soakFor)
	s.traffic = newTraffic(t, s.nodes, seed)
	return s
}

// watch tells how far the run is, until it is stopped.
func (s *soak) watch() (stop func()) {
	done, ended := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		tick := time.NewTicker(max(*soakFor/20, 2*time.Second))
		defer tick.Stop()
		for {
			select {
			case <-done:
				return
			case <-tick.C:
				s.t.Logf("%4.0f s  %s, %s, %s", time.Since(s.begin).Seconds(), s.traffic, s.faults, s.memory())
			}
		}
	}()
	return func() { close(done); <-ended }
}

// drain waits until nothing is queued anywhere, and tells how long that took.
func (s *soak) drain() time.Duration {
	begin := time.Now()
	for {
		waiting := int64(0)
		for _, n := range s.nodes {
			waiting += n.queued()
		}
		if waiting == 0 {
			return time.Since(begin)
		}
		if time.Since(begin) > drainBound {
			s.t.Errorf("%d messages are still queued %s after the last fault", waiting, drainBound)
			return time.Since(begin)
		}
		time.Sleep(50 * time.Millisecond)
	}
}

// house is what the auditor is given.
func (s *soak) house() auditor.House {
	h := auditor.House{Types: os.DirFS(filepath.Join("..", "schema")), Canaries: []string{canary}, OneSubject: true, Quiet: true,
		Sent: s.traffic.sent(), Denied: s.traffic.denied(), Read: s.traffic.read(),
		MemoryCeiling: soakMemory, DiskCeiling: soakDiskBase + soakDiskEach*int64(*soakMessages)}
	for _, n := range s.nodes {
		b := booksOnDisk(s.t, n.dir, string(n.code))
		b.Places = append(b.Places, n.temp)
		b.Memory = n.peak()
		h.Nodes = append(h.Nodes, b)
	}
	return h
}

func (s *soak) memory() string {
	text := "memory"
	for _, n := range s.nodes {
		text += fmt.Sprintf(" %s %d MiB", n.code, n.peak()>>20)
	}
	return text
}

// soakWide lets everything cross; soakNarrow nothing on persons under 18.
const (
	soakWide = `version: 1
rules:
  - {name: out, peers: [BE, FR, NL], direction: send, types: ["*"], categories: ["*"], marking: restricted, minors: true, instruments: [none, EIO, EU-2000, COE-1959]}
  - {name: in, peers: [BE, FR, NL], direction: receive, types: ["*"], categories: ["*"], marking: restricted, minors: true, instruments: [none, EIO, EU-2000, COE-1959]}
`
	soakNarrow = `version: 1
rules:
  - {name: grown-out, peers: [BE, FR, NL], direction: send, types: ["*"], categories: ["*"], marking: restricted, instruments: [none, EIO, EU-2000, COE-1959]}
  - {name: grown-in, peers: [BE, FR, NL], direction: receive, types: ["*"], categories: ["*"], marking: restricted, instruments: [none, EIO, EU-2000, COE-1959]}
`
)

// patiently repeats an operator's act until the node answers it: it may be dead just now.
func patiently(t *testing.T, what string, act func(ctx context.Context) error) {
	var err error
	for end := time.Now().Add(time.Minute); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		err = act(ctx)
		cancel()
		if err == nil {
			return
		}
	}
	t.Errorf("%s: no success in a minute: %v", what, err)
}
