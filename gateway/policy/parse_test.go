package policy

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/comity-exchange/comity/schema"
)

const head = "version: 1\nrules:\n"

// one is a policy of one sound rule with the lines added or, by key, replaced.
func one(lines ...string) string {
	rule := []string{"name: nl-mla", "peers: [NL]", "direction: send", "types: [mla.*]"}
	for _, line := range lines {
		key, _, _ := strings.Cut(line, ":")
		replaced := false
		for i := range rule {
			if strings.HasPrefix(rule[i], key+":") {
				rule[i], replaced = line, true
			}
		}
		if !replaced {
			rule = append(rule, line)
		}
	}
	return head + "  - " + strings.Join(rule, "\n    ") + "\n"
}

func TestParseRefuses(t *testing.T) {
	tests := []struct {
		name, text string
		code       string
		line       int
		fix        string // a part of it
	}{
		{"nothing", "", "missing_key", 1, "rules: []"},
		{"only a comment", "# nothing yet\n", "missing_key", 1, "version: 1"},
		{"no version", "rules: []\n", "missing_key", 1, "version: 1"},
		{"no rules", "version: 1\n", "missing_key", 1, "rules: []"},
		{"rules left empty", "version: 1\nrules:\n", "wrong_type", 2, "[] to allow nothing"},
		{"another version", "version: 2\nrules: []\n", "bad_version", 1, "version: 1"},
		{"a version as text", "version: \"1\"\nrules: []\n", "bad_version", 1, "version: 1"},
		{"a version in hex", "version: 0x1\nrules: []\n", "bad_version", 1, "version: 1"},
		{"a list on top", "- version: 1\n", "wrong_type", 1, "version, groups, rules"},
		{"text on top", "hello\n", "wrong_type", 1, "version, groups, rules"},
		{"an unknown key on top", "version: 1\nrule: []\n", "unknown_key", 2, "Write rules."},
		{"a misspelt key", one("categorys: [id.*]"), "unknown_key", 7, "Write categories."},
		{"a key of the singular", one("peers: [NL]", "type: [mla.request]"), "unknown_key", 7, "Write types."},
		{"a key in capitals", one("Minors: true"), "unknown_key", 7, "Write minors."},
		{"a key like no other", one("frobnicate: true"), "unknown_key", 7, "Use one of: name, peers"},
		{"a key twice", one("minors: false", "minors : true"), "duplicate_key", 8, "Keep one"},
		{"a key twice in braces", head + "  - {name: a, peers: [NL], name: b, direction: send, types: [a]}\n", "duplicate_key", 3, "Keep one"},
		{"redact on receive", one("direction: receive", "redact: [health]"), "redact_on_receive", 7, "second officer"},
		{"a wildcard of subjects", one(`subjects: ["*"]`), "bad_value", 7, "Leave subjects out"},
		{"a subject in capitals", one("subjects: [Victim]"), "bad_value", 7, "suspect"},
		{"no subjects", one("subjects: []"), "empty_list", 7, "take the line"},
		{"a code in small letters", one("codes: [h1]"), "bad_value", 7, "H1"},
		{"a language in words", one("languages: [Dutch]"), "bad_value", 7, "nl"},
		{"a purpose with a space", one("purposes: [\"a b\"]"), "bad_value", 7, "investigation"},
		{"a day that is none", one("from: 2026-02-30"), "bad_date", 7, "2026-12-31"},
		{"a year alone", one("until: 2026"), "wrong_type", 7, "2026-12-31"},
		{"an end before the start", one("from: 2026-02-02", "until: 2026-02-01"), "bad_period", 8, "later date"},
		{"a group that is not there", one("peers: [neighbours]"), "unknown_group", 4, "under groups"},
		{"a misspelt group", "version: 1\ngroups: {neighbours: [NL]}\n" + strings.TrimPrefix(one("peers: [neigbours]"), "version: 1\n"), "unknown_group", 5, "Write neighbours."},
		{"a group in capitals", "version: 1\ngroups: {EU: [NL]}\nrules: []\n", "bad_group", 2, "small letters"},
		{"a group twice", "version: 1\ngroups:\n  a: [NL]\n  a: [DE]\nrules: []\n", "duplicate_key", 4, "Keep one"},
		{"an empty group", "version: 1\ngroups: {a: []}\nrules: []\n", "empty_list", 2, "at least one"},
		{"a group in a group", "version: 1\ngroups: {a: [NL], b: [a]}\nrules: []\n", "bad_peer", 2, "such as DE"},
		{"groups as a list", "version: 1\ngroups: [NL]\nrules: []\n", "wrong_type", 2, "neighbours: [NL, FR]"},
		{"no name", strings.Replace(one(), "name: nl-mla\n    ", "", 1), "missing_key", 3, "name: nl-mla"},
		{"a name with a space", one("name: nl mla"), "bad_name", 3, "1 to 64"},
		{"a name with a control sequence", one(`name: "a\e[2J"`), "bad_name", 3, "1 to 64"},
		{"a number as name", one("name: 12"), "wrong_type", 3, "a name such as"},
		{"a name twice", one() + "  - {name: nl-mla, peers: [FR], direction: send, types: [mla.*]}\n", "duplicate_name", 7, "its own name"},
		{"no peers", strings.Replace(one(), "    peers: [NL]\n", "", 1), "missing_key", 3, "peers: [NL]"},
		{"an empty list of peers", one("peers: []"), "empty_list", 4, "at least one"},
		{"one peer, not in a list", one("peers: NL"), "wrong_type", 4, "[NL, DE]"},
		{"a peer in small letters", one("peers: [nl]"), "bad_peer", 4, "such as DE"},
		{"every peer", one(`peers: ["*"]`), "bad_peer", 4, "List the jurisdictions"},
		{"a peer twice", one("peers: [NL, NL]"), "duplicate_value", 4, "Keep one"},
		{"a peer of nothing", one("peers: [NL, ~]"), "wrong_type", 4, "a list of jurisdictions"},
		{"a misspelt direction", one("direction: sent"), "bad_direction", 5, "Write send."},
		{"both directions", one("direction: both"), "bad_direction", 5, "send, receive"},
		{"no direction", strings.Replace(one(), "    direction: send\n", "", 1), "missing_key", 3, "direction: send"},
		{"no types", strings.Replace(one(), "    types: [mla.*]\n", "", 1), "missing_key", 3, "types: [mla.*]"},
		{"an empty list of types", one("types: []"), "empty_list", 6, "at least one"},
		{"a wildcard inside", one("types: [mla.*.request]"), "bad_pattern", 6, "only at the end"},
		{"a wildcard in a word", one("types: [mla*]"), "bad_pattern", 6, "only at the end"},
		{"a wildcard before", one(`types: ["*.request"]`), "bad_pattern", 6, "only at the end"},
		{"a type in capitals", one("types: [MLA.request]"), "bad_pattern", 6, "Write mla.request."},
		{"an accent that looks alike", one("types: [mlа.request]"), "bad_pattern", 6, "lower case"},
		{"a path trick", one("categories: [id..name]"), "bad_pattern", 7, "lower case"},
		{"a category as number", one("categories: [id.name, 3.5]"), "wrong_type", 7, "quotes"},
		{"a category of 200 letters", one("categories: [" + strings.Repeat("a", 200) + "]"), "too_large", 7, "catalogue"},
		{"a misspelt marking", one("marking: restrictd"), "bad_marking", 7, "Write restricted."},
		{"a marking above", one("marking: secret"), "bad_marking", 7, "unclassified, restricted"},
		{"a list of markings", one("marking: [restricted]"), "wrong_type", 7, "unclassified or restricted"},
		{"an empty list of instruments", one("instruments: []"), "empty_list", 7, "at least one"},
		{"every instrument", one(`instruments: ["*"]`), "bad_instrument", 7, "none for messages without"},
		{"None", one("instruments: [None]"), "bad_instrument", 7, "Write none"},
		{"a year as instrument", one("instruments: [1959]"), "wrong_type", 7, "quotes"},
		{"minors yes", one("minors: yes"), "wrong_type", 7, "true or false"},
		{"minors in quotes", one(`minors: "false"`), "wrong_type", 7, "true or false"},
		{"an anchor", one("peers: &p [NL]"), "yaml_feature", 4, "out"},
		{"an alias", one("peers: *p"), "yaml_feature", 4, "out"},
		{"a star without quotes", one("categories: [*]"), "yaml_feature", 7, `"*"`},
		{"a merge key", one("<<: {minors: true}"), "yaml_feature", 7, "out"},
		{"a tag", one("minors: !!bool true"), "yaml_feature", 7, "out"},
		{"an explicit key", one("? minors\n    : true"), "yaml_feature", 7, "out"},
		{"a block of text", one("name: |\n      nl-mla"), "yaml_feature", 3, "out"},
		{"a directive", "%YAML 1.2\n---\nversion: 1\nrules: []\n", "yaml_feature", 1, "out"},
		{"two documents", "version: 1\nrules: []\n---\nversion: 1\nrules: []\n", "yaml_feature", 3, "out"},
		{"an end of document", "version: 1\nrules: []\n...\n", "yaml_feature", 3, "out"},
		{"a tab", "version: 1\nrules:\n\t- name: x\n", "bad_yaml", 3, "plain UTF-8"},
		{"an open bracket", one("peers: [NL"), "bad_yaml", 5, "layout"},
		{"a byte order mark", "\ufeffversion: 1\nrules: []\n", "bad_yaml", 1, "plain UTF-8"},
		{"not UTF-8", "version: 1\nrules: [] # \xff\n", "bad_yaml", 1, "plain UTF-8"},
		{"a reversed comment", "version: 1\nrules: []\n# \u202e]:selur\n", "bad_yaml", 3, "plain UTF-8"},
		{"a line end that editors do not show", "version: 1\n# x\u2028rules: []\n", "bad_yaml", 2, "plain UTF-8"},
		{"a mark of order inside", "version: 1\nrules: [] # \ufeff\n", "bad_yaml", 2, "plain UTF-8"},
		{"a lone carriage return", "version: 1\n# x\rrules: []\n", "bad_yaml", 2, "plain UTF-8"},
		{"a list in a list", head + "  - - name: x\n", "bad_yaml", 3, "layout"},
		{"a rule that is a list of keys", head + "  - [name, peers]\n", "wrong_type", 3, "key: value"},
		{"minors as keys", one("minors: {yes: no}"), "wrong_type", 7, "true or false"},
		{"a rule that is text", head + "  - allow everything\n", "wrong_type", 3, "key: value"},
		{"over 4 MiB", "version: 1\nrules: []\n#" + strings.Repeat("x", 4<<20), "too_large", 1, "wildcards"},
		{"over 1 MiB in another layout", "version: 1\nrules:\n  [] #" + strings.Repeat("x", 1<<20), "too_large", 1, "on one line"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p, err := Parse([]byte(tt.text))
			var got *schema.Problem
			if p != nil || !errors.As(err, &got) {
				t.Fatalf("got a policy %v and error %v, want a problem", p != nil, err)
			}
			if got.Code != tt.code || got.Pointer != fmt.Sprintf("line %d", tt.line) || !strings.Contains(got.Fix, tt.fix) {
				t.Errorf("got %s at %q, fix %q (%s)\nwant %s at line %d, fix with %q", got.Code, got.Pointer, got.Fix, got.Detail, tt.code, tt.line, tt.fix)
			}
			if len(got.Errors) > 0 {
				t.Errorf("got more than one fault: %v", err)
			}
		})
	}
}

