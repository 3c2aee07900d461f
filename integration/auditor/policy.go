package auditor

import (
	"fmt"
	"strings"
	"time"

	"github.com/goccy/go-yaml"
)

// table is a policy file, as POLICY lists its keys.
type table struct {
	Version int
	Groups  map[string][]string
	Rules   []rule
}

// rule is one row of it. A list that is nil was left out.
type rule struct {
	Name        string
	Peers       []string
	Direction   string
	Types       []string
	Categories  []string
	Approve     []string
	Redact      []string
	Subjects    []string
	Marking     string
	Codes       []string
	Instruments []string
	Purposes    []string
	Languages   []string
	Minors      bool
	From, Until string
}

func readRules(text []byte) (*table, error) {
	p := new(table)
	if err := yaml.Unmarshal(text, p); err != nil {
		return nil, fmt.Errorf("read policy: %w", err)
	}
	return p, nil
}

// forbids says why a message may not cross as it is on a day (2026-12-31): no rule
// covers it, or the rules that do want a second person to release it, then held is
// true. "" if a rule lets it cross.
func (p *table) forbids(direction, peer, day string, q *question) (words string, held bool) {
	words = "no rule is for " + direction + " " + peer
	for _, r := range p.Rules {
		if r.Direction != direction || !p.names(r, peer) {
			continue
		}
		why := r.objects(day, q)
		switch {
		case why == "" && !r.stops(q):
			return "", false
		case why == "":
			words, held = "rule "+r.Name+" wants a release", true
		case !held:
			words = "rule " + r.Name + ": " + why
		}
	}
	return words, held
}

// names says whether a rule is about a peer, by its code or by a group.
func (p *table) names(r rule, peer string) bool {
	for _, name := range r.Peers {
		if name == peer || has(p.Groups[name], peer) {
			return true
		}
	}
	return false
}

// stops says whether something in the message waits, or would have to be taken out,
// by a rule that covers it.
func (r rule) stops(q *question) bool {
	for _, f := range q.findings {
		if matches(r.Approve, f.category) || matches(r.Redact, f.category) {
			return true
		}
	}
	return false
}

// objects says which condition fails, "" if all hold.
func (r rule) objects(day string, q *question) string {
	instrument, highest := q.instrument, r.Marking
	if instrument == "" {
		instrument = "none"
	}
	allowed := r.Instruments
	if len(allowed) == 0 {
		allowed = []string{"none"}
	}
	if highest == "" {
		highest = "unclassified"
	}
	switch {
	case !matches(r.Types, q.kind):
		return "type " + q.kind
	case !has(allowed, instrument) || q.instrument == "none":
		return "instrument " + instrument
	case q.marking != "unclassified" && (q.marking != "restricted" || highest != "restricted"):
		return "marking " + q.marking
	case r.From != "" && day < r.From || r.Until != "" && day > r.Until:
		return "the day " + day
	case r.Codes != nil && !hasAll(r.Codes, q.codes):
		return "handling codes"
	case r.Purposes != nil && (len(q.purposes) == 0 || !hasAll(r.Purposes, q.purposes)):
		return "purposes"
	case r.Languages != nil && (len(q.languages) == 0 || !hasAll(r.Languages, q.languages)):
		return "languages"
	}
	for _, f := range q.findings {
		if !matches(r.Categories, f.category) && !matches(r.Approve, f.category) && !matches(r.Redact, f.category) {
			return "category " + f.category
		}
		if f.minor && !r.Minors {
			return "a person under 18: " + f.category
		}
		if f.subject != "" && r.Subjects != nil && !has(r.Subjects, f.subject) {
			return "data on a " + f.subject
		}
	}
	return ""
}

func hasAll(list, wanted []string) bool {
	for _, one := range wanted {
		if !has(list, one) {
			return false
		}
	}
	return true
}

func has(list []string, s string) bool {
	for _, one := range list {
		if one == s {
			return true
		}
	}
	return false
}

// matches: "*" is all, "mla.*" what begins with "mla." and goes on, all else exact.
func matches(patterns []string, name string) bool {
	for _, p := range patterns {
		stem, wild := strings.CutSuffix(p, "*")
		if p == name || p == "*" || wild && strings.HasPrefix(name, stem) && len(name) > len(stem) {
			return true
		}
	}
	return false
}

// checkPolicy holds I7: what is in a pouch was let out, and what is in the inbox was
// let in, by a policy of the moment or by a second person.
func (a *audit) checkPolicy(b *books) {
	for _, p := range b.pouches {
		if p.sent == nil {
			continue
		}
		direction := "send"
		if p.box == "in" {
			direction = "receive"
		}
		for _, l := range p.sent.messages {
			m := b.byBox[p.box+"/"+l.id]
			if m == nil || m.question == nil || m.box == "in" && m.line() != p.line() {
				continue
			}
			if words := a.forbidden(b, p, direction, m); words != "" {
				a.find("I7", b.Code, "message "+m.box+"/"+m.id, "crossed against the policy: %s", words)
			}
		}
	}
}

// forbidden asks every policy that was in force around the moment of the pouch.
func (a *audit) forbidden(b *books, p *pouch, direction string, m *message) string {
	early, late := p.committed-a.Window.Milliseconds(), p.committed+a.Window.Milliseconds()
	words := "none was in force"
	for i, v := range b.policies {
		over := i+1 < len(b.policies) && b.policies[i+1].at < early
		if v.at > late || over {
			continue
		}
		for _, moment := range []int64{early, late} { // midnight may lie between
			var held bool
			words, held = v.rules.forbids(direction, p.peer, time.UnixMilli(moment).UTC().Format(time.DateOnly), m.question)
			if held {
				words = b.unreleased(p, m, v, words)
			}
			if words == "" {
				return ""
			}
		}
		words = fmt.Sprintf("version %d of %s, %s", v.version, time.UnixMilli(v.at).UTC().Format(time.RFC3339), words)
	}
	return words
}

// unreleased says why no release lets a message cross that a policy holds, "" if one
// does. What leaves was released by somebody else than its author, under that policy and
// before its pouch was committed; what arrived is in quarantine, was discarded from it,
// or was let out of it.
func (b *books) unreleased(p *pouch, m *message, v version, words string) string {
	if m.box == "in" && (m.state == "quarantined" || m.state == "discarded") {
		return ""
	}
	why := "nobody released it"
	if m.box == "in" && len(b.acts["message.quarantined "+m.id]) > 0 {
		why = "it left quarantine without"
	}
	committed := b.acts["pouch.committed "+p.line()]
	for _, e := range b.acts["message.released "+m.id] {
		switch {
		case e.Detail["box"] != m.box: // the other copy
		case e.Actor == m.actor, e.Actor == "node", strings.HasPrefix(e.Actor, "peer:"):
			why = "its author alone released it"
		case m.box == "in":
			return ""
		case e.Detail["policy"] != hexOf(v.sha256):
			why = "it was released under another policy"
		case len(committed) == 0 || e.N > committed[0].N:
			why = "it was released when it had left"
		default:
			return ""
		}
	}
	return words + ", and " + why
}

// checkDenials wants that what was denied is nowhere.
func (a *audit) checkDenials() {
	for _, s := range a.Denied {
		for _, b := range a.sorted() {
			for _, box := range []string{"out/", "in/"} {
				if m := b.byBox[box+s.ID]; m != nil && s.ID != "" {
					a.find("I7", b.Code, "message "+box+s.ID, "was denied by %s and is there", s.From)
				}
			}
		}
	}
}
