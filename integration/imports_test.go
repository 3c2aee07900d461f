package integration

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

const module = "github.com/comity-exchange/comity"

// mayImport holds, for each room, the rooms that it may import. A room that is
// not here does not exist. cmd/comity and integration may import all.
var mayImport = map[string][]string{
	"schema":         {},
	"pki":            {"schema"},
	"gateway/policy": {"schema"},
	"gateway/broker": {},
	"gateway":        {"schema", "pki", "gateway/policy"},
	"node":           {"schema", "pki", "gateway/policy"},
	"node/store":     {"schema", "pki", "gateway/policy", "node"},
	"node/web":       {"schema", "pki", "gateway/policy", "node"},
}

// whole rooms see the whole house; packages below them belong to them. The auditor
// alone, below integration, sees nothing of it.
var whole = []string{"cmd/comity", "integration"}

// testsMayImport is what the tests of a room may import beyond that. A gateway
// without a broker has nothing to talk to, and a test double is no broker; pages without
// a store have no users.
var testsMayImport = map[string][]string{
	"gateway":  {"gateway/broker"},
	"node/web": {"node/store"},
}

// onlyIn holds, for modules that one room wraps for all others, that room.
// Tests in integration are free of it: they attack the wrapped thing itself. So is
// the auditor, which must not read by the code that it checks.
var onlyIn = map[string]string{
	"github.com/ProtonMail/go-crypto": "pki",
	"github.com/nats-io/nats.go":      "gateway",
	"github.com/nats-io/nats-server":  "gateway/broker",
	"github.com/ncruces/go-sqlite3":   "node/store",
	"github.com/go-webauthn/webauthn": "node/web",
	"github.com/coreos/go-oidc":       "node/web",
	"golang.org/x/oauth2":             "node/web",
	"github.com/jackc/pgx":            "node/store",
	"github.com/lib/pq":               "node/store",
	"github.com/mattn/go-sqlite3":     "node/store",
	"modernc.org/sqlite":              "node/store",
	"github.com/rs/zerolog/log":       "cmd/comity", // the global logger
	"github.com/stretchr/testify":     "no room: tests compare got and want",
	"C":                               "no room: the binary is static",
}

func TestImportTable(t *testing.T) {
	files := house(t).goFiles(t)
	report(t, importFaults(files))
	seen := map[string]bool{}
	for _, f := range files {
		seen[room(f.dir)] = true
	}
	for name := range mayImport {
		if !seen[name] {
			t.Errorf("%s: the room stands in the table and has no Go file", name)
		}
	}
}

func importFaults(files []sourceFile) []string {
	var faults []string
	for i := range files {
		f := &files[i]
		from := room(f.dir)
		if from == "" {
			faults = append(faults, f.path+": the package stands in no room of the table")
			continue
		}
		for _, imported := range f.imports() {
			if why := refuse(f, from, imported); why != "" {
				faults = append(faults, fmt.Sprintf("%s: %s imports %s: %s", f.path, from, imported, why))
			}
		}
	}
	return faults
}

// room that a directory belongs to, "" if none.
func room(dir string) string {
	for _, name := range whole {
		if dir == name || strings.HasPrefix(dir, name+"/") {
			return name
		}
	}
	if _, known := mayImport[dir]; known {
		return dir
	}
	return ""
}

// refuse says why room from may not import a package in file f, "" if it may.
func refuse(f *sourceFile, from, imported string) string {
	if dir, ours := strings.CutPrefix(imported, module+"/"); ours {
		return refuseOurs(f, from, dir)
	}
	for prefix, only := range onlyIn {
		inside := imported == prefix || strings.HasPrefix(imported, prefix+"/")
		if inside && from != only && !(f.test && from == "integration") && f.dir != "integration/auditor" {
			return "this belongs in " + only
		}
	}
	return ""
}

func refuseOurs(f *sourceFile, from, dir string) string {
	to := room(dir)
	switch {
	case f.dir == "integration/auditor":
		return "the auditor shares no code with what it checks"
	case to == "":
		return "there is no such room"
	case to == from, slices.Contains(whole, from), slices.Contains(mayImport[from], to):
		return ""
	case f.test && slices.Contains(testsMayImport[from], to):
		return ""
	}
	return fmt.Sprintf("%s may import only %v", from, mayImport[from])
}

