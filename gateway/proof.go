package gateway

import (
	"crypto/sha256"
	"fmt"
	"slices"

	"github.com/comity-exchange/comity/pki"
	"github.com/comity-exchange/comity/schema"
	"github.com/go-json-experiment/json"
)

// Proof is what shows, to anybody and offline, that a message was sent and how it was answered.
type Proof struct {
	Message             []byte    // the exact bytes; nil once they are erased
	ID                  schema.ID // of the message whose bytes are erased
	Manifest, Signature []byte    // of the sender's pouch
	Receipt, ReceiptSig []byte    // the receiver's answer
	// The two certificates. That their roots are the right ones must be known from elsewhere.
	Sender, Receiver *pki.Certificate
}

// Step is one link of the chain of proof.
type Step struct {
	Text string `json:"text"`
	OK   bool   `json:"ok"`
}

// Verify checks the whole chain and tells every step. Later steps that depend on
// a failed one are left out, so the proof holds only if all steps are ok.
func (p *Proof) Verify() []Step {
	c := &chain{}
	m, entry := p.verifySending(c)
	if m == nil || entry < 0 {
		return c.steps
	}
	p.verifyAnswer(c, m, entry)
	return c.steps
}

// Holds says whether every step is ok.
func Holds(steps []Step) bool {
	return len(steps) > 0 && !slices.ContainsFunc(steps, func(s Step) bool { return !s.OK })
}

// chain collects steps.
type chain struct{ steps []Step }

func (c *chain) step(ok bool, format string, args ...any) bool {
	c.steps = append(c.steps, Step{fmt.Sprintf(format, args...), ok})
	return ok
}

// verifySending gives the manifest and the message's place in it.
func (p *Proof) verifySending(c *chain) (*Manifest, int) {
	m, err := ParseManifest(p.Manifest)
	if !c.step(err == nil, "The manifest is well formed.") {
		return nil, -1
	}
	c.step(m.From.Root == p.Sender.Root(), "The manifest names %s's root %s as the sender.", m.From.Code, m.From.Root.Hex())
	c.step(m.To.Root == p.Receiver.Root(), "The manifest names %s's root %s as the receiver.", m.To.Code, m.To.Root.Hex())
	at, err := p.Sender.VerifyAt(p.Manifest, p.Signature)
	if c.step(err == nil, "%s signed the manifest.", m.From.Code) {
		c.step(true, "It was signed at %s.", at.UTC().Format(dateForm))
	}
	if p.Message == nil {
		return m, p.verifyErased(c, m)
	}
	sum := sha256.Sum256(p.Message)
	entry := slices.IndexFunc(m.Messages(), func(e Entry) bool { return e.SHA256 == sum })
	c.step(entry >= 0, "The manifest lists the message by its SHA-256 %x.", sum)
	if entry >= 0 {
		var named struct {
			ID schema.ID `json:"id"`
		}
		err := json.Unmarshal(p.Message, &named)
		c.step(err == nil && named.ID == m.Entries[entry].ID, "It lists it under the message's own id, %s, in pouch %d of epoch %d.",
			m.Entries[entry].ID, m.Seq, m.Epoch)
	}
	return m, entry
}

// verifyErased finds the place of a message whose bytes are gone. The proof is then of
// the fact that it was sent.
func (p *Proof) verifyErased(c *chain, m *Manifest) int {
	entry := slices.IndexFunc(m.Messages(), func(e Entry) bool { return e.ID == p.ID })
	if !c.step(entry >= 0, "The manifest lists message %s.", p.ID) {
		return entry
	}
	c.step(true, "It lists it by the SHA-256 %x, in pouch %d of epoch %d.", m.Entries[entry].SHA256, m.Seq, m.Epoch)
	c.step(true, "The content was erased, so it is not compared: this proves that it was sent and how it was answered, not what it says.")
	return entry
}

func (p *Proof) verifyAnswer(c *chain, m *Manifest, entry int) {
	r, err := ParseReceipt(p.Receipt)
	if !c.step(err == nil, "The receipt is well formed.") {
		return
	}
	at, err := p.Receiver.VerifyAt(p.Receipt, p.ReceiptSig)
	if c.step(err == nil, "%s signed the receipt.", m.To.Code) {
		c.step(true, "It was signed at %s.", at.UTC().Format(dateForm))
	}
	c.step(r.From == m.To && r.To == m.From, "The receipt goes from the receiver to the sender.")
	c.step(r.Pouch == sha256.Sum256(p.Manifest) && r.Epoch == m.Epoch && r.Seq == m.Seq, "The receipt answers exactly this manifest.")
	verdicts, covers := r.covers(m)
	if !c.step(covers, "The receipt gives a verdict on every message of the pouch, in order.") {
		return
	}
	if code := verdicts[entry].Code; code != "" {
		c.step(true, "The receiver refused the message: %s.", code)
		return
	}
	c.step(true, "The receiver accepted the message.")
}
