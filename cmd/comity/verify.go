package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"maps"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"github.com/comity-exchange/comity/gateway"
	"github.com/comity-exchange/comity/node/web"
	"github.com/comity-exchange/comity/pki"
	"github.com/comity-exchange/comity/schema"
)

// verifyFlags are the roots that the verifier knows from elsewhere.
type verifyFlags struct{ sender, recipient string }

func (c *cli) verifyCommand() *cobra.Command {
	var f verifyFlags
	cmd := c.verb("verify BUNDLE", "Check the proof of a message. No node is needed.", "comity verify proof.zip --sender \"4F1A 9C22 …\" --recipient \"77C0 …\"",
		func(_ context.Context, args []string) error { return c.verify(args[0], f) })
	cmd.Long = "Check the proof of a message, step by step. The exit code is 7 if any step fails.\n\n" +
		"The proof shows that two roots signed. Whose roots they are must be known from elsewhere: give the fingerprints."
	cmd.Flags().StringVar(&f.sender, "sender", "", "the `fingerprint` of the sender's root")
	cmd.Flags().StringVar(&f.recipient, "recipient", "", "the `fingerprint` of the recipient's root")
	return cmd
}

// verifiedJSON is the result of a check.
type verifiedJSON struct {
	ID    schema.ID      `json:"id"`
	Holds bool           `json:"holds"`
	Steps []gateway.Step `json:"steps"`
}

func (c *cli) verify(file string, f verifyFlags) error {
	packed, err := c.readFile(file)
	if err != nil {
		return err
	}
	b, err := web.ReadBundle(packed)
	if err != nil {
		return unverified(err)
	}
	steps, err := verifySteps(b, f)
	if err != nil {
		return unverified(err)
	}
	result := verifiedJSON{b.ID, gateway.Holds(steps), steps}
	if err := c.print(result, func(w io.Writer) { c.printSteps(w, steps) }); err != nil {
		return err
	}
	if !result.Holds {
		return &schema.Problem{Kind: schema.Unverified, Code: "proof_fails", Detail: "The proof does not hold.", Fix: "Do not rely on it; ask for it again from either of the two jurisdictions."}
	}
	if f.sender == "" || f.recipient == "" {
		c.note("whose roots these are is not compared: give --sender and --recipient")
	}
	return nil
}

func (c *cli) printSteps(w io.Writer, steps []gateway.Step) {
	for _, s := range steps {
		mark := c.paint(green, w, "✓")
		if !s.OK {
			mark = c.paint(red, w, "✗")
		}
		fmt.Fprintln(w, mark+" "+safe(s.Text))
	}
}

func verifySteps(b *web.Bundle, f verifyFlags) ([]gateway.Step, error) {
	sender, err := bundleCard(b.Sender, "sender.card")
	if err != nil {
		return nil, err
	}
	recipient, err := bundleCard(b.Recipient, "recipient.card")
	if err != nil {
		return nil, err
	}
	proof := gateway.Proof{ID: b.ID, Message: b.Message, Manifest: b.Manifest, Signature: b.ManifestSig, Receipt: b.Receipt, ReceiptSig: b.ReceiptSig,
		Sender: sender.Certificate, Receiver: recipient.Certificate}
	steps := slices.Concat(proof.Verify(), attachmentSteps(b), erasedSteps(b))
	for _, known := range []struct {
		who, told string
		card      *pki.Card
	}{{"sender", f.sender, sender}, {"recipient", f.recipient, recipient}} {
		if known.told != "" {
			err := matchFingerprint(known.card, known.told)
			steps = append(steps, gateway.Step{Text: "The " + known.who + "'s root is the one you gave.", OK: err == nil})
		}
	}
	return steps, nil
}

// bundleCard reads a card of a bundle. It may have expired since: a proof does not
// age, and the signatures are judged as of their own time.
func bundleCard(text []byte, name string) (*pki.Card, error) {
	card, err := pki.ReadCard(text, time.Time{})
	if err != nil {
		return nil, placed(name, err)
	}
	return card, nil
}

// erasedSteps hold what stands in for an erased message against the manifest.
func erasedSteps(b *web.Bundle) []gateway.Step {
	m, err := gateway.ParseManifest(b.Manifest)
	if err != nil || b.Erased == nil {
		return nil
	}
	same := slices.ContainsFunc(m.Messages(), func(e gateway.Entry) bool {
		return e.ID == b.ID && bytes.Contains(b.Erased, []byte(hex.EncodeToString(e.SHA256[:])))
	})
	return []gateway.Step{{Text: "The file \"erased\" names the same SHA-256. When and why it was erased is the word of the node that made this bundle.", OK: same}}
}

// attachmentSteps checks that each attached file is whole and is one that the
// manifest lists and so the sender signed.
func attachmentSteps(b *web.Bundle) []gateway.Step {
	m, err := gateway.ParseManifest(b.Manifest)
	if err != nil {
		return nil // a step says so already
	}
	var steps []gateway.Step
	for _, name := range slices.Sorted(maps.Keys(b.Attachments)) {
		sum := sha256.Sum256(b.Attachments[name])
		listed := slices.ContainsFunc(m.Entries, func(e gateway.Entry) bool { return e.SHA256 == sum && e.ID == "" })
		steps = append(steps, gateway.Step{Text: "The manifest lists the attached file " + name + ", and it is whole.", OK: listed && hex.EncodeToString(sum[:]) == name})
	}
	return steps
}
