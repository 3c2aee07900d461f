package integration

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/comity-exchange/comity/cmd/comity/program"
	"github.com/comity-exchange/comity/gateway/broker"
	"github.com/comity-exchange/comity/gateway/policy"
	"github.com/comity-exchange/comity/integration/auditor"
	"github.com/comity-exchange/comity/node"
	"github.com/comity-exchange/comity/node/web"
	"github.com/comity-exchange/comity/schema"
)

// holdPolicy lets bank accounts cross after a release only.
const holdPolicy = `version: 1
rules:
  - name: careful
    peers: [BE, NL]
    direction: DIRECTION
    types: ["*"]
    categories: [case.*, authority.*, id.*, contact.*, loc.*, crime.*]
    approve: [fin.*]
    marking: restricted
    instruments: [EIO]
    minors: true
`

func hold(direction string) []byte {
	return bytes.Replace([]byte(holdPolicy), []byte("DIRECTION"), []byte(direction), 1)
}

const (
	author   = "agency:author"
	releaser = "operator:second"
)

// apply puts a policy in force.
func apply(tb testing.TB, p *program.Program, text []byte) {
	tb.Helper()
	_, err := p.Node.ApplyPolicy(tb.Context(), "operator:test", text, nil)
	check(tb, err)
}

// submitHeld hands a message in and wants it held.
func submitHeld(tb testing.TB, p *program.Program, to schema.Jurisdiction) schema.ID {
	tb.Helper()
	done, err := p.Node.Submit(tb.Context(), node.Submission{Actor: author, Body: withFile(messageOf(tb, 4096)), To: to})
	check(tb, err)
	if done.State != node.Held || done.Decision.Verdict != policy.Hold || len(done.Decision.Approve) == 0 {
		tb.Fatalf("got %s, %+v, want it held with what waits", done.State, done.Decision)
	}
	return done.ID
}

// submitHeldAs hands a message of the caller's own in, and wants it held.
func submitHeldAs(tb testing.TB, p *program.Program, body []byte) schema.ID {
	tb.Helper()
	done, err := p.Node.Submit(tb.Context(), node.Submission{Actor: author, Body: body, To: "NL"})
	check(tb, err)
	if done.State != node.Held {
		tb.Fatalf("got %s, want it held", done.State)
	}
	return done.ID
}

// look opens what waits, as the second person.
func look(tb testing.TB, p *program.Program, id schema.ID) *node.Release {
	tb.Helper()
	r, err := p.Node.OpenRelease(tb.Context(), releaser, id, "")
	check(tb, err)
	return r
}

// release looks at a message and releases it.
func release(tb testing.TB, p *program.Program, id schema.ID) {
	tb.Helper()
	_, err := p.Node.Release(tb.Context(), releaser, id, "", look(tb, p, id).Tag)
	check(tb, err)
}

