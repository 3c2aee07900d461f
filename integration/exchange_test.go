package integration

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"github.com/comity-exchange/comity/cmd/comity/program"
	"github.com/comity-exchange/comity/integration/auditor"
	"github.com/comity-exchange/comity/node"
	"github.com/comity-exchange/comity/pki"
	"github.com/comity-exchange/comity/schema"
)

var quiet = zerolog.New(io.Discard)

// submit hands in a draft and wants it queued.
func submit(tb testing.TB, p *program.Program, to schema.Jurisdiction, body []byte) schema.ID {
	tb.Helper()
	done, err := p.Node.Submit(tb.Context(), node.Submission{Actor: "agency:test", Body: body, To: to})
	check(tb, err)
	if done.State != node.Queued {
		tb.Fatalf("got state %q, want queued", done.State)
	}
	return done.ID
}

// await waits for the outcome of a message.
func await(tb testing.TB, p *program.Program, id schema.ID) node.Outcome {
	tb.Helper()
	ctx, cancel := context.WithTimeout(tb.Context(), 20*time.Second)
	defer cancel()
	o, err := p.Node.Await(ctx, id)
	check(tb, err)
	return o
}

// wantCode holds an error against the code of a problem.
func wantCode(tb testing.TB, err error, want string) {
	tb.Helper()
	var p *schema.Problem
	if !errors.As(err, &p) {
		tb.Fatalf("got %v, want the problem %s", err, want)
	}
	if p.Code != want {
		tb.Errorf("got the problem %s, want %s: %v", p.Code, want, p)
	}
	if p.Fix == "" {
		tb.Errorf("the problem %s does not say what to do", p.Code)
	}
}

// withFile gives a draft an attachment of 3 octets.
func withFile(draft []byte) []byte {
	file := `"attachments": [{"name": "statement.txt", "media_type": "text/plain", "category": "fin.transaction", "data": "YWJj"}], "body":`
	return bytes.Replace(draft, []byte(`"body":`), []byte(file), 1)
}

