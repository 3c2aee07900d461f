package gateway

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
)

// target is NL with BE as a rogue in its house.
func target(t *testing.T) (nl *node, be *rogue) {
	nl = newNode(t, netherlands(), true)
	peer := newNode(t, belgium(), false)
	nl.knows(peer)
	nl.start()
	return nl, infiltrate(t, belgium(), nl)
}

func TestReplay(t *testing.T) {
	nl, be := target(t)
	q := letter("BE", "NL", 500)
	m := be.manifest(nl.party(), 1, [32]byte{}, q)
	files := be.files(m, q)
	sealed := be.seal(nl.vault.Certificate(), files)
	first := be.ask(nl.house, sealed)
	if got := first.verdict(); got != "accepted" {
		t.Fatalf("the first time: %s", got)
	}
	if again := be.ask(nl.house, sealed); !again.same(first) {
		t.Error("the same octets got another answer")
	}
	if again := be.ask(nl.house, be.seal(nl.vault.Certificate(), files)); !again.same(first) {
		t.Error("the same manifest sealed again got another answer")
	}
	q2 := letter("BE", "NL", 500)
	second := be.ask(nl.house, be.pouch(nl.house, be.manifest(nl.party(), 2, sha256.Sum256(m.Encode()), q2), q2))
	if got := second.verdict(); got != "accepted" {
		t.Errorf("the next number: %s", got)
	}
	if again := be.ask(nl.house, sealed); !again.same(first) {
		t.Error("an old number got another answer")
	}
	nl.closeGateway()
	nl.start()
	if again := be.ask(nl.house, sealed); !again.same(first) {
		t.Error("another answer after a restart")
	}
	if got := len(nl.box.delivered()); got != 2 {
		t.Errorf("%d messages delivered, want 2", got)
	}
}

func TestOrder(t *testing.T) {
	nl, be := target(t)
	q1, q2, q3 := letter("BE", "NL", 500), letter("BE", "NL", 500), letter("BE", "NL", 500)
	m1 := be.manifest(nl.party(), 1, [32]byte{}, q1)
	hash1 := sha256.Sum256(m1.Encode())
	later := be.manifest(nl.party(), 3, fill(1), q3)
	epoch := be.manifest(nl.party(), 1, [32]byte{}, q1)
	epoch.Epoch = 2
	other := be.manifest(nl.party(), 1, [32]byte{}, q2)
	fork := be.manifest(nl.party(), 2, fill(7), q2)
	for _, step := range []struct {
		name    string
		m       *Manifest
		q       Queued
		want    string
		expects uint64
	}{
		{"a number too early", later, q3, Gap, 1},
		{"another epoch", epoch, q1, WrongEpoch, 1},
		{"the first", m1, q1, "accepted", 0},
		{"another under the same number", other, q2, Equivocation, 2},
		{"the next on top of another first", fork, q2, Equivocation, 2},
		{"a number too early still", later, q3, Gap, 2},
		{"the first again", m1, q1, "accepted", 0},
		{"the second", be.manifest(nl.party(), 2, hash1, q2), q2, "accepted", 0},
	} {
		a := be.ask(nl.house, be.pouch(nl.house, step.m, step.q))
		if got := a.verdict(); got != step.want {
			t.Fatalf("%s: got %s, want %s", step.name, got, step.want)
		}
		if a.name != refusalName {
			continue
		}
		r := must(ParseRefusal(a.text))
		if r.Seq != step.expects || r.Epoch != 1 || r.Pouch != sha256.Sum256(step.m.Encode()) || r.From != nl.party() || r.To != be.party() {
			t.Errorf("%s: refusal %+v", step.name, r)
		}
	}
	if got := nl.box.delivered(); len(got) != 2 || got[0] != q1.ID || got[1] != q2.ID {
		t.Errorf("delivered %v", got)
	}
	// Both manifests are kept: ours in the ledger, the other as evidence, with its signature.
	nl.box.mu.Lock()
	defer nl.box.mu.Unlock()
	i := slices.Index(nl.box.codes(), Equivocation)
	if i < 0 {
		t.Fatalf("equivocation not reported: %v", nl.box.codes())
	}
	if n := len(slices.DeleteFunc(nl.box.codes(), func(c string) bool { return c != Equivocation })); n != 1 {
		t.Errorf("%d reports within a minute, want 1", n)
	}
	a := archiveReader{rest: nl.box.reports[i].Evidence}
	text, signature, err := a.signed(manifestName)
	if err != nil || !bytes.Equal(text, other.Encode()) {
		t.Fatalf("evidence %q, %v", text, err)
	}
	if _, err := be.vault.Certificate().VerifyAt(text, signature); err != nil {
		t.Errorf("evidence signature: %v", err)
	}
}

