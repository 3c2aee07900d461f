package integration

import (
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/comity-exchange/comity/cmd/comity/program"
	"github.com/comity-exchange/comity/node"
	"github.com/comity-exchange/comity/node/web"
	"github.com/comity-exchange/comity/pki"
	"github.com/comity-exchange/comity/schema"
)

// backup copies the database of a node that is down.
func (id *identity) backup(tb testing.TB) []byte {
	tb.Helper()
	data, err := os.ReadFile(id.config().DatabasePath())
	check(tb, err)
	return data
}

// restore puts an older copy in the database's place, as an operator does after a disk failure.
func (id *identity) restore(tb testing.TB, data []byte) {
	tb.Helper()
	check(tb, os.WriteFile(id.config().DatabasePath(), data, 0o600))
	for _, rest := range []string{"-wal", "-shm"} {
		if err := os.Remove(id.config().DatabasePath() + rest); err != nil && !os.IsNotExist(err) {
			tb.Fatal(err)
		}
	}
}

// told wants an operator to see the dispute: in the status of the peer, in the journal, and what to do.
func told(tb testing.TB, p *program.Program, peer schema.Jurisdiction, box node.Box, code, what, older string) {
	tb.Helper()
	client := web.Dial(p.Config.SocketPath())
	defer client.Close()
	eventually(tb, code+" at "+string(p.Node.Code()), func() bool {
		return slices.ContainsFunc(p.Node.Disputes(peer), func(d node.Dispute) bool { return d.Box == box && d.Code == code })
	})
	status, err := client.Peer(tb.Context(), peer)
	check(tb, err)
	i := slices.IndexFunc(status.Disputes, func(d web.Dispute) bool { return d.Box == box })
	if i < 0 {
		tb.Fatalf("%s shows %+v, want a dispute about %s", p.Node.Code(), status.Disputes, box)
	}
	d := status.Disputes[i]
	if d.Code != code || !strings.Contains(d.Detail, "The database of "+older+" is older") || !strings.Contains(d.Fix, what) {
		tb.Errorf("%s is told: %s %s %s; want %s, that %s is older, and %q", p.Node.Code(), d.Code, d.Detail, d.Fix, code, older, what)
	}
	if n := actsOn(tb, p, "ledger.disputed", string(peer)); n == 0 {
		tb.Errorf("the journal of %s does not tell of it", p.Node.Code())
	}
}

// actsOn counts the journal's lines of an act on a subject.
func actsOn(tb testing.TB, p *program.Program, act, subject string) (n int) {
	tb.Helper()
	for after := int64(0); ; {
		list, err := p.Node.Entries(tb.Context(), after, 200)
		check(tb, err)
		if len(list) == 0 {
			return n
		}
		for _, e := range list {
			if after = e.N; e.Act == act && e.Subject == subject {
				n++
			}
		}
	}
}

// restartBoth begins a new epoch on both sides, the first one first. It gives what the first did.
func restartBoth(tb testing.TB, first, second *program.Program, want int64) *node.Restarted {
	tb.Helper()
	a, b := first.Node.Code(), second.Node.Code()
	before := first.Store.Head()
	would, err := first.Node.RestartPeer(tb.Context(), "operator:test", node.Restart{Peer: b, DryRun: true})
	check(tb, err)
	if first.Store.Head() != before {
		tb.Error("a dry run has changed the journal")
	}
	done, err := first.Node.RestartPeer(tb.Context(), "operator:test", node.Restart{Peer: b})
	check(tb, err)
	if *would != *done || done.Epoch != want {
		tb.Errorf("said %+v, did %+v, want epoch %d", would, done, want)
	}
	other, err := second.Node.RestartPeer(tb.Context(), "operator:test", node.Restart{Peer: a, Epoch: done.Epoch})
	check(tb, err)
	if other.Epoch != done.Epoch {
		tb.Errorf("%s is in epoch %d, %s in %d", a, done.Epoch, b, other.Epoch)
	}
	return done
}

// arrivals lists what arrived at p, oldest first.
func arrivals(tb testing.TB, p *program.Program) (ids []schema.ID) {
	tb.Helper()
	list, err := p.Node.List(tb.Context(), node.Filter{Box: node.In, Limit: 200})
	check(tb, err)
	for _, m := range slices.Backward(list) {
		ids = append(ids, m.ID)
	}
	return ids
}

func sendAll(tb testing.TB, p *program.Program, to schema.Jurisdiction, count int) (ids []schema.ID) {
	tb.Helper()
	for range count {
		id := submit(tb, p, to, messageOf(tb, 4096))
		await(tb, p, id)
		ids = append(ids, id)
	}
	return ids
}

