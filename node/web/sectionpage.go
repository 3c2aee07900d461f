package web

import (
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/comity-exchange/comity/gateway/policy"
	"github.com/comity-exchange/comity/schema"
)

type sectionData struct {
	*sketch
	Key      string
	Label    string
	Controls []*control
	Summary  []fault
	Place    string         // "3 / 12"
	Alone    bool           // the section is one list of groups
	Verdict  policy.Verdict // that policy would give to what is written so far
	Data     []dataKind     // what data is in it so far
	Files    []enclosure
	Kinds    []schema.Option // categories of files
	Left     int64           // octets that still fit
}

// section opens the draft and finds the section that the address names.
func (w *Web) section(r *request, lang string) (*sketch, *schema.Section, error) {
	s, err := w.sketch(r, lang)
	if err != nil {
		return nil, nil, err
	}
	section, err := s.sectionOf(r)
	return s, section, err
}

func (w *Web) sectionPage(rw http.ResponseWriter, r *request) error {
	v := w.view(r)
	s, section, err := w.section(r, v.Lang)
	if err != nil {
		return err
	}
	said, err := r.flag("said")
	if err != nil {
		return err
	}
	return w.showSection(rw, http.StatusOK, v, s, section, said, nil)
}

// showSection shows one section; with what is wrong in it if it was said that it is done.
func (w *Web) showSection(rw http.ResponseWriter, status int, v *view, s *sketch, section *schema.Section, said bool, more []fault) error {
	values, err := w.Node.Catalogue.Values(s.Raw)
	if err != nil {
		return err
	}
	d := &sectionData{sketch: s, Key: section.Key, Label: s.label(section), Place: s.place(section)}
	board := &sheet{lang: v.Lang, word: func(word string) string { return words[v.Lang][word] }, files: s.files(values)}
	if said {
		d.Summary, board.faults = s.faultsIn(section, "")
	}
	d.Summary = append(d.Summary, more...)
	d.Controls = board.controls(section.Inputs)
	d.Alone = len(d.Controls) == 1
	v.At, v.Title, v.Data = "drafts", d.Label+" · "+s.Title, d
	if len(d.Summary) > 0 {
		v.Title = words[v.Lang]["error"] + ": " + v.Title
	}
	if section.Key == schema.Attachments {
		d.enclose(w, values, v.Lang)
		return w.show(rw, status, "files", v)
	}
	j, err := w.Node.ForeseeDraft(s.Draft)
	if err != nil {
		return err
	}
	d.Verdict, d.Data = j.Decision.Verdict, w.dataKinds(j, s)
	return w.show(rw, status, "section", v)
}

// place counts the sections.
func (s *sketch) place(section *schema.Section) string {
	return strconv.Itoa(slices.Index(s.Form.Sections, section)+1) + " / " + strconv.Itoa(len(s.Form.Sections))
}

// saveSection keeps a section as it was posted, whether it is right or not, and does
// what the button says.
func (w *Web) saveSection(rw http.ResponseWriter, r *request) error {
	lang := w.view(r).Lang
	s, section, err := w.section(r, lang)
	if err != nil {
		return err
	}
	posted, err := s.posted(section, r)
	if err != nil {
		return err
	}
	act, table, row, err := s.button(section, r.entry["do"])
	if err != nil {
		return err
	}
	anchor := ""
	saved, err := w.Node.ChangeDraft(r.Context(), r.caller.actor(), s.ID, func(v schema.Values) error {
		replace(v, section, posted)
		switch act {
		case "add":
			anchor = "#" + idOf(v.AddRow(table))
		case "remove":
			v.RemoveRow(table, row)
			anchor = "#" + idOf(table)
		case "stay":
			anchor = "#" + idOf(table)
		}
		return nil
	})
	if err != nil {
		return err
	}
	next, err := w.drawn(saved, lang)
	if err != nil {
		return err
	}
	redirect(rw, next.way(section, act)+anchor)
	return nil
}

// replace puts what was posted in the place of what a section said.
func replace(v schema.Values, section *schema.Section, posted schema.Values) {
	maps.DeleteFunc(v, func(at string, _ []string) bool { return section.Owns(at) })
	maps.Copy(v, posted)
}