// trick is a pouch that must not be answered.
type trick struct {
	name, code string // code of the fault, "" if it is pki's
	sealed     func() []byte
}

// tricks of be against nl, with the help of fr, around the message q that has one file.
func tricks(be, fr *rogue, nl *house, q Queued) []trick {
	seal := func(files []file) []byte { return be.seal(nl.vault.Certificate(), files) }
	honest := func() (*Manifest, []file) {
		m := be.manifest(nl.party(), 1, [32]byte{}, q)
		return m, be.files(m, q)
	}
	return []trick{
		{"nothing", "", func() []byte { return nil }},
		{"noise", "", func() []byte { return bytes.Repeat([]byte("noise"), 2000) }},
		{"sealed for another", "", func() []byte { _, f := honest(); return be.seal(fr.house.vault.Certificate(), f) }},
		{"addressed to another", WrongAddress, func() []byte {
			return be.pouch(nl, be.manifest(fr.house.party(), 1, [32]byte{}, q), q)
		}},
		{"in another's name", WrongAddress, func() []byte {
			m := be.manifest(nl.party(), 1, [32]byte{}, q)
			m.From = fr.house.party()
			return be.pouch(nl, m, q)
		}},
		{"under another root", WrongAddress, func() []byte {
			m := be.manifest(nl.party(), 1, [32]byte{}, q)
			m.From.Root[0]++
			return be.pouch(nl, m, q)
		}},
		{"another peer's pouch spliced in", "", func() []byte {
			return fr.pouch(nl, fr.manifest(nl.party(), 1, [32]byte{}, q), q)
		}},
		{"signed by the receiver itself", "", func() []byte {
			self := &rogue{house: nl, t: be.t, clock: be.clock}
			return self.pouch(nl, be.manifest(nl.party(), 1, [32]byte{}, q), q)
		}},
		{"dated tomorrow", "future_date", func() []byte {
			m := be.manifest(nl.party(), 1, [32]byte{}, q)
			m.Date = m.Date.Add(24 * time.Hour)
			return be.pouch(nl, m, q)
		}},
		{"signature missing", "bad_archive", func() []byte { _, f := honest(); return seal(slices.Delete(f, 1, 2)) }},
		{"signature of something else", "", func() []byte {
			_, f := honest()
			f[1].data = must(be.vault.Sign([]byte("something else"), be.now()))
			return seal(f)
		}},
		{"manifest changed", "", func() []byte {
			m, f := honest()
			m.Seq = 7
			f[0].data = m.Encode()
			return seal(f)
		}},
		{"not a manifest", "bad_manifest", func() []byte {
			_, f := honest()
			f[0].data = []byte("anything that is signed\n")
			f[1].data = must(be.vault.Sign(f[0].data, be.now()))
			return seal(f)
		}},
		{"message changed", damaged, func() []byte {
			_, f := honest()
			f[2].data = bytes.Replace(f[2].data, []byte("account"), []byte("acc0unt"), 1)
			return seal(f)
		}},
		{"attachment changed", damaged, func() []byte { _, f := honest(); f[3].data = []byte("fi1e"); return seal(f) }},
		{"attachment missing", "bad_archive", func() []byte { _, f := honest(); return seal(f[:3]) }},
		{"a file more", "bad_archive", func() []byte { _, f := honest(); return seal(append(f, file{"more", []byte("x")})) }},
		{"files swapped", "bad_archive", func() []byte { _, f := honest(); f[2], f[3] = f[3], f[2]; return seal(f) }},
		{"a path that climbs", "bad_archive", func() []byte { _, f := honest(); f[2].name = "../" + f[2].name; return seal(f) }},
		{"one padding block more", "bad_archive", func() []byte {
			_, f := honest()
			return must(nl.vault.Certificate().Seal(append(writeArchive(nil, f), make([]byte, block)...), be.now()))
		}},
	}
}

// What cannot be verified gets no answer, is reported by its code, and leaves the number free.
func TestUnverifiable(t *testing.T) {
	nl, be := target(t)
	q := letter("BE", "NL", 500, []byte("file"))
	for _, c := range tricks(be, &rogue{house: france(), t: t}, nl.house, q) {
		t.Run(c.name, func(t *testing.T) {
			l := nl.gateway.links["BE"]
			_, err := l.reply(t.Context(), c.sealed())
			var f *fault
			if !errors.As(err, &f) {
				t.Fatalf("got %v, want a fault", err)
			}
			if c.code != "" && f.code != c.code {
				t.Errorf("code %s, want %s", f.code, c.code)
			}
			if !codeForm([]byte(f.code)) {
				t.Errorf("%q is no code", f.code)
			}
		})
	}
	if got := be.ask(nl.house, []byte("noise")).verdict(); got != "silence" {
		t.Errorf("noise was answered: %s", got)
	}
	if got := be.ask(nl.house, be.pouch(nl.house, be.manifest(nl.party(), 1, [32]byte{}, q), q)).verdict(); got != "accepted" {
		t.Errorf("the true pouch afterwards: %s", got)
	}
	if len(nl.box.delivered()) != 1 || len(nl.box.reports) == 0 {
		t.Errorf("delivered %d, reported %v", len(nl.box.delivered()), nl.box.codes())
	}
}

