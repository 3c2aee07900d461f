package broker_test

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/comity-exchange/comity/gateway/broker"
)

// An expelled peer that neither reads nor stops sending is heard no more at once,
// although what waits for it keeps its socket open for a while.
func TestExpelledFlooderIsHeardNoMore(t *testing.T) {
	h := openHost(t, "BE")
	owner, mm := joinOwner(t, h), join(t, h, admit(t, h, "MM"))
	mm.subscribe("in.BE.pouch", 1)
	mm.settle()
	for range 12 { // more than the socket buffers hold, less than the host's limit
		owner.publish("to.MM.pouch", "", strings.Repeat("x", 1<<20))
	}
	owner.subscribe("in.MM.pouch", 1)
	owner.settle()
	done := flood(mm, 1, make(chan struct{}), &atomic.Int64{})
	if _, err := owner.next(); err != nil {
		t.Fatal(err)
	}
	h.Expel("MM")
	time.Sleep(50 * time.Millisecond)
	owner.settle() // what was on the way
	time.Sleep(50 * time.Millisecond)
	if got := owner.settle(); len(got) != 0 {
		t.Errorf("%d messages after the expulsion", len(got))
	}
	mm.conn.Close()
	<-done
}

// flood sends messages of a size to BE until stop is closed or the connection breaks.
func flood(c *client, size int, stop <-chan struct{}, sent *atomic.Int64) <-chan struct{} {
	done := make(chan struct{})
	one := fmt.Sprintf("PUB to.BE.pouch _INBOX.r %d\r\n%s\r\n", size, strings.Repeat("x", size))
	many := max(1, (64<<10)/len(one))
	block := strings.Repeat(one, many)
	go func() {
		defer close(done)
		for {
			select {
			case <-stop:
				return
			default:
			}
			if _, err := io.WriteString(c.conn, block); err != nil {
				return
			}
			sent.Add(int64(many))
		}
	}()
	return done
}

// serve answers requests of one peer as the gateway does: a connection of the
// owner's for each peer, which is always read, and a queue of 256 behind it.
func serve(t testing.TB, h *broker.Host, code string, handle func(c *client, reply string)) {
	c := joinOwner(t, h)
	c.subscribe("in."+code+".pouch", 1)
	c.settle()
	queue := make(chan string, 256)
	go func() {
		for reply := range queue {
			handle(c, reply)
		}
	}()
	go func() {
		defer close(queue)
		for {
			got, err := c.next()
			if err != nil {
				return
			}
			select {
			case queue <- strings.SplitN(got, " ", 5)[3]:
			default: // dropped, as nats.go does
			}
		}
	}()
}

// requests asks BE for as long as told, and gives the times it took, sorted.
func requests(t testing.TB, c *client, long time.Duration) []time.Duration {
	var took []time.Duration
	for begin := time.Now(); time.Since(begin) < long; {
		start := time.Now()
		if got, err := c.request("to.BE.pouch", "pouch"); err != nil || got != "receipt" {
			t.Fatalf("request %d: got %q, %v", len(took), got, err)
		}
		took = append(took, time.Since(start))
	}
	slices.Sort(took)
	return took
}

func at(sorted []time.Duration, percent int) time.Duration { return sorted[len(sorted)*percent/100] }

// One peer floods, with messages of the largest size or as many as it can; the
// other's requests do not wait for it. Both ends of everything share this machine, so some of
// the slowdown is the processor's, not the host's.
func TestFloodSlowsNoOtherPeer(t *testing.T) {
	for name, size := range map[string]int{"largest": 1<<20 - 512, "tiny": 1} {
		t.Run(name, func(t *testing.T) {
			h := openHost(t, "BE")
			aa, mm := join(t, h, admit(t, h, "AA")), join(t, h, admit(t, h, "MM"))
			serve(t, h, "AA", func(c *client, reply string) { c.publish(reply, "", "receipt") })
			var handled, sent atomic.Int64
			serve(t, h, "MM", func(*client, string) {
				handled.Add(1)
				time.Sleep(200 * time.Microsecond) // the work of refusing
			})
			requests(t, aa, 100*time.Millisecond)
			calm := requests(t, aa, 200*time.Millisecond)

			stop := make(chan struct{})
			done := flood(mm, size, stop, &sent)
			for sent.Load() < 64 {
				time.Sleep(time.Millisecond)
			}
			busy := requests(t, aa, 600*time.Millisecond)
			close(stop)
			mm.conn.Close()
			<-done
			t.Logf("calm: %d requests, p50 %v, p99 %v", len(calm), at(calm, 50), at(calm, 99))
			t.Logf("flood of %d, %d handled: %d requests, p50 %v, p99 %v", sent.Load(), handled.Load(), len(busy), at(busy, 50), at(busy, 99))
			if raced {
				t.Log("left out under the race detector: the bounds; integration/check holds them without it")
				return
			}
			if got := handled.Load(); got < 100 {
				t.Errorf("only %d of the flood arrived: this shows nothing", got)
			}
			if got, most := at(busy, 50), 5*at(calm, 50)+2*time.Millisecond; got > most {
				t.Errorf("p50 under flood: got %v, want at most %v", got, most)
			}
			if got, most := at(busy, 99), 10*at(calm, 99)+20*time.Millisecond; got > most {
				t.Errorf("p99 under flood: got %v, want at most %v", got, most)
			}
		})
	}
}
