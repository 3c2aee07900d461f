package integration

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rs/zerolog"

	"github.com/comity-exchange/comity/node"
	"github.com/comity-exchange/comity/node/web"
	"github.com/comity-exchange/comity/pki"
	"github.com/comity-exchange/comity/schema"
)

func TestWebAdmin(t *testing.T) {
	w := newWebPair(t)
	t.Run("status", func(t *testing.T) { adminStatus(t, w) })
	t.Run("peers", func(t *testing.T) { adminPeers(t, w) })
	t.Run("policy", func(t *testing.T) { adminPolicy(t, w) })
	t.Run("journal", func(t *testing.T) { adminJournal(t, w) })
	t.Run("as an agency", func(t *testing.T) { operatorSends(t, w) })
	t.Run("proof", func(t *testing.T) { proof(t, w) })
}

// refused reads the problem that a client gave.
func refused(t *testing.T, err error, kind schema.Kind, code string) {
	t.Helper()
	var p *schema.Problem
	if !errors.As(err, &p) || p.Kind != kind || p.Code != code || p.Fix == "" {
		t.Errorf("got %v, want %s with a next step", err, code)
	}
}

func adminStatus(t *testing.T, w *webPair) {
	send(t, w.be, request(t))
	s, err := w.admin.Status(t.Context())
	check(t, err)
	if s.Card.Code != "BE" || s.Card.Fingerprint != w.be.Card.Certificate.Root().Hex() || s.Version != "test" || s.Policy.Version != 1 || s.Journal.Size == 0 || len(s.Peers) != 1 || !bytes.Contains(s.Links, []byte(`"NL"`)) {
		t.Errorf("got %+v", s)
	}
	if len(s.Counts) != 1 || s.Counts[0] != (web.Count{Box: node.Out, Peer: "NL", State: node.Accepted, N: 1}) {
		t.Errorf("got counts %+v", s.Counts)
	}
	card, err := w.admin.Card(t.Context())
	check(t, err)
	if card.Text != string(w.be.Card.Text) {
		t.Error("the card's text is not its own")
	}
}

func adminPeers(t *testing.T, w *webPair) {
	fr := newIdentity(t, "FR")
	fr.sign(t, 1, pki.Endpoint{Addr: "127.0.0.1:1"})
	right, wrong := fr.root.Fingerprint().String(), w.be.Card.Certificate.Root().String()
	found, err := w.admin.CheckPeer(t.Context(), fr.card.Text)
	check(t, err)
	if found.Card.Code != "FR" || found.Replaces != 0 || !found.Mentioned || found.Added {
		t.Errorf("got %+v", found)
	}
	for _, dry := range []bool{true, false} {
		_, err = w.admin.AddPeer(t.Context(), fr.card.Text, wrong, dry)
		refused(t, err, schema.Unverified, "wrong_fingerprint")
		_, err = w.admin.AddPeer(t.Context(), fr.card.Text, "4F1A", dry)
		refused(t, err, schema.Invalid, "bad_fingerprint")
		_, err = w.admin.AddPeer(t.Context(), w.be.Card.Text, wrong, dry)
		refused(t, err, schema.Conflict, "own_card")
	}
	_, err = w.admin.CheckPeer(t.Context(), fr.card.Text[:200])
	if p := new(schema.Problem); !errors.As(err, &p) || p.Kind != schema.Invalid {
		t.Errorf("a broken card: got %v", err)
	}
	_, err = w.admin.AddPeer(t.Context(), fr.card.Text, right, true)
	check(t, err)
	_, err = w.admin.Peer(t.Context(), "FR")
	refused(t, err, schema.NotFound, "unknown_peer")
	added, err := w.admin.AddPeer(t.Context(), fr.card.Text, right, false)
	check(t, err)
	if !added.Added {
		t.Errorf("got %+v, want it added", added)
	}
	_, err = w.admin.SuspendPeer(t.Context(), "FR", true)
	check(t, err)
	if p, err := w.admin.Peer(t.Context(), "FR"); err != nil || p.Suspended || p.Text != string(fr.card.Text) {
		t.Errorf("after a dry run: got %+v, %v", p, err)
	}
	if p, err := w.admin.SuspendPeer(t.Context(), "FR", false); err != nil || !p.Suspended {
		t.Errorf("got %+v, %v, want it suspended", p, err)
	}
	if p, err := w.admin.ResumePeer(t.Context(), "FR", false); err != nil || p.Suspended {
		t.Errorf("got %+v, %v, want it back", p, err)
	}
	if _, err := w.admin.PingPeer(t.Context(), "FR"); err == nil {
		t.Error("a peer that is not there answered")
	}
	if took, err := w.admin.PingPeer(t.Context(), "NL"); err != nil || took <= 0 {
		t.Errorf("got %v, %v, want a time", took, err)
	}
	if p, err := w.admin.RemovePeer(t.Context(), "FR", false); err != nil || p.Code != "FR" {
		t.Errorf("got %+v, %v", p, err)
	}
	if page, err := w.admin.Peers(t.Context()); err != nil || len(page.Items) != 1 || page.Items[0].Link == nil {
		t.Errorf("got %+v, %v, want NL with its link", page, err)
	}
	entries, err := w.be.Node.Entries(t.Context(), 0, 1000)
	check(t, err)
	var did []string
	for _, e := range entries {
		if e.Subject == "FR" {
			did = append(did, e.Act)
			if !strings.HasPrefix(e.Actor, "operator:uid ") {
				t.Errorf("got actor %s, want the user of the socket", e.Actor)
			}
		}
	}
	if got, want := strings.Join(did, " "), "peer.added peer.suspended peer.resumed peer.removed"; got != want {
		t.Errorf("got journal %s, want %s", got, want)
	}
}

