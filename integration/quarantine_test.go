package integration

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/comity-exchange/comity/cmd/comity/program"
	"github.com/comity-exchange/comity/node"
	"github.com/comity-exchange/comity/schema"
)

// counted is how many messages of a box and state a node has.
func counted(tb testing.TB, p *program.Program, box node.Box, state node.State) (n int64) {
	tb.Helper()
	counts, err := p.Node.Counts(tb.Context())
	check(tb, err)
	for _, c := range counts {
		if c.Box == box && c.State == state {
			n += c.N
		}
	}
	return n
}

// unseen wants a message to be nowhere but in the release queue.
func unseen(tb testing.TB, p *program.Program, id schema.ID) {
	tb.Helper()
	for _, box := range []node.Box{"", node.In} {
		_, err := p.Node.Open(tb.Context(), "officer:test", id, box)
		wantCode(tb, err, "not_found")
		_, err = p.Node.Trace(tb.Context(), id, box)
		wantCode(tb, err, "not_found")
		_, err = p.Node.Proof(tb.Context(), "officer:test", id, box)
		wantCode(tb, err, "not_found")
	}
	for _, f := range []node.Filter{{}, {Box: node.In}, {State: node.Quarantined}, {State: node.Discarded}} {
		list, err := p.Node.List(tb.Context(), f)
		check(tb, err)
		for _, m := range list {
			if m.ID == id {
				tb.Errorf("%+v lists what is in quarantine", f)
			}
		}
	}
	page, err := p.Node.ListDesk(tb.Context(), node.DeskFilter{Box: node.In, All: true, Limit: 50}, "")
	check(tb, err)
	for _, i := range page.Items {
		if i.ID == id {
			tb.Error("the desk shows what is in quarantine")
		}
	}
	d, err := p.Node.TraceAll(tb.Context(), id, "")
	check(tb, err)
	wantActs(tb, d, "message.quarantined", "pouch.received")
}

func TestQuarantine(t *testing.T) {
	a, b := newIdentity(t, "BE"), newIdentity(t, "NL")
	be, nl := a.start(t, quiet), b.start(t, quiet)
	introduce(t, be, nl)
	apply(t, nl, hold("receive"))
	events, cancel := nl.Node.Watch()
	defer cancel()
	let, not := submit(t, be, "NL", withFile(messageOf(t, 4096))), submit(t, be, "NL", messageOf(t, 4096))
	for _, id := range []schema.ID{let, not} {
		if got := await(t, be, id); got.State != node.Accepted {
			t.Fatalf("got %+v, want accepted: the sender is told nothing else", got)
		}
		unseen(t, nl, id)
	}
	select {
	case e := <-events:
		t.Errorf("%s was told of what is in quarantine", e.Type)
	default:
	}
	check(t, nl.Close(t.Context()))
	nl = b.start(t, quiet)
	t.Run("it is still there after a restart", func(t *testing.T) {
		backlog, err := nl.Node.Backlog(t.Context())
		check(t, err)
		if backlog.Quarantined != 2 || backlog.Held != 0 || backlog.Nearest.IsZero() {
			t.Errorf("got %+v, want two in quarantine", backlog)
		}
		check(t, nl.Node.Expire(t.Context()))
		unseen(t, nl, let)
	})
	t.Run("an answer to it answers nothing that is known", func(t *testing.T) {
		_, err := say(t, nl, "BE", replyTo(t, "status.acknowledged", let, "NL/iro", "BE/fps-justice"))
		wantCode(t, err, "unknown_reference")
	})
	t.Run("its release is its arrival", func(t *testing.T) {
		events, cancel := nl.Node.Watch()
		defer cancel()
		r := look(t, nl, let)
		if r.Own || len(r.Files) != 1 || len(r.Decision.Approve) == 0 {
			t.Errorf("own %v, %d files, waits for %v", r.Own, len(r.Files), r.Decision.Approve)
		}
		_, err := nl.Node.Release(t.Context(), releaser, let, "", r.Tag)
		check(t, err)
		select {
		case e := <-events:
			if e.Type != "message.received" || e.ID != let || e.Peer != "BE" {
				t.Errorf("got the event %+v", e)
			}
		case <-time.After(5 * time.Second):
			t.Error("no event came")
		}
		d, err := nl.Node.Open(t.Context(), "officer:test", let, "")
		check(t, err)
		if d.Record.State != node.Received || len(d.Files) != 1 {
			t.Errorf("it is %s with %d files", d.Record.State, len(d.Files))
		}
		wantActs(t, d, "message.quarantined", "message.released")
		eventually(t, "a place on the desk", func() bool {
			page, err := nl.Node.ListDesk(t.Context(), node.DeskFilter{Box: node.In, Limit: 50}, "")
			check(t, err)
			return len(page.Items) == 1 && page.Items[0].ID == let && page.Items[0].Due != nil
		})
		_, err = nl.Node.Release(t.Context(), releaser, let, "", r.Tag)
		wantCode(t, err, "not_held")
	})
	t.Run("what is discarded stays out, and is not delivered again", func(t *testing.T) {
		_, err := nl.Node.Return(t.Context(), releaser, not, node.In, look(t, nl, not).Tag, "Not for us.")
		check(t, err)
		unseen(t, nl, not)
		if got := counted(t, nl, node.In, node.Discarded); got != 1 {
			t.Errorf("%d are discarded, want 1", got)
		}
	})
	check(t, be.Close(t.Context()))
	check(t, nl.Close(t.Context()))
	h := houseOf(t, a, b)
	h.Quiet = true
	audit(t, h)
}

