package policy

import (
	"fmt"
	"slices"
	"strings"

	"github.com/goccy/go-yaml/ast"

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
	node, err := readDocument(text)
	if err != nil {
		return nil, err
	}
	r := reader{}
	rules := r.policy(node)
	if err := r.err(); err != nil {
		return nil, err
	}
	return build(slices.Clone(text), r.groups, rules), nil
}

// reader turns YAML nodes into rules and collects every fault on the way.
type reader struct {
	problems
	groups  []peers
	namings int // of peers in all rules, groups written out
}

func (r *reader) policy(node ast.Node) []rule {
	if node == nil {
		r.add(1, "missing_key", "The policy is empty.", "Begin with the lines \"version: 1\" and \"rules: []\", which allow nothing.")
		return nil
	}
	m := r.mapping(node, "a policy", policyKeys[:])
	if m == nil {
		return nil
	}
	r.version(m)
	r.readGroups(m)
	return r.rules(m)
}

func (r *reader) version(m *mapping) {
	value := r.need(m, "version")
	if value == nil {
		return
	}
	if n, ok := value.(*ast.IntegerNode); !ok || n.Token.Value != "1" {
		r.add(line(value), "bad_version", "This version of the policy language is not known.", "Write version: 1.")
	}
}

func (r *reader) rules(m *mapping) []rule {
	value := r.need(m, "rules")
	if value == nil {
		return nil
	}
	items, ok := r.sequence(value, "rules", "a list of rules, or [] to allow nothing")
	if !ok {
		return nil
	}
	if len(items) > maxRules {
		r.problems = append(r.problems, *tooManyRules(line(items[maxRules])))
		return nil
	}
	rules, names := make([]rule, 0, len(items)), map[string]int{}
	for _, item := range items {
		rule := r.rule(item)
		if first, taken := names[rule.name]; taken && rule.name != "" {
			r.add(line(item), "duplicate_name", fmt.Sprintf("The rule of line %d has the same name.", first), "Give every rule its own name; decisions and the journal cite it.")
		}
		names[rule.name] = line(item)
		if r.namings += len(rule.peers); r.namings > maxNamings {
			r.problems = append(r.problems, *tooManyRules(line(item)))
			return nil
		}
		rules = append(rules, rule)
	}
	return rules
}

func tooManyRules(line int) *schema.Problem {
	return &schema.Problem{Kind: schema.Invalid, Code: "too_many_rules", Pointer: fmt.Sprintf("line %d", line),
		Detail: fmt.Sprintf("The policy has more than %d rules.", maxRules), Fix: "Give several peers or types in one rule."}
}

// mapping is one YAML mapping with its keys known and single.
type mapping struct {
	line   int
	what   string
	values map[string]ast.Node
	meant  []string // known keys that unknown ones most likely stand for
}

// mapping reads node as a mapping with known keys, nil if it is none.
func (r *reader) mapping(node ast.Node, what string, known []string) *mapping {
	n, ok := node.(*ast.MappingNode)
	if !ok {
		r.add(line(node), "wrong_type", fmt.Sprintf("Here stands %s where %s is expected.", kind(node), what),
			"Write lines of the form key: value with the keys "+strings.Join(known, ", ")+".")
		return nil
	}
	m := &mapping{line: line(node), what: what, values: map[string]ast.Node{}}
	for _, pair := range n.Values {
		r.pair(m, pair, known)
	}
	return m
}

func (r *reader) pair(m *mapping, pair *ast.MappingValueNode, known []string) {
	at, key := line(pair.Key), pair.Key.GetToken().Value
	_, twice := m.values[key]
	switch {
	case twice:
		r.add(at, "duplicate_key", fmt.Sprintf("The key %s stands twice in %s.", key, m.what), "Keep one of the two lines.")
	case !slices.Contains(known, key):
		r.add(at, "unknown_key", fmt.Sprintf("The key %s is not known in %s.", clip(key), m.what), fixFor(key, known))
		m.meant = append(m.meant, schema.Nearest(key, known))
	default:
		m.values[key] = pair.Value
	}
}

// need is the value of a key that has no default, nil if it is missing.
func (r *reader) need(m *mapping, key string) ast.Node {
	value := m.values[key]
	if value == nil && !slices.Contains(m.meant, key) {
		r.add(m.line, "missing_key", fmt.Sprintf("The key %s is missing in %s.", key, m.what), "Add a line "+key+": "+sample[key]+".")
	}
	return value
}

// sample values for the keys that have no default.
var sample = map[string]string{
	"version": "1", "rules": "[]", "name": "nl-mla", "peers": "[NL]", "direction": "send", "types": "[mla.*]",
}

func (r *reader) sequence(node ast.Node, key, want string) ([]ast.Node, bool) {
	n, ok := node.(*ast.SequenceNode)
	if !ok {
		r.wrong(node, key, want)
		return nil, false
	}
	return n.Values, true
}

// text reads a plain or quoted string.
func (r *reader) text(node ast.Node, key, want string) (string, bool) {
	n, ok := node.(*ast.StringNode)
	if !ok {
		r.wrong(node, key, want)
		return "", false
	}
	return n.Value, true
}

func (r *reader) wrong(node ast.Node, key, want string) {
	r.add(line(node), "wrong_type", fmt.Sprintf("The key %s holds %s.", key, kind(node)), fmt.Sprintf("Write %s.", want))
}

func line(node ast.Node) int { return node.GetToken().Position.Line }

// kind of a YAML node, in words.
func kind(node ast.Node) string {
	switch node.(type) {
	case *ast.NullNode:
		return "nothing"
	case *ast.MappingNode:
		return "keys"
	case *ast.SequenceNode:
		return "a list"
	case *ast.BoolNode:
		return "true or false"
	case *ast.StringNode:
		return "text"
	}
	return "a number"
}
