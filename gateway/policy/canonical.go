package policy

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"slices"
	"strings"

	"github.com/comity-exchange/comity/schema"
)

// Canonical is the policy in its one layout: keys in the order of POLICY.md, a
// line for each, lists sorted, defaults and comments left out. The rules keep
// their order, because the first of equals decides. It parses to a policy that
// decides alike.
func (p *Policy) Canonical() []byte {
	var b bytes.Buffer
	b.WriteString("version: 1\n")
	p.writeGroups(&b)
	if len(p.rules) == 0 {
		b.WriteString("rules: []\n")
		return b.Bytes()
	}
	b.WriteString("rules:\n")
	for i := range p.rules {
		p.rules[i].write(&b)
	}
	return b.Bytes()
}

// Meaning is the SHA-256 of Canonical. Two files with the same meaning differ in
// layout, comments and the order of lists only.
func (p *Policy) Meaning() [32]byte { return sha256.Sum256(p.Canonical()) }

func (p *Policy) writeGroups(b *bytes.Buffer) {
	if len(p.groups) == 0 {
		return
	}
	b.WriteString("groups:\n")
	sorted := slices.Clone(p.groups)
	slices.SortFunc(sorted, func(a, b peers) int { return strings.Compare(a.name, b.name) })
	for _, g := range sorted {
		fmt.Fprintf(b, "  %s: %s\n", scalar(g.name), flow(g.members))
	}
}

func (r *rule) write(b *bytes.Buffer) {
	fmt.Fprintf(b, "  - name: %s\n", scalar(r.name))
	for _, l := range r.lines() {
		if l.value != "" {
			fmt.Fprintf(b, "    %s: %s\n", l.key, l.value)
		}
	}
}

// written is one line of a rule; the value is "" where it is the default.
type written struct{ key, value string }

// lines of the rule after its name, in the order of POLICY.md.
func (r *rule) lines() []written {
	minors, marking, instruments := "", "", flow(r.instruments)
	if r.minors {
		minors = "true"
	}
	if r.marking != schema.Unclassified {
		marking = r.marking.String()
	}
	if len(r.instruments) == 1 && r.instruments[0].text == noInstrument {
		instruments = ""
	}
	return []written{{"peers", flow(r.listed)}, {"direction", string(r.direction)}, {"types", flow(r.types)},
		{"categories", flow(r.categories)}, {"approve", flow(r.approve)}, {"redact", flow(r.redact)},
		{"subjects", flow(r.subjects)}, {"minors", minors}, {"marking", marking}, {"codes", flow(r.codes)},
		{"instruments", instruments}, {"purposes", flow(r.purposes)}, {"languages", flow(r.languages)},
		{"from", r.from.String()}, {"until", r.until.String()}}
}

// flow is a list in brackets, sorted, "" if it is empty.
func flow(list []entry) string {
	if len(list) == 0 {
		return ""
	}
	out := texts(list)
	slices.Sort(out)
	for i := range out {
		out[i] = scalar(out[i])
	}
	return "[" + strings.Join(out, ", ") + "]"
}

// scalar is a name as YAML text, in quotes where YAML could read it as something else.
func scalar(s string) string {
	if plainText(s) {
		return s
	}
	return `"` + s + `"`
}

// plainText says whether every YAML reader takes s for text without quotes.
func plainText(s string) bool {
	if s == "" || !letter(s[0]) || len(s) <= 5 && slices.Contains(reserved, strings.ToLower(s)) {
		return false
	}
	for i := 1; i < len(s); i++ {
		if c := s[i]; !letter(c) && (c < '0' || c > '9') && !strings.ContainsRune("._/-*", rune(c)) {
			return false
		}
	}
	return true
}

// reserved words that some YAML reader takes for true, false, nothing or a number.
var reserved = []string{"y", "n", "yes", "no", "on", "off", "true", "false", "null", "nan", "inf"}

func letter(c byte) bool { return 'a' <= c|0x20 && c|0x20 <= 'z' }
