package integration

import (
	"bytes"
	"encoding/hex"
	"slices"
	"strings"
	"testing"

	"github.com/comity-exchange/comity/gateway/policy"
	"github.com/comity-exchange/comity/node"
	"github.com/comity-exchange/comity/node/web"
	"github.com/comity-exchange/comity/schema"
)

// What a rule takes out does not leave, the message says so, and the whole stays at home.
func TestPolicyTakesPartsOut(t *testing.T) {
	be, nl := newIdentity(t, "BE").start(t, quiet), newIdentity(t, "NL").start(t, quiet)
	introduce(t, be, nl)
	text := `version: 1
rules:
  - {name: less, peers: [NL], direction: send, types: ["*"], categories: ["*"], redact: [contact.*, loc.residence], marking: restricted, minors: true, instruments: [EIO, EU-2000, COE-1959]}
`
	apply(t, be, []byte(text))
	body := messageOf(t, 4096)
	out, err := be.Node.Submit(t.Context(), node.Submission{Actor: "agency:test", Body: body, To: "NL"})
	check(t, err)
	if out.State != node.Queued || out.Decision.Verdict != policy.Allow || len(out.Decision.Redact) == 0 {
		t.Fatalf("got %s, %+v, want it queued without some parts", out.State, out.Decision)
	}
	await(t, be, out.ID)
	d, err := nl.Node.Open(t.Context(), "officer:test", out.ID, node.In)
	check(t, err)
	for _, f := range d.Message.Findings {
		if f.Category == "contact.address" || f.Category == "loc.residence" {
			t.Errorf("%s crossed at %s", f.Category, f.Pointer)
		}
	}
	for _, f := range out.Decision.Redact {
		if !bytes.Contains(d.Message.Raw, []byte(f.Pointer)) {
			t.Errorf("the message does not say that %s was taken out", f.Pointer)
		}
	}
	original, err := be.Node.Original(t.Context(), "officer:test", out.ID)
	check(t, err)
	if want := len(d.Message.Findings) + len(out.Decision.Redact); len(original.Message.Findings) != want {
		t.Errorf("got %d findings in the original, want %d", len(original.Message.Findings), want)
	}
	apply(t, be, []byte(openPolicy))
	_, err = be.Node.Original(t.Context(), "officer:test", submit(t, be, "NL", messageOf(t, 4096)))
	wantCode(t, err, "left_whole")
}

// A message that would lose what its type demands waits whole.
func TestRequiredPartsAreNotTakenOut(t *testing.T) {
	be, nl := newIdentity(t, "BE").start(t, quiet), newIdentity(t, "NL").start(t, quiet)
	introduce(t, be, nl)
	apply(t, be, []byte(`version: 1
rules:
  - {name: less, peers: [NL], direction: send, types: ["*"], categories: ["*"], redact: [crime.accusation], marking: restricted, minors: true, instruments: [EIO, EU-2000, COE-1959]}
`))
	out, err := be.Node.Submit(t.Context(), node.Submission{Actor: "agency:test", Body: messageOf(t, 4096), To: "NL"})
	check(t, err)
	waits := slices.ContainsFunc(out.Decision.Approve, func(f schema.Finding) bool { return f.Category == "crime.accusation" })
	if out.State != node.Held || !waits || len(out.Decision.Redact) > 0 {
		t.Errorf("got %s, %+v, want it held whole", out.State, out.Decision)
	}
}

// With the description of a file goes the file, and stays at home.
func TestFilesAreTakenOut(t *testing.T) {
	be, b := newIdentity(t, "BE").start(t, quiet), newIdentity(t, "NL")
	vault := &recorder{Vault: b.vault}
	b.vault = vault
	nl := b.start(t, quiet)
	introduce(t, be, nl)
	apply(t, be, []byte(`version: 1
rules:
  - {name: less, peers: [NL], direction: send, types: ["*"], categories: ["*"], redact: [fin.transaction], marking: restricted, minors: true, instruments: [EIO, EU-2000, COE-1959]}
`))
	id := submit(t, be, "NL", withFile(messageOf(t, 4096)))
	await(t, be, id)
	p := unpack(t, vault.opened[0])
	if len(p.files) != 3 {
		t.Errorf("the pouch holds %d files, want manifest, signature and the message alone", len(p.files))
	}
	d, err := nl.Node.Open(t.Context(), "officer:test", id, node.In)
	check(t, err)
	if len(d.Files) != 0 || len(d.Message.Attachments) != 0 {
		t.Errorf("%d files arrived, %d are described", len(d.Files), len(d.Message.Attachments))
	}
	original, err := be.Node.Original(t.Context(), "officer:test", id)
	check(t, err)
	if len(original.Message.Attachments) != 1 || len(original.Files) != 1 || string(original.Files[0].Data) != "abc" {
		t.Fatalf("the original describes %d files and has %d, want the one", len(original.Message.Attachments), len(original.Files))
	}
	client := web.Dial(be.Config.SocketPath())
	defer client.Close()
	sum := original.Message.Attachments[0].SHA256
	file, err := client.Attachment(t.Context(), id, node.Out, hex.EncodeToString(sum[:]))
	check(t, err)
	if string(file) != "abc" {
		t.Errorf("the file that was taken out is %q", file)
	}
	_, err = client.Attachment(t.Context(), id, node.Out, strings.Repeat("0", 64))
	wantCode(t, err, "no_attachment")
}