func TestExchange(t *testing.T) {
	a, b := newIdentity(t, "BE"), newIdentity(t, "NL")
	be, nl := a.start(t, quiet), b.start(t, quiet)
	introduce(t, be, nl)
	id := submit(t, be, "NL", withFile(messageOf(t, 4096)))
	if got := await(t, be, id); got != (node.Outcome{State: node.Accepted}) {
		t.Fatalf("got %+v, want accepted", got)
	}
	sent, err := be.Node.Open(t.Context(), "officer:test", id, node.Out)
	check(t, err)
	arrived, err := nl.Node.Open(t.Context(), "officer:test", id, node.In)
	check(t, err)

	t.Run("delivered bytes are the sent bytes", func(t *testing.T) {
		if !bytes.Equal(sent.Message.Raw, arrived.Message.Raw) {
			t.Error("the message changed on its way")
		}
		if len(arrived.Files) != 1 || string(arrived.Files[0].Data) != "abc" {
			t.Errorf("got %d files, want the one that was attached", len(arrived.Files))
		}
	})
	t.Run("both ledgers hold the same pouch and receipt", func(t *testing.T) {
		out, in := sent.Pouch, arrived.Pouch
		if out.Hash != in.Hash || !bytes.Equal(out.Manifest, in.Manifest) || !bytes.Equal(out.Signature, in.Signature) {
			t.Error("the manifests differ")
		}
		if len(out.Receipt) == 0 || !bytes.Equal(out.Receipt, in.Receipt) || !bytes.Equal(out.ReceiptSig, in.ReceiptSig) {
			t.Error("the receipts differ")
		}
	})
	t.Run("every act is on the journals, and they verify", func(t *testing.T) {
		wantActs(t, sent, "message.submitted", "pouch.committed", "receipt.verified")
		wantActs(t, arrived, "message.received", "pouch.received")
		for _, p := range []*program.Program{be, nl} {
			head, err := p.Node.VerifyJournal(t.Context())
			check(t, err)
			if last, err := p.Node.Entries(t.Context(), head.Size-1, 1); err != nil || len(last) != 1 || last[0].Act != "message.read" {
				t.Errorf("%s: the last entry is %+v (%v), want the reading", p.Card.Jurisdiction, last, err)
			}
		}
	})
	t.Run("the same id again is a conflict, and nothing arrives twice", func(t *testing.T) {
		again := bytes.Replace(withFile(messageOf(t, 4096)), []byte("{"), fmt.Appendf(nil, `{"id":%q,`, id), 1)
		_, err := be.Node.Submit(t.Context(), node.Submission{Actor: "agency:test", Body: again, To: "NL"})
		wantCode(t, err, "duplicate_id")
		if got := received(t, nl); got != 1 {
			t.Errorf("%d messages arrived, want 1", got)
		}
	})
	t.Run("a file that is only described stops the message here", func(t *testing.T) {
		body := bytes.Replace(sent.Message.Raw, []byte(id), []byte(schema.NewID()), 1)
		_, err := be.Node.Submit(t.Context(), node.Submission{Actor: "agency:test", Body: body, To: "NL"})
		wantCode(t, err, "missing_attachment")
	})
	t.Run("a key belongs to one body and one recipient", func(t *testing.T) {
		draft := bytes.Replace(messageOf(t, 4096), []byte(` "to": "NL/iro",`), nil, 1)
		first, err := be.Node.Submit(t.Context(), node.Submission{Actor: "agency:test", Key: "k", Body: draft, To: "NL"})
		check(t, err)
		again, err := be.Node.Submit(t.Context(), node.Submission{Actor: "agency:test", Key: "k", Body: draft, To: "NL"})
		check(t, err)
		if again.ID != first.ID || !again.Replayed {
			t.Errorf("got %s, want the first answer %s", again.ID, first.ID)
		}
		_, err = be.Node.Submit(t.Context(), node.Submission{Actor: "agency:test", Key: "k", Body: draft, To: "FR"})
		wantCode(t, err, "key_reused")
		await(t, be, first.ID)
	})
	t.Run("numbers go on after a restart of both", func(t *testing.T) {
		check(t, be.Close(t.Context()))
		check(t, nl.Close(t.Context()))
		be, nl := a.start(t, quiet), b.start(t, quiet)
		second := submit(t, be, "NL", messageOf(t, 4096))
		if got := await(t, be, second); got.State != node.Accepted {
			t.Fatalf("got %+v, want accepted", got)
		}
		last, err := nl.Node.Last(t.Context(), node.In, "BE")
		check(t, err)
		if last.Seq != 3 {
			t.Errorf("the last pouch has number %d, want 3", last.Seq)
		}
	})
	t.Run("the auditor finds nothing in the books of both", func(t *testing.T) {
		h := houseOf(t, a, b)
		h.Quiet, h.Sent = true, []auditor.Sent{{From: "BE", To: "NL", ID: string(id)}}
		h.Read = []auditor.Reading{{Node: "BE", ID: string(id)}, {Node: "NL", ID: string(id)}}
		audit(t, h)
	})
}

func wantActs(t testing.TB, d *node.Detail, want ...string) {
	t.Helper()
	have := map[string]bool{}
	for _, s := range d.Steps {
		have[s.Act] = true
	}
	for _, act := range want {
		if !have[act] {
			t.Errorf("the trace of %s lacks %s", d.Record.Box, act)
		}
	}
}

// narrowPolicy lets requests cross that have no bank account in them.
const narrowPolicy = `version: 1
rules:
  - {name: narrow, peers: [BE, NL], direction: DIRECTION, types: ["*"], categories: [case.*, authority.*, id.*, contact.*, loc.*, crime.*], marking: restricted, instruments: [EIO]}
`

func narrow(direction string) []byte {
	return bytes.Replace([]byte(narrowPolicy), []byte("DIRECTION"), []byte(direction), 1)
}

