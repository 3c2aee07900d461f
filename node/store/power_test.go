package store

import (
	"context"
	"flag"
	"fmt"
	"os"
	"sync"
	"testing"

	"github.com/comity-exchange/comity/node"
	"github.com/comity-exchange/comity/schema"
	"github.com/ncruces/go-sqlite3"
)

// powerSeeds is how many ways a power failure may go at each step. Four meet every mood of
// the weather; more is the long run, which also leaves nothing out elsewhere.
var powerSeeds = flag.Int("power.seeds", moods, "power failures at each I/O step, each with another fate of what was not synced")

func longRun() bool { return *powerSeeds > moods }

// act is what a house does while the power fails.
type act struct {
	name string
	base func(t testing.TB, root string) *house // the house before; furnished if nil
	shut bool                                   // the act itself opens the store
	copy bool                                   // the WAL is copied back
	run  func(h *house)
}

var acts = []act{
	{name: "create", base: vacant, shut: true, run: func(h *house) {
		if h.start() {
			h.applyPolicy()
		}
	}},
	{name: "submit", run: (*house).submit},
	{name: "submit together", run: submitTogether},
	{name: "receive", run: (*house).receive},
	{name: "commit and settle", run: func(h *house) { h.turn(); h.submit(); h.turn(); h.turn() }},
	{name: "journal only", run: (*house).read},
	{name: "policy", run: (*house).applyPolicy},
	{name: "peer", run: func(h *house) {
		if h.addPeer("FR"); h.facts[len(h.facts)-1].acknowledged {
			h.suspendPeer("FR")
		}
	}},
	{name: "misconduct", run: func(h *house) { h.report("equivocation") }},
	{name: "copy back", copy: true, run: copyBack},
	{name: "close", copy: true, run: func(h *house) { h.submit(); h.close() }},
	{name: "open after a failure", base: dropped, shut: true, copy: true, run: func(h *house) {
		if h.start() {
			h.submit()
		}
	}},
}

// start opens the house. It is a fact without a trace: only its error matters.
func (h *house) start() bool {
	h.try("open", h.open)
	return h.node != nil
}

// vacant is a folder for a node, and nothing in it.
func vacant(t testing.TB, root string) *house {
	h := &house{t: t, disk: newDisk(t, folder(t, root)), create: true}
	h.disk.cut()
	return h
}

// dropped is a house that the power left with a long WAL.
func dropped(t testing.TB, root string) *house {
	before := furnished(t, root)
	h := before.again(before.disk.boot(t, folder(t, root), newWeather(0, 0)))
	if err := h.open(); err != nil {
		t.Fatal(err)
	}
	h.submit()
	h.receive()
	h.turn()
	h.disk.cut()
	h.close()
	return h
}

// submitTogether commits five messages in one transaction of the database.
func submitTogether(h *house) {
	started, open := make(chan struct{}), make(chan struct{})
	var wg sync.WaitGroup
	wg.Go(func() {
		h.store.Update(context.Background(), func(node.Tx) error { close(started); <-open; return nil })
	})
	<-started
	members := make([]*house, 5)
	for i := range members {
		members[i] = &house{t: h.t, disk: h.disk, store: h.store, node: h.node}
		wg.Go(members[i].submit)
	}
	waiting(h.store, len(members))
	close(open)
	wg.Wait()
	for _, m := range members {
		h.facts = append(h.facts, m.facts...)
	}
}

// copyBack goes on writing while the WAL is copied back and begun anew.
func copyBack(h *house) {
	w := h.store.writer
	err := h.store.Update(context.Background(), func(node.Tx) error {
		w.conn.db.WALHook(func(*sqlite3.Conn, string, int) error { // as if the WAL had grown enough
			w.pages, w.checkpointAt = checkpointPages, checkpointPages
			return nil
		})
		return nil
	})
	if err != nil {
		h.t.Error(err)
	}
	for range 3 {
		h.submit()
	}
}

// TestPowerFailure (assurance F2) fails at every I/O step of everything that a store does.
// Whatever becomes of the writes that were not synced, what was acknowledged is there
// wholly and nothing else is there half.
func TestPowerFailure(t *testing.T) {
	total := 0
	for _, a := range acts {
		t.Run(a.name, func(t *testing.T) {
			r := failEverywhere(t, a, *powerSeeds, false)
			t.Logf("%d steps, %d power failures", r.steps, r.cases)
			if r.lost > 0 || r.steps == 0 || a.copy && r.copies == 0 {
				t.Errorf("lost something acknowledged in %d cases; %d writes to the database file", r.lost, r.copies)
			}
			total += r.cases
		})
	}
	t.Logf("%d power failures", total)
}

