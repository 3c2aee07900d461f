package demo

import (
	"io/fs"
	"testing"
	"time"

	"github.com/comity-exchange/comity/gateway/policy"
	"github.com/comity-exchange/comity/schema"
)

// held are the case files that wait for a second officer before they leave.
var held = map[string]bool{"cases/forged-passports.json": true}

// TestCases holds every case file against the catalogue and the demo's own policy.
func TestCases(t *testing.T) {
	c, err := schema.Load()
	if err != nil {
		t.Fatal(err)
	}
	text, err := files.ReadFile("policy.yaml")
	if err != nil {
		t.Fatal(err)
	}
	p, err := policy.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	asked := &schema.Message{ID: schema.NewID(), Type: "mla.request", From: "BE/fps-justice", To: "NL/irc", Case: "BE-2026-1", Instrument: "EIO", Created: time.Now()}
	names, err := fs.Glob(files, "cases/*.json")
	if err != nil || len(names) == 0 {
		t.Fatalf("got %d case files, %v", len(names), err)
	}
	for _, name := range names {
		t.Run(name, func(t *testing.T) {
			draft, err := fill(name[len("cases/"):], time.Now(), asked)
			if err != nil {
				t.Fatal(err)
			}
			raw, _, err := c.Complete(draft, schema.Draft{ID: schema.NewID(), Created: time.Now()})
			if err != nil {
				t.Fatal(err)
			}
			m, err := c.Read(raw)
			if err != nil {
				t.Fatal(err)
			}
			for _, d := range []policy.Direction{policy.Send, policy.Receive} {
				want := policy.Allow
				if held[name] && d == policy.Send {
					want = policy.Hold
				}
				if got := p.Explain(policy.Ask(m, m.To.Jurisdiction(), d, m.Created)); got.Verdict != want {
					t.Errorf("%s: %s", d, got.Text())
				}
			}
		})
	}
}
