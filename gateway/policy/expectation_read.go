package policy

import (
	"errors"
	"slices"
	"time"

	"github.com/comity-exchange/comity/schema"
)

// expectationKeys of one entry, in the order of POLICY.md.
var expectationKeys = [...]string{"send", "receive", "to", "from", "example", "categories", "subject", "minor", "instrument", "marking",
	"codes", "purposes", "languages", "day", "expect", "rule", "approve", "redact", "fails"}

// wayKeys say where a message would go.
var wayKeys = []string{"send", "receive", "to", "from"}

// ReadExpectations reads a test file as strictly as a policy: an unknown key, or a
// name that no message of the catalogue can have, is a fault with its line. The
// error is a *schema.Problem of code bad_expectation.
func ReadExpectations(text []byte, known *schema.Catalogue) (Expectations, error) {
	top, err := readText(text)
	if err != nil {
		return nil, badExpectations(problems{*asProblem(err)})
	}
	r := tester{reader{formed: map[form]map[string]bool{}}, known}
	all := r.expectations(top)
	if len(r.problems) > 0 {
		return nil, badExpectations(r.problems)
	}
	return all, nil
}

func asProblem(err error) *schema.Problem {
	var p *schema.Problem
	if !errors.As(err, &p) {
		panic("a fault of the text is a problem: " + err.Error())
	}
	return p
}

// badExpectations is one problem for all faults of a test file.
func badExpectations(faults problems) error {
	p := faults[0]
	p.Code = "bad_expectation"
	if len(faults) > 1 {
		p.Detail, p.Fix, p.Errors = "The test file has several faults.", "Mend each line named below.", faults
	}
	return &p
}

// tester turns values into expectations and collects every fault on the way.
type tester struct {
	reader
	known *schema.Catalogue
}

func (r *tester) expectations(top *value) Expectations {
	if top == nil || top.kind != aList || len(top.items) == 0 {
		r.add(1, "missing_key", "The file holds no list of expectations.", "Begin with an entry such as: - send: mla.request")
		return nil
	}
	all := make(Expectations, 0, len(top.items))
	for i := range top.items {
		all = append(all, r.expectation(&top.items[i]))
	}
	return all
}

func (r *tester) expectation(v *value) Expectation {
	if !r.mapping(v, "an expectation", expectationKeys[:]) {
		return Expectation{}
	}
	m := &mapping{value: v, what: "an expectation", known: expectationKeys[:]}
	e := Expectation{Line: int(m.line), Asked: r.question(m), Rule: r.word(m, "rule"),
		Approve: r.words(m, "approve", r.known.Categories()), Redact: r.words(m, "redact", r.known.Categories()), Fails: r.words(m, "fails", columns)}
	verdicts := []string{string(Allow), string(Hold), string(Deny)}
	e.Expect = Verdict(r.oneOf(m, "expect", verdicts))
	if m.at("expect") == nil && !m.means("expect") {
		r.add(m.line, "missing_key", "The entry does not say what is expected.", "Add a line expect: allow, hold or deny.")
	}
	if e.Fails != nil && e.Expect != Deny || e.Approve != nil && e.Expect != Hold || e.Redact != nil && e.Expect == Deny {
		r.add(m.line, "wrong_type", "The answer contradicts itself.", "Use fails with deny, approve with hold, redact with allow or hold.")
	}
	return e
}

func (r *tester) question(m *mapping) Question {
	q := Question{Direction: Send, Type: r.word(m, "send"), Peer: schema.Jurisdiction(r.word(m, "to"))}
	if m.at("receive") != nil {
		q = Question{Direction: Receive, Type: r.word(m, "receive"), Peer: schema.Jurisdiction(r.word(m, "from"))}
	}
	if !r.way(m) || !r.exists(m, &q) {
		return q
	}
	if r.flag(m, "example") {
		q = r.example(&q)
	}
	if m.at("marking") != nil {
		q.Marking = r.marking(m)
	}
	if m.at("instrument") != nil {
		if q.Instrument = r.oneOf(m, "instrument", append([]string{noInstrument}, r.known.Instruments()...)); q.Instrument == noInstrument {
			q.Instrument = ""
		}
	}
	r.labels(m, &q)
	q.Findings = append(q.Findings, r.findings(m)...)
	return q
}

