package policy

import (
	"fmt"
	"regexp"
	"strings"
	"time"

	"github.com/goccy/go-yaml/ast"

	"github.com/comity-exchange/comity/schema"
)

// Forms of names. All are ASCII, so that no look-alike letter passes for another.
var (
	ruleForm       = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$`)
	patternForm    = regexp.MustCompile(`^(\*|[a-z][a-z0-9_-]*(\.[a-z0-9][a-z0-9_-]*)*(\.\*)?)$`)
	wordForm       = regexp.MustCompile(`^[a-z][a-z0-9]*([_-][a-z0-9]+)*$`)
	codeForm       = regexp.MustCompile(`^[A-Z][A-Z0-9]*([._-][A-Z0-9]+)*$`)
	languageForm   = regexp.MustCompile(`^[a-z]{2,3}(-[A-Za-z0-9]{1,8})*$`)
	instrumentForm = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._/-]*$`)
)

// maxName is the longest type, category or instrument, octets.
const maxName = 128

// rule reads one row. Faults are collected; what is faulty stays zero.
func (r *reader) rule(node ast.Node) rule {
	m := r.mapping(node, "a rule", ruleKeys[:])
	if m == nil {
		return rule{}
	}
	out := rule{
		name:        r.name(m),
		listed:      r.peers(m),
		direction:   r.direction(m),
		types:       r.patterns(m, "types"),
		categories:  r.patterns(m, "categories"),
		approve:     r.patterns(m, "approve"),
		redact:      r.patterns(m, "redact"),
		subjects:    r.words(m, "subjects", "a list such as [suspect, accused]", wordForm),
		minors:      r.minors(m),
		marking:     r.marking(m),
		codes:       r.words(m, "codes", "a list such as [H0, H1]", codeForm),
		instruments: r.instruments(m),
		purposes:    r.words(m, "purposes", "a list such as [investigation, prosecution]", wordForm),
		languages:   r.words(m, "languages", "a list such as [nl, fr]", languageForm),
		from:        r.day(m, "from"),
		until:       r.day(m, "until"),
	}
	r.period(m, &out)
	r.taken(m, &out)
	out.peers = r.writeOut(out.listed)
	return out
}

func (r *reader) name(m *mapping) string {
	node := r.need(m, "name")
	if node == nil {
		return ""
	}
	s, ok := r.text(node, "name", "a name such as nl-mla")
	if ok && !ruleForm.MatchString(s) {
		r.add(line(node), "bad_name", "This name cannot be cited safely.", "Use 1 to 64 of the letters, digits, dot, dash and underscore, beginning with a letter or digit.")
	}
	return s
}

func (r *reader) peers(m *mapping) []entry {
	node := r.need(m, "peers")
	return r.list(node, "peers", "a list of jurisdictions such as [NL, DE]", func(s string) (code, detail, fix string) {
		if !wordForm.MatchString(s) {
			return badPeer(s)
		}
		if r.group(s) == nil {
			return r.unknownGroup(s)
		}
		return "", "", ""
	})
}

func badPeer(s string) (code, detail, fix string) {
	if s == "*" {
		return "bad_peer", "A rule names its peers one by one.", "List the jurisdictions; a peer that is added later then gets nothing unasked."
	}
	if _, err := schema.ParseJurisdiction(s); err != nil {
		return "bad_peer", "This is not a jurisdiction code.", "Use an ISO 3166-1 alpha-2 code such as DE, or 3 to 16 of A-Z and 0-9 for an international body."
	}
	return "", "", ""
}

func (r *reader) direction(m *mapping) Direction {
	node := r.need(m, "direction")
	if node == nil {
		return ""
	}
	known := []string{string(Send), string(Receive)}
	s, ok := r.text(node, "direction", "send or receive")
	if ok && s != known[0] && s != known[1] {
		r.add(line(node), "bad_direction", "This direction is not known.", fixFor(s, known))
	}
	return Direction(s)
}

// patterns reads types, which has no default, and the lists of categories, which
// may be left out or empty.
func (r *reader) patterns(m *mapping, key string) []entry {
	node := m.values[key]
	if key == "types" {
		node = r.need(m, key)
	} else if s, ok := node.(*ast.SequenceNode); ok && len(s.Values) == 0 {
		return nil
	}
	return r.list(node, key, "a list such as [mla.*, status.refused]", func(s string) (code, detail, fix string) {
		if patternForm.MatchString(s) {
			return "", "", ""
		}
		fix = `Use names in lower case with dots, with .* only at the end, or "*" alone for all.`
		if strings.ToLower(s) != s && patternForm.MatchString(strings.ToLower(s)) {
			fix = "Write " + strings.ToLower(s) + "."
		}
		return "bad_pattern", "This is not a name or a wildcard.", fix
	})
}

