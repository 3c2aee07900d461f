package gateway

import (
	"crypto/sha256"
	"testing"
	"time"

	"github.com/comity-exchange/comity/schema"
)

// full is a pouch of 160 messages of 4 KiB.
func full() (m *Manifest, s *Sent) {
	m = &Manifest{Head: Head{From: belgium().party(), To: netherlands().party(), Epoch: 1, Seq: 1, Date: time.Now().UTC().Truncate(time.Second)}}
	s = &Sent{}
	for range 160 {
		q := letter("BE", "NL", 4096)
		s.Members = append(s.Members, q)
		m.Entries = append(m.Entries, Entry{sha256.Sum256(q.Raw), q.ID})
	}
	return m, s
}

func perMessage(b *testing.B, n int) {
	b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(b.N*n), "µs/msg")
}

// Manifest, signature, archive and sealing of a pouch of 160 messages of 4 KiB.
func BenchmarkPackAndSeal(b *testing.B) {
	m, s := full()
	to := netherlands().vault.Certificate()
	var buffer []byte
	b.ReportAllocs()
	for b.Loop() {
		s.Text = m.Encode()
		s.Signature = must(belgium().vault.Sign(s.Text, time.Now()))
		buffer = writeArchive(buffer[:0], must(contents(m, s)))
		sealed := must(to.Seal(buffer, time.Now()))
		b.ReportMetric(float64(len(sealed))/(160*4096), "wire/payload")
	}
	perMessage(b, 160)
}

// Opening, verification, digests and manifest of the same pouch, without judging its messages.
func BenchmarkOpenAndVerify(b *testing.B) {
	sealed := sealedFull()
	from := belgium().vault.Certificate()
	b.ReportAllocs()
	for b.Loop() {
		p := must(openPouch(must(netherlands().vault.Open(sealed)), from, time.Now()))
		must(p.files())
	}
	perMessage(b, 160)
}

func sealedFull() []byte {
	m, s := full()
	s.Text = m.Encode()
	s.Signature = must(belgium().vault.Sign(s.Text, time.Now()))
	return must(netherlands().vault.Certificate().Seal(writeArchive(nil, must(contents(m, s))), time.Now()))
}

// Two gateways over TLS with mailboxes in memory: what the border alone can carry.
func BenchmarkGateways(b *testing.B) {
	be, nl := pair(b)
	nl.start()
	be.start()
	id := be.submit("NL", letter("BE", "NL", 4096))
	be.box.wait(b, "the first receipt", accepted(id))
	queue := make([]Queued, 2000)
	for i := range queue {
		queue[i] = letter("BE", "NL", 4096)
	}
	n := 0
	b.ResetTimer()
	for b.Loop() {
		nl.box.forget()
		be.box.forget()
		for _, q := range queue {
			q.Policy = be.today().SHA256()
			be.box.put("NL", q)
		}
		be.gateway.Wake("NL")
		be.box.wait(b, "all receipts", func(x *box) bool { return len(x.verdicts) == len(queue) })
		n += len(queue)
	}
	b.ReportMetric(float64(n)/b.Elapsed().Seconds(), "msg/s")
}

// One message at a time on an idle link.
func BenchmarkIdle(b *testing.B) {
	be, nl := pair(b)
	nl.start()
	be.start()
	var id schema.ID
	for range 20 {
		id = be.submit("NL", letter("BE", "NL", 4096))
		be.box.wait(b, "the receipt", accepted(id))
	}
	for b.Loop() {
		id = be.submit("NL", letter("BE", "NL", 4096))
		be.box.wait(b, "the receipt", accepted(id))
	}
}

// forget empties what the box remembers of messages, not of the ledger.
func (b *box) forget() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.inbox, b.verdicts = nil, map[schema.ID]string{}
}