// way says whether the entry has either send and to, or receive and from.
func (r *tester) way(m *mapping) bool {
	has := func(keys ...string) bool {
		return !slices.ContainsFunc(keys, func(key string) bool { return m.at(key) == nil })
	}
	sends := has("send", "to") && !has("receive") && !has("from")
	receives := has("receive", "from") && !has("send") && !has("to")
	if sends || receives {
		return true
	}
	if !m.means(wayKeys...) {
		r.add(m.line, "missing_key", "An entry has either send and to, or receive and from.", "Write send: TYPE and to: PEER for what leaves, receive: TYPE and from: PEER for what arrives.")
	}
	return false
}

// exists refuses a type or peer that no message can have: a misspelt question
// would get a misleading answer.
func (r *tester) exists(m *mapping, q *Question) bool {
	kind, peer := "send", "to"
	if q.Direction == Receive {
		kind, peer = "receive", "from"
	}
	if _, err := schema.ParseJurisdiction(string(q.Peer)); err != nil && q.Peer != "" {
		r.add(m.at(peer).line, "bad_peer", "This is not a jurisdiction code.", "Use an ISO 3166-1 alpha-2 code such as DE, or 3 to 16 of A-Z and 0-9 for an international body.")
	}
	if _, err := r.known.Type(q.Type); err != nil && q.Type != "" {
		r.add(m.at(kind).line, "unknown_type", "There is no message type "+clip(q.Type)+".", asProblem(err).Fix)
		return false
	}
	return q.Peer != "" && q.Type != ""
}

// example is the question for the catalogue's own message of the type.
func (r *tester) example(q *Question) Question {
	raw, err := r.known.Example(q.Type)
	if err != nil {
		panic("a known type has an example: " + err.Error())
	}
	m, err := r.known.Read(raw)
	if err != nil {
		panic("an example is valid: " + err.Error())
	}
	return Ask(m, q.Peer, q.Direction, time.Time{})
}

func (r *tester) labels(m *mapping, q *Question) {
	if codes := r.words(m, "codes", r.known.Codes("handling_codes")); codes != nil {
		q.Codes = codes
	}
	if purposes := r.words(m, "purposes", r.known.Purposes()); purposes != nil {
		q.Purposes = purposes
	}
	if languages := r.words(m, "languages", nil); languages != nil {
		q.Languages = languages
		for _, s := range languages {
			if !languageForm.MatchString(s) {
				r.add(m.at("languages").line, "unknown_value", "The word "+clip(s)+" is not the tag of a language.", "Write tags such as nl or fr-BE.")
			}
		}
	}
	if stated := r.word(m, "day"); stated != "" {
		var err error
		if q.Day, err = time.Parse(time.DateOnly, stated); err != nil {
			r.add(m.at("day").line, "bad_date", "This is not a day.", "Write it as year, month and day: 2026-11-23.")
		}
	}
}

// findings makes one finding of each category; subject and minor hold for all.
func (r *tester) findings(m *mapping) []schema.Finding {
	names := r.words(m, "categories", r.known.Categories())
	subject, minor := r.oneOf(m, "subject", r.known.Codes("subjects")), r.flag(m, "minor")
	if minor && len(names) == 0 {
		names = []string{"person.minor"}
	}
	if subject != "" && len(names) == 0 {
		r.add(m.at("subject").line, "missing_key", "A subject stands without any data about it.", "Add a line categories: [id.name].")
	}
	var out []schema.Finding
	for _, name := range names {
		out = append(out, schema.Finding{Category: name, Subject: subject, Minor: minor})
	}
	return out
}
