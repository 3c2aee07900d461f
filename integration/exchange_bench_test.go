package integration

import (
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"github.com/comity-exchange/comity/cmd/comity/program"
	"github.com/comity-exchange/comity/node"
	"github.com/comity-exchange/comity/pki"
)

// BenchmarkExchange measures submit to verified receipt between two nodes over
// TLS, with durable commits on both sides, for 4 KiB messages.
//
//	msg/s         messages settled by a verified receipt, per second
//	p50-ms p99-ms from Submit to the settled state, as one submitter sees it
//	wire/payload  octets on the wire both ways, TLS included, over octets of messages
//	cpu-µs/msg    time of the processor for both nodes, which does not depend on who else is at work
//	floor-ratio   msg/s over what the bare primitives reach in the same run (floor_test.go)
func BenchmarkExchange(b *testing.B) {
	program.Tune() // as comity serve does
	for _, submitters := range []int{1, 16, 256} {
		b.Run("submitters="+strconv.Itoa(submitters), func(b *testing.B) { exchange(b, submitters) })
	}
}

func exchange(b *testing.B, submitters int) {
	be, nl, wire := benchPair(b)
	const size = 4096 // of a message as it travels
	message := messageOf(b, size)
	run(b, be, message, min(submitters, 16), 64)
	before, pouches := wire.Load(), pouchesOf(b, be)
	b.ResetTimer()
	began, worked := time.Now(), processor(b)
	took := run(b, be, message, submitters, b.N)
	elapsed, used := time.Since(began), processor(b)-worked
	b.StopTimer()

	rate := float64(b.N) / elapsed.Seconds()
	slices.Sort(took)
	b.ReportMetric(rate, "msg/s")
	b.ReportMetric(float64(used.Microseconds())/float64(b.N), "cpu-µs/msg")
	b.ReportMetric(ms(took[len(took)/2]), "p50-ms")
	b.ReportMetric(ms(took[min(len(took)-1, len(took)*99/100)]), "p99-ms")
	b.ReportMetric(float64(wire.Load()-before)/float64(b.N*size), "wire/payload")
	perPouch := max(1, int(int64(b.N)/max(1, pouchesOf(b, be)-pouches)))
	b.ReportMetric(float64(perPouch), "msg/pouch")
	b.ReportMetric(rate/newFloor(b, message).rate(perPouch), "floor-ratio")
	b.ReportMetric(0, "ns/op")
	if got := received(b, nl); got < int64(b.N) {
		b.Fatalf("the receiver holds %d messages, want at least %d", got, b.N)
	}
}

// processor is the time this process has spent on a processor.
func processor(tb testing.TB) time.Duration {
	tb.Helper()
	var u syscall.Rusage
	check(tb, syscall.Getrusage(syscall.RUSAGE_SELF, &u))
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

func ms(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

// run submits n messages from so many submitters, each waiting for its verified
// receipt before the next, and gives how long each took.
func run(b *testing.B, p *program.Program, message []byte, submitters, n int) []time.Duration {
	took := make([]time.Duration, n)
	var next atomic.Int64
	var all sync.WaitGroup
	for s := range submitters {
		all.Go(func() {
			for i := next.Add(1) - 1; i < int64(n); i = next.Add(1) - 1 {
				began := time.Now()
				if err := settle(b.Context(), p.Node, message, fmt.Sprintf("%d-%d-%d", s, i, began.UnixNano())); err != nil {
					b.Error(err)
					return
				}
				took[i] = time.Since(began)
			}
		})
	}
	all.Wait()
	return took
}

// settle submits one message as an agency would and waits until it is accepted.
func settle(ctx context.Context, n *node.Node, message []byte, key string) error {
	done, err := n.Submit(ctx, node.Submission{Actor: "agency:bench", Key: key, Body: message, To: "NL"})
	if err != nil {
		return err
	}
	o, err := n.Await(ctx, done.ID)
	if err == nil && o.State != node.Accepted {
		err = fmt.Errorf("message %s is %s %s, want accepted", done.ID, o.State, o.Code)
	}
	return err
}

func pouchesOf(tb testing.TB, p *program.Program) int64 {
	tb.Helper()
	last, err := p.Node.Last(tb.Context(), node.Out, "NL")
	check(tb, err)
	if last == nil {
		return 0
	}
	return last.Seq
}

func received(tb testing.TB, p *program.Program) (n int64) {
	tb.Helper()
	counts, err := p.Node.Counts(tb.Context())
	check(tb, err)
	for _, c := range counts {
		if c.Box == node.In && c.State == node.Received {
			n += c.N
		}
	}
	return n
}

// benchPair is BE and NL, with a wire between them that counts octets.
func benchPair(tb testing.TB) (be, nl *program.Program, octets *atomic.Int64) {
	tb.Helper()
	octets = new(atomic.Int64)
	log := zerolog.New(io.Discard)
	a, b := newIdentity(tb, "BE"), newIdentity(tb, "NL")
	for _, id := range []*identity{a, b} {
		id.addr = freePort(tb)
		id.sign(tb, 1, pki.Endpoint{Addr: countingWire(tb, id.addr, octets)})
	}
	be, nl = a.start(tb, log), b.start(tb, log)
	introduce(tb, be, nl)
	return be, nl, octets
}

// freePort gives an address to listen at later, and again after a restart. It lies below
// the ports that systems give out by themselves, so that nobody is given it meanwhile.
func freePort(tb testing.TB) string {
	tb.Helper()
	for range 100 {
		addr := fmt.Sprint("127.0.0.1:", 12000+rand.IntN(20000))
		if _, taken := givenPorts.LoadOrStore(addr, true); taken {
			continue
		}
		if l, err := net.Listen("tcp", addr); err == nil {
			check(tb, l.Close())
			return addr
		}
	}
	tb.Fatal("no free port in a hundred tries")
	return ""
}

var givenPorts sync.Map // addresses that freePort gave

// countingWire listens, passes every connection on to addr, and counts what crosses both ways.
func countingWire(tb testing.TB, addr string, octets *atomic.Int64) string {
	tb.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	check(tb, err)
	tb.Cleanup(func() { l.Close() })
	go func() {
		for {
			from, err := l.Accept()
			if err != nil {
				return
			}
			to, err := net.Dial("tcp", addr)
			if err != nil {
				from.Close()
				continue
			}
			go pass(to, from, octets)
			go pass(from, to, octets)
		}
	}()
	return l.Addr().String()
}

func pass(to, from net.Conn, octets *atomic.Int64) {
	defer to.Close()
	buffer := make([]byte, 64<<10)
	for {
		n, err := from.Read(buffer)
		octets.Add(int64(n))
		if _, werr := to.Write(buffer[:n]); err != nil || werr != nil {
			return
		}
	}
}
