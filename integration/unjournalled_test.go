package integration

import (
	"context"
	"path/filepath"
	"testing"
	"time"

	"github.com/ncruces/go-sqlite3"

	"github.com/comity-exchange/comity/cmd/comity/program"
	"github.com/comity-exchange/comity/node"
)

// refuseEntries makes a stopped node's journal refuse the entries of one act, "" for none.
func (id *identity) refuseEntries(t *testing.T, act string) {
	t.Helper()
	db, err := sqlite3.Open("file:" + filepath.ToSlash(id.config().DatabasePath()))
	check(t, err)
	defer db.Close()
	check(t, db.Exec(`DROP TRIGGER IF EXISTS refuse`))
	if act != "" {
		check(t, db.Exec(`CREATE TRIGGER refuse BEFORE INSERT ON journal WHEN NEW.record LIKE '%"act":"`+act+`"%'
			BEGIN SELECT RAISE(ABORT, 'refused'); END`))
	}
}

// An act whose entry cannot be written does not happen: it leaves nothing behind, and
// happens when the journal takes entries again.
func TestNoActWithoutItsEntry(t *testing.T) {
	a, b := newIdentity(t, "BE"), newIdentity(t, "NL")
	be, nl := a.start(t, quiet), b.start(t, quiet)
	introduce(t, be, nl)
	restart := func(id *identity, p *program.Program, act string) *program.Program {
		check(t, p.Close(t.Context()))
		id.refuseEntries(t, act)
		return id.start(t, quiet)
	}
	count := func(p *program.Program, box node.Box) int {
		list, err := p.Node.List(t.Context(), node.Filter{Box: box})
		check(t, err)
		return len(list)
	}
	submission := node.Submission{Actor: "agency:test", Key: "k", Body: messageOf(t, 4096), To: "NL"}

	be = restart(a, be, "message.submitted")
	if done, err := be.Node.Submit(t.Context(), submission); err == nil {
		t.Errorf("submission: got %+v, want an error", done)
	}
	if got := count(be, node.Out); got != 0 {
		t.Errorf("submission: %d messages are kept, want none", got)
	}

	be, nl = restart(a, be, ""), restart(b, nl, "message.received")
	sent, err := be.Node.Submit(t.Context(), submission)
	check(t, err)
	time.Sleep(500 * time.Millisecond)
	if in, state := count(nl, node.In), stateOf(t, be, sent.ID); in != 0 || state != node.Queued {
		t.Errorf("receipt: %d messages are delivered and the sender says %s, want none and queued", in, state)
	}

	be = restart(a, be, "receipt.verified")
	nl = restart(b, nl, "")
	eventually(t, "the delivery", func() bool { return count(nl, node.In) == 1 })
	time.Sleep(300 * time.Millisecond)
	if state := stateOf(t, be, sent.ID); state != node.Queued {
		t.Errorf("settling: the sender says %s, want queued", state)
	}

	be = restart(a, be, "message.read")
	if got := await(t, be, sent.ID); got.State != node.Accepted {
		t.Errorf("got %+v, want accepted", got)
	}
	if d, err := be.Node.Open(t.Context(), "officer:test", sent.ID, node.Out); err == nil {
		t.Errorf("reading: got %+v, want an error", d)
	}

	be = restart(a, be, "message.released")
	apply(t, be, hold("send"))
	held := submitHeld(t, be, "NL")
	seen := look(t, be, held)
	if r, err := be.Node.Release(t.Context(), releaser, held, "", seen.Tag); err == nil {
		t.Errorf("release: got %+v, want an error", r)
	}
	if state := stateOf(t, be, held); state != node.Held {
		t.Errorf("release: it is %s, want held", state)
	}
	be = restart(a, be, "")
	release(t, be, held)
	if got := await(t, be, held); got.State != node.Accepted {
		t.Errorf("got %+v, want accepted", got)
	}
	check(t, be.Close(context.Background()))
	check(t, nl.Close(context.Background()))
	h := houseOf(t, a, b)
	h.Quiet = true
	audit(t, h)
}
