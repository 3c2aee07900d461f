package web

import (
	"net/http"
	"slices"

	"golang.org/x/text/collate"
	"golang.org/x/text/language"

	"github.com/comity-exchange/comity/node"
	"github.com/comity-exchange/comity/schema"
)

// choiceData is the page on which a message is begun: first whom to write to and
// what, then on which legal basis.
type choiceData struct {
	Peers    []schema.Option
	Families []family
	Peer     schema.Jurisdiction
	Name     string // of the peer
	Type     string
	Title    string
	Effect   string
	Needs    bool            // an instrument
	Basis    []schema.Option // instruments to choose from
	Faults   []fault
	Ready    bool // both are chosen
}

// family is the types whose names begin alike.
type family struct {
	Key, Label string
	Types      []kind
	Open       bool
}

// kind is one type to choose.
type kind struct{ Name, Title, Effect string }

// fault is one line of an error summary.
type fault struct {
	Href  string // to the field, "" if there is none
	Label string // of the field
	Text  string
}

// byMachine are the types that programs send by themselves.
var byMachine = []string{"receipt.stage"}

func (w *Web) writePage(rw http.ResponseWriter, r *request) error {
	v := w.view(r)
	v.At, v.Title = "write", words[v.Lang]["write"]
	d := &choiceData{Peer: schema.Jurisdiction(r.query.Get("peer")), Type: r.query.Get("type")}
	for _, p := range w.Node.Keyring.Peers() {
		if !p.Suspended {
			d.Peers = append(d.Peers, schema.Option{Code: string(p.Card.Jurisdiction), Label: p.Card.Name})
		}
	}
	d.Families = w.families(v.Lang, d.Type)
	asked := r.query.Has("peer") || r.query.Has("type")
	w.choose(d, v.Lang, asked)
	if len(d.Faults) > 0 {
		v.Title = words[v.Lang]["error"] + ": " + v.Title
	}
	v.Path = "/write?"
	if d.Ready {
		v.Path += "peer=" + string(d.Peer) + "&type=" + d.Type + "&"
	}
	v.Data = d
	return w.show(rw, http.StatusOK, "write", v)
}

// choose holds the choice to what is possible.
func (w *Web) choose(d *choiceData, lang string, asked bool) {
	word := words[lang]
	t, err := w.Node.Catalogue.Type(d.Type)
	known := slices.ContainsFunc(d.Peers, func(o schema.Option) bool { return o.Code == string(d.Peer) })
	if asked && !known {
		d.Faults = append(d.Faults, fault{Href: "#peer", Text: word["choose_peer"]})
	}
	if asked && (err != nil || t.Answers()) {
		d.Faults = append(d.Faults, fault{Href: "#types", Text: word["choose_type"]})
	}
	if asked && len(d.Faults) == 0 && !w.Node.Takes(d.Peer, d.Type) {
		d.Faults = append(d.Faults, fault{Href: "#types", Text: word["not_taken"]})
	}
	if d.Ready = asked && len(d.Faults) == 0; !d.Ready {
		return
	}
	d.Name, d.Title, d.Effect, d.Needs = w.peerName(d.Peer), inLanguage(t.Title, lang, t.Name), w.effect(d.Type, lang), t.NeedsInstrument()
	for _, code := range w.Node.Catalogue.InstrumentsFor(d.Type) {
		d.Basis = append(d.Basis, schema.Option{Code: code, Label: w.Node.Catalogue.Label(lang, code)})
	}
}

// families sorts the types that begin something, by title.
func (w *Web) families(lang, chosen string) (list []family) {
	for _, t := range w.Node.Catalogue.Types() {
		if t.Answers() || slices.Contains(byMachine, t.Name) {
			continue
		}
		if key := t.Family(); len(list) == 0 || list[len(list)-1].Key != key {
			label := words[lang]["family."+key]
			if label == "" {
				label = key
			}
			list = append(list, family{Key: key, Label: label})
		}
		f := &list[len(list)-1]
		f.Types = append(f.Types, kind{t.Name, inLanguage(t.Title, lang, t.Name), inLanguage(t.LegalEffect, lang, "")})
		f.Open = f.Open || t.Name == chosen
	}
	order := collate.New(language.Make(lang))
	for _, f := range list {
		slices.SortFunc(f.Types, func(a, b kind) int { return order.CompareString(a.Title, b.Title) })
	}
	slices.SortFunc(list, func(a, b family) int { return order.CompareString(a.Label, b.Label) })
	return list
}

// makeDraft begins a message that answers none.
func (w *Web) makeDraft(rw http.ResponseWriter, r *request) error {
	peer, err := schema.ParseJurisdiction(r.entry.Get("peer"))
	if err != nil {
		return err
	}
	return w.begin(rw, r, node.DraftStart{Type: r.entry.Get("type"), Peer: peer, Instrument: r.entry.Get("instrument")})
}

// makeReply begins an answer to a message.
func (w *Web) makeReply(rw http.ResponseWriter, r *request) error {
	id, box, err := r.target()
	if err != nil {
		return asMissing(err)
	}
	return w.begin(rw, r, node.DraftStart{Type: r.entry.Get("type"), Re: id, Box: box})
}

func (w *Web) begin(rw http.ResponseWriter, r *request, s node.DraftStart) error {
	if s.Instrument != "" && !slices.Contains(w.Node.Catalogue.Instruments(), s.Instrument) {
		return badName("/instrument", "instrument", "Choose one of the list.")
	}
	d, err := w.Node.MakeDraft(r.Context(), r.caller.actor(), s)
	if err != nil {
		return err
	}
	redirect(rw, "/draft/"+string(d.ID))
	return nil
}