func adminPolicy(t *testing.T, w *webPair) {
	now, err := w.admin.Policy(t.Context())
	check(t, err)
	if now.Text != openPolicy || now.Version != 1 || now.Actor != "operator:test" {
		t.Errorf("got %+v", now)
	}
	next := strings.Replace(openPolicy, "name: out", "name: outward", 1)
	c, err := w.admin.CheckPolicy(t.Context(), []byte(next))
	check(t, err)
	if c.Same || len(c.Warnings) != 0 || len(c.Peers) != 1 || !c.Peers[0].Mentioned {
		t.Errorf("got %+v", c)
	}
	misspelt := strings.Replace(openPolicy, "[EIO,", "[EIU,", 1)
	if c, err := w.admin.CheckPolicy(t.Context(), []byte(misspelt)); err != nil || len(c.Warnings) != 1 || c.Warnings[0].Pointer != "line 3" {
		t.Errorf("got %+v, %v, want one warning on line 3", c, err)
	}
	for _, dry := range []bool{true, false} {
		_, err = w.admin.ApplyPolicy(t.Context(), []byte(misspelt), nil, dry)
		refused(t, err, schema.Invalid, "policy_unknown_names")
		if _, err = w.admin.ApplyPolicy(t.Context(), []byte("version: 1\nrule: []\n"), nil, dry); err == nil {
			t.Error("a misspelt key passed")
		}
	}
	tried, err := w.admin.ApplyPolicy(t.Context(), []byte(next), nil, true)
	check(t, err)
	if tried.Version != 0 || tried.SHA256 != c.SHA256 || w.be.Node.PolicyVersion() != 1 {
		t.Errorf("a dry run gave %+v and version %d", tried, w.be.Node.PolicyVersion())
	}
	const tests = "- send: mla.request\n  to: NL\n  example: true\n  expect: allow\n- send: mla.request\n  to: FR\n  expect: deny\n"
	for _, dry := range []bool{true, false} {
		_, err = w.admin.ApplyPolicy(t.Context(), []byte(next), []byte(strings.Replace(tests, "expect: deny", "expect: allow", 1)), dry)
		refused(t, err, schema.Invalid, "policy_tests_failed")
		if p := new(schema.Problem); errors.As(err, &p) && (len(p.Errors) != 1 || p.Errors[0].Pointer != "line 5") {
			t.Errorf("got %+v, want the entry on line 5", p.Errors)
		}
		_, err = w.admin.ApplyPolicy(t.Context(), []byte(next), []byte("- send: mla.request\n"), dry)
		refused(t, err, schema.Invalid, "bad_expectation")
	}
	applied, err := w.admin.ApplyPolicy(t.Context(), []byte(next), []byte(tests), false)
	check(t, err)
	history, err := w.admin.Policies(t.Context())
	check(t, err)
	if applied.Version != 2 || len(history.Items) != 2 || history.Items[1].SHA256 != applied.SHA256 || history.Items[1].Tests != 2 || history.Items[0].Tests != 0 {
		t.Errorf("got %+v, %+v", applied, history)
	}
	for version, want := range map[int64]string{1: openPolicy, 2: next} {
		v, err := w.admin.PolicyOf(t.Context(), version)
		check(t, err)
		if v.Text != want || (v.TestText == tests) != (version == 2) {
			t.Errorf("got %+v of version %d", v, version)
		}
	}
	_, err = w.admin.PolicyOf(t.Context(), 3)
	refused(t, err, schema.NotFound, "unknown_policy")
}