// Cut at every octet and flipped at every octet, a pouch never yields anything but silence.
func TestEveryOctetMatters(t *testing.T) {
	nl, be := target(t)
	q := letter("BE", "NL", 500)
	sealed := be.pouch(nl.house, be.manifest(nl.party(), 1, [32]byte{}, q), q)
	l := nl.gateway.links["BE"]
	author, now := be.vault.Certificate(), be.now()
	each(len(sealed), func(i int) {
		bad := bytes.Clone(sealed)
		bad[i] ^= 1 << (i % 8)
		if _, err := l.open(bad, author, now); err == nil {
			t.Errorf("octet %d flipped: opened", i)
		}
		if _, err := l.open(sealed[:i], author, now); err == nil {
			t.Errorf("cut to %d octets: opened", i)
		}
	})
	if _, err := l.reply(t.Context(), append(bytes.Clone(sealed), 0)); err == nil {
		t.Error("an octet more: answered")
	}
	if got := len(nl.box.delivered()); got != 0 {
		t.Fatalf("%d messages delivered", got)
	}
	if _, err := l.reply(t.Context(), sealed); err != nil {
		t.Errorf("the true pouch: %v", err)
	}
}

// A peer that floods is cut, and others do not notice.
func TestFlood(t *testing.T) {
	for name, size := range map[string]int{"tiny": 10, "huge": MaxSealed, "over the limit": MaxSealed + 1} {
		t.Run(name, func(t *testing.T) {
			t.Parallel() // it mostly waits for the end of the quarantine
			nl, fr := newNode(t, netherlands(), true), newNode(t, france(), true)
			peer := newNode(t, belgium(), false)
			nl.knows(peer)
			nl.knows(fr)
			fr.knows(nl)
			nl.start()
			fr.start()
			be := infiltrate(t, belgium(), nl)
			be.ask(nl.house, []byte("noise")) // NL listens now
			data := bytes.Repeat([]byte("x"), size)
			stop := make(chan struct{})
			flooding := make(chan struct{})
			go func() {
				defer close(flooding)
				for {
					select {
					case <-stop:
						return
					default:
						if be.nc.PublishRequest(pouchTo("NL"), be.nc.NewInbox(), data) != nil {
							time.Sleep(time.Millisecond)
						}
					}
				}
			}()
			nl.box.wait(t, "a report of the flood", func(b *box) bool {
				// TCP may hold a flood of large pouches within the limits.
				return size == MaxSealed && len(b.reports) > 0 || slices.ContainsFunc(b.codes(), func(c string) bool { return c == "rate" || c == "overflow" || c == TooLarge })
			})
			for range 10 {
				id := fr.submit("NL", letter("FR", "NL", 500))
				fr.box.wait(t, "a receipt beside the flood", accepted(id))
			}
			close(stop)
			<-flooding
			q, skew := letter("BE", "NL", 500), time.Duration(0)
			soon(t, 3*Quarantine, "the end of the quarantine", func() bool {
				skew = min(skew+Quarantine, ClockTolerance-Quarantine) // what was under way may have begun another
				nl.setClock(skew)
				nl.gateway.Refresh()
				a, err := be.try(nl.house, be.pouch(nl.house, be.manifest(nl.party(), 1, [32]byte{}, q), q))
				time.Sleep(50 * time.Millisecond)
				return err == nil && a.verdict() == "accepted"
			})
			nl.box.mu.Lock()
			defer nl.box.mu.Unlock()
			if got := len(nl.box.reports); got > 3 {
				t.Errorf("%d reports: %v", got, nl.box.codes())
			}
		})
	}
}

