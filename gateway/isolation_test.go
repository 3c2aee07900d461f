package gateway

import (
	"bytes"
	"slices"
	"sync/atomic"
	"testing"
	"time"
)

// One peer floods NL with all it can, and another's messages are timed from submission
// to the verified receipt, calm and beside the flood. All ends share one machine, so
// part of the slowdown is the processor's, not NL's: the bounds here are wide, and the
// ratio is printed.
func TestFloodIsolation(t *testing.T) {
	if raced {
		t.Skip("left out under the race detector: it measures time")
	}
	for name, size := range map[string]int{"largest": MaxSealed, "tiny": 10} {
		t.Run(name, func(t *testing.T) {
			nl, fr := newNode(t, netherlands(), true), newNode(t, france(), true)
			nl.knows(newNode(t, belgium(), false))
			nl.knows(fr)
			fr.knows(nl)
			nl.start()
			fr.start()
			timed := func(count int) []time.Duration {
				var took []time.Duration
				for range count {
					start := time.Now()
					id := fr.submit("NL", letter("FR", "NL", 4096))
					fr.box.wait(t, "a receipt", accepted(id))
					took = append(took, time.Since(start))
				}
				slices.Sort(took)
				return took
			}
			timed(50)
			calm := timed(300)
			be := infiltrate(t, belgium(), nl)
			data, stop, ended := bytes.Repeat([]byte("x"), size), make(chan struct{}), make(chan struct{})
			var sent atomic.Int64
			go func() {
				defer close(ended)
				for {
					select {
					case <-stop:
						return
					default:
					}
					if be.nc.PublishRequest(pouchTo("NL"), "_INBOX.none", data) != nil {
						time.Sleep(time.Millisecond)
						continue
					}
					sent.Add(1)
				}
			}()
			time.Sleep(50 * time.Millisecond)
			start := time.Now()
			busy := timed(300)
			rate := float64(sent.Load()) / time.Since(start).Seconds()
			close(stop)
			<-ended
			at := func(sorted []time.Duration, percent int) time.Duration { return sorted[len(sorted)*percent/100] }
			t.Logf("calm p50 %v p99 %v; beside %.0f/s of %d octets p50 %v p99 %v; ratio p50 %.2f, p99 %.2f", at(calm, 50), at(calm, 99), rate, size,
				at(busy, 50), at(busy, 99), float64(at(busy, 50))/float64(at(calm, 50)), float64(at(busy, 99))/float64(at(calm, 99)))
			if most := 5*at(calm, 50) + 50*time.Millisecond; at(busy, 50) > most {
				t.Errorf("p50 beside the flood: got %v, want at most %v", at(busy, 50), most)
			}
		})
	}
}
