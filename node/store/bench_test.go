package store

import (
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/comity-exchange/comity/node"
)

// BenchmarkSubmit commits a message, 4 KiB of content and a journal entry a caller.
func BenchmarkSubmit(b *testing.B) {
	for _, callers := range []int{1, 64, 256} {
		b.Run(fmt.Sprintf("callers=%d", callers), func(b *testing.B) {
			s := fresh(b)
			took := make([]time.Duration, b.N)
			var next atomic.Int64
			var wg sync.WaitGroup
			b.ResetTimer()
			for range callers {
				wg.Go(func() {
					for i := next.Add(1); i <= int64(b.N); i = next.Add(1) {
						start := time.Now()
						if err := submit(s, queued("NL"), 4096); err != nil {
							b.Error(err)
							return
						}
						took[i-1] = time.Since(start)
					}
				})
			}
			wg.Wait()
			b.StopTimer()
			slices.Sort(took)
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "msg/s")
			b.ReportMetric(float64(took[len(took)/2].Microseconds())/1000, "p50-ms")
			b.ReportMetric(float64(took[len(took)*99/100].Microseconds())/1000, "p99-ms")
		})
	}
}

// BenchmarkSettle ends a pouch of 160 messages, all accepted.
func BenchmarkSettle(b *testing.B) {
	const members = 160
	s := fresh(b)
	pouches := make([]*node.Pouch, b.N)
	for i := range pouches {
		p := &node.Pouch{Box: node.Out, Peer: "NL", Epoch: 1, Seq: int64(i + 1), Manifest: make([]byte, 100*members), Settled: day}
		update(b, s, func(tx node.Tx) error {
			for range members {
				m := queued("NL")
				if err := tx.AddMessage(m); err != nil {
					return err
				}
				p.First, p.Last = min(m.Queue, p.First+m.Queue*int64(1-min(p.First, 1))), m.Queue
			}
			return nil
		})
		pouches[i] = p
	}
	b.ResetTimer()
	for _, p := range pouches {
		update(b, s, func(tx node.Tx) error { return tx.AddPouch(p) })
		update(b, s, func(tx node.Tx) error {
			p.Receipt = []byte("receipt")
			if err := tx.SettlePouch(p); err != nil {
				return err
			}
			return tx.Settle(p, nil)
		})
	}
	b.ReportMetric(float64(b.N*members)/b.Elapsed().Seconds(), "msg/s")
}
