package policy

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/goccy/go-yaml"

	"github.com/comity-exchange/comity/schema"
)

// row and sheet are the policy file as POLICY.md describes it, read by the YAML
// library's own decoder. covers below follows POLICY.md line by line and shares
// nothing with the index that Decide uses.
type row struct {
	Name        string
	Peers       []string
	Direction   string
	Types       []string
	Categories  []string
	Marking     string
	Instruments []string
	Minors      bool
}

type sheet struct {
	Version int
	Rules   []row
}

func readSheet(t testing.TB, text []byte) sheet {
	t.Helper()
	var s sheet
	if err := yaml.Unmarshal(text, &s); err != nil {
		t.Fatalf("the decoder refuses what Parse accepts: %v", err)
	}
	return s
}

func (s sheet) allows(q Question) bool {
	for _, r := range s.Rules {
		if r.covers(q) {
			return true
		}
	}
	return false
}

func (r row) covers(q Question) bool {
	return anyOf(r.Peers, func(p string) bool { return p == string(q.Peer) }) &&
		r.Direction == string(q.Direction) &&
		anyOf(r.Types, func(p string) bool { return glob(p, q.Type) }) &&
		r.takesInstrument(q.Instrument) && r.takesMarking(q.Marking) && r.takesFindings(q.Findings)
}

func (r row) takesInstrument(instrument string) bool {
	if instrument == "" {
		return len(r.Instruments) == 0 || anyOf(r.Instruments, func(s string) bool { return s == "none" })
	}
	return instrument != "none" && anyOf(r.Instruments, func(s string) bool { return s == instrument })
}

func (r row) takesMarking(m schema.Marking) bool {
	return m == schema.Unclassified || m == schema.Restricted && r.Marking == "restricted"
}

func (r row) takesFindings(findings []schema.Finding) bool {
	for _, f := range findings {
		if !anyOf(r.Categories, func(p string) bool { return glob(p, f.Category) }) {
			return false
		}
		if !r.Minors && (f.Minor || f.Subject == "minor" || f.Category == "person.minor") {
			return false
		}
	}
	return true
}

// glob: the pattern is the name, or "*", or a stem before ".*" that the name goes on from.
func glob(pattern, name string) bool {
	if name == "" {
		return false
	}
	if pattern == "*" || pattern == name {
		return true
	}
	if !strings.HasSuffix(pattern, ".*") {
		return false
	}
	rest, found := strings.CutPrefix(name, pattern[:len(pattern)-1])
	return found && rest != ""
}

func anyOf(list []string, is func(string) bool) bool {
	for _, s := range list {
		if is(s) {
			return true
		}
	}
	return false
}

// The words from which random policies and questions are made. They are few, so
// that both verdicts are common, and hold the awkward neighbours of wildcards.
var (
	somePeers       = []string{"NL", "FR", "EUROPOL"}
	someTypes       = []string{"mla.request", "mla.response", "mla", "mlax.request", "status.refused", "mla.request.urgent"}
	someTypeRules   = []string{"mla.request", "mla.*", "status.*", "*", "mla.request.*", "notice.wanted"}
	someCategories  = []string{"id.name", "id.birth", "fin.account", "bio.fingerprint", "health", "person.minor", "id", "healthy", "fin.account.closed"}
	someCategoryRs  = []string{"id.*", "id.name", "fin.*", "fin.account", "bio.*", "health", "person.minor", "*", "health.*"}
	someInstruments = []string{"EIO", "COE-1959", "MLA-2000"}
	someSubjects    = []string{"", "victim", "minor"}
)

// random makes policies and questions from one seed.
type random struct{ *rand.Rand }

// seed repeats a random run: go test ./gateway/policy -seed N.
var seed = flag.Uint64("seed", 0, "seed of the random tests, 0 for a new one")

func newRandom(t testing.TB) random {
	n := *seed
	if n == 0 {
		n = uint64(time.Now().UnixNano())
	}
	t.Logf("repeat with -seed %d", n)
	return random{rand.New(rand.NewPCG(n, 0))}
}

func (r random) pick(from []string) string { return from[r.IntN(len(from))] }

// some picks at least least of from, each at most once.
func (r random) some(from []string, least int) []string {
	n := least + r.IntN(len(from)-least+1)
	var out []string
	for _, i := range r.Perm(len(from))[:n] {
		out = append(out, from[i])
	}
	return out
}

// rule writes one random rule, with keys left out at random.
func (r random) rule(name string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "  - name: %s\n    peers: [%s]\n", name, strings.Join(r.some(somePeers, 1), ", "))
	fmt.Fprintf(&b, "    direction: %s\n    types: [%s]\n", r.pick([]string{"send", "receive"}), quoted(r.some(someTypeRules, 1)))
	for _, line := range []string{
		fmt.Sprintf("    categories: [%s]\n", quoted(r.some(someCategoryRs, 0))),
		fmt.Sprintf("    marking: %s\n", r.pick([]string{"unclassified", "restricted"})),
		fmt.Sprintf("    instruments: [%s]\n", quoted(r.some(append([]string{"none"}, someInstruments...), 1))),
		fmt.Sprintf("    minors: %v\n", r.IntN(2) == 0),
	} {
		if r.IntN(4) > 0 {
			b.WriteString(line)
		}
	}
	return b.String()
}

func quoted(names []string) string {
	out := make([]string, len(names))
	for i, s := range names {
		out[i] = `"` + s + `"`
	}
	return strings.Join(out, ", ")
}

func (r random) policy(rules int) string {
	var b strings.Builder
	b.WriteString("version: 1\nrules:\n")
	if rules == 0 {
		return "version: 1\nrules: []\n"
	}
	for i := range rules {
		b.WriteString(r.rule(fmt.Sprintf("r%d", i)))
	}
	return b.String()
}

