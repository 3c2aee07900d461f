package policy

import (
	"fmt"
	"strings"
	"testing"

	"github.com/comity-exchange/comity/schema"
)

// manyRules is a policy of n rules. All of them are for one peer, direction and
// type, which is the worst case for an index; only the last covers the message.
func manyRules(n int) string {
	var b strings.Builder
	b.WriteString(head)
	for i := range n - 1 {
		fmt.Fprintf(&b, "  - {name: r%d, peers: [NL], direction: send, types: [mla.*], categories: [id.*, contact.*, crime.*, x%d.*], instruments: [EIO], marking: restricted}\n", i, i)
	}
	b.WriteString("  - {name: last, peers: [NL], direction: send, types: [mla.*], categories: [id.*, contact.*, crime.*, fin.*], instruments: [EIO], marking: restricted}\n")
	return b.String()
}

// fortyFindings is what a message of about 4 KiB holds.
func fortyFindings() []schema.Finding {
	categories := []string{"id.name", "id.birth", "id.document", "contact.phone", "contact.address", "crime.accusation", "crime.file", "fin.account", "fin.transaction", "fin.asset"}
	var out []schema.Finding
	for i := range 40 {
		out = append(out, schema.Finding{Pointer: fmt.Sprintf("/body/persons/%d", i), Category: categories[i%len(categories)]})
	}
	return out
}

func benchQuestion() Question {
	return Question{Peer: "NL", Direction: Send, Type: "mla.request", Instrument: "EIO", Marking: schema.Restricted, Findings: fortyFindings()}
}

func BenchmarkDecide(b *testing.B) {
	for _, n := range []int{1, 10, 1000, maxRules} {
		p, q := mustParse(b, manyRules(n)), benchQuestion()
		denied := q
		denied.Findings = append(fortyFindings(), schema.Finding{Category: "health"})
		b.Run(fmt.Sprintf("allow/rules=%d", n), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if p.Decide(q).Verdict != Allow {
					b.Fatal("denied")
				}
			}
		})
		b.Run(fmt.Sprintf("denyUnexplained/rules=%d", n), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if p.Judge(denied).Verdict != Deny {
					b.Fatal("allowed")
				}
			}
		})
		b.Run(fmt.Sprintf("deny/rules=%d", n), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if p.Decide(denied).Verdict != Deny {
					b.Fatal("allowed")
				}
			}
		})
	}
}

// What a peer costs that only sends what is denied: its own rules are few among many.
func BenchmarkDenyAmongOtherPeers(b *testing.B) {
	p := mustParse(b, strings.ReplaceAll(manyRules(1000), "peers: [NL]", "peers: [FR]")+strings.TrimPrefix(one(), head))
	q := benchQuestion()
	b.ReportAllocs()
	for b.Loop() {
		if p.Decide(q).Verdict != Deny {
			b.Fatal("allowed")
		}
	}
}

// manyPeers is a policy of 200 peers with 50 rules each, in the plain layout.
func manyPeers() string {
	var b strings.Builder
	b.WriteString(head)
	for peer := range 200 {
		for i := range 50 {
			fmt.Fprintf(&b, "  - name: p%d-%d\n    peers: [P%d]\n    direction: send\n    types: [mla.x%d, status.*]\n    categories: [id.*, contact.*, crime.*, fin.account]\n"+
				"    approve: [bio.*]\n    redact: [health]\n    marking: restricted\n    instruments: [EIO, none]\n", peer, i, 100+peer, i)
		}
	}
	return b.String()
}

// What a message to one of 200 peers costs: no more than with two.
func BenchmarkDecideAmongPeers(b *testing.B) {
	p, q := mustParse(b, manyPeers()), benchQuestion()
	q.Peer, q.Type = "P150", "mla.x49"
	b.ReportAllocs()
	for b.Loop() {
		if p.Decide(q).Verdict != Deny {
			b.Fatal("allowed what has transactions")
		}
	}
}

// Loading 200 peers with 50 rules each: reading, checking and indexing.
func BenchmarkParsePeers(b *testing.B) {
	text := []byte(manyPeers())
	b.SetBytes(int64(len(text)))
	b.ReportAllocs()
	for b.Loop() {
		p, err := Parse(text)
		if err != nil || len(p.rules) != 10_000 {
			b.Fatal(err)
		}
	}
}

// Comparing the largest policy with itself and one rule more.
func BenchmarkWidens(b *testing.B) {
	old := mustParse(b, manyRules(maxRules-1))
	new := mustParse(b, manyRules(maxRules-1)+"  - {name: more, peers: [NL], direction: send, types: [mla.request], categories: [id.name], instruments: [EIO]}\n")
	for b.Loop() {
		if Widens(old, new) {
			b.Fatal("a narrower rule widens")
		}
	}
}

func BenchmarkParse(b *testing.B) {
	text := []byte(manyRules(1000))
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		if _, err := Parse(text); err != nil {
			b.Fatal(err)
		}
	}
}