// The sender's database is put back to an older copy: it would use numbers again,
// and its peer notices at the first pouch.
func TestSenderRestored(t *testing.T) {
	a, b := newIdentity(t, "BE"), newIdentity(t, "NL")
	be, nl := a.start(t, quiet), b.start(t, quiet)
	introduce(t, be, nl)
	first := sendAll(t, be, "NL", 2)
	check(t, nl.Close(t.Context()))
	held := []schema.ID{submit(t, be, "NL", messageOf(t, 4096))}
	eventually(t, "the pouch under way", func() bool {
		last, err := be.Node.Last(t.Context(), node.Out, "NL")
		return err == nil && last.Seq == 3
	})
	held = append(held, submit(t, be, "NL", messageOf(t, 4096)))
	check(t, be.Close(t.Context()))
	old := a.backup(t)
	be, nl = a.start(t, quiet), b.start(t, quiet)
	for _, id := range held {
		await(t, be, id)
	}
	gone := sendAll(t, be, "NL", 2)
	check(t, be.Close(t.Context()))

	time.Sleep(time.Second) // within one second the very same manifest is made again, and that is a repetition
	a.restore(t, old)
	be = a.start(t, quiet)
	if got := await(t, be, held[0]); got.State != node.Accepted {
		t.Errorf("what was in flight in the backup: got %+v, want the receipt it got before", got)
	}
	told(t, be, "NL", node.Out, "equivocation", "comity peer restart NL --epoch 2", "this node")
	told(t, nl, "BE", node.In, "equivocation", "comity peer restart BE --epoch 2", "BE")
	after := submit(t, be, "NL", messageOf(t, 4096))
	if got := stateOf(t, be, after); got != node.Queued {
		t.Errorf("before the new epoch the state is %s, want queued", got)
	}

	restartBoth(t, be, nl, 2)
	for _, id := range []schema.ID{held[1], after} {
		if got := await(t, be, id); got.State != node.Accepted {
			t.Errorf("got %+v, want accepted", got)
		}
	}
	want := slices.Concat(first, held, gone, []schema.ID{after})
	if got := arrivals(t, nl); !slices.Equal(got, want) {
		t.Errorf("arrived\n%v, want once each, in order\n%v", got, want)
	}
	settledInPeace(t, be, nl)
}

// The receiver's database is put back to an older copy: it expects a number that
// was long receipted, and both sides notice at the first pouch.
func TestReceiverRestored(t *testing.T) {
	a, b := newIdentity(t, "BE"), newIdentity(t, "NL")
	be, nl := a.start(t, quiet), b.start(t, quiet)
	introduce(t, be, nl)
	want := sendAll(t, be, "NL", 2)
	check(t, nl.Close(t.Context()))
	old := b.backup(t)
	nl = b.start(t, quiet)
	lost := sendAll(t, be, "NL", 3)
	check(t, nl.Close(t.Context()))

	b.restore(t, old)
	nl = b.start(t, quiet)
	next := submit(t, be, "NL", messageOf(t, 4096))
	told(t, be, "NL", node.Out, "gap", "comity peer restart NL --epoch 2", "NL")
	told(t, nl, "BE", node.In, "gap", "comity peer restart BE --epoch 2", "this node")
	client := web.Dial(be.Config.SocketPath())
	defer client.Close()
	trace, err := client.Trace(t.Context(), next, node.Out)
	check(t, err)
	if trace.Dispute == nil || trace.Dispute.Code != "gap" {
		t.Errorf("the trace of what is held says %+v", trace.Dispute)
	}

	done := restartBoth(t, be, nl, 2)
	if done.Again != len(lost) || done.Closed != 6 {
		t.Errorf("%d messages are sent again and number %d was closed, want %d and 6", done.Again, done.Closed, len(lost))
	}
	want = slices.Concat(want, lost, []schema.ID{next})
	for _, id := range want {
		if got := await(t, be, id); got.State != node.Accepted {
			t.Errorf("got %+v, want accepted", got)
		}
	}
	if got := arrivals(t, nl); !slices.Equal(got, want) {
		t.Errorf("arrived\n%v, want once each, in order\n%v", got, want)
	}
	if n := actsOn(t, be, "message.requeued", string(lost[0])); n != 1 {
		t.Errorf("the journal tells %d times that a lost message waits again, want once", n)
	}
	settledInPeace(t, be, nl)
}

// settledInPeace wants no dispute to be left, traffic in both directions, whole
// journals that tell of the restart, and both histories.
func settledInPeace(t *testing.T, be, nl *program.Program) {
	t.Helper()
	if got := await(t, be, submit(t, be, "NL", messageOf(t, 4096))); got.State != node.Accepted {
		t.Errorf("after the restart: got %+v, want accepted", got)
	}
	for _, p := range []*program.Program{be, nl} {
		for _, peer := range []schema.Jurisdiction{"BE", "NL"} {
			if d := p.Node.Disputes(peer); len(d) > 0 {
				t.Errorf("%s still disputes: %+v", p.Node.Code(), d)
			}
			if peer != p.Node.Code() && actsOn(t, p, "ledger.restarted", string(peer)) != 1 {
				t.Errorf("the journal of %s does not tell of the restart once", p.Node.Code())
			}
		}
		if _, err := p.Node.VerifyJournal(t.Context()); err != nil {
			t.Error(err)
		}
	}
	for _, epoch := range []int64{1, 2} {
		var sent, got *node.Pouch
		check(t, be.Store.View(t.Context(), func(r node.Reader) (err error) {
			sent, err = r.Pouch(node.Out, "NL", epoch, 1)
			return err
		}))
		check(t, nl.Store.View(t.Context(), func(r node.Reader) (err error) {
			got, err = r.Pouch(node.In, "BE", epoch, 1)
			return err
		}))
		if sent.Hash != got.Hash {
			t.Errorf("epoch %d begins differently on the two sides", epoch)
		}
	}
}

