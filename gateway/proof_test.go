package gateway

import (
	"bytes"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/comity-exchange/comity/schema"
)

// exampleProof is what proves one message of the worked example.
func exampleProof(message int) *Proof {
	be, nl := goldenHouses()["BE"], goldenHouses()["NL"]
	now := goldenTime.Add(time.Minute)
	p := must(openPouch(must(nl.vault.Open(readGolden("example.sealed"))), be.vault.Certificate(), now))
	_, text, signature, err := openAnswer(must(be.vault.Open(readGolden("example.answer.sealed"))), nl.vault.Certificate(), now)
	if err != nil {
		panic(err)
	}
	return &Proof{Message: exampleLetters()[message].Raw, Manifest: p.text, Signature: p.signature, Receipt: text, ReceiptSig: signature,
		Sender: be.vault.Certificate(), Receiver: nl.vault.Certificate()}
}

func TestProofHolds(t *testing.T) {
	for message, want := range []string{"The receiver accepted the message.", "The receiver refused the message: policy."} {
		steps := exampleProof(message).Verify()
		if !Holds(steps) {
			t.Errorf("message %d: %+v", message, steps)
		}
		if got := steps[len(steps)-1].Text; got != want {
			t.Errorf("message %d: %s", message, got)
		}
	}
	if Holds(nil) {
		t.Error("no step at all holds")
	}
}

// The proof of an erased message is one of the fact that it was sent.
func TestProofOfErasedMessage(t *testing.T) {
	p := exampleProof(0)
	p.ID, p.Message = exampleLetters()[0].ID, nil
	steps := p.Verify()
	if !Holds(steps) || !slices.ContainsFunc(steps, func(s Step) bool { return strings.Contains(s.Text, "The content was erased") }) {
		t.Errorf("%+v, want it to hold and to say that the content was erased", steps)
	}
	p.ID = schema.NewID()
	if steps := p.Verify(); Holds(steps) {
		t.Errorf("%+v, want a failure for a message of another pouch", steps)
	}
	p = exampleProof(0)
	p.ID, p.Message = exampleLetters()[0].ID, []byte{}
	if steps := p.Verify(); Holds(steps) {
		t.Errorf("%+v, want a failure for an empty message", steps)
	}
}

func TestProofBroken(t *testing.T) {
	flip := func(b []byte, i int) []byte {
		b = bytes.Clone(b)
		b[i] ^= 1
		return b
	}
	fr := goldenHouses()["FR"].vault.Certificate()
	for _, c := range []struct {
		name, fails string
		change      func(*Proof)
	}{
		{"message changed", "lists the message", func(p *Proof) { p.Message = flip(p.Message, 40) }},
		{"message of another pouch", "lists the message", func(p *Proof) { p.Message = fixed(id1, 950).Raw }},
		{"manifest changed", "signed the manifest", func(p *Proof) { p.Manifest = bytes.Replace(p.Manifest, []byte("seq: 1"), []byte("seq: 2"), 1) }},
		{"manifest broken", "manifest is well formed", func(p *Proof) { p.Manifest = p.Manifest[1:] }},
		{"manifest signature", "signed the manifest", func(p *Proof) { p.Signature = flip(p.Signature, 3000) }},
		{"no signature", "signed the manifest", func(p *Proof) { p.Signature = nil }},
		{"receipt changed", "signed the receipt", func(p *Proof) {
			p.Receipt = bytes.Replace(p.Receipt, []byte("refused   41"), []byte("refused   42"), 1)
		}},
		{"verdict turned", "signed the receipt", func(p *Proof) {
			p.Receipt = bytes.Replace(bytes.Replace(p.Receipt, []byte("refused   "), []byte("accepted  "), 1), []byte("  policy"), nil, 1)
		}},
		{"receipt broken", "receipt is well formed", func(p *Proof) { p.Receipt = p.Receipt[:len(p.Receipt)-1] }},
		{"no receipt", "receipt is well formed", func(p *Proof) { p.Receipt = nil }},
		{"receipt signature", "signed the receipt", func(p *Proof) { p.ReceiptSig = p.Signature }},
		{"another sender", "as the sender", func(p *Proof) { p.Sender = fr }},
		{"another receiver", "as the receiver", func(p *Proof) { p.Receiver = fr }},
		{"certificates swapped", "as the sender", func(p *Proof) { p.Sender, p.Receiver = p.Receiver, p.Sender }},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := exampleProof(0)
			c.change(p)
			steps := p.Verify()
			i := slices.IndexFunc(steps, func(s Step) bool { return !s.OK })
			if Holds(steps) || i < 0 || !strings.Contains(steps[i].Text, c.fails) {
				t.Errorf("%+v, want a failure of %q", steps, c.fails)
			}
		})
	}
}