func TestParseNamesEveryFault(t *testing.T) {
	_, err := Parse([]byte(one("peers: [nl]", "marking: secret", "colour: red")))
	var got *schema.Problem
	if !errors.As(err, &got) || got.Code != "bad_policy" {
		t.Fatalf("got %v, want bad_policy", err)
	}
	var codes []string
	for _, e := range got.Errors {
		codes = append(codes, e.Code+" "+e.Pointer)
	}
	if got, want := strings.Join(codes, "; "), "unknown_key line 8; bad_peer line 4; bad_marking line 7"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestParseAccepts(t *testing.T) {
	tests := map[string]string{
		"nothing allowed":      "version: 1\nrules: []\n",
		"carriage returns":     strings.ReplaceAll(one(), "\n", "\r\n"),
		"a document start":     "---\n" + one(),
		"JSON":                 `{"version": 1, "rules": [{"name": "a", "peers": ["NL"], "direction": "send", "types": ["mla.*"], "minors": true}]}`,
		"no line end":          "version: 1\nrules: []",
		"comments everywhere":  "# a\nversion: 1 # b\n# c\nrules: # d\n  # e\n  - name: x # f\n    # g\n    peers: [NL] # h\n    direction: send\n    types:\n      # i\n      - mla.*\n      - \"*\"\n",
		"every key":            one("categories: [id.*]", `approve: ["*"]`, "redact: [health]", "subjects: [suspect]", "minors: true", "marking: restricted", "codes: [H0]", "instruments: [EIO]", "purposes: [detection]", "languages: [nl, fr-BE]", "from: 2026-01-01", "until: 2026-12-31"),
		"groups":               "version: 1\ngroups:\n  a: [NL, FR]\n  b-2: [EUROPOL]\n" + strings.TrimPrefix(one("peers: [DE, a, b-2]"), "version: 1\n"),
		"no one waits":         one("approve: []", "redact: []"),
		"Norway":               one("peers: [NO]"),
		"a body":               one("peers: [EUROPOL]"),
		"a stem and its leaf":  one("types: [mla.*, mla.request]"),
		"no categories at all": one("categories: []"),
		"none and an other":    one("instruments: [none, COE-1959]"),
	}
	for name, text := range tests {
		t.Run(name, func(t *testing.T) {
			p, err := Parse([]byte(text))
			if err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(p.Text(), []byte(text)) || p.SHA256() != sha256.Sum256([]byte(text)) {
				t.Errorf("got text %q, want the bytes parsed and their digest", p.Text())
			}
		})
	}
}

func TestPolicyCannotBeChangedFromOutside(t *testing.T) {
	text := []byte(one())
	p, err := Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	text[0] = 'X'
	p.Text()[0] = 'Y'
	if got, want := string(p.Text()), one(); got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestTooManyRules(t *testing.T) {
	var b strings.Builder
	b.WriteString(head)
	rule := func(i int) {
		fmt.Fprintf(&b, "  - {name: r%d, peers: [NL], direction: send, types: [mla.x%d]}\n", i, i)
	}
	for i := range maxRules {
		rule(i)
	}
	p := mustParse(t, b.String())
	q := Question{Peer: "NL", Direction: Send, Type: fmt.Sprintf("mla.x%d", maxRules-1)}
	if got, want := p.Decide(q).Rule, fmt.Sprintf("r%d", maxRules-1); got != want {
		t.Errorf("the last rule: got %q, want %q", got, want)
	}
	rule(maxRules)
	_, err := Parse([]byte(b.String()))
	var got *schema.Problem
	if !errors.As(err, &got) || got.Code != "too_many_rules" || got.Pointer != fmt.Sprintf("line %d", maxRules+3) {
		t.Errorf("got %v, want too_many_rules", err)
	}
}

// Shapes that the YAML parser is slow on, or needs much memory for, are refused
// before it runs, which the wording shows.
func TestParseRefusesHostileShapesEarly(t *testing.T) {
	const size = 120_000
	var keys strings.Builder
	for i := 0; keys.Len() < size; i++ {
		fmt.Fprintf(&keys, "k%d: 1\n", i)
	}
	fill := func(s string) string { return strings.Repeat(s, size/len(s)) }
	const early = "nested deeper"
	tests := []struct{ name, text, want string }{
		{"brackets", "rules: " + fill("["), early},
		{"braces", "rules: " + fill("{a: "), early},
		{"dashes", fill("- "), "directly in a list"},
		{"keys", keys.String(), early},
		{"keys in rules", head + "  - " + strings.ReplaceAll(keys.String(), "\n", "\n    "), early},
		{"colons", fill("a: "), early},
		{"explicit keys", fill("? "), "explicit key"},
		{"comments", fill("#\n"), "is empty"},
		{"an open text", "version: \"" + fill("x"), "not YAML"},
		{"rules without content", head + fill("  -\n"), "is empty"},
		{"rules of comments", head + fill("  - #\n"), "is empty"},
		{"keys without values", head + fill("  - a:\n"), "more than 16384 rules"},
		{"braces without values", "rules: {" + fill("a,") + "}", "more than 32768 keys"},
		{"colons without values", "rules: [" + fill("a:,") + "]", "more than 16384 rules"},
		{"a rule of braces each", head + fill("  - {}\n"), "more than 16384 rules"},
		{"lists of lists", head + fill("  - []\n"), "more than 16384 rules"},
		{"a long key", fill("k") + ": 1\n", "several faults"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := Parse([]byte(tt.text))
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Fatalf("got %v, want %q", err, tt.want)
			}
			if len(err.Error()) > 8<<10 {
				t.Errorf("the error has %d octets", len(err.Error()))
			}
		})
	}
}