// An answer in quarantine answers nothing: the thread goes on when it is released.
func TestQuarantinedAnswer(t *testing.T) {
	be, nl := newIdentity(t, "BE").start(t, quiet), newIdentity(t, "NL").start(t, quiet)
	introduce(t, be, nl)
	request := submit(t, be, "NL", messageOf(t, 4096))
	await(t, be, request)
	apply(t, be, []byte(strings.Replace(string(hold("receive")), "categories: [case.*, authority.*, id.*, contact.*, loc.*, crime.*]\n    approve: [fin.*]", `approve: ["*"]`, 1)))
	answer, err := say(t, nl, "BE", replyTo(t, "status.acknowledged", request, "NL/iro", "BE/fps-justice"))
	check(t, err)
	await(t, nl, answer)
	owed := func() (bool, int) { // the acknowledgement, and the answers there are
		d, err := be.Node.Trace(t.Context(), request, node.Out)
		check(t, err)
		return d.Progress.Due() != nil, len(d.Answers)
	}
	if due, answers := owed(); !due || answers != 0 {
		t.Errorf("due is %t with %d answers, want the acknowledgement due still", due, answers)
	}
	release(t, be, answer)
	if due, answers := owed(); due || answers != 1 {
		t.Errorf("after the release due is %t with %d answers", due, answers)
	}
}

// Beyond its bound the quarantine of one peer refuses; that of another has its own.
func TestQuarantineIsBounded(t *testing.T) {
	a, b, c := newIdentity(t, "BE"), newIdentity(t, "NL"), newIdentity(t, "FR")
	be, nl, fr := a.start(t, quiet), b.start(t, quiet), c.start(t, quiet)
	introduce(t, be, nl, fr)
	apply(t, nl, []byte(strings.Replace(string(hold("receive")), "[BE, NL]", "[BE, FR]", 1)))
	const bound = 1000
	var ids []schema.ID
	for range bound {
		ids = append(ids, submit(t, be, "NL", messageOf(t, 4096)))
	}
	for _, id := range ids {
		if got := await(t, be, id); got.State != node.Accepted {
			t.Fatalf("got %+v, want accepted", got)
		}
	}
	over := submit(t, be, "NL", messageOf(t, 4096))
	if got := await(t, be, over); got != (node.Outcome{State: node.Refused, Code: "quarantine_full"}) {
		t.Fatalf("got %+v, want refused: the quarantine is full", got)
	}
	other := submit(t, fr, "NL", bytes.Replace(messageOf(t, 4096), []byte(`"from": "BE/`), []byte(`"from": "FR/`), 1))
	if got := await(t, fr, other); got.State != node.Accepted {
		t.Errorf("got %+v, want another peer's message accepted", got)
	}
	if got := counted(t, nl, node.In, node.Quarantined); got != bound+1 {
		t.Errorf("%d are in quarantine, want %d", got, bound+1)
	}
	release(t, nl, ids[0])
	if got := await(t, be, submit(t, be, "NL", messageOf(t, 4096))); got.State != node.Accepted {
		t.Errorf("got %+v, want accepted: there is room again", got)
	}
	room, err := nl.Node.Room(t.Context(), "BE")
	check(t, err)
	if want := int64(64<<20 - bound*4096); room.Messages != 0 || room.Octets != want {
		t.Errorf("got room for %+v, want none for messages and %d octets", room, want)
	}
	for _, p := range []*program.Program{be, nl, fr} {
		check(t, p.Close(t.Context()))
	}
	audit(t, houseOf(t, a, b, c))
}

// What a message demands begins when it is let out, and at its peer when it is let in.
func TestDutiesComeWithTheRelease(t *testing.T) {
	be, nl := newIdentity(t, "BE").start(t, quiet), newIdentity(t, "NL").start(t, quiet)
	introduce(t, be, nl)
	for direction, p := range map[string]*program.Program{"send": be, "receive": nl} {
		apply(t, p, []byte(strings.NewReplacer("approve: [fin.*]", `approve: ["*"]`, "[EIO]", "[EIO, EU-2000]").Replace(string(hold(direction)))))
	}
	id := submitHeldAs(t, be, keptUntil(messageOf(t, 4096), time.Now().Add(48*time.Hour)))
	wantTasks(t, be, id)
	release(t, be, id)
	wantTasks(t, be, id, "erase open NL")
	await(t, be, id)
	wantTasks(t, nl, id)
	demand := submitHeldAs(t, be, erasing(t, "BE", "NL", id))
	release(t, be, demand)
	await(t, be, demand)
	wantTasks(t, nl, id)
	check(t, nl.Node.DoDuties(t.Context()))
	if got := counted(t, nl, node.In, node.Quarantined); got != 2 {
		t.Fatalf("%d messages are in quarantine, want two", got)
	}
	release(t, nl, id)
	wantTasks(t, nl, id, "erase open BE")
	release(t, nl, demand)
	wantTasks(t, nl, id, "erase open BE", "erase open BE")
	not := submitHeldAs(t, be, keptUntil(messageOf(t, 4096), time.Now().Add(48*time.Hour)))
	release(t, be, not)
	await(t, be, not)
	_, err := nl.Node.Return(t.Context(), releaser, not, node.In, look(t, nl, not).Tag, "Not for us.")
	check(t, err)
	wantTasks(t, nl, not, "erase open BE") // what is kept of it goes at its date all the same
}