func adminJournal(t *testing.T, w *webPair) {
	head, err := w.admin.VerifyJournal(t.Context())
	check(t, err)
	page, err := w.admin.Journal(t.Context(), head.Size-1, 1)
	check(t, err)
	if len(page.Items) != 1 || page.Items[0].N != head.Size || len(head.Root) != 64 {
		t.Errorf("got head %+v and last entry %+v", head, page.Items)
	}
}

func operatorSends(t *testing.T, w *webPair) {
	sent, err := w.admin.Send(t.Context(), web.SendRequest{Body: encode(t, request(t)), To: "NL", Key: "operator-1"})
	check(t, err)
	_, err = w.be.Node.Await(t.Context(), sent.ID)
	check(t, err)
	m, err := w.admin.Message(t.Context(), sent.ID, "")
	check(t, err)
	if m.State != node.Accepted || !strings.HasPrefix(m.Actor, "operator:uid ") {
		t.Errorf("got %s by %s", m.State, m.Actor)
	}
}

// proof checks a bundle of each side as its README says, with the real sha256sum.
func proof(t *testing.T, w *webPair) {
	m := request(t)
	m["attachments"] = []any{map[string]any{"name": "a.txt", "media_type": "text/plain", "category": "ev.item", "data": "aGVsbG8="}}
	id := send(t, w.be, m)
	packed, err := w.admin.Proof(t.Context(), id, node.Out)
	check(t, err)
	b, err := web.ReadBundle(packed)
	check(t, err)
	other, err := w.nl.Node.Proof(t.Context(), "operator:test", id, node.In)
	check(t, err)
	if !bytes.Equal(other.Message, b.Message) || !bytes.Equal(other.Manifest, b.Manifest) || !bytes.Equal(other.Receipt, b.Receipt) ||
		!bytes.Equal(other.Sender, b.Sender) || !bytes.Equal(other.Recipient, b.Recipient) {
		t.Error("the two sides prove different things")
	}
	sender, err := pki.ReadCard(b.Sender, now())
	check(t, err)
	recipient, err := pki.ReadCard(b.Recipient, now())
	check(t, err)
	if _, err := sender.Certificate.VerifyAt(b.Manifest, b.ManifestSig); err != nil {
		t.Errorf("manifest: %v", err)
	}
	if _, err := recipient.Certificate.VerifyAt(b.Receipt, b.ReceiptSig); err != nil {
		t.Errorf("receipt: %v", err)
	}
	sum, err := exec.LookPath("sha256sum")
	if err != nil {
		t.Skip("left out: sha256sum is not here")
	}
	dir := t.TempDir()
	check(t, os.Mkdir(filepath.Join(dir, "att"), 0o700))
	check(t, os.WriteFile(filepath.Join(dir, "manifest"), b.Manifest, 0o600))
	check(t, os.WriteFile(filepath.Join(dir, string(id)+".json"), b.Message, 0o600))
	for name, data := range b.Attachments {
		check(t, os.WriteFile(filepath.Join(dir, "att", name), data, 0o600))
	}
	verify := func() (string, error) {
		cmd := exec.Command(sum, "--check", "--strict", "--ignore-missing", "manifest")
		cmd.Dir = dir
		out, err := cmd.CombinedOutput()
		return string(out), err
	}
	if out, err := verify(); err != nil || strings.Count(out, ": OK") != 2 {
		t.Errorf("sha256sum: %v\n%s", err, out)
	}
	b.Message[10] ^= 1
	check(t, os.WriteFile(filepath.Join(dir, string(id)+".json"), b.Message, 0o600))
	if out, err := verify(); err == nil {
		t.Errorf("a flipped bit passed:\n%s", out)
	}
	queued := newQueued(t, w)
	_, err = w.admin.Proof(t.Context(), queued, node.Out)
	refused(t, err, schema.Conflict, "no_receipt")
}

// newQueued sends to a peer that is not there.
func newQueued(t *testing.T, w *webPair) schema.ID {
	fr := newIdentity(t, "FR")
	fr.start(t, zerolog.Nop()).Close(t.Context())
	_, err := w.admin.AddPeer(t.Context(), fr.card.Text, fr.root.Fingerprint().Hex(), false)
	check(t, err)
	m := request(t)
	m["to"] = "FR/bepi"
	sent, err := w.admin.Send(t.Context(), web.SendRequest{Body: encode(t, m), Key: "queued"})
	check(t, err)
	return sent.ID
}