func (r *reader) instruments(m *mapping) []entry {
	return r.list(m.values["instruments"], "instruments", "a list such as [EIO, COE-1959, none]", func(s string) (code, detail, fix string) {
		switch {
		case strings.EqualFold(s, noInstrument) && s != noInstrument:
			return "bad_instrument", "This is not an instrument.", "Write none for messages without an instrument."
		case !instrumentForm.MatchString(s):
			return "bad_instrument", "This is not the code of an instrument.", "Write codes out, such as EIO, or none for messages without an instrument; wildcards are not read here."
		}
		return "", "", ""
	})
}

// words reads a list of names of one form, which may be left out.
func (r *reader) words(m *mapping, key, want string, form *regexp.Regexp) []entry {
	return r.list(m.values[key], key, want, func(s string) (code, detail, fix string) {
		switch {
		case form.MatchString(s):
			return "", "", ""
		case s == "*":
			return "bad_value", "There is no wildcard here.", "Leave " + key + " out to take any."
		}
		return "bad_value", "This has not the form of a name in " + key + ".", "Write " + want + "."
	})
}

// day reads a date, 0 if it is left out.
func (r *reader) day(m *mapping, key string) day {
	node := m.values[key]
	if node == nil {
		return 0
	}
	s, ok := r.text(node, key, "a date such as 2026-12-31")
	if !ok {
		return 0
	}
	t, err := time.Parse(time.DateOnly, s)
	if err != nil || t.Year() < 1 {
		r.add(line(node), "bad_date", "This is no date.", "Write year, month and day, such as 2026-12-31.")
		return 0
	}
	return dayOf(t)
}

func (r *reader) period(m *mapping, out *rule) {
	if out.until != 0 && out.until < out.from {
		r.add(line(m.values["until"]), "bad_period", "The rule ends before it begins, so it could never hold.", "Write the later date under until.")
	}
}

// taken refuses to take data out of what another has signed.
func (r *reader) taken(m *mapping, out *rule) {
	if out.direction == Receive && len(out.redact) > 0 {
		r.add(line(m.values["redact"]), "redact_on_receive", "What a peer sends is signed and cannot be changed.",
			"Leave redact out. A message with data that the rule does not list is refused; under approve it waits for a second officer.")
	}
}

func (r *reader) marking(m *mapping) schema.Marking {
	node := m.values["marking"]
	if node == nil {
		return schema.Unclassified
	}
	s, ok := r.text(node, "marking", "unclassified or restricted")
	if !ok {
		return schema.Unclassified
	}
	marking, err := schema.ParseMarking(s)
	if err != nil {
		r.add(line(node), "bad_marking", "This marking is not carried.", fixFor(s, []string{schema.Unclassified.String(), schema.Restricted.String()}))
	}
	return marking
}

func (r *reader) minors(m *mapping) bool {
	node := m.values["minors"]
	if node == nil {
		return false
	}
	n, ok := node.(*ast.BoolNode)
	if !ok {
		r.wrong(node, "minors", "true or false")
		return false
	}
	return n.Value
}

// list reads a list of strings that is not empty, each of which check accepts
// with an empty code.
func (r *reader) list(node ast.Node, key, want string, check func(string) (code, detail, fix string)) []entry {
	if node == nil {
		return nil
	}
	items, ok := r.sequence(node, key, want)
	if !ok {
		return nil
	}
	if len(items) == 0 {
		r.add(line(node), "empty_list", fmt.Sprintf("The list %s is empty, which could be read in two ways.", key), "Name at least one, or take the line or the rule out.")
	}
	var out []entry
	seen := map[string]bool{}
	for _, item := range items {
		s, ok := r.text(item, key, want+"; put numbers in quotes")
		if !ok {
			continue
		}
		if len(s) > maxName {
			r.add(line(item), "too_large", fmt.Sprintf("This name is longer than %d octets.", maxName), "Use the name as the catalogue has it.")
		} else if code, detail, fix := check(s); code != "" {
			r.add(line(item), code, detail, fix)
		} else if seen[s] {
			r.add(line(item), "duplicate_value", fmt.Sprintf("%s stands twice in %s.", s, key), "Keep one of the two, or write the one that was meant.")
		}
		seen[s] = true
		out = append(out, entry{s, line(item)})
	}
	return out
}