func TestPolicyOnBothSides(t *testing.T) {
	be, nl := newIdentity(t, "BE").start(t, quiet), newIdentity(t, "NL").start(t, quiet)
	introduce(t, be, nl)

	t.Run("the receiver refuses what its policy does not take", func(t *testing.T) {
		_, err := nl.Node.ApplyPolicy(t.Context(), "operator:test", narrow("receive"), nil)
		check(t, err)
		id := submit(t, be, "NL", messageOf(t, 4096))
		if got := await(t, be, id); got != (node.Outcome{State: node.Refused, Code: "policy"}) {
			t.Errorf("got %+v, want refused with the code policy", got)
		}
		if got := received(t, nl); got != 0 {
			t.Errorf("%d messages were delivered, want none", got)
		}
		var why map[string]string
		entries, err := nl.Node.Entries(t.Context(), 0, 200)
		check(t, err)
		for _, e := range entries {
			if e.Act == "message.refused" && e.Subject == string(id) {
				why = e.Detail
			}
		}
		if why["closest"] != "narrow" || !strings.Contains(why["would_pass"], "fin.account") {
			t.Errorf("the journal says %v, want the closest rule and what it does not cover", why)
		}
	})
	t.Run("the sender denies with the place, and stores nothing", func(t *testing.T) {
		_, err := be.Node.ApplyPolicy(t.Context(), "operator:test", narrow("send"), nil)
		check(t, err)
		before, err := be.Node.List(t.Context(), node.Filter{Box: node.Out})
		check(t, err)
		out, err := be.Node.Submit(t.Context(), node.Submission{Actor: "agency:test", Body: messageOf(t, 4096), To: "NL"})
		wantCode(t, err, "policy_denied")
		if len(out.Decision.Trace) == 0 {
			t.Fatal("the decision has no trace")
		}
		after, err := be.Node.List(t.Context(), node.Filter{Box: node.Out})
		check(t, err)
		if len(after) != len(before) {
			t.Errorf("%d messages are stored, want %d as before", len(after), len(before))
		}
		entries, err := be.Node.Entries(t.Context(), be.Store.Head().Size-1, 1)
		check(t, err)
		if entries[0].Act != "message.denied" {
			t.Errorf("the last entry is %s, want message.denied", entries[0].Act)
		}
	})
}

func stateOf(tb testing.TB, p *program.Program, id schema.ID) node.State {
	tb.Helper()
	d, err := p.Node.Trace(tb.Context(), id, node.Out)
	check(tb, err)
	return d.Record.State
}

func TestPeerDown(t *testing.T) {
	a, b := newIdentity(t, "BE"), newIdentity(t, "NL")
	be, nl := a.start(t, quiet), b.start(t, quiet)
	introduce(t, be, nl)
	check(t, nl.Close(t.Context()))
	ids := []schema.ID{submit(t, be, "NL", messageOf(t, 4096))}
	eventually(t, "the first message alone in a pouch", func() bool {
		last, err := be.Node.Last(t.Context(), node.Out, "NL")
		return err == nil && last != nil
	})
	ids = append(ids, submit(t, be, "NL", messageOf(t, 4096)), submit(t, be, "NL", messageOf(t, 4096)))
	time.Sleep(300 * time.Millisecond)
	for _, id := range ids {
		if got := stateOf(t, be, id); got != node.Queued {
			t.Errorf("while the peer is down the state is %s, want queued", got)
		}
	}
	// Between, the policy closes for what is not in a pouch yet.
	_, err := be.Node.ApplyPolicy(t.Context(), "operator:test", narrow("send"), nil)
	check(t, err)
	nl = b.start(t, quiet)
	if got := await(t, be, ids[0]); got.State != node.Accepted {
		t.Errorf("got %+v, want accepted: its number was spent before the policy changed", got)
	}
	for _, id := range ids[1:] {
		if got := await(t, be, id); got.State != node.Denied {
			t.Errorf("got %+v, want denied by the policy of the day", got)
		}
	}
	if got := received(t, nl); got != 1 {
		t.Errorf("%d messages arrived, want 1", got)
	}
	check(t, be.Close(t.Context()))
	check(t, nl.Close(t.Context()))
	h := houseOf(t, a, b)
	h.Quiet = true
	audit(t, h)
}

func TestPeers(t *testing.T) {
	a, b := newIdentity(t, "BE"), newIdentity(t, "NL")
	be, nl := a.start(t, quiet), b.start(t, quiet)
	introduce(t, be, nl)

	t.Run("a wrong fingerprint is refused", func(t *testing.T) {
		_, err := be.Node.AddPeer(t.Context(), "operator:test", nl.Card.Text, pki.Fingerprint{1})
		wantCode(t, err, "wrong_fingerprint")
	})
	t.Run("its own card is refused", func(t *testing.T) {
		_, err := be.Node.AddPeer(t.Context(), "operator:test", be.Card.Text, be.Card.Certificate.Root())
		wantCode(t, err, "own_card")
	})
	t.Run("a suspended peer is cut off, and resumed without restart", func(t *testing.T) {
		id := submit(t, be, "NL", messageOf(t, 4096))
		await(t, be, id)
		check(t, nl.Node.SuspendPeer(t.Context(), "operator:test", "BE"))
		waiting := submit(t, be, "NL", messageOf(t, 4096))
		time.Sleep(300 * time.Millisecond)
		if got := stateOf(t, be, waiting); got != node.Queued {
			t.Errorf("while suspended the state is %s, want queued", got)
		}
		check(t, nl.Node.ResumePeer(t.Context(), "operator:test", "BE"))
		if got := await(t, be, waiting); got.State != node.Accepted {
			t.Errorf("got %+v, want accepted", got)
		}
	})
	t.Run("a newer card replaces the old one, an older one does not", func(t *testing.T) {
		old := nl.Card
		b.sign(t, 2, pki.Endpoint{Addr: b.addr})
		_, err := be.Node.AddPeer(t.Context(), "operator:test", b.card.Text, b.root.Fingerprint())
		check(t, err)
		_, err = be.Node.AddPeer(t.Context(), "operator:test", old.Text, b.root.Fingerprint())
		wantCode(t, err, "serial_older")
		if got := await(t, be, submit(t, be, "NL", messageOf(t, 4096))); got.State != node.Accepted {
			t.Errorf("got %+v, want accepted", got)
		}
	})
	t.Run("a peer with a queue is not removed", func(t *testing.T) {
		check(t, nl.Close(t.Context()))
		submit(t, be, "NL", messageOf(t, 4096))
		wantCode(t, be.Node.RemovePeer(t.Context(), "operator:test", "NL"), "peer_has_queue")
	})
}

