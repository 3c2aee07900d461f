package gateway

import (
	"bytes"
	"context"
	"crypto/sha256"
	"testing"
	"time"

	"github.com/comity-exchange/comity/pki"
	"github.com/nats-io/nats.go"
)

// rogue is an admitted peer that holds its own true keys and says what it likes.
type rogue struct {
	*house
	t     testing.TB
	nc    *nats.Conn
	clock time.Time // zero: the present
}

func (r *rogue) now() time.Time {
	if r.clock.IsZero() {
		return time.Now().UTC().Truncate(time.Second)
	}
	return r.clock
}

// infiltrate connects a jurisdiction to a node's host without a gateway.
func infiltrate(t testing.TB, h *house, n *node) *rogue {
	t.Helper()
	up := make(chan struct{}, 16)
	nc, err := connect(string(h.code), n.host.Addr(), n.card.TLS, h.vault.TLS(), func(event string, _ error) {
		if event == eventUp {
			up <- struct{}{}
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(nc.Close)
	<-up
	return &rogue{house: h, t: t, nc: nc}
}

// manifest to a party, naming the messages and their files.
func (r *rogue) manifest(to Party, seq uint64, prev [32]byte, letters ...Queued) *Manifest {
	m := &Manifest{Head: Head{From: r.party(), To: to, Epoch: 1, Seq: seq, Date: r.now()}, Prev: prev}
	for _, q := range letters {
		m.Entries = append(m.Entries, Entry{sha256.Sum256(q.Raw), q.ID})
	}
	for _, q := range letters {
		for _, f := range q.Files {
			m.Entries = append(m.Entries, Entry{SHA256: f.SHA256})
		}
	}
	return m
}

// files of a pouch as an honest sender makes them.
func (r *rogue) files(m *Manifest, letters ...Queued) []file {
	text := m.Encode()
	signature := must(r.vault.Sign(text, r.now()))
	return must(contents(m, &Sent{Text: text, Signature: signature, Members: letters}))
}

func (r *rogue) seal(to *pki.Certificate, files []file) []byte {
	return must(to.Seal(writeArchive(nil, files), r.now()))
}

// pouch is sealed and honest but for what its manifest says.
func (r *rogue) pouch(to *house, m *Manifest, letters ...Queued) []byte {
	return r.seal(to.vault.Certificate(), r.files(m, letters...))
}

// ask sends a sealed pouch and opens what comes back, nil if nothing does in a while.
func (r *rogue) ask(to *house, sealed []byte) *answer {
	r.t.Helper()
	a, err := r.try(to, sealed)
	for range 500 { // until it is connected and the other gateway listens
		if err == nil || err == context.DeadlineExceeded {
			return a
		}
		time.Sleep(10 * time.Millisecond)
		a, err = r.try(to, sealed)
	}
	r.t.Fatal(err)
	return nil
}

func (r *rogue) try(to *house, sealed []byte) (*answer, error) {
	ctx, cancel := context.WithTimeout(context.Background(), 500*time.Millisecond)
	defer cancel()
	reply, err := r.nc.RequestWithContext(ctx, pouchTo(to.code), sealed)
	if err != nil {
		return nil, err
	}
	archive := must(r.vault.Open(reply.Data))
	name, text, signature, err := openAnswer(archive, to.vault.Certificate(), time.Now())
	if err != nil {
		r.t.Fatal(err)
	}
	return &answer{name, text, signature}, nil
}

type answer struct {
	name            string
	text, signature []byte
}

// verdict of the first message: "accepted", a refusal code, "gap" … or "silence".
func (a *answer) verdict() string {
	if a == nil {
		return "silence"
	}
	if a.name == refusalName {
		return must(ParseRefusal(a.text)).Code
	}
	if code := must(ParseReceipt(a.text)).Verdicts[0].Code; code != "" {
		return code
	}
	return "accepted"
}

func (a *answer) same(b *answer) bool {
	return a != nil && b != nil && bytes.Equal(a.text, b.text) && bytes.Equal(a.signature, b.signature)
}