func TestHeldMessageIsReleased(t *testing.T) {
	a, b := newIdentity(t, "BE"), newIdentity(t, "NL")
	be, nl := a.start(t, quiet), b.start(t, quiet)
	introduce(t, be, nl)
	apply(t, be, hold("send"))
	id := submitHeld(t, be, "NL")

	t.Run("it waits at home, with a deadline and what waits in it", func(t *testing.T) {
		list, err := be.Node.Releases(t.Context(), author, node.Waiting{}, 10)
		check(t, err)
		if len(list) != 1 || list[0].ID != id || !list[0].Own || list[0].Subject == "" || list[0].Decision.Verdict != policy.Hold {
			t.Fatalf("got %+v, want the one message, as the author's own", list)
		}
		if wait := time.Until(list[0].Deadline); wait < node.ReleaseTime-time.Minute || wait > node.ReleaseTime {
			t.Errorf("it waits %v, want %v", wait, node.ReleaseTime)
		}
		if backlog, err := be.Node.Backlog(t.Context()); err != nil || backlog != (node.Backlog{Held: 1, Nearest: list[0].Deadline}) {
			t.Errorf("got %+v (%v), want one held", backlog, err)
		}
		time.Sleep(100 * time.Millisecond)
		if got := received(t, nl); got != 0 {
			t.Fatalf("%d messages arrived before the release", got)
		}
	})
	t.Run("its author does not release it, and cannot return it", func(t *testing.T) {
		own, err := be.Node.OpenRelease(t.Context(), author, id, "")
		check(t, err)
		if !own.Own {
			t.Error("it is not shown as the author's own")
		}
		_, err = be.Node.Release(t.Context(), author, id, "", own.Tag)
		wantCode(t, err, "own_message")
		_, err = be.Node.Return(t.Context(), author, id, "", own.Tag, "On second thoughts.")
		wantCode(t, err, "own_message")
	})
	seen := look(t, be, id)
	t.Run("the releaser sees exactly what leaves, and the journal says so", func(t *testing.T) {
		if len(seen.Files) != 1 || seen.Record.Actor != author || len(seen.Decision.Approve) == 0 || seen.Message.ID != id {
			t.Errorf("got %d files by %s, %d findings", len(seen.Files), seen.Record.Actor, len(seen.Decision.Approve))
		}
		last, err := be.Node.Entries(t.Context(), be.Store.Head().Size-1, 1)
		check(t, err)
		if last[0].Act != "message.read" || last[0].Actor != releaser || last[0].Subject != string(id) {
			t.Errorf("the last entry is %+v, want the reading", last[0])
		}
	})
	t.Run("what was not looked at is not released", func(t *testing.T) {
		for _, tag := range []string{"", "*", strings.Repeat("0", 32)} {
			_, err := be.Node.Release(t.Context(), releaser, id, "", tag)
			wantCode(t, err, "stale")
		}
		apply(t, be, append(hold("send"), "# another text\n"...))
		_, err := be.Node.Release(t.Context(), releaser, id, "", seen.Tag)
		wantCode(t, err, "stale")
		if got := stateOf(t, be, id); got != node.Held {
			t.Fatalf("it is %s, want held", got)
		}
	})
	t.Run("one of many releases lets it go, and none that comes later", func(t *testing.T) {
		tag := look(t, be, id).Tag
		var all sync.WaitGroup
		errs := make([]error, 8)
		for i := range errs {
			all.Go(func() { _, errs[i] = be.Node.Release(t.Context(), releaser, id, "", tag) })
		}
		all.Wait()
		won := 0
		for _, err := range errs {
			if err == nil {
				won++
				continue
			}
			wantCode(t, err, "not_held")
		}
		if won != 1 {
			t.Errorf("%d releases succeeded, want 1", won)
		}
		if got := await(t, be, id); got.State != node.Accepted {
			t.Fatalf("got %+v, want accepted", got)
		}
		_, err := be.Node.Release(t.Context(), releaser, id, "", tag)
		wantCode(t, err, "not_held")
		_, err = be.Node.Return(t.Context(), releaser, id, "", tag, "Too late.")
		wantCode(t, err, "not_held")
		if got := received(t, nl); got != 1 {
			t.Errorf("%d messages arrived, want 1", got)
		}
	})
	t.Run("its way is told", func(t *testing.T) {
		d, err := be.Node.Open(t.Context(), author, id, node.Out)
		check(t, err)
		wantActs(t, d, "message.held", "message.released", "pouch.committed", "receipt.verified")
		if d.Record.Releaser != releaser || !d.Record.Deadline.IsZero() {
			t.Errorf("released by %q, waits until %v", d.Record.Releaser, d.Record.Deadline)
		}
	})
	t.Run("nobody waits for what does not exist", func(t *testing.T) {
		_, err := be.Node.OpenRelease(t.Context(), releaser, schema.NewID(), "")
		wantCode(t, err, "not_found")
	})
	check(t, be.Close(t.Context()))
	check(t, nl.Close(t.Context()))
	h := houseOf(t, a, b)
	h.Quiet, h.Sent = true, []auditor.Sent{{From: "BE", To: "NL", ID: string(id)}}
	audit(t, h)
}

func TestHeldAnswers(t *testing.T) {
	be, nl := newIdentity(t, "BE").start(t, quiet), newIdentity(t, "NL").start(t, quiet)
	introduce(t, be, nl)
	apply(t, be, hold("send"))
	s := node.Submission{Actor: author, Key: "k", Body: messageOf(t, 4096), To: "NL"}

	try := s
	try.Key, try.DryRun = "", true
	tried, err := be.Node.Submit(t.Context(), try)
	check(t, err)
	if tried.State != "" || tried.Decision.Verdict != policy.Hold || len(tried.Decision.Trace) == 0 {
		t.Errorf("the dry run says %q, %+v, want hold with its trace", tried.State, tried.Decision)
	}
	first, err := be.Node.Submit(t.Context(), s)
	check(t, err)
	release(t, be, first.ID)
	await(t, be, first.ID)
	again, err := be.Node.Submit(t.Context(), s)
	check(t, err)
	if again.ID != first.ID || !again.Replayed || again.Decision.Verdict != policy.Hold {
		t.Errorf("got %+v, want the first answer: held", again)
	}
}

