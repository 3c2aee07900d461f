package web

import (
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/comity-exchange/comity/gateway/policy"
	"github.com/comity-exchange/comity/node"
	"github.com/comity-exchange/comity/pki"
	"github.com/comity-exchange/comity/schema"
)

// live says that the process answers.
func (w *Web) live(rw http.ResponseWriter, _ *request) error {
	return answer(rw, http.StatusOK, map[string]bool{"live": true})
}

// ready says that the store can be read.
func (w *Web) ready(rw http.ResponseWriter, r *request) error {
	if _, err := w.Node.Entries(r.Context(), 0, 1); err != nil {
		w.Log.Error().Err(err).Msg("store not readable")
		return &schema.Problem{Kind: schema.Unavailable, Code: "not_ready", Detail: "The node cannot read its store.", Fix: "Look at the node's log."}
	}
	return answer(rw, http.StatusOK, map[string]bool{"ready": true})
}

func (w *Web) listTypes(rw http.ResponseWriter, _ *request) error {
	page := Page[Type]{Items: []Type{}}
	for _, t := range w.Node.Catalogue.Types() {
		page.Items = append(page.Items, typeOf(t))
	}
	return answer(rw, http.StatusOK, page)
}

func typeOf(t *schema.Type) Type {
	return Type{Name: t.Name, Version: t.Version, Title: t.Title, LegalEffect: t.LegalEffect, Replies: append([]string{}, t.Replies...)}
}

func (w *Web) getType(rw http.ResponseWriter, r *request) error {
	t, err := w.Node.Catalogue.Type(r.PathValue("type"))
	if err != nil {
		return &schema.Problem{Kind: schema.NotFound, Code: "unknown_type", Detail: "There is no such message type here.", Fix: "GET /v1/types lists them."}
	}
	out := typeOf(t)
	out.Schema, out.Example = t.Schema, t.Example
	return answer(rw, http.StatusOK, out)
}

func (w *Web) listPeers(rw http.ResponseWriter, r *request) error {
	page := Page[Peer]{Items: []Peer{}}
	for _, p := range w.Node.Keyring.Peers() {
		page.Items = append(page.Items, w.peer(p))
	}
	return answer(rw, http.StatusOK, page)
}

func (w *Web) peer(p pki.PeerCard) Peer {
	return Peer{Card: cardOf(p.Card), Suspended: p.Suspended, Mentioned: w.Node.Policy().Mentions(p.Card.Jurisdiction)}
}

func cardOf(c *pki.Card) Card {
	out := Card{Code: c.Jurisdiction, Name: c.Name, Fingerprint: c.Certificate.Root().Hex(), Serial: c.Serial, Issued: c.Issued, Expires: c.Expires,
		Endpoints: []Endpoint{}, TLS: c.TLS.Hex(), Accepts: append([]string{}, c.Accepts...), Languages: append([]string{}, c.Languages...)}
	for _, e := range c.Endpoints {
		end := Endpoint{Addr: e.Addr, Hub: e.Hub}
		if e.Hub {
			end.Pin = e.Pin.Hex()
		}
		out.Endpoints = append(out.Endpoints, end)
	}
	return out
}

// maxFindings of one policy question: a message has no more.
const maxFindings = schema.MaxValues

// maxListed codes, purposes and languages of one policy question.
const maxListed = 256

func (w *Web) evaluate(rw http.ResponseWriter, r *request) error {
	var q Question
	if err := r.decode(&q); err != nil {
		return err
	}
	asked, err := w.question(q)
	if err != nil {
		return err
	}
	return answer(rw, http.StatusOK, w.Node.Policy().Explain(asked))
}