// The peer makes its root anew while a pouch to it is under way. The pouch names
// the old root and can never be sealed again; the restart packs its messages anew.
func TestPeerRekeyedWhileInFlight(t *testing.T) {
	a, b := newIdentity(t, "BE"), newIdentity(t, "NL")
	be, nl := a.start(t, quiet), b.start(t, quiet)
	introduce(t, be, nl)
	want := sendAll(t, be, "NL", 2)
	check(t, nl.Close(t.Context()))
	want = append(want, submit(t, be, "NL", messageOf(t, 4096)), submit(t, be, "NL", messageOf(t, 4096)))
	eventually(t, "the pouch under way", func() bool {
		last, err := be.Node.Last(t.Context(), node.Out, "NL")
		return err == nil && last.Seq == 3
	})

	fresh := newIdentity(t, "NL")
	b.root, b.secrets, b.vault = fresh.root, fresh.secrets, fresh.vault
	b.sign(t, 1, pki.Endpoint{Addr: b.addr})
	nl = b.start(t, quiet)
	_, err := be.Node.AddPeer(t.Context(), "operator:test", b.card.Text, b.root.Fingerprint())
	wantCode(t, err, "peer_pinned")
	order := node.Restart{Peer: "NL", Card: b.card.Text, Root: pki.Fingerprint{1}}
	_, err = be.Node.RestartPeer(t.Context(), "operator:test", order)
	wantCode(t, err, "wrong_fingerprint")
	order.Root = b.root.Fingerprint()
	done, err := be.Node.RestartPeer(t.Context(), "operator:test", order)
	check(t, err)
	if !done.Rekeyed || done.Closed != 3 || done.Epoch != 2 {
		t.Errorf("did %+v, want pouch 3 closed and epoch 2 under the new root", done)
	}
	_, err = nl.Node.RestartPeer(t.Context(), "operator:test", node.Restart{Peer: "BE"})
	check(t, err)
	for _, id := range want {
		if got := await(t, be, id); got.State != node.Accepted {
			t.Errorf("got %+v, want accepted", got)
		}
	}
	last, err := nl.Node.Last(t.Context(), node.In, "BE")
	check(t, err)
	if last.Epoch != 2 || actsOn(t, be, "peer.rekeyed", "NL") != 1 {
		t.Errorf("the last pouch is number %d of epoch %d; want epoch 2, and the new root in the journal", last.Seq, last.Epoch)
	}
}

func TestEpochOnlyRises(t *testing.T) {
	a, b := newIdentity(t, "BE"), newIdentity(t, "NL")
	be, nl := a.start(t, quiet), b.start(t, quiet)
	introduce(t, be, nl)
	sendAll(t, be, "NL", 2)
	restart := func(r node.Restart) error {
		_, err := be.Node.RestartPeer(t.Context(), "operator:test", r)
		return err
	}
	wantCode(t, restart(node.Restart{Peer: "FR"}), "unknown_peer")
	wantCode(t, restart(node.Restart{Peer: "NL", Epoch: 1}), "epoch_not_higher")
	wantCode(t, restart(node.Restart{Peer: "NL", Epoch: 1 << 62}), "epoch_too_far")
	check(t, restart(node.Restart{Peer: "NL", Epoch: 5}))
	id := submit(t, be, "NL", messageOf(t, 4096))
	eventually(t, "the refusal", func() bool { return len(be.Node.Disputes("NL")) == 1 })
	wantCode(t, restart(node.Restart{Peer: "NL"}), "epoch_not_higher") // begun here; the peer has to follow
	e, err := nl.Node.Epochs(t.Context(), "BE")
	check(t, err)
	if e.Own != 1 || e.Next != 5 {
		t.Errorf("NL is in epoch %d and would begin %d, want 1 and 5, as it saw", e.Own, e.Next)
	}
	_, err = nl.Node.RestartPeer(t.Context(), "operator:test", node.Restart{Peer: "BE"})
	check(t, err)
	if got := await(t, be, id); got.State != node.Accepted {
		t.Errorf("got %+v, want accepted", got)
	}
	check(t, be.Close(t.Context()))
	check(t, nl.Close(t.Context()))
	audit(t, houseOf(t, a, b))
}
