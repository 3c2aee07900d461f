package auditor

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
)

// expectation is one entry of a policy's test file, as POLICY lists its keys.
type expectation struct {
	Send, Receive, To, From    string
	Example                    bool
	Categories                 []string
	Subject                    string
	Minor                      bool
	Instrument, Marking        *string
	Codes, Purposes, Languages []string
	Day, Expect, Rule          string
	Approve, Redact, Fails     []string
}

// The auditor's reading of POLICY gives the answers that stand beside the worked
// policies. What a rule would have to take out must not be in a pouch, so to the
// auditor it is as what waits.
func TestWorkedPolicies(t *testing.T) {
	catalogue := filepath.Join("..", "..", "schema")
	types, err := readTypes(os.DirFS(catalogue))
	if err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob(filepath.Join("..", "..", "gateway", "policy", "testdata", "worked", "*_test.yaml"))
	if err != nil || len(files) < 10 {
		t.Fatalf("got %d files of tests, %v; want at least 10", len(files), err)
	}
	for _, file := range files {
		rules, err := readRules(readFile(t, strings.TrimSuffix(file, "_test.yaml")+".yaml"))
		if err != nil {
			t.Fatal(err)
		}
		var entries []expectation
		if err := yaml.Unmarshal(readFile(t, file), &entries); err != nil || len(entries) == 0 {
			t.Fatalf("%s: got %d entries, %v", file, len(entries), err)
		}
		for i, e := range entries {
			q := e.question(t, types, catalogue)
			direction, peer, day := "send", e.To, e.Day
			if e.Receive != "" {
				direction, peer = "receive", e.From
			}
			if day == "" {
				day = "2026-11-23"
			}
			got, want := "allow", e.Expect
			if words, held := rules.forbids(direction, peer, day, q); held {
				got = "hold"
			} else if words != "" {
				got = "deny"
			}
			if len(e.Redact) > 0 {
				want = "hold"
			}
			if got != want {
				t.Errorf("%s entry %d: got %s, want %s", filepath.Base(file), i+1, got, want)
			}
		}
	}
}

// question that an entry asks: of the catalogue's example or of nothing, with what the
// entry says put in its place.
func (e *expectation) question(t *testing.T, types *types, catalogue string) *question {
	t.Helper()
	q := &question{kind: e.Send + e.Receive, marking: "unclassified"}
	if e.Example {
		var err error
		if q, _, err = types.read(readFile(t, filepath.Join(catalogue, "examples", q.kind+".json"))); err != nil {
			t.Fatal(err)
		}
	}
	if e.Instrument != nil {
		q.instrument = strings.TrimPrefix(*e.Instrument, "none")
	}
	if e.Marking != nil {
		q.marking = *e.Marking
	}
	for _, list := range []struct{ said, asked *[]string }{{&e.Codes, &q.codes}, {&e.Purposes, &q.purposes}, {&e.Languages, &q.languages}} {
		if *list.said != nil {
			*list.asked = *list.said
		}
	}
	if e.Minor && len(e.Categories) == 0 {
		e.Categories = []string{"person.minor"}
	}
	for _, category := range e.Categories {
		q.findings = append(q.findings, finding{category: category, minor: e.Minor || category == "person.minor", subject: e.Subject})
	}
	return q
}
