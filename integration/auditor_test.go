package integration

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/comity-exchange/comity/integration/auditor"
	"github.com/comity-exchange/comity/pki"
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