func TestReplies(t *testing.T) {
	be, nl := newIdentity(t, "BE").start(t, quiet), newIdentity(t, "NL").start(t, quiet)
	introduce(t, be, nl)
	id := submit(t, be, "NL", messageOf(t, 4096))
	await(t, be, id)
	reply := func(kind string, re schema.ID) error {
		c, err := catalogue()
		check(t, err)
		example, err := c.Type(kind)
		check(t, err)
		body := givenByNode.ReplaceAll(example.Example, nil)
		body = bytes.Replace(body, []byte(`"re": "0198f3c2-4a1e-7c3b-9d52-6f1e2a3b4c01"`), []byte(`"re": "`+string(re)+`"`), 1)
		_, err = nl.Node.Submit(t.Context(), node.Submission{Actor: "agency:test", Body: body, To: "BE"})
		return err
	}
	check(t, reply("status.acknowledged", id))
	wantCode(t, reply("status.acknowledged", schema.NewID()), "unknown_reference")
	if err := reply("status.incomplete", id); err != nil {
		t.Error(err)
	}
	answers, err := be.Node.Trace(t.Context(), id, node.Out)
	check(t, err)
	eventually(t, "both answers beside the request", func() bool {
		answers, err = be.Node.Trace(t.Context(), id, node.Out)
		return err == nil && len(answers.Answers) == 2
	})
}

// putCard gives a hub a member's card.
func putCard(tb testing.TB, dir string, id *identity) {
	tb.Helper()
	check(tb, os.WriteFile(filepath.Join(dir, "cards", string(id.code)+".card"), id.card.Text, 0o600))
}

func TestThroughHub(t *testing.T) {
	dir := t.TempDir()
	_, err := program.InitHub(dir)
	check(t, err)
	a, b := newIdentity(t, "BE"), newIdentity(t, "NL")
	hub, err := program.OpenHub(t.Context(), program.HubConfig{Dir: dir, Listen: "127.0.0.1:0"}, quiet)
	check(t, err)
	t.Cleanup(hub.Close)
	for _, id := range []*identity{a, b} {
		id.addr = "" // no port of its own: only the hub is reachable
		id.sign(t, 1, pki.Endpoint{Hub: true, Addr: hub.Addr(), Pin: hub.Pin()})
		putCard(t, dir, id)
	}
	be, nl := a.start(t, quiet), b.start(t, quiet)
	introduce(t, be, nl)
	if got := await(t, be, submit(t, be, "NL", messageOf(t, 4096))); got.State != node.Accepted {
		t.Errorf("there: got %+v, want accepted", got)
	}
	if got := await(t, nl, submit(t, nl, "BE", bytes.ReplaceAll(bytes.ReplaceAll(messageOf(t, 4096),
		[]byte(`"from": "BE/fps-justice"`), []byte(`"from": "NL/iro"`)), []byte(`"to": "NL/iro"`), []byte(`"to": "BE/fps-justice"`)))); got.State != node.Accepted {
		t.Errorf("back: got %+v, want accepted", got)
	}
	check(t, be.Close(t.Context()))
	check(t, nl.Close(t.Context()))
	h := houseOf(t, a, b)
	h.Quiet = true
	h.Nodes[0].Places = append(h.Nodes[0].Places, dir) // the hub's
	audit(t, h)
}
