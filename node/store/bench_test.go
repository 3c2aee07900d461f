package store

import (
	"errors"
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
		first := int64(i*members + 1)
		pouches[i] = pouch(int64(i+1), first, first+members-1)
		pouches[i].Receipt = []byte("receipt")
		update(b, s, func(tx node.Tx) error {
			for range members {
				if err := tx.AddMessage(queued("NL")); err != nil {
					return err
				}
			}
			return tx.AddPouch(pouches[i])
		})
	}
	b.ResetTimer()
	for _, p := range pouches {
		update(b, s, func(tx node.Tx) error { return tx.Settle(p, nil) })
	}
	b.ReportMetric(float64(b.N*members)/b.Elapsed().Seconds(), "msg/s")
	view(b, s, func(r node.Reader) error {
		if left, err := r.Pending("NL", 0, 1); err != nil || len(left) > 0 {
			b.Errorf("%d messages are still queued (%v)", len(left), err)
		}
		return nil
	})
}

// BenchmarkPending reads 160 messages from a queue, each with its content of 4 KiB.
func BenchmarkPending(b *testing.B) {
	s := fresh(b)
	for range 160 {
		if err := submit(s, queued("NL"), 4096); err != nil {
			b.Fatal(err)
		}
	}
	for b.Loop() {
		view(b, s, func(r node.Reader) error {
			list, err := r.Pending("NL", 0, 256)
			if len(list) != 160 {
				b.Fatalf("got %d messages", len(list))
			}
			for _, m := range list {
				_, failed := r.Contents("out/" + string(m.ID))
				err = errors.Join(err, failed)
			}
			return err
		})
	}
	b.ReportMetric(float64(b.N*160)/b.Elapsed().Seconds(), "msg/s")
}

// BenchmarkVerify recomputes a journal of 20,000 entries.
func BenchmarkVerify(b *testing.B) {
	s := fresh(b)
	journal(b, s, 20000)
	for b.Loop() {
		if _, err := s.Verify(b.Context()); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.N*20000)/b.Elapsed().Seconds(), "entries/s")
}
