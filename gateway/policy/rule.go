package policy

import (
	"slices"
	"strings"

	"github.com/comity-exchange/comity/schema"
)

// rule is one row of the table, checked.
type rule struct {
	name        string
	peers       []entry // at least one
	direction   Direction
	types       []entry        // at least one
	categories  []entry        // none: a message without any data category
	marking     schema.Marking // highest
	instruments []entry        // none: only a message without an instrument
	minors      bool
	want        wants
}

// entry is one value of a list and where it stands, for Check.
type entry struct {
	text string
	line int
}

// wants are the texts that a trace shows, made once per rule.
type wants struct {
	peer, types, instrument, marking, categories, minors string
}

// noInstrument in a list of instruments stands for a message that names none.
const noInstrument = "none"

func (r *rule) describe() {
	r.want = wants{
		peer:       list(r.peers, ""),
		types:      list(r.types, ""),
		instrument: list(r.instruments, noInstrument),
		marking:    r.marking.String(),
		categories: list(r.categories, "none"),
		minors:     "none",
	}
	if r.minors {
		r.want.minors = "any"
	}
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
