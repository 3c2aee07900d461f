package integration

import (
	"context"
	"fmt"
	"strconv"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"github.com/comity-exchange/comity/cmd/comity/program"
	"github.com/comity-exchange/comity/node"
	"github.com/comity-exchange/comity/node/store"
	"github.com/comity-exchange/comity/schema"
)

// BenchmarkPeers measures the exchange between two nodes while so many peers are
// connected to the sender, each a whole node. What a message costs must hardly grow.
func BenchmarkPeers(b *testing.B) {
	program.Tune()
	for _, peers := range []int{2, 20, 200} {
		b.Run("peers="+strconv.Itoa(peers), func(b *testing.B) {
			be, nl, _ := benchPair(b)
			for i := range peers - 1 {
				befriend(b, be, newIdentity(b, schema.Jurisdiction(fmt.Sprintf("PEER%d", i))).start(b, zerolog.Nop()))
			}
			connected(b, be, peers)
			steady(b, be, nl)
		})
	}
}

// BenchmarkStored measures the exchange between two nodes that hold so many messages already.
func BenchmarkStored(b *testing.B) {
	program.Tune()
	for _, stored := range []int{0, 100_000, 1_000_000} {
		b.Run("messages="+strconv.Itoa(stored), func(b *testing.B) {
			be, nl, _ := benchPair(b)
			fill(b, be.Store, node.Out, "NL", stored)
			fill(b, nl.Store, node.In, "BE", stored)
			steady(b, be, nl)
		})
	}
}

// steady measures 256 submitters and wants all messages to have arrived.
func steady(b *testing.B, be, nl *program.Program) {
	message := messageOf(b, 4096)
	run(b, be, message, 64, 512)
	before := received(b, nl)
	b.ResetTimer()
	began, worked := time.Now(), processor(b)
	run(b, be, message, 256, b.N)
	elapsed, used := time.Since(began), processor(b)-worked
	b.StopTimer()
	b.ReportMetric(float64(b.N)/elapsed.Seconds(), "msg/s")
	b.ReportMetric(float64(used.Microseconds())/float64(b.N), "cpu-µs/msg")
	b.ReportMetric(0, "ns/op")
	if got := received(b, nl) - before; got != int64(b.N) {
		b.Fatalf("%d messages arrived, want %d", got, b.N)
	}
}

// befriend makes two nodes peers of each other.
func befriend(tb testing.TB, a, b *program.Program) {
	tb.Helper()
	for _, side := range [][2]*program.Program{{a, b}, {b, a}} {
		_, err := side[0].Node.AddPeer(tb.Context(), "operator:test", side[1].Card.Text, side[1].Card.Certificate.Root())
		check(tb, err)
	}
}

// connected waits until a node has a route to each of its peers.
func connected(tb testing.TB, p *program.Program, peers int) {
	tb.Helper()
	for end := time.Now().Add(time.Minute); ; time.Sleep(20 * time.Millisecond) {
		up := 0
		for _, l := range p.Gateway.Links() {
			for _, r := range l.Routes {
				if r.Connected && r.Route != "own host" {
					up++
					break
				}
			}
		}
		if up >= peers {
			return
		}
		if time.Now().After(end) {
			tb.Fatalf("%d of %d peers are connected after a minute", up, peers)
		}
	}
}

// fill stores settled messages with their contents and journal lines, as a node
// does that has been at work for years.
func fill(tb testing.TB, s *store.Store, box node.Box, peer schema.Jurisdiction, count int) {
	tb.Helper()
	const group = 500
	state := node.Accepted
	if box == node.In {
		state = node.Received
	}
	now := time.Now().UTC()
	for done := 0; done < count; done += group {
		check(tb, s.Update(context.Background(), func(tx node.Tx) error {
			for range group {
				m := &node.Message{ID: schema.NewID(), Box: box, Peer: peer, Type: "mla.request", Case: "CASE-" + strconv.Itoa(done/10),
					State: state, Created: now, Stored: now, Settled: now, Epoch: 1, Size: 300, Rule: "out", Actor: "agency:past"}
				if err := tx.AddMessage(m); err != nil {
					return err
				}
				if err := tx.AddContent(node.Content{Name: string(box) + "/" + string(m.ID), Sealed: make([]byte, 330), Wrapped: make([]byte, 60)}); err != nil {
					return err
				}
				if err := tx.Journal(node.Entry{At: now, Actor: "agency:past", Act: "message.submitted", Subject: string(m.ID)}); err != nil {
					return err
				}
			}
			return nil
		}))
	}
}