// question refuses names that no message can have: a misspelt question would get a
// misleading answer.
func (w *Web) question(q Question) (asked policy.Question, err error) {
	asked = policy.Question{Direction: q.Direction, Type: q.Type, Instrument: q.Instrument,
		Codes: q.Codes, Purposes: q.Purposes, Languages: q.Languages, Findings: q.Findings}
	if asked.Peer, err = schema.ParseJurisdiction(string(q.Peer)); err != nil {
		return asked, err
	}
	if q.Direction != policy.Send && q.Direction != policy.Receive {
		return asked, badName("/direction", "direction", "Write send or receive.")
	}
	if _, err := w.Node.Catalogue.Type(q.Type); err != nil {
		return asked, err
	}
	if q.Instrument != "" && !slices.Contains(w.Node.Catalogue.Instruments(), q.Instrument) {
		return asked, badName("/instrument", "instrument", "comity policy check names those that exist.")
	}
	if q.Marking != "" {
		if asked.Marking, err = schema.ParseMarking(q.Marking); err != nil {
			return asked, err
		}
	}
	if asked.Day, err = w.askedDay(q.Day); err != nil {
		return asked, err
	}
	if err := w.lists(q); err != nil {
		return asked, err
	}
	return asked, w.findings(q.Findings)
}

// askedDay is the day of a question, today if it names none.
func (w *Web) askedDay(s string) (time.Time, error) {
	if s == "" {
		return w.Now(), nil
	}
	day, err := time.Parse(time.DateOnly, s)
	if err != nil {
		return day, &schema.Problem{Kind: schema.Invalid, Code: "bad_date", Pointer: "/day", Detail: "This is no date.", Fix: "Write year, month and day, such as 2026-12-31."}
	}
	return day, nil
}

// lists of a question are held against the catalogue.
func (w *Web) lists(q Question) error {
	if len(q.Codes)+len(q.Purposes)+len(q.Languages) > maxListed {
		return &schema.Problem{Kind: schema.TooLarge, Code: "too_many_values", Pointer: "/codes", Detail: "No message has so many codes, purposes and languages.", Fix: "Ask about fewer."}
	}
	for _, code := range q.Codes {
		if !slices.Contains(w.Node.Catalogue.Codes("handling_codes"), code) {
			return badName("/codes", "code", "Use a handling code of the catalogue, such as H1.")
		}
	}
	for _, purpose := range q.Purposes {
		if !slices.Contains(w.Node.Catalogue.Purposes(), purpose) {
			return badName("/purposes", "purpose", "Use a purpose of the catalogue, such as prosecution or detection.")
		}
	}
	return nil
}

func (w *Web) findings(list []schema.Finding) error {
	if len(list) > maxFindings {
		return &schema.Problem{Kind: schema.TooLarge, Code: "too_many_findings", Pointer: "/findings", Detail: "No message has so many findings.", Fix: "Ask about fewer."}
	}
	categories := w.Node.Catalogue.Categories()
	for i, f := range list {
		if !slices.Contains(categories, f.Category) {
			return badName("/findings/"+strconv.Itoa(i)+"/category", "category", "Use a category of the catalogue, such as id.name or fin.account.")
		}
	}
	return nil
}

func badName(pointer, what, fix string) error {
	return &schema.Problem{Kind: schema.Invalid, Code: "unknown_" + what, Pointer: pointer, Detail: "There is no such " + what + ".", Fix: fix}
}

const (
	journalSize    = 100
	maxJournalSize = 1000
)

func (w *Web) listJournal(rw http.ResponseWriter, r *request) error {
	after, err := r.number("after", 0, 0, 1<<62)
	if err != nil {
		return err
	}
	limit, err := r.number("limit", journalSize, 1, maxJournalSize)
	if err != nil {
		return err
	}
	entries, err := w.Node.Entries(r.Context(), after, int(limit)+1)
	if err != nil {
		return err
	}
	page := Page[node.Entry]{Items: append([]node.Entry{}, entries...)}
	if len(entries) > int(limit) {
		page.Items = page.Items[:limit]
		page.Next = Cursor(strconv.FormatInt(page.Items[limit-1].N, 10))
	}
	return answer(rw, http.StatusOK, page)
}