// TestPowerFailureIsSeen is the control: a store that does not sync at every commit loses
// acknowledged transactions, and the tests above see it. Even then nothing is half there.
func TestPowerFailureIsSeen(t *testing.T) {
	lost, cases := 0, 0
	for _, a := range acts {
		if a.shut || !longRun() && a.name != "submit" && a.name != "copy back" {
			continue
		}
		r := failEverywhere(t, a, *powerSeeds, true)
		lost, cases = lost+r.lost, cases+r.cases
	}
	t.Logf("%d of %d power failures lost something acknowledged", lost, cases)
	if lost == 0 {
		t.Error("a store without syncs lost nothing: the power failures of this test are not real")
	}
}

// result of failing at every step.
type result struct {
	steps, cases int
	copies       int // writes to the database file in a run without a failure
	lost         int // cases in which something acknowledged was lost
}

func failEverywhere(t *testing.T, a act, seeds int, relax bool) (r result) {
	root := memory(t)
	base := a.before(t, root)
	for step := 1; ; step++ {
		h := a.ready(t, base, root, relax)
		h.disk.set(powerFails, step)
		a.run(h)
		took, _, copies := h.disk.seen()
		h.disk.cut()
		h.close()
		for seed := range seeds {
			r.cases++
			after := h.disk.boot(t, folder(t, root), newWeather(uint64(seed), uint64(step)))
			if h.examine(after, fmt.Sprintf("step %d, seed %d", step, seed)) > 0 {
				r.lost++
			}
			os.RemoveAll(after.dir)
		}
		os.RemoveAll(h.disk.dir)
		if took < step || t.Failed() {
			r.steps, r.copies = took, copies
			return r
		}
	}
}

// ready is the house at the beginning of the act, on a disk of its own.
func (a act) ready(t testing.TB, base *house, root string, relax bool) *house {
	t.Helper()
	h := base.again(base.disk.boot(t, folder(t, root), newWeather(0, 0)))
	h.relax = relax
	if a.shut {
		return h
	}
	if err := h.open(); err != nil {
		t.Fatal(err)
	}
	h.read() // the WAL is in use
	return h
}

func (a act) before(t testing.TB, root string) *house {
	if a.base != nil {
		return a.base(t, root)
	}
	return furnished(t, root)
}

// examine opens the store on a disk after a power failure and counts what is lost.
func (h *house) examine(d *disk, where string) (lost int) {
	h.t.Helper()
	s, err := Open(context.Background(), d.path(), Options{Create: h.create, VFS: d.name})
	if h.relax && code(err) == "state_damaged" { // it is seen that the log has lost something
		return 1
	}
	if err != nil {
		h.t.Errorf("%s: open: %v", where, err)
		return 0
	}
	defer s.Close()
	if c, err := s.Verify(context.Background()); err != nil {
		h.t.Errorf("%s: journal of %d: %v", where, c.Size, err)
	}
	err = s.snapshot(context.Background(), func(c *conn) error {
		return c.query(`PRAGMA integrity_check`, func(r *row) error {
			if text := r.text(); text != "ok" {
				h.t.Errorf("%s: integrity: %s", where, text)
			}
			return nil
		})
	})
	if err != nil {
		h.t.Errorf("%s: integrity: %v", where, err)
	}
	view(h.t, s, func(r node.Reader) error {
		for _, f := range h.facts {
			there, err := f.look(r)
			switch {
			case err != nil:
				return err
			case there == 0 && f.acknowledged && len(f.traces) > 0:
				lost++
			case there != 0 && there != len(f.traces):
				h.t.Errorf("%s: %s left %d of %d traces (acknowledged %v)", where, f.name, there, len(f.traces), f.acknowledged)
			}
		}
		return nil
	})
	counts(h.t, s)
	if err := submit(s, queued(schema.Jurisdiction("NL")), 100); err != nil {
		h.t.Errorf("%s: submit afterwards: %v", where, err)
	}
	return lost
}
