package gateway

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/comity-exchange/comity/gateway/policy"
	"github.com/comity-exchange/comity/pki"
	"github.com/comity-exchange/comity/schema"
)

func TestExchange(t *testing.T) {
	be, nl := pair(t)
	be.start()
	nl.start()
	out := letter("BE", "NL", 4096, []byte("a statement"), []byte("another"))
	back := letter("NL", "BE", 2048)
	be.submit("NL", out)
	nl.submit("BE", back)
	be.box.wait(t, "the receipt from NL", accepted(out.ID))
	nl.box.wait(t, "the receipt from BE", accepted(back.ID))

	got := nl.box.inbox[0]
	if !bytes.Equal(got.Raw, out.Raw) || got.Message == nil || got.Message.ID != out.ID {
		t.Error("NL's inbox does not hold the bytes sent")
	}
	if len(got.Files) != 2 || string(got.Files[0].Data) != "a statement" || got.Files[1].SHA256 != out.Files[1].SHA256 {
		t.Errorf("files arrived as %d", len(got.Files))
	}
	a, s := nl.box.arrivals[0], be.box.receipts[0]
	if !bytes.Equal(a.Receipt, s.Receipt) || !bytes.Equal(a.ReceiptSig, s.Signature) || a.Position != s.Position {
		t.Error("the two ledgers differ")
	}
	steps := (&Proof{Message: out.Raw, Manifest: a.Text, Signature: a.Signature, Receipt: s.Receipt, ReceiptSig: s.Signature,
		Sender: be.vault.Certificate(), Receiver: nl.vault.Certificate()}).Verify()
	if !Holds(steps) {
		t.Errorf("proof: %+v", steps)
	}
	if len(be.box.reports)+len(nl.box.reports) > 0 {
		t.Errorf("misconduct seen: %v %v", be.box.codes(), nl.box.codes())
	}
	state := be.gateway.Links()[0]
	if state.Peer != "NL" || state.Code != "" || state.LastOK.IsZero() || len(state.Routes) != 2 {
		t.Errorf("link state %+v", state)
	}
}

// Whatever queues up while a pouch is under way goes into the next one, in order.
func TestBatching(t *testing.T) {
	be, nl := pair(t)
	nl.start()
	var ids []schema.ID
	for range 600 {
		ids = append(ids, be.submit("NL", letter("BE", "NL", 1024)))
	}
	be.start()
	be.box.wait(t, "600 receipts", accepted(ids...))
	if got := nl.box.delivered(); !slices.Equal(got, ids) {
		t.Error("not delivered in order")
	}
	if got := len(nl.box.arrivals); got != 3 {
		t.Errorf("%d pouches for 600 messages of 1 KiB, want 3", got)
	}
}

func TestPouchesStayWithinTheLimits(t *testing.T) {
	be, nl := pair(t)
	nl.start()
	var ids []schema.ID
	evidence := bytes.Repeat([]byte("e"), 30<<10)
	for i := range 40 {
		// The same file in three messages travels once a pouch.
		files := [][]byte{evidence, {byte(i)}}
		ids = append(ids, be.submit("NL", letter("BE", "NL", 15<<10, files[:i%3]...)))
	}
	be.start()
	be.box.wait(t, "40 receipts", accepted(ids...))
	if got := nl.box.delivered(); !slices.Equal(got, ids) {
		t.Error("not delivered in order")
	}
	for i := range nl.box.inbox {
		if got := len(nl.box.inbox[i].Files); got != i%3 {
			t.Errorf("message %d arrived with %d files, want %d", i, got, i%3)
		}
	}
	if got := len(nl.box.arrivals); got < 2 || got > 3 {
		t.Errorf("%d pouches", got)
	}
}

