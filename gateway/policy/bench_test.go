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

func BenchmarkParse(b *testing.B) {
	text := []byte(manyRules(1000))
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		if _, err := Parse(text); err != nil {
			b.Fatal(err)
		}
	}
}