// A reply that is not a receipt signed by the peer is no reply.
func TestHostileAnswers(t *testing.T) {
	be := newNode(t, belgium(), true)
	nl := newNode(t, netherlands(), false)
	be.knows(nl)
	be.start()
	host := infiltrate(t, netherlands(), be) // answers in NL's place
	fr := &rogue{house: france(), t: t}
	id := letter("BE", "NL", 500)

	receipt := func(p *pouch, change func(*Receipt)) *Receipt {
		r := &Receipt{Head: Head{From: p.To, To: p.From, Epoch: p.Epoch, Seq: p.Seq, Date: time.Now().UTC().Truncate(time.Second)}, Pouch: p.hash}
		for _, e := range p.Messages() {
			r.Verdicts = append(r.Verdicts, Verdict{SHA256: e.SHA256})
		}
		change(r)
		return r
	}
	reply := func(by *rogue, name string, text []byte) []byte {
		return must(be.vault.Certificate().Seal(signedArchive(name, text, must(by.vault.Sign(text, time.Now()))), time.Now()))
	}
	changed := func(change func(*Receipt)) func(*pouch) []byte {
		return func(p *pouch) []byte { return reply(host, receiptName, receipt(p, change).Encode()) }
	}
	same := func(*Receipt) {}
	tricks := []func(*pouch) []byte{
		func(*pouch) []byte { return nil },
		func(*pouch) []byte { return []byte("+OK") },
		func(*pouch) []byte { return []byte(`{"stream":"IN","seq":2}`) },
		func(p *pouch) []byte {
			return signedArchive(receiptName, receipt(p, same).Encode(), []byte("not sealed"))
		},
		func(p *pouch) []byte { return reply(fr, receiptName, receipt(p, same).Encode()) },
		func(p *pouch) []byte {
			text := receipt(p, same).Encode()
			sealed := signedArchive(receiptName, text, must(host.vault.Sign(text, time.Now())))
			return must(fr.vault.Certificate().Seal(sealed, time.Now()))
		},
		func(p *pouch) []byte { return reply(host, refusalName, receipt(p, same).Encode()) },
		func(p *pouch) []byte { return reply(host, manifestName, p.text) },
		changed(func(r *Receipt) { r.Seq++ }),
		changed(func(r *Receipt) { r.Epoch++ }),
		changed(func(r *Receipt) { r.Pouch[0]++ }),
		changed(func(r *Receipt) { r.From, r.To = r.To, r.From }),
		changed(func(r *Receipt) { r.To = france().party() }),
		changed(func(r *Receipt) { r.From.Root[0]++ }),
		changed(func(r *Receipt) { r.Date = r.Date.Add(time.Hour) }),
		changed(func(r *Receipt) { r.Verdicts[0].SHA256[0]++ }),
		changed(func(r *Receipt) { r.Verdicts = append(r.Verdicts, r.Verdicts[0]) }),
	}
	tried := make(chan int, len(tricks)+1)
	n := 0
	sub, err := host.nc.Subscribe(pouchFrom("BE"), func(m *nats.Msg) {
		p, err := openPouch(must(host.vault.Open(m.Data)), be.vault.Certificate(), time.Now())
		if err != nil {
			t.Errorf("BE's pouch: %v", err)
			return
		}
		data := changed(same)(p)
		if n < len(tricks) {
			data = tricks[n](p)
		}
		tried <- n
		n++
		if err := m.Respond(data); err != nil {
			t.Error(err)
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	defer sub.Unsubscribe()
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
	defer cancel()
	if err := host.nc.FlushWithContext(ctx); err != nil {
		t.Fatal(err)
	}
	be.submit("NL", id)
	for range tricks {
		select {
		case i := <-tried:
			if got := be.box.settledAs(); len(got) > 0 {
				t.Fatalf("trick %d settled the pouch: %v", i-1, got)
			}
		case <-time.After(10 * time.Second):
			t.Fatal("BE does not try again")
		}
		be.gateway.links["NL"].kick() // the next try at once
	}
	be.box.wait(t, "the true receipt", accepted(id.ID))
	if !be.box.reported(badAnswer) {
		t.Errorf("bad answers not reported: %v", be.box.codes())
	}
}

// The peer refuses the whole pouch: nothing is settled, an operator sees why.
func TestSignedRefusal(t *testing.T) {
	be, nl := pair(t)
	nl.box.last["BE"] = Position{Epoch: 1, Seq: 41, Manifest: fill(1)} // BE was restored from an old backup
	nl.box.answers["BE"] = map[[2]uint64]*Answered{{1, 1}: {Position: Position{1, 1, fill(2)}}}
	nl.start()
	be.start()
	be.submit("NL", letter("BE", "NL", 500))
	eventually(t, "the refusal", func() bool { return be.gateway.Links()[0].Code == Equivocation })
	be.box.wait(t, "the refusal to be journalled", func(b *box) bool { return slices.Contains(b.codes(), "refused_"+Equivocation) })
	if s := be.gateway.Links()[0]; s.Fix == "" || s.InFlight != 1 || s.NextTry.IsZero() {
		t.Errorf("state %+v", s)
	}
	if got := be.box.settledAs(); len(got) > 0 {
		t.Errorf("settled %v", got)
	}
	if got := nl.box.delivered(); len(got) > 0 {
		t.Errorf("delivered %v", got)
	}
}
