package web

import (
	"cmp"
	"slices"
	"strings"

	"github.com/comity-exchange/comity/schema"
)

// offer is one type that may answer a message, or why it may not now.
type offer struct{ Type, Title, Why string }

// offered sorts the actions that are answers by what is possible now, each by title.
func (w *Web) offered(actions []Action, lang string) (possible, impossible []offer) {
	for _, a := range actions {
		name, ok := strings.CutPrefix(a.Name, "reply:")
		if !ok || slices.Contains(byMachine, name) {
			continue
		}
		o := offer{Type: name, Title: w.title(name, lang)}
		if a.Allowed {
			possible = append(possible, o)
			continue
		}
		o.Why = w.Node.Catalogue.Localise(&schema.Problem{Detail: a.Why}, lang).Detail
		impossible = append(impossible, o)
	}
	for _, list := range [][]offer{possible, impossible} {
		slices.SortFunc(list, func(a, b offer) int { return cmp.Compare(a.Title, b.Title) })
	}
	return possible, impossible
}
