package integration

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/uuid"

	"github.com/comity-exchange/comity/cmd/comity/program"
	"github.com/comity-exchange/comity/integration/auditor"
	"github.com/comity-exchange/comity/node"
	"github.com/comity-exchange/comity/pki"
	"github.com/comity-exchange/comity/schema"
)

// canary stands in the content of test messages and nowhere else.
const canary = "Kanarienvogel-7719"

// withCanary puts the canary into the facts of a message of messageOf.
func withCanary(text []byte) []byte {
	return bytes.Replace(text, []byte(`"facts": "xxxxxxxxxxxxxxxxxx`), []byte(`"facts": "`+canary), 1)
}

// books is what the auditor needs of a node that runs inside the test.
func (id *identity) books(tb testing.TB) auditor.Node {
	tb.Helper()
	unlock := pki.NewKeyFile()
	vault, err := pki.SealVault(id.secrets, unlock)
	check(tb, err)
	return auditor.Node{Code: string(id.code), Database: id.config().DatabasePath(), Vault: vault, Unlock: unlock, Places: []string{id.dir}}
}

// booksOnDisk is the same of a node that the command line has made.
func booksOnDisk(tb testing.TB, dir, code string) auditor.Node {
	tb.Helper()
	n := auditor.Node{Code: code, Database: filepath.Join(dir, "comity.db"), Places: []string{dir},
		Secrets: []string{filepath.Join(dir, "vault.key"), filepath.Join(dir, strings.ToLower(code)+".root.asc")}}
	var err error
	n.Vault, err = os.ReadFile(filepath.Join(dir, "vault"))
	check(tb, err)
	n.Unlock, err = os.ReadFile(n.Secrets[0])
	check(tb, err)
	return n
}

// houseOf is the audit of stopped nodes that have sent and answered under the eyes of a test.
func houseOf(tb testing.TB, ids ...*identity) auditor.House {
	h := auditor.House{Types: os.DirFS(filepath.Join("..", "schema"))}
	for _, id := range ids {
		h.Nodes = append(h.Nodes, id.books(tb))
	}
	return h
}

// audit wants no finding.
func audit(tb testing.TB, h auditor.House) *auditor.Report {
	tb.Helper()
	report, err := auditor.Audit(h)
	check(tb, err)
	for i, f := range report.Findings {
		if i == 20 {
			tb.Errorf("and %d findings more", len(report.Findings)-i)
			break
		}
		tb.Error(f)
	}
	return report
}