func TestPeerDownThenUp(t *testing.T) {
	t.Parallel() // it mostly waits
	be, nl := pair(t)
	nl.stop()
	be.start()
	first := be.submit("NL", letter("BE", "NL", 500))
	eventually(t, "a failed try", func() bool { return be.gateway.Links()[0].Code != "" })
	if s := be.gateway.Links()[0]; s.Code == "" || s.Fix == "" || s.InFlight != 1 || s.NextTry.IsZero() {
		t.Errorf("state while the peer is down: %+v", s)
	}
	second := be.submit("NL", letter("BE", "NL", 500))
	nl.startHost()
	nl.start()
	be.box.wait(t, "receipts after the peer came up", accepted(first, second))
	if got := nl.box.delivered(); !slices.Equal(got, []schema.ID{first, second}) {
		t.Errorf("delivered %v", got)
	}
}

// A sender that crashed after committing a pouch sends the same pouch again.
func TestRestartSendsTheSamePouch(t *testing.T) {
	be, nl := pair(t)
	be.start()
	id := be.submit("NL", letter("BE", "NL", 500))
	be.box.wait(t, "the number to be spent", func(b *box) bool { return b.inFlight["NL"] != nil })
	text := be.box.inFlight["NL"].Text
	be.closeGateway()
	nl.start()
	be.start()
	be.box.wait(t, "the receipt", accepted(id))
	if got := nl.box.arrivals[0].Text; !bytes.Equal(got, text) {
		t.Errorf("another manifest went out:\n%s", got)
	}
}

// The receiver that could not store a pouch has not receipted it.
func TestStoreFailures(t *testing.T) {
	t.Parallel() // it mostly waits
	be, nl := pair(t)
	nl.box.acceptErr = errors.New("disk full")
	be.box.turnErr = errors.New("connection lost after commit")
	nl.start()
	be.start()
	var ids []schema.ID
	for range 5 {
		ids = append(ids, be.submit("NL", letter("BE", "NL", 500)))
		time.Sleep(20 * time.Millisecond)
	}
	be.box.wait(t, "receipts in the end", accepted(ids...))
	if got := nl.box.delivered(); !slices.Equal(got, ids) {
		t.Errorf("delivered %v", got)
	}
}

// A settlement whose Turn failed without saying whether it was made is neither lost nor made twice.
func TestSettlementInDoubt(t *testing.T) {
	t.Parallel() // it mostly waits
	be, nl := pair(t)
	nl.start()
	be.start()
	first := be.submit("NL", letter("BE", "NL", 500))
	be.box.wait(t, "the pouch to leave", func(b *box) bool {
		if b.inFlight["NL"] != nil {
			b.turnErr = errors.New("connection lost after commit")
		}
		return b.turnErr != nil || b.verdicts[first] != ""
	})
	second := be.submit("NL", letter("BE", "NL", 500))
	be.box.wait(t, "both receipts", accepted(first, second))
	be.box.mu.Lock()
	defer be.box.mu.Unlock()
	if got := len(be.box.receipts); got != 2 {
		t.Errorf("%d settlements, want 2", got)
	}
}

// The reply to a pouch is lost on the way: the pouch goes out again, the same
// receipt comes back, and nothing is delivered twice.
func TestLostReceipt(t *testing.T) {
	t.Parallel() // it mostly waits
	be, nl := pair(t)
	held := 0
	nl.box.onAccept = func() {
		if held++; held > 1 {
			return
		}
		// BE learns of a better moment while it waits, and gives this request up.
		be.gateway.mu.Lock()
		l := be.gateway.links["NL"]
		be.gateway.mu.Unlock()
		l.kick()
		time.Sleep(patience + 200*time.Millisecond)
	}
	nl.start()
	be.start()
	id := be.submit("NL", letter("BE", "NL", 500))
	be.box.wait(t, "the receipt, asked for twice", accepted(id))
	if got := len(nl.box.arrivals); got != 1 {
		t.Errorf("%d arrivals, want 1", got)
	}
	if a, s := nl.box.arrivals[0], be.box.receipts[0]; !bytes.Equal(a.Receipt, s.Receipt) || !bytes.Equal(a.ReceiptSig, s.Signature) {
		t.Error("another receipt came the second time")
	}
	if nl.box.answered == 0 {
		t.Error("the pouch was not asked about twice: the test shows nothing")
	}
}