func TestHeldMessageIsReturned(t *testing.T) {
	be, nl := newIdentity(t, "BE").start(t, quiet), newIdentity(t, "NL").start(t, quiet)
	introduce(t, be, nl)
	apply(t, be, hold("send"))
	id := submitHeld(t, be, "NL")
	tag := look(t, be, id).Tag
	for _, reason := range []string{"", " \n", strings.Repeat("é", 1001)} {
		_, err := be.Node.Return(t.Context(), releaser, id, "", tag, reason)
		wantCode(t, err, "bad_reason")
	}
	const why = "The account is not the suspect's."
	_, err := be.Node.Return(t.Context(), releaser, id, "", tag, why)
	check(t, err)
	d, err := be.Node.Open(t.Context(), author, id, "")
	check(t, err)
	if d.Record.State != node.Returned || d.Reason != why {
		t.Errorf("the author finds it %s because %q", d.Record.State, d.Reason)
	}
	wantActs(t, d, "message.held", "message.returned")
	entries, err := be.Node.Entries(t.Context(), 0, 1000)
	check(t, err)
	for _, e := range entries {
		for name, value := range e.Detail {
			if strings.Contains(value, "account") {
				t.Errorf("the reason is in the journal: %s %s", e.Act, name)
			}
		}
	}
	_, err = be.Node.Release(t.Context(), releaser, id, "", tag)
	wantCode(t, err, "not_held")
	time.Sleep(100 * time.Millisecond)
	if got := received(t, nl); got != 0 {
		t.Errorf("%d messages arrived, want none", got)
	}
}

// startAt opens a node whose clock is the test's.
func (id *identity) startAt(tb testing.TB, now func() time.Time) *program.Program {
	tb.Helper()
	host, err := broker.Open(broker.Config{Name: string(id.code), Listen: id.addr, TLS: id.vault.TLS(), Owner: string(id.code)})
	check(tb, err)
	c, err := catalogue()
	check(tb, err)
	p, err := program.OpenWith(tb.Context(), id.config(), program.Parts{Catalogue: c, Card: id.card, Vault: id.vault, Host: host, Now: now, Version: "test"}, quiet)
	check(tb, err)
	return p
}

func TestHeldMessageExpires(t *testing.T) {
	a := newIdentity(t, "BE")
	be, nl := a.start(t, quiet), newIdentity(t, "NL").start(t, quiet)
	introduce(t, be, nl)
	apply(t, be, hold("send"))
	id := submitHeldAs(t, be, keptUntil(messageOf(t, 4096), time.Now().Add(30*24*time.Hour)))
	seen := look(t, be, id)
	check(t, be.Node.Expire(t.Context()))
	if got := stateOf(t, be, id); got != node.Held {
		t.Fatalf("before its deadline it is %s", got)
	}
	check(t, be.Close(t.Context()))

	late := a.startAt(t, func() time.Time { return time.Now().Add(node.ReleaseTime + time.Second) }) // looks at once
	eventually(t, "expiry", func() bool { return stateOf(t, late, id) == node.Expired })
	_, err := late.Node.Release(t.Context(), releaser, id, "", seen.Tag)
	wantCode(t, err, "not_held")
	d, err := late.Node.Trace(t.Context(), id, node.Out)
	check(t, err)
	wantActs(t, d, "message.held", "message.expired")
	shell := web.Dial(late.Config.SocketPath())
	defer shell.Close()
	page, err := shell.Messages(t.Context(), web.MessageFilter{State: node.Expired})
	check(t, err)
	if len(page.Items) != 1 || page.Items[0].ID != id {
		t.Errorf("the list of the expired has %+v", page.Items)
	}
	_, _, err = shell.Release(t.Context(), id, "", seen.Tag)
	wantCode(t, err, "not_held")
	check(t, os.WriteFile(filepath.Join(late.Config.Dir, "comity.yaml"), []byte("web: 127.0.0.1:0\n"), 0o600)) // what the shell looks for
	for _, row := range []struct{ args, want string }{
		{"message list --state expired", string(id)},
		{"release list", "nothing waits"},
		{"message trace " + string(id), "expired"},
	} {
		out, err := comity(t, append(strings.Fields(row.args), "--node", late.Config.Dir)...)
		check(t, err)
		if !strings.Contains(string(out), row.want) {
			t.Errorf("comity %s says\n%s\nwant %q", row.args, out, row.want)
		}
	}
	_, err = comity(t, "release", "release", string(id), "--tag", seen.Tag, "--node", late.Config.Dir)
	if err == nil || !strings.Contains(err.Error(), "not_held") {
		t.Errorf("comity release release: got %v, want not_held", err)
	}
	wantTasks(t, late, id, "erase open NL") // it did not cross, and goes at its date all the same
	check(t, late.Close(t.Context()))
}

