package broker_test

import (
	"fmt"
	"os"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/comity-exchange/comity/gateway/broker"
)

// resident is this process's memory in MiB, 0 where the system does not say.
func resident() float64 {
	runtime.GC()
	text, _ := os.ReadFile("/proc/self/statm")
	if f := strings.Fields(string(text)); len(f) > 1 {
		pages, _ := strconv.Atoi(f[1])
		return float64(pages*os.Getpagesize()) / (1 << 20)
	}
	return 0
}

// How long a host takes to start, and what it occupies while idle.
func BenchmarkOpen(b *testing.B) {
	id := newIdentity(b)
	before, routines := resident(), runtime.NumGoroutine()
	var hosts []*broker.Host
	for b.Loop() {
		h, err := broker.Open(broker.Config{Name: "host", Listen: "127.0.0.1:0", TLS: id.cert, Owner: "BE"})
		if err != nil {
			b.Fatal(err)
		}
		hosts = append(hosts, h)
	}
	b.ReportMetric((resident()-before)/float64(len(hosts)), "MiB/host")
	b.ReportMetric(float64(runtime.NumGoroutine()-routines)/float64(len(hosts)), "goroutines/host")
	for _, h := range hosts {
		h.Close()
	}
}

// A hub that pairs 200 jurisdictions, one that expels and readmits on it, and one exchange there.
func BenchmarkHubOf200(b *testing.B) {
	for b.Loop() {
		before := resident()
		h := openHost(b, "")
		ids := make([]identity, 200)
		start := time.Now()
		for i := range ids {
			ids[i] = admit(b, h, fmt.Sprintf("X%d", i))
		}
		b.ReportMetric(float64(time.Since(start).Milliseconds()), "build-ms")
		b.ReportMetric(resident()-before, "MiB")
		x, y := join(b, h, ids[0]), join(b, h, ids[1])
		start = time.Now()
		for range 100 {
			exchange(b, x, "X0", y, "X1")
		}
		b.ReportMetric(float64(time.Since(start).Microseconds())/100, "exchange-µs")
		start = time.Now()
		h.Expel("X2")
		b.ReportMetric(float64(time.Since(start).Microseconds())/1000, "expel-ms")
		start = time.Now()
		if err := h.Admit("X2", ids[2].pin, time.Now().Add(time.Hour)); err != nil {
			b.Fatal(err)
		}
		b.ReportMetric(float64(time.Since(start).Microseconds())/1000, "readmit-ms")
		h.Close()
	}
}

// From Expel to the end of the expelled connection, as the expelled sees it.
func BenchmarkExpel(b *testing.B) {
	h := openHost(b, "BE")
	id := admit(b, h, "NL")
	var total time.Duration
	for b.Loop() {
		c := join(b, h, id)
		start := time.Now()
		h.Expel("NL")
		if _, err := c.next(); err == nil {
			b.Fatal("not cut")
		}
		total += time.Since(start)
		if err := h.Admit("NL", id.pin, time.Now().Add(time.Hour)); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(total.Microseconds())/float64(b.N), "µs/cut")
}
