package web

import (
	"net/http"
	"time"

	"github.com/comity-exchange/comity/node"
	"github.com/comity-exchange/comity/schema"
)

// caseRow is one line of the list of cases.
type caseRow struct {
	node.CaseLine
	With []choiceOf // the peers of the case: code and name
	Late bool       // a time limit has passed
}

type casesData struct {
	Rows  []caseRow
	Words string
	Next  string // address of the next page, "" if there is none
	Late  bool   // not the first page
}

// casesPrefix tells the cursors of this list from others, and this form from later ones.
const casesPrefix = "c1:"

func (w *Web) casesPage(rw http.ResponseWriter, r *request) error {
	after, err := placeIn(casesPrefix, Cursor(r.query.Get("after")))
	if err != nil {
		return err
	}
	f := node.CaseFilter{Words: r.query.Get("q"), After: after, Limit: pageSize + 1}
	if len(f.Words) > 200 {
		return badQuery("bad_parameter", "q", "The search is too long.", "Use a few words.")
	}
	found, err := w.Node.Cases(r.Context(), f)
	if err != nil {
		return err
	}
	v := w.view(r)
	d := &casesData{Words: f.Words, Late: after > 0}
	if len(found) > pageSize {
		found = found[:pageSize]
		d.Next = "?" + r.with("after", string(cursorAt(casesPrefix, found[pageSize-1].N)))
	}
	for _, c := range found {
		d.Rows = append(d.Rows, caseRow{c, w.withNames(c.Peers), !c.Due.IsZero() && c.Due.Before(w.Now())})
	}
	v.Title, v.At, v.Data = say(v.Lang, "cases"), "cases", d
	return w.show(rw, http.StatusOK, "cases", v)
}

func (w *Web) withNames(peers []schema.Jurisdiction) (list []choiceOf) {
	for _, p := range peers {
		list = append(list, choiceOf{Value: string(p), Label: w.peerName(p)})
	}
	return list
}

// peerRow is one line of the list of peers.
type peerRow struct {
	Code      schema.Jurisdiction
	Name      string
	Languages []string // by name, in the reader's language
	Suspended bool
	Mentioned bool // by a rule of the policy
	Connected bool
	LastOK    time.Time // of the last round trip, zero if there was none
	Expires   time.Time // of the card
	Soon      bool      // it expires within soon
	Counts    node.PeerOverview
}

// soon is how long before its end a card is pointed out.
const soon = 30 * 24 * time.Hour

func (w *Web) peersPage(rw http.ResponseWriter, r *request) error {
	v := w.view(r)
	links, err := w.links()
	if err != nil {
		return err
	}
	counted, err := w.overview(r)
	if err != nil {
		return err
	}
	var rows []peerRow
	for _, p := range w.Node.Keyring.Peers() {
		c := p.Card
		row := peerRow{Code: c.Jurisdiction, Name: c.Name, Suspended: p.Suspended, Mentioned: w.Node.Policy().Mentions(c.Jurisdiction),
			Expires: c.Expires, Soon: c.Expires.Before(w.Now().Add(soon))}
		for _, code := range c.Languages {
			row.Languages = append(row.Languages, w.Node.Catalogue.Tongue(v.Lang, code))
		}
		if row.Connected, row.LastOK, err = links.of(string(c.Jurisdiction)); err != nil {
			return err
		}
		for _, o := range counted.Peers {
			if o.Peer == c.Jurisdiction {
				row.Counts = o
			}
		}
		rows = append(rows, row)
	}
	v.Title, v.At, v.Data = say(v.Lang, "peers"), "peers", rows
	return w.show(rw, http.StatusOK, "peers", v)
}