func TestPoisonDoesNotBlockTheLine(t *testing.T) {
	be, nl := pair(t)
	nl.start()
	foreign := letter("FR", "NL", 500)
	astray := letter("BE", "FR", 500)
	broken := letter("BE", "NL", 500)
	broken.Raw = bytes.Replace(broken.Raw, []byte(`"subject"`), []byte(`"sybject"`), 1)
	unknown := letter("BE", "NL", 500)
	unknown.Raw = bytes.Replace(unknown.Raw, []byte("information.spontaneous"), []byte("information.unheard"), 1)
	renamed := letter("BE", "NL", 500)
	renamed.ID = schema.NewID()
	bare := letter("BE", "NL", 500, []byte("left behind"))
	bare.Files = nil
	short := letter("BE", "NL", 500, []byte("seven.."))
	short.Raw = bytes.Replace(short.Raw, []byte(`"size":7`), []byte(`"size":8`), 1)
	deep := letter("BE", "NL", 500)
	deep.Raw = bytes.Repeat([]byte("["), 10_000)
	good := letter("BE", "NL", 500)
	want := map[schema.ID]string{foreign.ID: WrongAddress, astray.ID: WrongAddress, broken.ID: InvalidMessage, unknown.ID: UnknownType,
		renamed.ID: InvalidMessage, bare.ID: MissingAttachment, short.ID: MissingAttachment, deep.ID: InvalidMessage, good.ID: "accepted"}
	for _, q := range []Queued{foreign, astray, broken, unknown, renamed, bare, short, deep, good} {
		be.submit("NL", q)
	}
	be.start()
	be.box.wait(t, "a verdict on every message", func(b *box) bool { return len(b.verdicts) == len(want) })
	for id, got := range be.box.settledAs() {
		if got != want[id] {
			t.Errorf("got %s, want %s", got, want[id])
		}
	}
	if got := nl.box.delivered(); !slices.Equal(got, []schema.ID{good.ID}) {
		t.Errorf("delivered %v", got)
	}
}

func TestReceiverPolicy(t *testing.T) {
	be, nl := pair(t)
	nl.setPolicy("version: 1\nrules: []\n")
	nl.start()
	be.start()
	id := be.submit("NL", letter("BE", "NL", 500))
	be.box.wait(t, "a verdict", func(b *box) bool { return b.verdicts[id] != "" })
	if got := be.box.settledAs()[id]; got != DeniedByPolicy {
		t.Errorf("got %s", got)
	}
}

// What an older policy allowed is judged again, and does not leave if today's does not allow it.
func TestPolicyChangedWhileQueued(t *testing.T) {
	be, nl := pair(t)
	nl.start()
	id := be.submit("NL", letter("BE", "NL", 500))
	huge := letter("BE", "NL", 500)
	huge.Raw = append(huge.Raw, bytes.Repeat([]byte(" "), MaxMessage)...)
	be.setPolicy("version: 1\nrules: []\n")
	be.submit("NL", huge)
	be.start()
	be.box.wait(t, "both to be denied", func(b *box) bool { return len(b.denied) == 2 })
	if be.box.denied[1] != DeniedByPolicy || be.box.denied[2] != TooLarge {
		t.Errorf("denied %v", be.box.denied)
	}
	be.setPolicy(open)
	after := be.submit("NL", letter("BE", "NL", 500))
	be.box.wait(t, "what is allowed to arrive", accepted(after))
	if slices.Contains(nl.box.delivered(), id) {
		t.Error("a message left against policy")
	}
}

// What today's policy lets out after a release only goes back to those that wait, unless
// it was released under that policy.
func TestReleaseIsBoundToItsPolicy(t *testing.T) {
	be, nl := pair(t)
	nl.start()
	be.setPolicy(wary)
	put := func(released bool, under [32]byte) schema.ID {
		q := letter("BE", "NL", 500)
		q.Released, q.Policy = released, under
		be.box.put("NL", q)
		return q.ID
	}
	put(false, [32]byte{1})
	put(true, [32]byte{1})
	goes := put(true, be.policy.SHA256())
	be.start()
	be.box.wait(t, "the released one", accepted(goes))
	be.box.mu.Lock()
	defer be.box.mu.Unlock()
	if !be.box.held[1] || !be.box.held[2] || len(be.box.held) != 2 || len(be.box.denied) != 0 {
		t.Errorf("held %v, denied %v, want the first two held", be.box.held, be.box.denied)
	}
}

