package policy

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/comity-exchange/comity/schema"
)

// Forms of names. All are ASCII, so that no look-alike letter passes for another.
var (
	ruleForm       = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$`)
	patternForm    = regexp.MustCompile(`^(\*|[a-z][a-z0-9_-]*(\.[a-z0-9][a-z0-9_-]*)*(\.\*)?)$`)
	wordForm       = regexp.MustCompile(`^[a-z][a-z0-9]*([_-][a-z0-9]+)*$`)
	codeForm       = regexp.MustCompile(`^[A-Z][A-Z0-9]*([._-][A-Z0-9]+)*$`)
	languageForm   = regexp.MustCompile(`^[a-z]{2,3}(-[A-Za-z0-9]{1,8})*$`)
	peerForm       = jurisdictions{}
	instrumentForm = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._/-]*$`)
)

// form is what a name must look like.
type form interface{ MatchString(string) bool }

// jurisdictions is the form of their codes.
type jurisdictions struct{}

func (jurisdictions) MatchString(s string) bool {
	_, err := schema.ParseJurisdiction(s)
	return err == nil
}

// maxName is the longest type, category or instrument, octets.
const maxName = 128

// rule reads one row. Faults are collected; what is faulty stays zero.
func (r *reader) rule(v *value, out *rule) {
	if !r.mapping(v, "a rule", ruleKeys[:]) {
		return
	}
	m := &mapping{value: v, what: "a rule", known: ruleKeys[:]}
	*out = rule{
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
	r.period(m, out)
	r.taken(m, out)
	out.peers = r.writeOut(out.listed)
}

func (r *reader) name(m *mapping) string {
	v := r.need(m, "name")
	if v == nil {
		return ""
	}
	s, ok := r.text(v, "name", "a name such as nl-mla")
	if ok && !ruleForm.MatchString(s) {
		r.add(v.line, "bad_name", "This name cannot be cited safely.", "Use 1 to 64 of the letters, digits, dot, dash and underscore, beginning with a letter or digit.")
	}
	return s
}

func (r *reader) peers(m *mapping) []entry {
	return r.list(r.need(m, "peers"), "peers", "a list of jurisdictions such as [NL, DE]", func(s string) (code, detail, fix string) {
		if !r.has(wordForm, s) {
			return r.badPeer(s)
		}
		if r.group(s) == nil {
			return r.unknownGroup(s)
		}
		return "", "", ""
	})
}

func (r *reader) badPeer(s string) (code, detail, fix string) {
	if s == "*" {
		return "bad_peer", "A rule names its peers one by one.", "List the jurisdictions; a peer that is added later then gets nothing unasked."
	}
	if !r.has(peerForm, s) {
		return "bad_peer", "This is not a jurisdiction code.", "Use an ISO 3166-1 alpha-2 code such as DE, or 3 to 16 of A-Z and 0-9 for an international body."
	}
	return "", "", ""
}

func (r *reader) direction(m *mapping) Direction {
	v := r.need(m, "direction")
	if v == nil {
		return ""
	}
	known := []string{string(Send), string(Receive)}
	s, ok := r.text(v, "direction", "send or receive")
	if ok && !slices.Contains(known, s) {
		r.add(v.line, "bad_direction", "This direction is not known.", fixFor(s, known))
	}
	return Direction(s)
}

// patterns reads types, which has no default, and the lists of categories, which
// may be left out or empty.
func (r *reader) patterns(m *mapping, key string) []entry {
	v := m.at(key)
	if key == "types" {
		v = r.need(m, key)
	} else if v != nil && v.kind == aList && len(v.items) == 0 {
		return nil
	}
	return r.list(v, key, "a list such as [mla.*, status.refused]", func(s string) (code, detail, fix string) {
		if r.has(patternForm, s) {
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
	return r.list(m.at("instruments"), "instruments", "a list such as [EIO, COE-1959, none]", func(s string) (code, detail, fix string) {
		switch {
		case strings.EqualFold(s, noInstrument) && s != noInstrument:
			return "bad_instrument", "This is not an instrument.", "Write none for messages without an instrument."
		case !r.has(instrumentForm, s):
			return "bad_instrument", "This is not the code of an instrument.", "Write codes out, such as EIO, or none for messages without an instrument; wildcards are not read here."
		}
		return "", "", ""
	})
}

// words reads a list of names of one form, which may be left out.
func (r *reader) words(m *mapping, key, want string, form form) []entry {
	return r.list(m.at(key), key, want, func(s string) (code, detail, fix string) {
		switch {
		case r.has(form, s):
			return "", "", ""
		case s == "*":
			return "bad_value", "There is no wildcard here.", "Leave " + key + " out to take any."
		}
		return "bad_value", "This has not the form of a name in " + key + ".", "Write " + want + "."
	})
}

// day reads a date, 0 if it is left out.
func (r *reader) day(m *mapping, key string) day {
	v := m.at(key)
	if v == nil {
		return 0
	}
	s, ok := r.text(v, key, "a date such as 2026-12-31")
	if !ok {
		return 0
	}
	t, err := time.Parse(time.DateOnly, s)
	if err != nil || t.Year() < 1 {
		r.add(v.line, "bad_date", "This is no date.", "Write year, month and day, such as 2026-12-31.")
		return 0
	}
	return dayOf(t)
}

func (r *reader) period(m *mapping, out *rule) {
	if out.until != 0 && out.until < out.from {
		r.add(m.at("until").line, "bad_period", "The rule ends before it begins, so it could never hold.", "Write the later date under until.")
	}
}

// taken refuses to take data out of what another has signed.
func (r *reader) taken(m *mapping, out *rule) {
	if out.direction == Receive && len(out.redact) > 0 {
		r.add(m.at("redact").line, "redact_on_receive", "What a peer sends is signed and cannot be changed.",
			"Leave redact out. A message with data that the rule does not list is refused; under approve it waits for a second officer.")
	}
}

func (r *reader) marking(m *mapping) schema.Marking {
	v := m.at("marking")
	if v == nil {
		return schema.Unclassified
	}
	s, ok := r.text(v, "marking", "unclassified or restricted")
	if !ok {
		return schema.Unclassified
	}
	marking, err := schema.ParseMarking(s)
	if err != nil {
		r.add(v.line, "bad_marking", "This marking is not carried.", fixFor(s, []string{schema.Unclassified.String(), schema.Restricted.String()}))
	}
	return marking
}

func (r *reader) minors(m *mapping) bool {
	v := m.at("minors")
	if v != nil && v.kind != aBool {
		r.wrong(v, "minors", "true or false")
	}
	return v != nil && v.kind == aBool && v.text == "true"
}

// list reads a list of strings that is not empty, each of which check accepts
// with an empty code.
func (r *reader) list(v *value, key, want string, check func(string) (code, detail, fix string)) []entry {
	if v == nil {
		return nil
	}
	if v.kind != aList {
		r.wrong(v, key, want)
		return nil
	}
	if len(v.items) == 0 {
		r.add(v.line, "empty_list", fmt.Sprintf("The list %s is empty, which could be read in two ways.", key), "Name at least one, or take the line or the rule out.")
	}
	out := make([]entry, 0, len(v.items))
	seen := twice{}
	for i := 0; i < len(v.items) && !r.full(); i++ {
		item := &v.items[i]
		s, ok := r.text(item, key, want+"; put numbers in quotes")
		if !ok {
			continue
		}
		if len(s) > maxName {
			r.add(item.line, "too_large", fmt.Sprintf("This name is longer than %d octets.", maxName), "Use the name as the catalogue has it.")
		} else if code, detail, fix := check(s); code != "" {
			r.add(item.line, code, detail, fix)
		} else if seen.has(out, s) {
			r.add(item.line, "duplicate_value", fmt.Sprintf("%s stands twice in %s.", s, key), "Keep one of the two, or write the one that was meant.")
		}
		out = append(out, entry{s, item.line})
	}
	return out
}

// twice finds what stands in a list already: by looking, or by a table once the
// list is long.
type twice map[string]bool

func (t *twice) has(before []entry, s string) bool {
	if len(before) < 16 {
		return contains(before, s)
	}
	if len(*t) == 0 {
		*t = make(twice, 2*len(before))
		for _, e := range before {
			(*t)[e.text] = true
		}
	}
	has := (*t)[s]
	(*t)[s] = true
	return has
}
