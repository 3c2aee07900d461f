package store

import (
	"context"
	"flag"
	"fmt"
	"os"
	"testing"

	"github.com/comity-exchange/comity/node"
	"github.com/comity-exchange/comity/schema"
)

// powerSeeds is how many ways a power failure may go at each step. Four meet every mood of
// the weather; more is the long run, which also leaves nothing out elsewhere:
//
//	go test ./node/store -run 'PowerFailure|EverySync|EveryStep' -v -power.seeds 40
var powerSeeds = flag.Int("power.seeds", moods, "power failures at each I/O step, each with another fate of what was not synced")

func longRun() bool { return *powerSeeds > moods }

// TestPowerFailure (assurance F2) fails at every I/O step of everything that a store does.
// Whatever becomes of the writes that were not synced, what was acknowledged is there
// wholly and nothing else is there half.
func TestPowerFailure(t *testing.T) {
	total := 0
	for _, a := range played() {
		t.Run(a.name, func(t *testing.T) {
			seeds := *powerSeeds
			if a.long && !longRun() {
				seeds = 1
			}
			r := failEverywhere(t, a, seeds, false)
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
	lost, cases, seeds := 0, 0, 1
	if longRun() {
		seeds = *powerSeeds
	}
	for _, a := range played() {
		if a.shut || a.long || !longRun() && a.name != "submit" && a.name != "copy back" {
			continue
		}
		r := failEverywhere(t, a, seeds, true)
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