// Of a large file with nothing but faults only as much is read as is reported.
func TestParseStopsWhenNoMoreIsReported(t *testing.T) {
	fill := func(s string) string { return strings.Repeat(s, 3<<20/len(s)) }
	rule := "  - {name: a, peers: [NL], direction: send, types: [a]"
	tests := map[string]string{
		"peers":        head + rule[:strings.Index(rule, "NL")] + fill("nlx, ") + "NL]}\n",
		"groups":       "version: 1\ngroups: {neighbours: [NL]}\nrules:\n  - {name: a, peers: [" + fill("neigbours, ") + "NL]}\n",
		"keys":         head + fill("  - {nam: a, peer: b, direcion: c, typs: d, categoris: e, aprove: f, redac: g, subject: h, minor: i, markin: j}\n"),
		"rules twice":  head + fill(rule + "}\n")[:500_000/len(rule)*(len(rule)+2)],
		"values twice": head + "  - {name: a, peers: [NL], direction: send, types: [" + fill("a, ") + "b]}\n",
	}
	for name, text := range tests {
		t.Run(name, func(t *testing.T) {
			begin := time.Now()
			_, err := Parse([]byte(text))
			var got *schema.Problem
			if !errors.As(err, &got) || len(got.Errors) > maxProblems {
				t.Fatalf("got %.300v, want faults", err)
			}
			if took := time.Since(begin); took > 10*time.Second {
				t.Errorf("it took %v", took)
			}
		})
	}
}
