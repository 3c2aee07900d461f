package gateway

import (
	"bytes"
	"math/rand/v2"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/comity-exchange/comity/schema"
)

// crossing is two nodes on a sea, both sending.
type crossing struct {
	t      *testing.T
	sea    *sea
	be, nl *node
	sent   map[*node][]schema.ID
}

func newCrossing(t *testing.T, seed uint64) *crossing {
	s := newSea(seed)
	c := &crossing{t: t, sea: s, be: aboard(t, belgium(), netherlands()), nl: aboard(t, netherlands(), belgium()), sent: map[*node][]schema.ID{}}
	return c
}

func (c *crossing) sail() {
	c.be.sail(c.sea)
	c.nl.sail(c.sea)
}

// dock ends both gateways inside the bubble.
func (c *crossing) dock() {
	c.be.closeGateway()
	c.nl.closeGateway()
}

func (c *crossing) send(n *node) {
	to := c.nl.code
	if n == c.nl {
		to = c.be.code
	}
	c.sent[n] = append(c.sent[n], n.submit(to, letter(n.code, to, 600)))
}

// arrives waits so long on the fake clock for all that was sent, and holds both sides
// against each other: everything once, in order, with the same receipts.
func (c *crossing) arrives(within time.Duration) {
	c.t.Helper()
	start := time.Now()
	for {
		synctest.Wait()
		if c.settled(c.be) && c.settled(c.nl) {
			break
		}
		if time.Since(start) > within {
			c.t.Fatalf("after %v: BE has %d verdicts of %d, NL %d of %d; reports %v %v", within, len(c.be.box.settledAs()), len(c.sent[c.be]),
				len(c.nl.box.settledAs()), len(c.sent[c.nl]), c.be.box.codes(), c.nl.box.codes())
		}
		time.Sleep(100 * time.Millisecond)
	}
	for from, to := range map[*node]*node{c.be: c.nl, c.nl: c.be} {
		if got := to.box.delivered(); !slices.Equal(got, c.sent[from]) {
			c.t.Errorf("%s: delivered %d messages, %d sent, or in another order", from.code, len(got), len(c.sent[from]))
		}
		if len(from.box.receipts) != len(to.box.arrivals) {
			c.t.Fatalf("%s settled %d pouches, the peer took %d", from.code, len(from.box.receipts), len(to.box.arrivals))
		}
		for i, r := range from.box.receipts {
			if a := to.box.arrivals[i]; r.Position != a.Position || !bytes.Equal(r.Receipt, a.Receipt) || r.Seq != uint64(i+1) {
				c.t.Errorf("%s: the ledgers differ at number %d", from.code, i+1)
			}
		}
	}
}

func (c *crossing) settled(n *node) bool {
	verdicts := n.box.settledAs()
	return !slices.ContainsFunc(c.sent[n], func(id schema.ID) bool { return verdicts[id] != "accepted" })
}

type weather = func(random *rand.Rand, from, to schema.Jurisdiction) parcelFate

func always(fate ...time.Duration) weather {
	return func(*rand.Rand, schema.Jurisdiction, schema.Jurisdiction) parcelFate { return fate }
}

// A transport that loses, repeats, reorders and delays at will costs time and nothing else.
func TestWeather(t *testing.T) {
	belgium()
	netherlands()
	catalogue()
	start := func() func() time.Duration {
		began := time.Now()
		return func() time.Duration { return time.Since(began) }
	}
	for _, w := range []struct {
		name  string
		lasts time.Duration // then it is fair
		make  func(elapsed func() time.Duration) weather
		clear bool // everything arrives while it lasts
	}{
		{"half is lost", 6 * time.Hour, func(func() time.Duration) weather {
			return func(r *rand.Rand, _, _ schema.Jurisdiction) parcelFate {
				if r.IntN(2) == 0 {
					return nil
				}
				return parcelFate{time.Millisecond}
			}
		}, true},
		{"everything comes ten times", time.Hour, func(func() time.Duration) weather {
			return always(1e6, 2e6, 3e6, 5e6, 8e6, 50e6, 1e9, 2e9, 60e9, 600e9)
		}, true},
		{"reordered by seconds", time.Hour, func(func() time.Duration) weather {
			return func(r *rand.Rand, _, _ schema.Jurisdiction) parcelFate {
				return parcelFate{time.Duration(r.Int64N(int64(4 * time.Second))), time.Duration(r.Int64N(int64(20 * time.Second)))}
			}
		}, true},
		{"an hour late", 3 * time.Hour, func(func() time.Duration) weather { return always(time.Hour) }, false},
		{"one way only", 2 * time.Hour, func(func() time.Duration) weather {
			return func(_ *rand.Rand, from, _ schema.Jurisdiction) parcelFate {
				if from == "NL" {
					return nil
				}
				return parcelFate{time.Millisecond}
			}
		}, false},
		{"flapping", time.Hour, func(elapsed func() time.Duration) weather {
			return func(*rand.Rand, schema.Jurisdiction, schema.Jurisdiction) parcelFate {
				if int(elapsed()/(7*time.Second))%2 == 0 {
					return nil
				}
				return parcelFate{3 * time.Millisecond}
			}
		}, true},
		{"all of it at once", 3 * time.Hour, func(elapsed func() time.Duration) weather {
			return func(r *rand.Rand, from, _ schema.Jurisdiction) (fate parcelFate) {
				for range r.IntN(5) {
					fate = append(fate, time.Duration(r.ExpFloat64()*float64(3*time.Second)))
				}
				if r.IntN(20) == 0 {
					fate = append(fate, time.Hour)
				}
				if int(elapsed()/(90*time.Second))%3 == 0 && from == "BE" {
					return nil
				}
				return fate
			}
		}, true},
	} {
		t.Run(w.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c := newCrossing(t, 1)
				c.sea.change(w.make(start()))
				c.sail()
				defer c.dock()
				for range 20 {
					c.send(c.be)
					c.send(c.nl)
					time.Sleep(3 * time.Second)
				}
				if w.clear {
					c.arrives(w.lasts)
				} else {
					time.Sleep(w.lasts)
					synctest.Wait()
					if c.settled(c.be) && c.settled(c.nl) {
						t.Error("everything was receipted in this weather: it shows nothing")
					}
				}
				c.sea.change(always(time.Millisecond))
				c.send(c.be)
				c.send(c.nl)
				c.arrives(2 * retryCeiling)
				time.Sleep(2 * time.Hour) // what was late comes now
				c.arrives(time.Second)
				if got := len(c.be.box.reports) + len(c.nl.box.reports); got > 0 {
					t.Errorf("misconduct or disputes were seen: %v %v", c.be.box.codes(), c.nl.box.codes())
				}
			})
		})
	}
}