// The rules of a day may end while a message waits.
func TestDatedPolicyIsAskedAgain(t *testing.T) {
	be, nl := pair(t)
	nl.start()
	be.setPolicy(open)
	over := strings.ReplaceAll(open, "direction: send", "direction: send\n    until: 2026-01-01")
	p := must(policy.Parse([]byte(over)))
	be.setPolicy(over)
	for _, released := range []bool{false, true} {
		q := letter("BE", "NL", 500)
		q.Policy, q.Released = p.SHA256(), released
		be.box.put("NL", q)
	}
	be.start()
	be.box.wait(t, "both to be denied", func(b *box) bool { return len(b.denied) == 2 })
}

// Quarantine is asked for its room once for a pouch, and what fits is accepted.
func TestQuarantineHasRoom(t *testing.T) {
	be, nl := pair(t)
	nl.setPolicy(wary)
	first, second, third := letter("BE", "NL", 500, []byte("a file")), letter("BE", "NL", 500), letter("BE", "NL", 500)
	nl.box.room = Room{Messages: 2, Octets: 2000}
	be.submit("NL", first)
	be.submit("NL", second)
	be.submit("NL", third)
	nl.start()
	be.start()
	be.box.wait(t, "three verdicts", func(b *box) bool { return len(b.verdicts) == 3 })
	got := be.box.settledAs()
	if got[first.ID] != "accepted" || got[second.ID] != "accepted" || got[third.ID] != QuarantineFull {
		t.Errorf("got %v, want the third refused", got)
	}
	nl.box.mu.Lock()
	defer nl.box.mu.Unlock()
	for _, m := range nl.box.inbox {
		if !m.Quarantined {
			t.Errorf("%s went past the quarantine", m.ID)
		}
	}
	if nl.box.room.Messages != 0 || nl.box.room.Octets >= 1000 {
		t.Errorf("room for %+v is left", nl.box.room)
	}
}

// An id that is here already: the same bytes are accepted and not delivered again, other bytes are refused.
func TestRepeatedID(t *testing.T) {
	be, nl := pair(t)
	nl.start()
	be.start()
	first := letter("BE", "NL", 500)
	be.submit("NL", first)
	be.box.wait(t, "the first receipt", accepted(first.ID))

	other := letter("BE", "NL", 600)
	other.Raw = bytes.Replace(other.Raw, []byte(other.ID), []byte(first.ID), 1)
	other.ID = first.ID
	probe := be.submit("NL", letter("BE", "NL", 500))
	be.box.wait(t, "the probe", accepted(probe))
	be.submit("NL", first)
	be.box.wait(t, "the same again", func(b *box) bool { return len(b.receipts) == 3 })
	if got := be.box.settledAs()[first.ID]; got != "accepted" {
		t.Errorf("the same bytes: %s", got)
	}
	be.submit("NL", other)
	be.box.wait(t, "the other", func(b *box) bool { return len(b.receipts) == 4 })
	if got := be.box.settledAs()[first.ID]; got != DuplicateID {
		t.Errorf("other bytes: %s", got)
	}
	if got := nl.box.delivered(); !slices.Equal(got, []schema.ID{first.ID, probe}) {
		t.Errorf("delivered %v", got)
	}
}