// A release stands under the policy that the releaser saw, and no other.
func TestPolicyAfterRelease(t *testing.T) {
	a, b := newIdentity(t, "BE"), newIdentity(t, "NL")
	be, nl := a.start(t, quiet), b.start(t, quiet)
	introduce(t, be, nl)
	apply(t, be, hold("send"))
	check(t, nl.Close(t.Context()))
	first := submitHeld(t, be, "NL") // goes into a pouch at once, and is under way
	release(t, be, first)
	inFlight(t, be, "NL")
	again, denied, free := submitHeld(t, be, "NL"), submitHeld(t, be, "NL"), submitHeld(t, be, "NL")
	for _, id := range []schema.ID{again, denied, free} {
		release(t, be, id)
	}
	apply(t, be, append(hold("send"), "# holds it as well\n"...))
	nl = b.start(t, quiet)
	if got := await(t, be, first); got.State != node.Accepted {
		t.Errorf("got %+v, want accepted: its number was spent before", got)
	}
	for _, id := range []schema.ID{again, denied, free} {
		if got := await(t, be, id); got.State != node.Held {
			t.Errorf("got %+v, want held again", got)
		}
	}
	release(t, be, again)
	if got := await(t, be, again); got.State != node.Accepted {
		t.Errorf("got %+v, want accepted after the second release", got)
	}
	stood := look(t, be, denied)
	apply(t, be, narrow("send"))
	_, err := be.Node.Release(t.Context(), releaser, denied, "", stood.Tag)
	wantCode(t, err, "stale")
	r, err := be.Node.Release(t.Context(), releaser, denied, "", look(t, be, denied).Tag)
	wantCode(t, err, "policy_denied")
	if r == nil || r.Decision.Verdict != policy.Deny {
		t.Error("the denial has no decision")
	}
	apply(t, be, []byte(openPolicy))
	release(t, be, free)
	if got := await(t, be, free); got.State != node.Accepted {
		t.Errorf("got %+v, want accepted under a policy that holds nothing", got)
	}
	check(t, be.Close(t.Context()))
	check(t, nl.Close(t.Context()))
	audit(t, houseOf(t, a, b))
}

// I4: a released message has its place in the queue from its release on, also after a restart.
func TestReleaseTakesTheLastPlace(t *testing.T) {
	a, b := newIdentity(t, "BE"), newIdentity(t, "NL")
	be, nl := a.start(t, quiet), b.start(t, quiet)
	introduce(t, be, nl)
	check(t, nl.Close(t.Context()))
	queue := func() schema.ID {
		apply(t, be, []byte(openPolicy))
		return submit(t, be, "NL", messageOf(t, 4096))
	}
	held := func() schema.ID {
		apply(t, be, hold("send"))
		return submitHeld(t, be, "NL")
	}
	early := held()
	first := queue()
	inFlight(t, be, "NL") // what is behind it is not judged again
	later := held()
	second := queue()
	release(t, be, later)
	check(t, be.Close(t.Context()))
	be = a.start(t, quiet)
	third := queue()
	release(t, be, early)
	nl = b.start(t, quiet)
	want := []schema.ID{first, second, later, third, early}
	for _, id := range want {
		if got := await(t, be, id); got.State != node.Accepted {
			t.Fatalf("got %+v, want accepted", got)
		}
	}
	list, err := nl.Node.List(t.Context(), node.Filter{Box: node.In})
	check(t, err)
	for i, id := range want {
		if got := list[len(list)-1-i].ID; got != id {
			t.Errorf("place %d: got %s, want %s", i+1, got, id)
		}
	}
	check(t, be.Close(t.Context()))
	check(t, nl.Close(t.Context()))
	h := houseOf(t, a, b)
	h.Quiet = true
	audit(t, h)
}
