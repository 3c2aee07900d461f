package store

import (
	"fmt"
	"os"
	"testing"
)

// TestFullAtEveryStep (assurance F4) runs everything that a store does on a disk that gets
// full at each step in turn. What is refused is refused clearly; when there is room again
// the same store goes on, and nothing that was acknowledged is lost.
func TestFullAtEveryStep(t *testing.T) {
	total := 0
	for _, a := range played() {
		t.Run(a.name, func(t *testing.T) {
			root := memory(t)
			base := a.before(t, root)
			cases, refused := 0, 0
			for step := 1; ; step++ {
				h := a.ready(t, base, root, false)
				h.disk.set(noSpace, step)
				before := len(h.facts)
				a.run(h)
				took, faults, _ := h.disk.seen()
				h.disk.set(0, 0)
				where := fmt.Sprintf("full at step %d", step)
				refused += h.refusals(where, before)
				h.goOn(where, a)
				h.disk.cut()
				h.close()
				h.noLoss(h.disk.boot(t, folder(t, root), newWeather(0, uint64(step))), where)
				os.RemoveAll(h.disk.dir)
				if faults > 0 {
					cases++
				}
				if took < step && faults == 0 || t.Failed() {
					break
				}
			}
			t.Logf("%d cases, %d transactions refused", cases, refused)
			if total += cases; cases == 0 || refused == 0 && !a.shut {
				t.Errorf("%d times full, %d transactions refused", cases, refused)
			}
		})
	}
	t.Logf("%d cases", total)
}

// refusals checks that what was not acknowledged since a fact was refused for want of room.
func (h *house) refusals(where string, since int) (n int) {
	h.t.Helper()
	for _, f := range h.facts[since:] {
		if f.acknowledged {
			continue
		}
		n++
		if code(f.err) != "disk_full" {
			h.t.Errorf("%s: %s: got %v", where, f.name, f.err)
		}
	}
	return n
}

// goOn checks that with room again everything works; a store that could not open must open.
func (h *house) goOn(where string, a act) {
	h.t.Helper()
	if h.store != nil && h.store.Failed() != nil {
		h.t.Errorf("%s: the store stopped: %v", where, h.store.Failed())
	}
	if h.node == nil {
		h.close()
		if err := h.open(); err != nil {
			h.t.Errorf("%s: open with room again: %v", where, err)
			return
		}
	}
	h.report(where)
	if f := h.facts[len(h.facts)-1]; !f.acknowledged {
		h.t.Errorf("%s: with room again: %v", where, f.err)
	}
}