// auditedHouse is three nodes that have lived through all that the auditor looks at,
// and have stopped.
func auditedHouse(t *testing.T) auditor.House {
	t.Helper()
	a, b, c := newIdentity(t, "BE"), newIdentity(t, "NL"), newIdentity(t, "FR")
	be, nl, fr := a.start(t, quiet), b.start(t, quiet), c.start(t, quiet)
	introduce(t, be, nl, fr)
	h := auditor.House{Quiet: true, OneSubject: true, Canaries: []string{canary}, DiskCeiling: 16 << 20, MemoryCeiling: 1 << 30}
	n := 0
	send := func(p *program.Program, to schema.Jurisdiction, text []byte) (*node.Submitted, error) {
		n++
		text = bytes.Replace(text, []byte(`"subject": "`), fmt.Appendf(nil, `"subject": "No. %d `, n), 1)
		text = bytes.ReplaceAll(text, []byte(`"to": "NL/iro"`), []byte(`"to": "`+string(to)+`/iro"`))
		text = bytes.ReplaceAll(text, []byte(`"from": "BE/fps-justice"`), []byte(`"from": "`+string(p.Card.Jurisdiction)+`/fps-justice"`))
		id := anyID()
		text = bytes.Replace(text, []byte("{"), []byte(`{"id":"`+string(id)+`","created":"2026-11-23T21:05:52Z",`), 1)
		sent := auditor.Sent{From: string(p.Card.Jurisdiction), To: string(to), ID: string(id), SHA256: sha256.Sum256(text), Stream: "one"}
		if bytes.Contains(text, []byte(`"data"`)) {
			sent.SHA256 = [32]byte{} // the node describes the file instead
		}
		done, err := p.Node.Submit(t.Context(), node.Submission{Actor: "agency:test", Body: text, To: to})
		if err != nil {
			h.Denied = append(h.Denied, sent)
		} else {
			h.Sent = append(h.Sent, sent)
		}
		return done, err
	}
	text := withCanary(messageOf(t, 4096))
	accepted := func(p *program.Program, to schema.Jurisdiction, text []byte) schema.ID {
		done, err := send(p, to, text)
		check(t, err)
		if got := await(t, p, done.ID); got.State != node.Accepted {
			t.Fatalf("got %+v, want accepted", got)
		}
		return done.ID
	}
	read := accepted(be, "NL", text)
	for range 3 {
		accepted(be, "NL", text)
		accepted(nl, "FR", text)
		accepted(fr, "BE", text)
	}
	accepted(be, "NL", withFile(text))
	_, err := nl.Node.Open(t.Context(), "officer:test", read, node.In)
	check(t, err)
	h.Read = []auditor.Reading{{Node: "NL", ID: string(read)}}

	// While NL is deaf to FR a queue grows behind the pouch in flight.
	check(t, nl.Node.SuspendPeer(t.Context(), "operator:test", "FR"))
	var queue []schema.ID
	for i := range 6 {
		done, err := send(fr, "NL", text)
		check(t, err)
		queue = append(queue, done.ID)
		if i == 0 {
			inFlight(t, fr, "NL")
		}
	}
	check(t, nl.Node.ResumePeer(t.Context(), "operator:test", "FR"))
	for _, id := range queue {
		if got := await(t, fr, id); got.State != node.Accepted {
			t.Fatalf("got %+v, want accepted", got)
		}
	}

	// FR takes no bank accounts for a while; NL is away when BE stops sending them.
	_, err = fr.Node.ApplyPolicy(t.Context(), "operator:test", narrow("receive"))
	check(t, err)
	done, err := send(be, "FR", text)
	check(t, err)
	if got := await(t, be, done.ID); got.State == node.Accepted {
		t.Fatalf("got %+v, want refused", got)
	}
	check(t, be.Node.SuspendPeer(t.Context(), "operator:test", "NL"))
	waiting, err := send(be, "FR", text)
	check(t, err)
	await(t, be, waiting.ID)
	check(t, be.Node.ResumePeer(t.Context(), "operator:test", "NL"))
	check(t, nl.Close(t.Context()))
	first, err := send(be, "NL", text)
	check(t, err)
	inFlight(t, be, "NL")
	second, err := send(be, "NL", text)
	check(t, err)
	_, err = be.Node.ApplyPolicy(t.Context(), "operator:test", narrow("send"))
	check(t, err)
	if _, err := send(be, "NL", text); err == nil {
		t.Fatal("the narrow policy lets a bank account out")
	}
	nl = b.start(t, quiet)
	await(t, be, first.ID)
	if got := await(t, be, second.ID); got.State != node.Denied {
		t.Fatalf("got %+v, want denied", got)
	}
	for _, p := range []*program.Program{be, nl, fr} {
		check(t, p.Close(t.Context()))
	}
	found := houseOf(t, a, b, c)
	h.Nodes, h.Types = found.Nodes, found.Types
	return h
}

// inFlight waits until a pouch is.
func inFlight(t *testing.T, p *program.Program, peer schema.Jurisdiction) {
	t.Helper()
	eventually(t, "a pouch in flight", func() bool {
		last, err := p.Node.Last(t.Context(), node.Out, peer)
		return err == nil && last != nil && last.Receipt == nil
	})
}

// anyID is a message id of no particular time: an agency may choose it, so that the
// order of ids says nothing.
func anyID() schema.ID {
	id := uuid.Must(uuid.NewV7())
	mixed := uuid.New()
	copy(id[:6], mixed[:6])
	return schema.ID(id.String())
}

// copyHouse gives an audit its own copy of every database.
func copyHouse(t *testing.T, h auditor.House) auditor.House {
	t.Helper()
	nodes := make([]auditor.Node, len(h.Nodes))
	for i, n := range h.Nodes {
		path := filepath.Join(t.TempDir(), n.Code+".db")
		content, err := os.ReadFile(n.Database)
		check(t, err)
		check(t, os.WriteFile(path, content, 0o600))
		n.Database, n.Places = path, nil
		nodes[i] = n
	}
	h.Nodes = nodes
	return h
}

// TestAuditor plants one breach of each invariant into good books and wants it found,
// and nothing else.
func TestAuditor(t *testing.T) {
	good := auditedHouse(t)
	report := audit(t, good)
	t.Log(report)
	if report.Messages < 15 || report.Delivered < 10 || report.Pouches < 20 || report.Entries < 60 || report.Policies < 5 {
		t.Fatalf("the audit looked at too little: %s", report)
	}
	for _, tt := range plants {
		t.Run(tt.name, func(t *testing.T) {
			h := copyHouse(t, good)
			tt.plant(&planter{t, &h})
			report, err := auditor.Audit(h)
			check(t, err)
			invariant, _, _ := strings.Cut(tt.name, " ")
			said := false
			for _, f := range report.Findings {
				if f.Invariant != invariant {
					t.Errorf("got %s, want findings of %s only", f, invariant)
				}
				said = said || strings.Contains(f.String(), tt.want)
			}
			if !said || len(report.Findings) > 1+tt.more {
				t.Errorf("got %q, want one that says %q and at most %d more", report.Findings, tt.want, tt.more)
			}
		})
	}
}
