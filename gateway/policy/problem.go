package policy

import (
	"fmt"
	"strings"

	"github.com/comity-exchange/comity/schema"
)

// maxProblems listed for one file; a reader who has mended these runs again.
const maxProblems = 20

// problems collects what is wrong with a policy file, by line.
type problems []schema.Problem

func (ps *problems) add(line int32, code, detail, fix string) {
	if !ps.full() {
		*ps = append(*ps, schema.Problem{Kind: schema.Invalid, Code: code,
			Pointer: fmt.Sprintf("line %d", line), Detail: detail, Fix: fix})
	}
}

// full says that no more faults are noted, so that it need not be read on.
func (ps problems) full() bool { return len(ps) >= maxProblems }

// err is nil, the one problem, or a problem that holds all of them.
func (ps problems) err() error {
	switch len(ps) {
	case 0:
		return nil
	case 1:
		return &ps[0]
	}
	return &schema.Problem{Kind: schema.Invalid, Code: "bad_policy", Pointer: ps[0].Pointer,
		Detail: "The policy has several faults.", Fix: "Mend each line named below.",
		Errors: ps}
}

// maxQuoted is how much of a faulty word a problem repeats, octets.
const maxQuoted = 64

// clip makes a word from the file fit to stand in a problem.
func clip(word string) string {
	if len(word) > maxQuoted {
		word = strings.ToValidUTF8(word[:maxQuoted], "") + "…"
	}
	return printable(word)
}

// fixFor proposes the known word that the writer most likely meant.
func fixFor(word string, known []string) string {
	if near := schema.Nearest(word, known); near != "" {
		return fmt.Sprintf("Write %s.", near)
	}
	return "Use one of: " + strings.Join(known, ", ") + "."
}