func TestSuspendedPeer(t *testing.T) {
	t.Parallel() // it mostly waits
	be, nl := pair(t)
	nl.start()
	be.start()
	id := be.submit("NL", letter("BE", "NL", 500))
	be.box.wait(t, "the first receipt", accepted(id))

	if err := nl.keyring.Suspend("BE"); err != nil {
		t.Fatal(err)
	}
	nl.host.Expel("BE")
	nl.gateway.Refresh()
	if got := nl.gateway.Links(); len(got) != 0 {
		t.Errorf("links to a suspended peer: %+v", got)
	}
	eventually(t, "silence", func() bool {
		ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
		defer cancel()
		_, err := be.gateway.Ping(ctx, "NL")
		return err != nil
	})
	held := be.submit("NL", letter("BE", "NL", 500))
	eventually(t, "a failed try", func() bool { return be.gateway.Links()[0].Code != "" })
	if got := len(nl.box.delivered()); got != 1 {
		t.Errorf("%d messages delivered while suspended", got)
	}
	if err := nl.keyring.Resume("BE"); err != nil {
		t.Fatal(err)
	}
	nl.admit(be.self)
	nl.gateway.Refresh()
	be.box.wait(t, "the receipt after resumption", accepted(held))
}

// Peers come and go, and change their address, without a restart.
func TestRefresh(t *testing.T) {
	be, nl := newNode(t, belgium(), true), newNode(t, netherlands(), true)
	be.start()
	nl.start()
	if _, err := be.gateway.Ping(t.Context(), "NL"); err == nil {
		t.Error("pinged a peer that is not pinned")
	}
	be.knows(nl)
	nl.knows(be)
	id := be.submit("NL", letter("BE", "NL", 500))
	be.box.wait(t, "the receipt of a peer added live", accepted(id))

	nl.closeGateway()
	nl.host.Close()
	nl.listen, nl.serial = "127.0.0.1:0", 2
	nl.startHost()
	nl.self = nl.sign(nl.serial, pki.Endpoint{Addr: nl.host.Addr()})
	nl.start()
	if err := be.keyring.Replace(nl.self); err != nil {
		t.Fatal(err)
	}
	be.gateway.Refresh()
	id = be.submit("NL", letter("BE", "NL", 500))
	be.box.wait(t, "the receipt from the new address", accepted(id))
	want := RouteState{"direct tls://" + nl.host.Addr(), true}
	eventually(t, "the new route", func() bool { return be.gateway.Links()[0].Routes[0] == want })
	if err := be.keyring.Remove("NL"); err != nil {
		t.Fatal(err)
	}
	be.gateway.Refresh()
	if got := be.gateway.Links(); len(got) != 0 {
		t.Errorf("links after removal: %+v", got)
	}
}

func TestPing(t *testing.T) {
	be, nl := pair(t)
	be.start()
	nl.start()
	eventually(t, "the answer to a ping", func() bool {
		took, err := be.gateway.Ping(t.Context(), "NL")
		return err == nil && took > 0 && took < PingTimeout
	})
	nl.closeGateway()
	_, err := be.gateway.Ping(t.Context(), "NL")
	var p *schema.Problem
	if !errors.As(err, &p) || p.Kind != schema.Unreachable || p.Code != peerAbsent || p.Fix == "" {
		t.Errorf("ping of an absent peer: %v", err)
	}
}

// Neither of the two listens; both dial a hub, which one of them names on its card.
func TestHubRoute(t *testing.T) {
	hub, pin := newHub(t, belgium(), netherlands())
	for _, naming := range []string{"BE", "NL"} {
		t.Run(naming+" names the hub", func(t *testing.T) {
			endpoint := pki.Endpoint{Hub: true, Addr: hub.Addr(), Pin: pin}
			with := map[string][]pki.Endpoint{naming: {endpoint}}
			be, nl := newNode(t, belgium(), false, with["BE"]...), newNode(t, netherlands(), false, with["NL"]...)
			be.knows(nl)
			nl.knows(be)
			be.start()
			nl.start()
			out := be.submit("NL", letter("BE", "NL", 500))
			back := nl.submit("BE", letter("NL", "BE", 500))
			be.box.wait(t, "the receipt through the hub", accepted(out))
			nl.box.wait(t, "the receipt through the hub", accepted(back))
			want := "[{hub tls://" + hub.Addr() + " true} {own host true}]"
			eventually(t, "routes "+want, func() bool { return fmt.Sprint(be.gateway.Links()[0].Routes) == want })
		})
	}
}

