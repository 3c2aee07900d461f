package policy

import (
	"fmt"
	"slices"
	"strings"

	"github.com/comity-exchange/comity/schema"
)

// Keys of a policy and of a rule, in the order of POLICY.md.
var (
	policyKeys = [...]string{"version", "groups", "rules"}
	ruleKeys   = [...]string{"name", "peers", "direction", "types", "categories", "approve", "redact", "subjects", "minors",
		"marking", "codes", "instruments", "purposes", "languages", "from", "until"}
)

// Parse reads policy YAML strictly. The error is a *schema.Problem that names the line;
// a file with several faults gives one problem that holds them all.
func Parse(text []byte) (*Policy, error) {
	top, err := readText(text)
	if err != nil {
		return nil, err
	}
	r := reader{formed: map[form]map[string]bool{}}
	rules := r.policy(top)
	if err := r.err(); err != nil {
		return nil, err
	}
	return build(slices.Clone(text), r.groups, rules), nil
}

// readText gives what stands in a file, nil if nothing does.
func readText(text []byte) (*value, error) {
	if err := checkText(text); err != nil {
		return nil, err
	}
	if top, ok := readPlain(string(text)); ok {
		return top, nil
	}
	node, err := readDocument(text)
	if err != nil || node == nil {
		return nil, err
	}
	top := valueOf(node)
	return &top, nil
}

// reader turns values into rules and collects every fault on the way.
type reader struct {
	problems
	groups  []peers
	namings int                      // of peers in all rules, groups written out
	formed  map[form]map[string]bool // names that were held against a form before
}

func (r *reader) policy(top *value) []rule {
	if top == nil {
		r.add(1, "missing_key", "The policy is empty.", "Begin with the lines \"version: 1\" and \"rules: []\", which allow nothing.")
		return nil
	}
	if !r.mapping(top, "a policy", policyKeys[:]) {
		return nil
	}
	m := &mapping{value: top, what: "a policy", known: policyKeys[:]}
	r.version(m)
	r.readGroups(m)
	return r.rules(m)
}

func (r *reader) version(m *mapping) {
	v := r.need(m, "version")
	if v != nil && (v.kind != aNumber || v.text != "1") {
		r.add(v.line, "bad_version", "This version of the policy language is not known.", "Write version: 1.")
	}
}

func (r *reader) rules(m *mapping) []rule {
	v := r.need(m, "rules")
	if v == nil {
		return nil
	}
	if v.kind != aList {
		r.wrong(v, "rules", "a list of rules, or [] to allow nothing")
		return nil
	}
	if len(v.items) > maxRules {
		r.problems = append(r.problems, *tooManyRules(v.items[maxRules].line))
		return nil
	}
	rules, names := make([]rule, len(v.items)), make(map[string]int32, len(v.items))
	for i := 0; i < len(v.items) && !r.full(); i++ {
		at, one := v.items[i].line, &rules[i]
		r.rule(&v.items[i], one)
		if first, taken := names[one.name]; taken && one.name != "" {
			r.add(at, "duplicate_name", fmt.Sprintf("The rule of line %d has the same name.", first), "Give every rule its own name; decisions and the journal cite it.")
		}
		names[one.name] = at
		if r.namings += len(one.peers); r.namings > maxNamings {
			r.problems = append(r.problems, *tooManyRules(at))
			return nil
		}
	}
	return rules
}

func tooManyRules(line int32) *schema.Problem {
	return &schema.Problem{Kind: schema.Invalid, Code: "too_many_rules", Pointer: fmt.Sprintf("line %d", line),
		Detail: fmt.Sprintf("The policy has more than %d rules.", maxRules), Fix: "Give several peers or types in one rule."}
}

// mapping is a value with keys, each known and single.
type mapping struct {
	*value
	what  string
	known []string
}

// mapping notes what is wrong with the keys of v, and says whether it has any.
func (r *reader) mapping(v *value, what string, known []string) bool {
	if v.kind != someKeys {
		r.add(v.line, "wrong_type", fmt.Sprintf("Here stands %s where %s is expected.", v.kind, what),
			"Write lines of the form key: value with the keys "+strings.Join(known, ", ")+".")
		return false
	}
	for i := 0; i < len(v.pairs) && !r.full(); i++ {
		p := &v.pairs[i]
		switch {
		case !slices.Contains(known, p.key):
			r.add(p.line, "unknown_key", fmt.Sprintf("The key %s is not known in %s.", clip(p.key), what), fixFor(p.key, known))
		case &p.value != v.at(p.key):
			r.add(p.line, "duplicate_key", fmt.Sprintf("The key %s stands twice in %s.", p.key, what), "Keep one of the two lines.")
		}
	}
	return true
}

// need is the value of a key that has no default, nil if it is missing. A key
// that an unknown one most likely stands for is not reported a second time.
func (r *reader) need(m *mapping, key string) *value {
	v := m.at(key)
	if v == nil && !slices.ContainsFunc(m.pairs, func(p pair) bool { return !slices.Contains(m.known, p.key) && schema.Nearest(p.key, m.known) == key }) {
		r.add(m.line, "missing_key", fmt.Sprintf("The key %s is missing in %s.", key, m.what), "Add a line "+key+": "+sample[key]+".")
	}
	return v
}

// sample values for the keys that have no default.
var sample = map[string]string{
	"version": "1", "rules": "[]", "name": "nl-mla", "peers": "[NL]", "direction": "send", "types": "[mla.*]",
}

// text reads a plain or quoted string.
func (r *reader) text(v *value, key, want string) (string, bool) {
	if v.kind != aText {
		r.wrong(v, key, want)
		return "", false
	}
	return v.text, true
}

func (r *reader) wrong(v *value, key, want string) {
	r.add(v.line, "wrong_type", fmt.Sprintf("The key %s holds %s.", key, v.kind), fmt.Sprintf("Write %s.", want))
}

// has says whether a name has a form. A policy says the same names over and over.
func (r *reader) has(form form, name string) bool {
	known := r.formed[form]
	if known == nil {
		known = map[string]bool{}
		r.formed[form] = known
	}
	has, seen := known[name]
	if !seen {
		has = form.MatchString(name)
		known[name] = has
	}
	return has
}