// A peer that is away for a week gets everything in order when it is back, at once,
// and is asked meanwhile at a bounded rate, not in step with others.
func TestPeerAwayForAWeek(t *testing.T) {
	if testing.Short() || raced {
		t.Skip("left out in short runs and under the race detector: seals one pouch some thirty thousand times")
	}
	belgium()
	netherlands()
	catalogue()
	synctest.Test(t, func(t *testing.T) {
		c := newCrossing(t, 1)
		c.be.sail(c.sea)
		defer c.dock()
		for range 7 * 24 {
			c.send(c.be)
			time.Sleep(time.Hour)
		}
		c.sea.mu.Lock()
		tries := slices.Clone(c.sea.pouches)
		pings := c.sea.pings
		c.sea.mu.Unlock()
		var gaps []time.Duration
		for i := 1; i < len(tries); i++ {
			gaps = append(gaps, tries[i].Sub(tries[i-1]))
		}
		slices.Sort(gaps)
		week := 7 * 24 * time.Hour
		if least, most := int(week/retryCeiling), int(2*week/retryCeiling)+20; len(tries) < least || len(tries) > most {
			t.Errorf("%d tries in a week, want %d to %d", len(tries), least, most)
		}
		if longest := gaps[len(gaps)-1]; longest > retryCeiling {
			t.Errorf("the longest wait was %v, want at most %v", longest, retryCeiling)
		}
		if low, high := gaps[len(gaps)/20], gaps[len(gaps)*19/20]; low < retryCeiling/2 || high-low < retryCeiling/3 {
			t.Errorf("the waits lie between %v and %v: want half the ceiling or more, and jitter", low, high)
		}
		if most := int(week / PingEvery); pings > most {
			t.Errorf("%d pings in a week, want at most one in %v", pings, PingEvery)
		}
		t.Logf("%d tries and %d pings in a week; waits p5 %v, p50 %v, p95 %v, longest %v", len(tries), pings,
			gaps[len(gaps)/20], gaps[len(gaps)/2], gaps[len(gaps)*19/20], gaps[len(gaps)-1])
		c.nl.sail(c.sea)
		c.arrives(time.Second)
	})
}

// Clocks that are wrong, or jump while messages are under way. Within the tolerance
// nothing is noticed; beyond it what is dated in the future waits until the clock is
// right, and is neither lost nor delivered twice.
func TestClocksJump(t *testing.T) {
	belgium()
	netherlands()
	catalogue()
	for _, skew := range []time.Duration{time.Second, -time.Second, ClockTolerance, -ClockTolerance, 24 * time.Hour, -24 * time.Hour} {
		for _, who := range []string{"BE", "NL"} {
			t.Run(who+" by "+skew.String(), func(t *testing.T) {
				if skew > ClockTolerance && raced {
					t.Skip("left out under the race detector: a day of tries")
				}
				synctest.Test(t, func(t *testing.T) {
					c := newCrossing(t, 1)
					c.sail()
					defer c.dock()
					c.send(c.be)
					c.send(c.nl)
					c.arrives(time.Second)
					wrong := map[string]*node{"BE": c.be, "NL": c.nl}[who]
					right := wrong.skew
					wrong.setClock(right + skew)
					for range 5 {
						c.send(c.be)
						c.send(c.nl)
						time.Sleep(time.Second)
					}
					synctest.Wait()
					if skew.Abs() <= ClockTolerance {
						c.arrives(time.Second)
					} else if c.settled(c.be) && c.settled(c.nl) {
						t.Error("clocks a day apart were not noticed")
					}
					wrong.setClock(right)
					c.send(c.be)
					c.send(c.nl)
					// A pouch keeps its date: one that is dated tomorrow waits for it.
					c.arrives(max(skew, 0) + 2*retryCeiling)
				})
			})
		}
	}
}