// One connection carries both directions: it is enough that one side can be dialled.
func TestOneSideReachable(t *testing.T) {
	be, nl := newNode(t, belgium(), false), newNode(t, netherlands(), true)
	be.knows(nl)
	nl.knows(be)
	nl.start()
	back := nl.submit("BE", letter("NL", "BE", 500))
	be.start()
	out := be.submit("NL", letter("BE", "NL", 500))
	be.box.wait(t, "the receipt of the side that dials", accepted(out))
	nl.box.wait(t, "the receipt of the side that is dialled", accepted(back))
}

// A peer that comes up and dials us is served at once, though we were backing off.
func TestPresenceEndsTheBackoff(t *testing.T) {
	t.Parallel() // it mostly waits
	be, nl := newNode(t, belgium(), false), newNode(t, netherlands(), true)
	be.knows(nl)
	nl.knows(be)
	nl.start()
	id := nl.submit("BE", letter("NL", "BE", 500))
	eventually(t, "a long backoff", func() bool { return time.Until(nl.gateway.Links()[0].NextTry) > 2*time.Second })
	be.start()
	start := time.Now()
	nl.box.wait(t, "the receipt of a peer that appeared", accepted(id))
	if took := time.Since(start); took > time.Second {
		t.Errorf("took %v after the peer came up", took)
	}
}

// A peer that is down does not hold up another.
func TestPeersDoNotWaitForEachOther(t *testing.T) {
	be, nl, fr := newNode(t, belgium(), true), newNode(t, netherlands(), true), newNode(t, france(), true)
	be.knows(nl)
	nl.knows(be)
	be.knows(fr)
	fr.stop()
	nl.start()
	be.start()
	be.submit("FR", letter("BE", "FR", 500))
	var ids []schema.ID
	for range 20 {
		ids = append(ids, be.submit("NL", letter("BE", "NL", 500)))
	}
	be.box.wait(t, "NL's receipts while FR is down", accepted(ids...))
	if got := len(be.gateway.Links()); got != 2 {
		t.Errorf("%d links", got)
	}
}

// A gateway that was closed leaves nothing running.
func TestCloseLeavesNothing(t *testing.T) {
	be, nl := pair(t)
	time.Sleep(50 * time.Millisecond) // the hosts are up
	before := runtime.NumGoroutine()
	for range 3 {
		be.start()
		nl.start()
		id := be.submit("NL", letter("BE", "NL", 500))
		be.box.wait(t, "the receipt", accepted(id))
		be.submit("FR", letter("BE", "FR", 500))
		be.closeGateway()
		nl.closeGateway()
	}
	eventually(t, "the goroutines to end", func() bool { return runtime.NumGoroutine() <= before })
}

// Clocks that differ by less than the tolerance do not matter; beyond it nothing is
// lost, and what waited goes out when the clocks agree.
func TestClocks(t *testing.T) {
	t.Parallel() // it mostly waits
	for _, c := range []struct {
		skew time.Duration
		want bool
	}{{time.Second, true}, {-time.Second, true}, {ClockTolerance - 5*time.Second, true}, {24 * time.Hour, false}, {-24 * time.Hour, false}} {
		t.Run(c.skew.String(), func(t *testing.T) {
			be, nl := pair(t)
			be.setClock(c.skew)
			nl.start()
			be.start()
			id := be.submit("NL", letter("BE", "NL", 500))
			if !c.want {
				wrong := func(b *box) bool { return len(b.reports) > 0 }
				if c.skew > 0 {
					nl.box.wait(t, "a report of the date", wrong)
				} else {
					be.box.wait(t, "a report of the receipt's date", wrong)
				}
				if got := be.box.settledAs(); len(got) > 0 {
					t.Errorf("settled %v", got)
				}
				// The pouch keeps its date: it waits until that has come.
				nl.setClock(max(c.skew, 0))
				be.setClock(max(c.skew, 0))
				eventually(t, "the receipt", func() bool {
					be.gateway.mu.Lock()
					be.gateway.links["NL"].kick()
					be.gateway.mu.Unlock()
					time.Sleep(20 * time.Millisecond)
					return be.box.settledAs()[id] == "accepted"
				})
				return
			}
			be.box.wait(t, "the receipt", accepted(id))
		})
	}
}