func (r random) question() Question {
	q := Question{
		Peer:       schema.Jurisdiction(r.pick(append(somePeers, "DE"))),
		Direction:  Direction(r.pick([]string{"send", "receive"})),
		Type:       r.pick(someTypes),
		Instrument: r.pick(append([]string{"", "none"}, someInstruments...)),
		Marking:    schema.Marking(r.IntN(2)),
	}
	for i := range r.IntN(5) {
		q.Findings = append(q.Findings, schema.Finding{Pointer: fmt.Sprintf("/body/%d", i), Category: r.pick(someCategories),
			Subject: r.pick(someSubjects), Minor: r.IntN(8) == 0})
	}
	return q
}

func mustParse(t testing.TB, text string) *Policy {
	t.Helper()
	p, err := Parse([]byte(text))
	if err != nil {
		t.Fatalf("Parse: %v\n%s", err, text)
	}
	return p
}

func TestDecideAgreesWithTheNaiveReading(t *testing.T) {
	r := newRandom(t)
	verdicts := map[Verdict]int{}
	for range 150 {
		text := r.policy(r.IntN(9))
		p, s := mustParse(t, text), readSheet(t, []byte(text))
		for range 40 {
			q := r.question()
			checkDecision(t, p, s, q)
			verdicts[p.Decide(q).Verdict]++
		}
	}
	t.Log(verdicts)
	if verdicts[Allow] < 100 || verdicts[Deny] < 1000 {
		t.Errorf("the questions are one-sided: %v", verdicts)
	}
}

// checkDecision holds every field of a decision against the naive reading.
func checkDecision(t *testing.T, p *Policy, s sheet, q Question) {
	t.Helper()
	got, explained := p.Decide(q), p.Explain(q)
	want := s.allows(q)
	if (got.Verdict == Allow) != want || got.Verdict != explained.Verdict || got.Rule != explained.Rule {
		t.Fatalf("got %s by %q, explained %s by %q, want allow=%v\n%+v\n%s",
			got.Verdict, got.Rule, explained.Verdict, explained.Rule, want, q, p.Text())
	}
	if len(explained.Trace) != len(s.Rules) {
		t.Fatalf("got %d traced rules, want %d", len(explained.Trace), len(s.Rules))
	}
	rows := map[string]row{}
	for _, r := range s.Rules {
		rows[r.Name] = r
	}
	for i, trace := range explained.Trace {
		if r := rows[trace.Rule]; trace.Covers != r.covers(q) {
			t.Fatalf("rule %s: got covers=%v, want %v\n%+v\n%s", trace.Rule, trace.Covers, r.covers(q), q, p.Text())
		}
		if i > 0 && explained.Trace[i-1].distance() > trace.distance() {
			t.Fatalf("trace is not closest first at %d", i)
		}
	}
	if want && (len(got.Trace) > 0 || got.Closest != "" || !rows[got.Rule].covers(q)) {
		t.Fatalf("an allowed message got %+v", got)
	}
	if got.WouldPass != "" && len(q.Findings) <= maxFailing {
		checkRemedy(t, rows[got.Closest], got.Trace[0], q)
	}
}

// checkRemedy does what the trace of the closest rule asks and sees it pass by that rule.
func checkRemedy(t *testing.T, closest row, trace RuleTrace, q Question) {
	t.Helper()
	mended := q
	mended.Findings = nil
	failing := map[schema.Finding]bool{}
	for _, c := range trace.Conditions {
		for _, f := range c.Failing {
			failing[f] = true
		}
		switch {
		case c.OK:
		case c.Name == "marking":
			mended.Marking = schema.Unclassified
		case c.Name == "instrument":
			mended.Instrument, _, _ = strings.Cut(c.Want, ", ")
			if mended.Instrument == "none" {
				mended.Instrument = ""
			}
		}
	}
	for _, f := range q.Findings {
		if !failing[f] {
			mended.Findings = append(mended.Findings, f)
		}
	}
	if !closest.covers(mended) {
		t.Fatalf("the remedy does not help:\nasked  %+v\nmended %+v\nrule   %+v", q, mended, closest)
	}
}

func TestAddingARuleNeverDenies(t *testing.T) {
	r := newRandom(t)
	allowed := 0
	for range 150 {
		text := r.policy(1 + r.IntN(6))
		before := mustParse(t, text)
		after := mustParse(t, text+r.rule("added"))
		front := mustParse(t, strings.Replace(text, "rules:\n", "rules:\n"+r.rule("added"), 1))
		for range 30 {
			q := r.question()
			if before.Decide(q).Verdict != Allow {
				continue
			}
			allowed++
			if after.Decide(q).Verdict != Allow || front.Decide(q).Verdict != Allow {
				t.Fatalf("a rule more turned allow into deny\n%+v\n%s\n%s", q, after.Text(), front.Text())
			}
		}
	}
	if allowed < 100 {
		t.Errorf("only %d questions were allowed before", allowed)
	}
}

func TestTheOrderOfRulesDoesNotMatter(t *testing.T) {
	r := newRandom(t)
	for range 80 {
		rules := []string{r.rule("a"), r.rule("b"), r.rule("c"), r.rule("d")}
		forth := mustParse(t, "version: 1\nrules:\n"+strings.Join(rules, ""))
		r.Shuffle(len(rules), func(i, j int) { rules[i], rules[j] = rules[j], rules[i] })
		back := mustParse(t, "version: 1\nrules:\n"+strings.Join(rules, ""))
		for range 30 {
			q := r.question()
			if got, want := back.Decide(q).Verdict, forth.Decide(q).Verdict; got != want {
				t.Fatalf("got %s, want %s\n%+v\n%s", got, want, q, back.Text())
			}
		}
	}
}
