package policy

import (
	"cmp"
	"flag"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/goccy/go-yaml"

	"github.com/comity-exchange/comity/schema"
)

// row and sheet are the policy file as POLICY.md describes it, read by the YAML
// library's own decoder. What follows takes POLICY.md line by line and shares
// nothing with the index that Decide uses.
type row struct {
	Name        string
	Peers       []string
	Direction   string
	Types       []string
	Categories  []string
	Approve     []string
	Redact      []string
	Subjects    []string
	Minors      bool
	Marking     string
	Codes       []string
	Instruments []string
	Purposes    []string
	Languages   []string
	From        string
	Until       string
}

type sheet struct {
	Version int
	Groups  map[string][]string
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

// reading is what the policy says of a question.
type reading struct {
	verdict         Verdict
	rule            string
	approve, redact []schema.Finding
}

// read looks for the best outcome, one kind of it after the other.
func (s sheet) read(q Question) reading {
	wanted := []struct{ hold, redact bool }{
		{false, false}, // allow whole
		{true, false},  // hold whole
		{false, true},  // allow with parts taken out
		{true, true},   // hold with parts taken out
	}
	for _, w := range wanted {
		for _, r := range s.Rules {
			if !s.covers(r, q) {
				continue
			}
			approve, redact := r.parts(q)
			if (len(approve) > 0) != w.hold || (len(redact) > 0) != w.redact {
				continue
			}
			if w.hold {
				return reading{Hold, r.Name, approve, redact}
			}
			return reading{Allow, r.Name, approve, redact}
		}
	}
	return reading{verdict: Deny}
}

// covers: all of the rule's conditions hold.
func (s sheet) covers(r row, q Question) bool {
	peer := false
	for _, p := range r.Peers {
		members, group := s.Groups[p]
		if !group {
			members = []string{p}
		}
		for _, member := range members {
			if member == string(q.Peer) {
				peer = true
			}
		}
	}
	return peer && r.Direction == string(q.Direction) &&
		anyOf(r.Types, func(p string) bool { return glob(p, q.Type) }) &&
		r.takesInstrument(q.Instrument) && r.takesMarking(q.Marking) &&
		(len(r.Codes) == 0 || allOf(q.Codes, r.Codes)) &&
		(len(r.Purposes) == 0 || len(q.Purposes) > 0 && allOf(q.Purposes, r.Purposes)) &&
		(len(r.Languages) == 0 || len(q.Languages) > 0 && allOf(q.Languages, r.Languages)) &&
		r.takesDay(q.Day) && r.takesFindings(q.Findings)
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

// takesDay compares dates as they are written.
func (r row) takesDay(day time.Time) bool {
	if r.From == "" && r.Until == "" {
		return true
	}
	if day.IsZero() {
		return false
	}
	date := day.UTC().Format("2006-01-02")
	return date >= r.From && (r.Until == "" || date <= r.Until)
}

func (r row) takesFindings(findings []schema.Finding) bool {
	for _, f := range findings {
		if !anyOf(r.Categories, func(p string) bool { return glob(p, f.Category) }) &&
			!anyOf(r.Approve, func(p string) bool { return glob(p, f.Category) }) &&
			!anyOf(r.Redact, func(p string) bool { return glob(p, f.Category) }) {
			return false
		}
		if len(r.Subjects) > 0 && f.Subject != "" && !allOf([]string{f.Subject}, r.Subjects) {
			return false
		}
		if !r.Minors && (f.Minor || f.Subject == "minor" || f.Category == "person.minor") {
			return false
		}
	}
	return true
}

// parts: what waits and what is taken out. Taking out comes before waiting.
func (r row) parts(q Question) (approve, redact []schema.Finding) {
	for _, f := range q.Findings {
		if anyOf(r.Redact, func(p string) bool { return glob(p, f.Category) }) {
			redact = append(redact, f)
		} else if anyOf(r.Approve, func(p string) bool { return glob(p, f.Category) }) {
			approve = append(approve, f)
		}
	}
	return approve, redact
}

// allOf: each value is in the list.
func allOf(values, list []string) bool {
	for _, v := range values {
		if !anyOf(list, func(s string) bool { return s == v }) {
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
// that all outcomes are common, and hold the awkward neighbours of wildcards.
var (
	somePeers       = []string{"NL", "FR", "EUROPOL"}
	someGroups      = map[string]string{"near": "[NL, FR]", "far": "[EUROPOL]", "unused": "[ES]"}
	someTypes       = []string{"mla.request", "mla.response", "mla", "mlax.request", "status.refused", "mla.request.urgent"}
	someTypeRules   = []string{"mla.request", "mla.*", "status.*", "*", "mla.request.*", "notice.wanted"}
	someCategories  = []string{"id.name", "id.birth", "fin.account", "bio.fingerprint", "health", "person.minor", "id", "healthy", "fin.account.closed", "unstated"}
	someCategoryRs  = []string{"id.*", "id.name", "fin.*", "fin.account", "bio.*", "health", "person.minor", "*", "health.*", "unstated"}
	someInstruments = []string{"EIO", "COE-1959", "MLA-2000"}
	someSubjects    = []string{"", "", "victim", "minor", "suspect"}
	someCodes       = []string{"H0", "H1", "H2"}
	somePurposes    = []string{"prosecution", "detection"}
	someLanguages   = []string{"nl", "fr", "fr-BE"}
	someDays        = []string{"2026-01-01", "2026-06-30", "2026-12-31"}
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
	fmt.Fprintf(&b, "  - name: %s\n    peers: [%s]\n", name, strings.Join(r.some(append([]string{"near", "far"}, somePeers...), 1), ", "))
	direction := r.pick([]string{"send", "receive"})
	fmt.Fprintf(&b, "    direction: %s\n    types: [%s]\n", direction, quoted(r.some(someTypeRules, 1)))
	dates := []string{r.pick(someDays), r.pick(someDays)}
	slices.Sort(dates)
	for _, line := range []struct {
		oneIn int // written
		text  string
	}{
		{1, "categories: [" + quoted(r.some(someCategoryRs, 0)) + "]"},
		{2, "approve: [" + quoted(r.some(someCategoryRs, 0)) + "]"},
		{2, "redact: [" + quoted(r.some(someCategoryRs[:6], 0)) + "]"},
		{4, "subjects: [" + quoted(r.some(someSubjects[2:], 1)) + "]"},
		{2, fmt.Sprintf("minors: %v", r.IntN(4) > 0)},
		{1, "marking: " + r.pick([]string{"unclassified", "restricted"})},
		{4, "codes: [" + quoted(r.some(someCodes, 1)) + "]"},
		{1, "instruments: [" + quoted(r.some(append([]string{"none"}, someInstruments...), 1)) + "]"},
		{5, "purposes: [" + quoted(r.some(somePurposes, 1)) + "]"},
		{5, "languages: [" + quoted(r.some(someLanguages, 1)) + "]"},
		{5, "from: " + dates[0]},
		{5, "until: " + dates[1]},
	} {
		if strings.HasPrefix(line.text, "redact") && direction == "receive" {
			continue
		}
		if r.IntN(line.oneIn) == 0 {
			b.WriteString("    " + line.text + "\n")
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

// groupsHead is the head of a random policy.
func groupsHead() string {
	b := "version: 1\ngroups:\n"
	for _, name := range []string{"near", "far", "unused"} {
		b += "  " + name + ": " + someGroups[name] + "\n"
	}
	return b
}

func (r random) policy(rules int) string {
	if rules == 0 {
		return groupsHead() + "rules: []\n"
	}
	b := groupsHead() + "rules:\n"
	for i := range rules {
		b += r.rule(fmt.Sprintf("r%d", i))
	}
	return b
}

func (r random) question() Question {
	q := Question{
		Peer:       schema.Jurisdiction(r.pick(append(slices.Clip(somePeers), "DE"))),
		Direction:  Direction(r.pick([]string{"send", "send", "receive"})),
		Type:       r.pick(someTypes),
		Instrument: r.pick(append([]string{"", "none"}, someInstruments...)),
		Marking:    schema.Marking(r.IntN(2)),
		Day:        time.Date(2026, time.Month(1+r.IntN(14)), 1+r.IntN(31), 23, 59, 0, 0, time.FixedZone("", r.IntN(5)*3600-7200)),
	}
	if r.IntN(3) == 0 {
		q.Codes = r.some(someCodes, 0)
	}
	if r.IntN(2) == 0 {
		q.Purposes = r.some(somePurposes, 1)
	}
	if r.IntN(2) == 0 {
		q.Languages = r.some(someLanguages, 1)
	}
	if r.IntN(20) == 0 {
		q.Day = time.Time{}
	}
	for i := range r.IntN(5) {
		q.Findings = append(q.Findings, schema.Finding{Pointer: fmt.Sprintf("/body/%d", i), Category: r.pick(someCategories),
			Subject: r.pick(someSubjects), Minor: r.IntN(12) == 0})
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
	outcomes := map[string]int{}
	for range 400 {
		text := r.policy(r.IntN(9))
		p, s := mustParse(t, text), readSheet(t, []byte(text))
		for range 60 {
			q := r.question()
			checkDecision(t, p, s, q)
			outcomes[kindOf(p.Decide(q))]++
		}
	}
	t.Log(outcomes)
	for kind, least := range map[string]int{"allow": 300, "hold": 100, "allow, parts out": 40, "hold, parts out": 20, "deny": 3000} {
		if outcomes[kind] < least {
			t.Errorf("the questions are one-sided: %d of %q, want %d", outcomes[kind], kind, least)
		}
	}
}

// kindOf a decision, in the words of the outcomes.
func kindOf(d Decision) string {
	kind := string(d.Verdict)
	if len(d.Redact) > 0 {
		kind += ", parts out"
	}
	return kind
}

// kinds of outcome, the worst first.
var kinds = []string{"deny", "hold, parts out", "allow, parts out", "hold", "allow"}

// better says whether a is a better outcome than b.
func better(a, b Decision) bool {
	return slices.Index(kinds, kindOf(a)) > slices.Index(kinds, kindOf(b))
}

// checkDecision holds every field of a decision against the naive reading.
func checkDecision(t *testing.T, p *Policy, s sheet, q Question) {
	t.Helper()
	got, judged, explained, want := p.Decide(q), p.Judge(q), p.Explain(q), s.read(q)
	for _, d := range []Decision{got, judged, explained} {
		if d.Verdict != want.verdict || d.Rule != want.rule || !slices.Equal(d.Approve, want.approve) || !slices.Equal(d.Redact, want.redact) {
			t.Fatalf("got %s by %q, approve %v, redact %v\nwant %+v\n%+v\n%s", d.Verdict, d.Rule, d.Approve, d.Redact, want, q, p.Text())
		}
	}
	if got.Whole() != (want.verdict == Allow && len(want.redact) == 0) {
		t.Fatalf("got whole %v of %+v", got.Whole(), want)
	}
	rows := map[string]row{}
	for _, r := range s.Rules {
		rows[r.Name] = r
	}
	checkTrace(t, explained, s, rows, q)
	checkNearest(t, p, q)
	if want.verdict != Deny && (len(got.Trace) > 0 || got.Closest != "" || (got.WouldPass == "") != got.Whole()) {
		t.Fatalf("a message that may cross got %+v", got)
	}
	if got.Closest != "" && got.WouldPass != "" && len(q.Findings) <= maxFailing {
		checkRemedy(t, s, rows[got.Closest], got.Trace[0], q)
	}
}

// checkTrace holds each traced rule against the naive reading of it alone.
func checkTrace(t *testing.T, d Decision, s sheet, rows map[string]row, q Question) {
	t.Helper()
	if len(d.Trace)+d.Untraced != len(s.Rules) || d.Untraced > 0 && len(d.Trace) != maxTraced {
		t.Fatalf("got %d traced rules and %d more, want %d", len(d.Trace), d.Untraced, len(s.Rules))
	}
	for i, trace := range d.Trace {
		alone := sheet{Groups: s.Groups, Rules: []row{rows[trace.Rule]}}
		if want := alone.read(q); trace.Covers != (want.verdict != Deny) || trace.Verdict != want.verdict ||
			trace.Covers && len(trace.Approve)+len(trace.Redact)+trace.More != len(want.approve)+len(want.redact) {
			t.Fatalf("rule %s: got %+v, want %+v\n%+v", trace.Rule, trace, want, q)
		}
		if i > 0 && d.Trace[i-1].distance() > trace.distance() {
			t.Fatalf("trace is not closest first at %d", i)
		}
	}
}

// checkNearest judges every rule to find the nearest.
func checkNearest(t *testing.T, p *Policy, q Question) {
	t.Helper()
	type judged struct {
		rule                        string
		foreign                     bool
		distance, findings, outcome int
	}
	var all []judged
	s := newSurvey(&q)
	for i := range p.rules {
		trace := s.judge(&p.rules[i])
		one := judged{rule: trace.Rule, foreign: !trace.ok(conditionPeer)}
		if !one.foreign {
			one.distance, one.outcome = trace.distance(), outcome(len(trace.Approve) > 0, len(trace.Redact) > 0)
			for _, c := range trace.Conditions {
				one.findings += len(c.Failing) + c.More
			}
		}
		all = append(all, one)
	}
	slices.SortStableFunc(all, func(a, b judged) int {
		if a.foreign != b.foreign {
			return map[bool]int{false: -1, true: 1}[a.foreign]
		}
		return cmp.Or(cmp.Compare(a.distance, b.distance), cmp.Compare(a.findings, b.findings), cmp.Compare(a.outcome, b.outcome))
	})
	for i, trace := range p.Explain(q).Trace {
		if trace.Rule != all[i].rule {
			t.Fatalf("rule %d of the trace is %s, want %+v\n%+v\n%s", i, trace.Rule, all[i], q, p.Text())
		}
	}
}

// checkRemedy does what the trace of the closest rule asks and sees it pass by that
// rule, with the outcome that the trace foretells.
func checkRemedy(t *testing.T, s sheet, closest row, trace RuleTrace, q Question) {
	t.Helper()
	mended := q
	mended.Findings = nil
	failing := map[schema.Finding]bool{}
	for _, c := range trace.Conditions {
		for _, f := range c.Failing {
			failing[f] = true
		}
		if !c.OK {
			mended = mend(mended, c, closest)
		}
	}
	for _, f := range q.Findings {
		if !failing[f] {
			mended.Findings = append(mended.Findings, f)
		}
	}
	got := sheet{Groups: s.Groups, Rules: []row{closest}}.read(mended)
	if got.verdict == Deny || len(got.approve) != len(trace.Approve) || len(got.redact) != len(trace.Redact) {
		t.Fatalf("the remedy gives %+v:\nasked  %+v\nmended %+v\nrule   %+v\ntrace  %+v", got, q, mended, closest, trace)
	}
}

// mend one failing condition on the message as a whole.
func mend(q Question, c Condition, closest row) Question {
	first, _, _ := strings.Cut(c.Want, ", ")
	switch c.Name {
	case "marking":
		q.Marking = schema.Unclassified
	case "instrument":
		q.Instrument = strings.TrimSuffix(first, "none")
	case "codes":
		q.Codes = nil
	case "purposes":
		q.Purposes = []string{first}
	case "languages":
		q.Languages = []string{first}
	case "day":
		date := closest.From
		if date == "" {
			date = closest.Until
		}
		q.Day, _ = time.Parse(time.DateOnly, date)
	}
	return q
}

func TestAddingARuleNeverMakesAnOutcomeWorse(t *testing.T) {
	r := newRandom(t)
	crossed := map[string]int{}
	for range 300 {
		text := r.policy(1 + r.IntN(6))
		added := r.rule("added")
		before := mustParse(t, text)
		after := mustParse(t, text+added)
		front := mustParse(t, strings.Replace(text, "rules:\n", "rules:\n"+added, 1))
		for range 40 {
			q := r.question()
			was := before.Decide(q)
			crossed[kindOf(was)]++
			if better(was, after.Decide(q)) || better(was, front.Decide(q)) {
				t.Fatalf("a rule more made %s worse\n%+v\n%s\n%s", kindOf(was), q, after.Text(), front.Text())
			}
		}
	}
	for _, kind := range kinds[1:] {
		if crossed[kind] < 5 {
			t.Errorf("only %d outcomes before were %q: %v", crossed[kind], kind, crossed)
		}
	}
}

func TestTheOrderOfRulesDoesNotMatter(t *testing.T) {
	r := newRandom(t)
	for range 80 {
		rules := []string{r.rule("a"), r.rule("b"), r.rule("c"), r.rule("d")}
		forth := mustParse(t, groupsHead()+"rules:\n"+strings.Join(rules, ""))
		r.Shuffle(len(rules), func(i, j int) { rules[i], rules[j] = rules[j], rules[i] })
		back := mustParse(t, groupsHead()+"rules:\n"+strings.Join(rules, ""))
		for range 30 {
			q := r.question()
			if got, want := kindOf(back.Decide(q)), kindOf(forth.Decide(q)); got != want {
				t.Fatalf("got %s, want %s\n%+v\n%s", got, want, q, back.Text())
			}
		}
	}
}
