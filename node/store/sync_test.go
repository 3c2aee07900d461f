package store

import (
	"fmt"
	"os"
	"testing"
)

// TestEverySyncFails (assurance F3) fails each fsync of everything that a store does, once.
// From then on nothing is acknowledged until the store is opened again, and nothing that was
// is lost: not when the power fails then, not when the process starts again on what the
// cache holds, and not when the power fails at any step of that start.
func TestEverySyncFails(t *testing.T) {
	total := 0
	for _, a := range played() {
		t.Run(a.name, func(t *testing.T) {
			root := memory(t)
			base := a.before(t, root)
			cases := 0
			for sync := 1; ; sync++ {
				h := a.ready(t, base, root, false)
				h.disk.set(syncFails, sync)
				a.run(h)
				if _, faults, _ := h.disk.seen(); faults == 0 {
					h.close()
					break
				}
				where := fmt.Sprintf("sync %d", sync)
				h.stopped(where)
				cases += 2
				if !a.long {
					cases += h.startAgain(root, where)
				}
				h.close()
				h.noLoss(h.disk.boot(t, folder(t, root), newWeather(0, uint64(sync))), where+", power off")
				h.noLoss(h.disk, where+", started again")
				os.RemoveAll(h.disk.dir)
			}
			t.Logf("%d cases", cases)
			if total += cases; cases == 0 {
				t.Error("no sync failed")
			}
		})
	}
	t.Logf("%d cases", total)
}

// stopped checks that the store acknowledges nothing more.
func (h *house) stopped(where string) {
	h.t.Helper()
	if h.node == nil { // it did not even open, or is closed
		return
	}
	for range 2 {
		h.report("sync " + itoa(int64(len(h.facts))))
		if f := h.facts[len(h.facts)-1]; code(f.err) != "store_failed" || h.store.Failed() == nil {
			h.t.Errorf("%s: %s afterwards: %v, cause %v", where, f.name, f.err, h.store.Failed())
		}
	}
}

// startAgain starts another process on a copy of disk and cache, as if this one was killed,
// and fails the power at each step of that.
func (h *house) startAgain(root, where string) (cases int) {
	h.t.Helper()
	for step := 1; ; step++ {
		next := h.again(h.disk.copy(h.t, folder(h.t, root)))
		next.disk.set(powerFails, step)
		next.open()
		took, _, _ := next.disk.seen()
		next.disk.cut()
		next.close()
		cases++
		after := next.disk.boot(h.t, folder(h.t, root), newWeather(uint64(step), uint64(step)))
		h.noLoss(after, fmt.Sprintf("%s, power off at step %d of the next start", where, step))
		os.RemoveAll(after.dir)
		os.RemoveAll(next.disk.dir)
		if took < step {
			return cases
		}
	}
}

func (h *house) noLoss(d *disk, where string) {
	h.t.Helper()
	if lost := h.examine(d, where); lost > 0 {
		h.t.Errorf("%s: lost %d acknowledged transactions", where, lost)
	}
}