func TestImportTableFindsViolations(t *testing.T) {
	ours := func(dir string) string { return `"` + module + "/" + dir + `"` }
	tests := []struct {
		name, file, imported string
		want                 string // "" if allowed
	}{
		{"schema imports a room", "schema/a.go", ours("pki"), "schema may import only []"},
		{"pki imports schema", "pki/a.go", ours("schema"), ""},
		{"pki imports the gateway", "pki/a.go", ours("gateway"), "pki may import only [schema]"},
		{"policy imports pki", "gateway/policy/a.go", ours("pki"), "gateway/policy may import only"},
		{"the broker imports schema", "gateway/broker/a.go", ours("schema"), "gateway/broker may import only []"},
		{"the gateway imports the node", "gateway/a.go", ours("node"), "gateway may import only"},
		{"the gateway imports its broker", "gateway/a.go", ours("gateway/broker"), "gateway may import only"},
		{"a gateway test imports the broker", "gateway/a_test.go", ours("gateway/broker"), ""},
		{"a gateway test imports the node", "gateway/a_test.go", ours("node"), "gateway may import only"},
		{"the node imports the gateway", "node/a.go", ours("gateway"), "node may import only"},
		{"a node test imports the store", "node/a_test.go", ours("node/store"), "node may import only"},
		{"the store imports the node", "node/store/a.go", ours("node"), ""},
		{"the store imports the pages", "node/store/a.go", ours("node/web"), "node/store may import only"},
		{"the command imports all", "cmd/comity/a.go", ours("node/web"), ""},
		{"below the command", "cmd/comity/program/a.go", ours("gateway/broker"), ""},
		{"a room imports the command", "node/web/a.go", ours("cmd/comity/program"), "node/web may import only"},
		{"a room imports integration", "node/a_test.go", ours("integration"), "node may import only"},
		{"a second command", "cmd/other/a.go", ours("schema"), "no room"},
		{"a package below a room", "schema/strict/a.go", `"fmt"`, "no room"},
		{"a package that is gone", "node/a.go", ours("node/old"), "no such room"},
		{"under another name", "node/a.go", "x " + ours("gateway"), "node may import only"},
		{"for its effect", "node/a.go", "_ " + ours("gateway"), "node may import only"},
		{"go-crypto in pki", "pki/a.go", `"github.com/ProtonMail/go-crypto/openpgp/v2"`, ""},
		{"go-crypto in the gateway", "gateway/a.go", `"github.com/ProtonMail/go-crypto/openpgp/v2"`, "belongs in pki"},
		{"go-crypto in a test of the node", "node/a_test.go", `"github.com/ProtonMail/go-crypto/openpgp/packet"`, "belongs in pki"},
		{"go-crypto in the command", "cmd/comity/a.go", `"github.com/ProtonMail/go-crypto/openpgp/v2"`, "belongs in pki"},
		{"go-crypto in integration", "integration/b_test.go", `"github.com/ProtonMail/go-crypto/openpgp/v2"`, ""},
		{"go-crypto in integration, not in a test", "integration/b.go", `"github.com/ProtonMail/go-crypto/openpgp/v2"`, "belongs in pki"},
		{"go-crypto in the auditor", "integration/auditor/a.go", `"github.com/ProtonMail/go-crypto/openpgp/packet"`, ""},
		{"a room in the auditor", "integration/auditor/a.go", ours("schema"), "the auditor shares no code"},
		{"a room in a test of the auditor", "integration/auditor/a_test.go", ours("gateway/policy"), "the auditor shares no code"},
		{"nats.go in the broker", "gateway/broker/a_test.go", `"github.com/nats-io/nats.go"`, "belongs in gateway"},
		{"nats.go in the gateway", "gateway/a.go", `"github.com/nats-io/nats.go"`, ""},
		{"nats-server in the gateway", "gateway/a_test.go", `"github.com/nats-io/nats-server/v2/server"`, "belongs in gateway/broker"},
		{"a driver in the store", "node/store/a.go", `"github.com/ncruces/go-sqlite3/driver"`, ""},
		{"a driver in the node", "node/a.go", `"github.com/jackc/pgx/v5"`, "belongs in node/store"},
		{"a name that only begins alike", "node/a.go", `"github.com/nats-io/nats.gopher"`, ""},
		{"the global logger", "node/a.go", `"github.com/rs/zerolog/log"`, "belongs in cmd/comity"},
		{"cgo", "pki/a.go", `"C"`, "static"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			tr := plant(t, map[string]string{tt.file: "package x\n\nimport " + tt.imported + "\n"})
			faults := importFaults(tr.goFiles(t))
			if tt.want == "" {
				report(t, faults)
				return
			}
			expectOne(t, faults, tt.want)
		})
	}
}

// A build constraint must not hide an import.
func TestImportTableSeesEveryPlatform(t *testing.T) {
	tr := plant(t, map[string]string{"schema/a_plan9.go": "//go:build plan9 && never\n\npackage schema\n\nimport \"" + module + "/node\"\n"})
	expectOne(t, importFaults(tr.goFiles(t)), "schema may import only")
}
