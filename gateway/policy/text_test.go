package policy

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/comity-exchange/comity/schema"
)

// write makes the golden texts anew; read the difference before it is kept.
var write = flag.Bool("write", false, "write testdata/explain/*.txt")

const guarded = head + `
  - {name: nl-mla, peers: [NL], direction: send, types: [mla.*], categories: [id.*], approve: [bio.*], redact: [health]}
  - {name: nl-intel, peers: [NL], direction: send, types: [intel.*], categories: [id.*], subjects: [suspect], codes: [H0, H1], purposes: [detection], languages: [nl], from: 2026-01-01, until: 2026-12-31}
`

func TestText(t *testing.T) {
	p, closed := mustParse(t, neighbours), mustParse(t, guarded)
	restricted := func(q *Question) { q.Marking, q.Instrument = schema.Restricted, "EIO" }
	tests := map[string]Decision{
		"allowed":           p.Decide(ask("id.name", "id.birth")),
		"allowed-explained": p.Explain(ask("id.name", "id.birth")),
		"category":          p.Decide(ask("id.name", "health", "bio.fingerprint", "health")),
		"several":           p.Decide(ask("id.name+minor", "health+minor").with(restricted)),
		"other-type":        p.Decide(ask("id.name").with(func(q *Question) { q.Type = "extradition.request" })),
		"other-peer":        p.Decide(ask("id.name").with(func(q *Question) { q.Peer = "DE" })),
		"released":          closed.Decide(ask("id.name", "bio.fingerprint", "health", "gen.dna")),
		"held":              closed.Explain(ask("id.name", "bio.fingerprint", "health")),
		"limits": closed.Decide(ask("id.name").with(func(q *Question) {
			q.Type, q.Codes, q.Languages = "intel.report", []string{"H0", "H3"}, []string{"nl", "de"}
			q.Findings[0].Subject = "victim"
		})),
		"nothing": None().Decide(ask()),
	}
	for name, d := range tests {
		t.Run(name, func(t *testing.T) {
			file := "testdata/explain/" + name + ".txt"
			if *write {
				if err := os.WriteFile(file, []byte(d.Text()), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			if got, want := d.Text(), readFile(t, file); got != want {
				t.Errorf("got\n%s\nwant\n%s", got, want)
			}
		})
	}
}

func TestTextCountsRulesForOtherPeers(t *testing.T) {
	var b strings.Builder
	b.WriteString(one())
	for i := range 100 {
		fmt.Fprintf(&b, "  - {name: de%d, peers: [DE], direction: send, types: [mla.*]}\n", i)
	}
	got := mustParse(t, b.String()).Decide(ask("health")).Text()
	if !strings.Contains(got, "and 92 more rules for other peers") || strings.Count(got, "\n") > 16 {
		t.Errorf("got\n%s", got)
	}
}

// What a caller asks comes back in the table; it must not reach the terminal as a command.
func TestTextPrintsNoControlCharacters(t *testing.T) {
	nasty := "x\x1b[2J\r\n\t\u202ey"
	q := Question{Peer: "NL", Direction: Send, Type: "mla." + nasty, Instrument: nasty,
		Findings: []schema.Finding{{Category: nasty, Pointer: nasty, Subject: nasty}}}
	got := mustParse(t, neighbours).Explain(q).Text()
	if i := strings.IndexAny(got, "\x1b\r\t\u202e"); i >= 0 || !strings.Contains(got, "[2J") {
		t.Errorf("got a control character at %d in\n%q", i, got)
	}
	for _, line := range strings.Split(strings.TrimSpace(got), "\n") {
		if strings.HasPrefix(line, "y") {
			t.Errorf("the input began a line: %q", line)
		}
	}
}