// Foreseen is what the policy would say to a draft, for the page on which it is being written.
type Foreseen struct {
	Verdict string         `json:"verdict"` // in the reader's language
	Kinds   []ForeseenKind `json:"kinds"`
}

// ForeseenKind is one data category that stands in a draft.
type ForeseenKind struct {
	Label string   `json:"label"`
	Notes []string `json:"notes"` // sensitive, needs release, is taken out
}

// look tells what the policy would say if a section were kept as it was posted.
func (w *Web) look(rw http.ResponseWriter, r *request) error {
	v := w.view(r)
	s, section, err := w.section(r, v.Lang)
	if err != nil {
		return err
	}
	posted, err := s.posted(section, r)
	if err != nil {
		return err
	}
	j, err := w.Node.ForeseeChange(s.Draft, func(v schema.Values) error { replace(v, section, posted); return nil })
	if err != nil {
		return err
	}
	word := words[v.Lang]
	out := Foreseen{Verdict: word["verdict."+string(j.Decision.Verdict)], Kinds: []ForeseenKind{}}
	for _, k := range w.dataKinds(j, s) {
		kind := ForeseenKind{Label: k.Label, Notes: []string{}}
		for note, applies := range map[string]bool{"sensitive": k.Sensitive, "needs_release": k.Release, "taken_out": k.Redacted} {
			if applies {
				kind.Notes = append(kind.Notes, word[note])
			}
		}
		slices.Sort(kind.Notes)
		out.Kinds = append(out.Kinds, kind)
	}
	return answer(rw, http.StatusOK, out)
}

// way is the address behind a button.
func (s *sketch) way(section *schema.Section, act string) string {
	list := "/draft/" + string(s.ID)
	section = s.Form.Section(section.Key)
	status := s.status(section)
	switch {
	case act == "later":
		return list
	case act != "save":
		return list + "/section/" + section.Key
	case status == "wrong", status == "incomplete":
		return list + "/section/" + section.Key + "?said=true"
	}
	return s.after(section)
}

// posted takes the values of a section from its form. A field of another section, or of
// none, is refused: no page of ours posts it.
func (s *sketch) posted(section *schema.Section, r *request) (schema.Values, error) {
	v := schema.Values{}
	for _, row := range r.entry["row"] {
		if !section.Owns(row) {
			return nil, strangeField()
		}
		v[row] = nil
	}
	for name, texts := range r.entry {
		if name == "row" || name == "do" {
			continue
		}
		if !section.Owns(name) {
			return nil, strangeField()
		}
		kind, format := schema.InputKind(""), ""
		if i := s.Form.Input(name); i != nil {
			kind, format = i.Kind, i.Format
		}
		for _, text := range texts {
			if text = typed(kind, text); format == "duration" {
				text = readDuration(s.lang, text)
			}
			v[name] = append(v[name], text)
		}
	}
	return v, nil
}

func strangeField() error {
	return &schema.Problem{Kind: schema.Invalid, Code: "unknown_field", Detail: "There is no such field here.", Fix: "Open the form again and fill in the fields that it has."}
}

// button reads which one was pressed: "save", "later", or "add", "remove" or "stay" with
// the pointer of a list, for "remove" of a row in it.
func (s *sketch) button(section *schema.Section, pressed []string) (act, table string, row int, err error) {
	if len(pressed) != 1 {
		return "save", "", 0, nil // the enter key presses none
	}
	act, table, _ = strings.Cut(pressed[0], " ")
	if act == "remove" {
		i := strings.LastIndexByte(table, '/')
		if i < 0 {
			return "", "", 0, strangeField()
		}
		if row, err = strconv.Atoi(table[i+1:]); err != nil || row < 0 || row > schema.MaxRow {
			return "", "", 0, strangeField()
		}
		table = table[:i]
	}
	switch {
	case act == "save", act == "later":
		return act, "", 0, nil
	case (act == "add" || act == "remove") && s.Form.Table(section, table) != nil:
		return act, table, row, nil
	case act == "stay" && section.Owns(table):
		return act, table, 0, nil
	}
	return "", "", 0, strangeField()
}
