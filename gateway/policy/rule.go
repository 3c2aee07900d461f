package policy

import (
	"slices"
	"strings"
	"time"

	"github.com/comity-exchange/comity/schema"
)

// rule is one row of the table, checked.
type rule struct {
	name        string
	listed      []entry               // peers and groups as they stand in the file, at least one
	peers       []schema.Jurisdiction // those listed and the members of the groups, sorted, each once
	direction   Direction
	types       []entry        // at least one
	categories  []entry        // none: a message without any data category
	approve     []entry        // categories that cross once a second officer has released them
	redact      []entry        // categories that are taken out
	subjects    []entry        // none: any
	minors      bool           // data on persons under 18 may stand in it
	marking     schema.Marking // highest
	codes       []entry        // none: any
	instruments []entry        // none: only a message without an instrument
	purposes    []entry        // none: any, and a message that states none
	languages   []entry        // none: any, and a message that states none
	from, until day            // first and last day on which the rule holds
}

// entry is one value of a list and where it stands, for Check.
type entry struct {
	text string
	line int32
}

// noInstrument in a list of instruments stands for a message that names none.
const noInstrument = "none"

// class is what a rule does with a category.
type class int

const (
	uncovered class = iota
	crosses         // without anybody's release
	waits           // for the release of a second officer
	goes            // is taken out
)

// class of a category under the rule: of two lists that match, the stricter wins.
func (r *rule) class(category string) class {
	switch {
	case anyMatches(r.redact, category):
		return goes
	case anyMatches(r.approve, category):
		return waits
	case anyMatches(r.categories, category):
		return crosses
	}
	return uncovered
}

// matches says whether a pattern covers a name. No pattern covers a name that is
// missing, not even "*": what has no name cannot be judged.
func matches(pattern, name string) bool {
	if name == "" {
		return false
	}
	if stem, wild := strings.CutSuffix(pattern, "*"); wild {
		return strings.HasPrefix(name, stem) && len(name) > len(stem)
	}
	return pattern == name
}

func anyMatches(patterns []entry, name string) bool {
	return slices.ContainsFunc(patterns, func(e entry) bool { return matches(e.text, name) })
}

// takesInstrument says whether a message under the instrument, "" for none, is covered.
func (r *rule) takesInstrument(instrument string) bool {
	if instrument == "" {
		return len(r.instruments) == 0 || contains(r.instruments, noInstrument)
	}
	return instrument != noInstrument && contains(r.instruments, instrument)
}

// day is a date, counted so that 0 can stand for none.
type day int64

const (
	secondsOfDay = 24 * 60 * 60
	secondsTo1   = 62135596800 // from the first day of year 1 to 1970
)

// dayOf is the UTC date of a time, 0 for no time.
func dayOf(t time.Time) day {
	if t.IsZero() {
		return 0
	}
	return day((t.Unix()+secondsTo1)/secondsOfDay + 1)
}

func (d day) String() string {
	if d == 0 {
		return ""
	}
	return time.Unix((int64(d)-1)*secondsOfDay-secondsTo1, 0).UTC().Format(time.DateOnly)
}

// dated says whether the rule holds for some days only.
func (r *rule) dated() bool { return r.from != 0 || r.until != 0 }

// holdsOn says whether the rule holds on a day. A rule with dates does not hold
// on a day that is not known.
func (r *rule) holdsOn(d day) bool {
	return !r.dated() || d != 0 && r.from <= d && (r.until == 0 || d <= r.until)
}

// period in words, for people.
func (r *rule) period() string {
	switch {
	case r.from == 0:
		return "until " + r.until.String()
	case r.until == 0:
		return "from " + r.from.String()
	}
	return "from " + r.from.String() + " to " + r.until.String()
}

// list joins entries for people; empty is what stands for no entry.
func list(entries []entry, empty string) string {
	if len(entries) == 0 {
		return empty
	}
	return strings.Join(texts(entries), ", ")
}

func texts(entries []entry) []string {
	out := make([]string, len(entries))
	for i, e := range entries {
		out[i] = e.text
	}
	return out
}

func contains(entries []entry, text string) bool {
	return slices.ContainsFunc(entries, func(e entry) bool { return e.text == text })
}
