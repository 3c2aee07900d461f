package auditor

import (
	"fmt"
	"strings"
	"time"

	"github.com/goccy/go-yaml"
)

// rule is one row of a policy file, as POLICY lists its keys.
type rule struct {
	Name        string
	Peers       []string
	Direction   string
	Types       []string
	Categories  []string
	Marking     string
	Instruments []string
	Minors      bool
}

func readRules(text []byte) ([]rule, error) {
	var p struct {
		Version int
		Rules   []rule
	}
	if err := yaml.Unmarshal(text, &p); err != nil {
		return nil, fmt.Errorf("read policy: %w", err)
	}
	return p.Rules, nil
}

// forbids says why no rule lets the message cross, "" if one does.
func forbids(rules []rule, direction, peer string, q *question) string {
	words := "no rule is for " + direction + " " + peer
	for _, r := range rules {
		if r.Direction != direction || !has(r.Peers, peer) {
			continue
		}
		why := r.objects(q)
		if why == "" {
			return ""
		}
		words = "rule " + r.Name + ": " + why
	}
	return words
}

// objects says which condition fails, "" if all hold.
func (r rule) objects(q *question) string {
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
	}
	for _, f := range q.findings {
		if !matches(r.Categories, f.category) {
			return "category " + f.category
		}
		if f.minor && !r.Minors {
			return "a person under 18: " + f.category
		}
	}
	return ""
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
// let in, by a policy of the moment.
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
			if words := a.forbidden(b, p, direction, m.question); words != "" {
				a.find("I7", b.Code, "message "+m.box+"/"+m.id, "crossed against the policy: %s", words)
			}
		}
	}
}

// forbidden asks every policy that was in force around the moment of the pouch.
func (a *audit) forbidden(b *books, p *pouch, direction string, q *question) string {
	early, late := p.committed-a.Window.Milliseconds(), p.committed+a.Window.Milliseconds()
	words := "none was in force"
	for i, v := range b.policies {
		over := i+1 < len(b.policies) && b.policies[i+1].at < early
		if v.at > late || over {
			continue
		}
		if words = forbids(v.rules, direction, p.peer, q); words == "" {
			return ""
		}
		words = fmt.Sprintf("version %d of %s, %s", v.version, time.UnixMilli(v.at).UTC().Format(time.RFC3339), words)
	}
	return words
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
