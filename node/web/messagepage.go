package web

import (
	"errors"
	"strconv"
	"time"

	"github.com/comity-exchange/comity/node"
	"github.com/comity-exchange/comity/schema"
)

// messageData is all that the message page shows.
type messageData struct {
	*Message
	At         string // address of the page
	Title      string // of the type
	Peer       string // name on the card
	Effect     string // legal effect of the type
	Marking    string
	Codes      []string
	Instrument string
	Languages  []string
	Terms      *terms
	Fields     []*field
	Renderings []schema.Rendering // of the subject
	Timeline   []moments
	Earlier    *row // the message that this one answers, if it is known
	Replies    []row
	Proof      Action
	Stand      *stand
	Amendments []row // what corrects or revokes its data
	Owed       []owed
	Possible   []offer
	Seldom     []offer // possible too
	Impossible []offer
	Desk       *onDesk
	Alike      []alike
}

// alike is a possible duplicate, and the words for what it shares.
type alike struct {
	row
	Shares []string
}

func (w *Web) alike(r *request, d *node.Detail, lang string) (list []alike, err error) {
	found, err := w.Node.Alike(r.Context(), d)
	for _, a := range found {
		one := alike{row: w.rows([]Item{item(a.Message)}, lang)[0]}
		for _, kind := range a.Kinds {
			one.Shares = append(one.Shares, say(lang, "same_"+kind))
		}
		list = append(list, one)
	}
	return list, err
}

// enclosed are files with the address of the page that gives them.
type enclosed struct {
	At    string
	Files []Attachment
}

// Enclosed are the files of a message.
func (d *messageData) Enclosed() enclosed { return enclosed{d.At, d.Attachments} }

// onDesk is who has taken a message, and whether it is put off.
type onDesk struct {
	Holder string
	Mine   bool
	Snooze time.Time // zero if it is shown
	Days   []int     // for which it can be put off
}

func (w *Web) onDeskOf(r *request, m *node.Message) (*onDesk, error) {
	d, err := w.Node.DeskOf(r.Context(), m)
	out := &onDesk{Days: snoozeDays}
	if err == nil && d != nil {
		out.Holder, out.Mine = holderName(d.Holder), d.Holder == r.caller.actor()
		if d.Snooze.After(w.Now()) {
			out.Snooze = d.Snooze
		}
	}
	return out, err
}

// field is one line of the reading view with those nested in it.
type field struct {
	schema.Field
	Nested []*field
}

// tree nests the lines of a reading view by their depth.
func tree(fields []schema.Field) []*field {
	top := &field{}
	path := []*field{top}
	for _, f := range fields {
		depth := min(f.Depth, len(path)-1)
		path = path[:depth+1]
		next := &field{Field: f}
		path[depth].Nested = append(path[depth].Nested, next)
		path = append(path, next)
	}
	return top.Nested
}

// moments is one line of the timeline.
type moments struct {
	At    time.Time
	Act   string // a word
	Pouch string // number, "" if none
	Peer  string
	Code  string
	Sure  bool // rests on a signature that was verified
	Open  bool // still to come
}

func (w *Web) messageData(r *request, d *node.Detail, lang string) (*messageData, error) {
	m := d.Message
	out := &messageData{Message: w.detail(d), At: "/message/" + reading(d.Record.ID, d.Record.Box), Title: w.title(m.Type, lang), Peer: w.peerName(d.Record.Peer), Effect: w.effect(m.Type, lang),
		Marking: w.Node.Catalogue.Label(lang, "markings/"+m.Marking.String()), Instrument: m.Instrument, Languages: m.Languages,
		Fields: tree(w.Node.Catalogue.View(m, lang)), Renderings: w.Node.Catalogue.Renderings(m, lang)["/subject"], Timeline: timeline(d)}
	opened(out.Message, d)
	out.Proof = out.Actions[0]
	out.Possible, out.Impossible = w.offered(m.Type, out.Actions, lang)
	out.Possible, out.Seldom = few(out.Possible)
	if m.Instrument != "" {
		out.Instrument = w.Node.Catalogue.Label(lang, m.Instrument) + " (" + m.Instrument + ")"
	}
	for _, code := range m.Codes {
		out.Codes = append(out.Codes, labelled(w.Node.Catalogue, lang, "handling_codes", code))
	}
	out.Replies = w.rows(out.Answers, lang)
	out.Amendments, out.Owed = w.rows(out.Amended, lang), owedIn(out.Duties, lang)
	if out.Life != nil {
		out.Stand = &stand{State: w.Node.Catalogue.Label(lang, out.Life.Machine+"/"+out.Life.State)}
		out.Stand.Events = w.happened(out.Life, lang)
		for _, k := range out.Clocks {
			out.Stand.Clocks = append(out.Stand.Clocks, w.due(&k, m.Instrument))
		}
	}
	for i, f := range out.Flaws {
		out.Flaws[i].Detail = w.Node.Catalogue.Localise(&schema.Problem{Detail: f.Detail}, lang).Detail
	}
	var err error
	if out.Desk, err = w.onDeskOf(r, d.Record); err != nil {
		return nil, err
	}
	if out.Alike, err = w.alike(r, d, lang); err != nil {
		return nil, err
	}
	if out.Terms, err = readTerms(w.Node.Catalogue, m, lang); err != nil {
		return nil, err
	}
	return out, w.earlier(r, out, lang)
}

// earlier finds what a message answers, without opening it.
func (w *Web) earlier(r *request, out *messageData, lang string) error {
	if out.Re == "" {
		return nil
	}
	d, err := w.Node.Trace(r.Context(), out.Re, "")
	var p *schema.Problem
	if errors.As(err, &p) && p.Kind == schema.NotFound {
		return nil
	}
	if err != nil {
		return err
	}
	out.Earlier = &w.rows([]Item{item(d.Record)}, lang)[0]
	return nil
}

func (w *Web) effect(name, lang string) string {
	t, err := w.Node.Catalogue.Type(name)
	if err != nil {
		return ""
	}
	return inLanguage(t.LegalEffect, lang, "")
}

// timeline tells a message's way, oldest first, readings left out.
func timeline(d *node.Detail) []moments {
	var list []moments
	for _, s := range d.Steps {
		if isReading(s.Act) {
			continue
		}
		m := moments{At: s.At, Act: s.Act, Peer: string(d.Record.Peer), Code: s.Detail["code"]}
		switch s.Act {
		case "pouch.committed", "pouch.received", "receipt.verified":
			m.Pouch = strconv.FormatInt(d.Pouch.Seq, 10)
			m.Sure = s.Act != "pouch.committed"
		case "message.denied":
			if m.Code == codeErased {
				m.Act, m.Code = "message.withdrawn", ""
			}
		case "message.erased":
			m.Code = s.Detail["reason"]
		case "duty.made", "duty.done", "duty.cancelled", "duty.overdue":
			m.Code = s.Detail["kind"]
		}
		list = append(list, m)
		if s.Act == "receipt.verified" && d.Record.State == node.Refused {
			list = append(list, moments{At: s.At, Act: "message.refused", Peer: m.Peer, Code: d.Record.Code, Sure: true})
		}
	}
	if d.Record.State == node.Queued {
		list = append(list, moments{Act: "receipt.waiting", Peer: string(d.Record.Peer), Open: true})
	}
	return list
}
