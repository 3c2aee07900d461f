package web

import (
	"cmp"
	"slices"
	"strings"

	"github.com/comity-exchange/comity/schema"
)

// offer is one type that may answer a message, or why it may not now.
type offer struct{ Type, Title, Why, Key string }

// replyKeys are the keys of answers that many requests have.
var replyKeys = map[string]string{"status.acknowledged": "1", "status.refused": "3", "status.query": "4", "status.delayed": "x"}

// offered sorts the actions that are answers to a message by what is possible now: what
// has a key first, then by title.
func (w *Web) offered(to string, actions []Action, lang string) (possible, impossible []offer) {
	family, _, _ := strings.Cut(to, ".")
	answered := false
	for _, a := range actions {
		name, ok := strings.CutPrefix(a.Name, "reply:")
		if !ok || slices.Contains(byMachine, name) {
			continue
		}
		o := offer{Type: name, Title: w.title(name, lang), Key: replyKeys[name]}
		if !a.Allowed {
			o.Why = w.Node.Catalogue.Localise(&schema.Problem{Detail: a.Why}, lang).Detail
			impossible = append(impossible, o)
			continue
		}
		if own := strings.HasPrefix(name, family+"."); own && !answered && o.Key == "" {
			o.Key, answered = "r", true // the answer proper
		}
		possible = append(possible, o)
	}
	for _, list := range [][]offer{possible, impossible} {
		slices.SortFunc(list, func(a, b offer) int {
			return cmp.Or(cmp.Compare(a.rank(), b.rank()), cmp.Compare(a.Title, b.Title))
		})
	}
	return possible, impossible
}

// rank puts the answers with keys in the order in which they come up.
func (o *offer) rank() int {
	if i := strings.Index("1r43x", o.Key); o.Key != "" && i >= 0 {
		return i
	}
	return len("1r43x")
}

// maxOffers are shown at once; of more, those that have no key are folded away.
const maxOffers = 8

// few splits a long list of offers, in its order.
func few(list []offer) (first, rest []offer) {
	i := slices.IndexFunc(list, func(o offer) bool { return o.Key == "" })
	if len(list) <= maxOffers || i <= 0 {
		return list, nil
	}
	return list[:i], list[i:]
}
