package web

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/comity-exchange/comity/gateway/policy"
	"github.com/comity-exchange/comity/node"
	"github.com/comity-exchange/comity/schema"
)

// sketch is a draft with the form that it fills, in its reader's language.
type sketch struct {
	*node.Draft
	Form   *schema.Form
	Title  string // of the type
	Effect string // legal effect of the type
	Name   string // of the peer
	Faults []schema.Problem

	lang string
}

// Subject is the draft's own, "" if it has none yet.
func (s *sketch) Subject() string {
	if s.Form == nil {
		return ""
	}
	if i := s.Form.Section(schema.Addressing).Inputs[0]; len(i.Texts) > 0 {
		return i.Texts[0]
	}
	return ""
}

// sketch opens the draft that the address names.
func (w *Web) sketch(r *request, lang string) (*sketch, error) {
	id, err := r.id()
	if err != nil {
		return nil, noDraft()
	}
	d, err := w.Node.Draft(r.Context(), r.caller.actor(), id)
	if err != nil {
		return nil, err
	}
	return w.drawn(d, lang)
}

func noDraft() error {
	return &schema.Problem{Kind: schema.NotFound, Code: "not_found", Detail: "There is no draft by that name here.", Fix: "It may have been sent or deleted; the list of drafts shows what there is."}
}

func (w *Web) drawn(d *node.Draft, lang string) (*sketch, error) {
	form, err := w.Node.Catalogue.Form(d.Raw, lang)
	if err != nil {
		return nil, err
	}
	s := &sketch{Draft: d, Form: form, Title: w.title(d.Type, lang), Effect: w.effect(d.Type, lang), Name: w.peerName(d.Peer), lang: lang}
	for _, p := range w.Node.Catalogue.Review(d.Raw, schema.Draft{ID: d.ID, From: schema.Address(w.Node.Code()), Created: d.Changed.Truncate(time.Second)}) {
		s.Faults = append(s.Faults, *w.Node.Catalogue.Localise(&p, lang))
	}
	return s, nil
}

// label of a section in the reader's language.
func (s *sketch) label(section *schema.Section) string {
	if section.Label != "" {
		return section.Label
	}
	return words[s.lang]["section."+section.Key]
}

// said words a fault for its reader: what is only missing needs no more than that.
func (s *sketch) said(p schema.Problem, i *schema.Input) string {
	word := words[s.lang]
	switch {
	case p.Code == "too_few" && i != nil && i.Kind == schema.GroupInput:
		return word["fill_one"]
	case i != nil && i.Format == "duration" && !p.Unsaid():
		return p.Detail + " " + word["duration_how"]
	case p.Code != "missing_field", p.Pointer == "/body": // no field of its own: the text names those that would do
		return p.Detail + " " + p.Fix
	case i == nil:
	case i.Kind == schema.GroupInput && i.Filled():
		return word["fill_one"]
	case i.Kind == schema.GroupInput, i.Kind == schema.TableInput:
		return word["fill_group"]
	case len(i.Options) > 0:
		return word["choose_one"]
	}
	return word["fill_in"]
}

// faultsIn lists what is wrong in one section, or with the message as a whole if it is nil,
// for an error summary; by field too.
func (s *sketch) faultsIn(section *schema.Section, base string) (list []fault, fields map[string][]string) {
	fields = map[string][]string{}
	for _, p := range s.Faults {
		at, i := s.Form.Place(p.Pointer)
		if at != section {
			continue
		}
		f := fault{Text: s.said(p, i)}
		if section != nil {
			f.Label = s.label(section)
		}
		if i != nil {
			f.Label, f.Href = s.path(section, i, base == ""), base+"#"+idOf(i.Pointer)
			fields[i.Pointer] = append(fields[i.Pointer], f.Text)
		} else if section != nil {
			f.Href = base
		}
		list = append(list, f)
	}
	return list, fields
}

// path names a field by what it stands in: the section, unless the reader sees that, and
// of each list the row.
func (s *sketch) path(section *schema.Section, i *schema.Input, here bool) string {
	var parts []string
	if !here {
		parts = append(parts, s.label(section))
	}
	for at := 1; at < len(i.Pointer); at++ {
		if i.Pointer[at] != '/' {
			continue
		}
		table := s.Form.Input(i.Pointer[:at])
		if table == nil || table.Kind != schema.TableInput {
			continue
		}
		row, _, _ := strings.Cut(i.Pointer[at+1:], "/")
		if n, err := strconv.Atoi(row); err == nil {
			if len(parts) > 0 && parts[len(parts)-1] == table.Label {
				parts = parts[:len(parts)-1]
			}
			parts = append(parts, table.Label+" "+strconv.Itoa(n+1))
		}
	}
	if row := s.Form.Input(i.Pointer[:strings.LastIndexByte(i.Pointer, '/')]); (len(parts) == 0 || parts[len(parts)-1] != i.Label) && (row == nil || row.Kind != schema.TableInput) {
		parts = append(parts, i.Label)
	}
	return strings.Join(parts, " › ")
}

// task is one line of the task list.
type task struct {
	Key    string
	Label  string
	Status string // completed, incomplete, wrong or optional
}

// status of a section.
func (s *sketch) status(section *schema.Section) string {
	unsaid := false
	for _, p := range s.Faults {
		if at, _ := s.Form.Place(p.Pointer); at == section {
			if !p.Unsaid() {
				return "wrong"
			}
			unsaid = true
		}
	}
	switch {
	case unsaid:
		return "incomplete"
	case section.Filled:
		return "completed"
	}
	return "optional"
}

// tasks groups the sections as the list shows them: what every message has, what this
// one says, its files.
func (s *sketch) tasks() (lists []taskList, open int) {
	groups := []taskList{{s.ID, "tasks_message", nil}, {s.ID, "content", nil}, {s.ID, "attachments", nil}}
	for _, section := range s.Form.Sections {
		t := task{section.Key, s.label(section), s.status(section)}
		n := 1
		switch section.Key {
		case schema.Addressing, schema.Handling, schema.Urgency:
			n = 0
		case schema.Attachments:
			n = 2
		}
		groups[n].Tasks = append(groups[n].Tasks, t)
		if t.Status == "incomplete" || t.Status == "wrong" {
			open++
		}
	}
	return slices.DeleteFunc(groups, func(l taskList) bool { return len(l.Tasks) == 0 }), open
}

// after is where to go on behind a section: to the next one that needs something, else to the list.
func (s *sketch) after(section *schema.Section) string {
	list := "/draft/" + string(s.ID)
	behind := false
	for _, next := range s.Form.Sections {
		status := s.status(next)
		if behind && (status == "incomplete" || status == "wrong") {
			return list + "/section/" + next.Key
		}
		behind = behind || next.Key == section.Key
	}
	return list
}

// taskList is some sections under a heading.
type taskList struct {
	ID      schema.ID // of the draft
	Heading string    // a word
	Tasks   []task
}

type taskData struct {
	*sketch
	Lists   []taskList
	Open    int
	Total   int
	General []fault        // about the message as a whole
	Verdict policy.Verdict // that policy would give to what is written so far
	Kinds   []dataKind     // what data is in it so far
}

func (w *Web) taskPage(rw http.ResponseWriter, r *request) error {
	v := w.view(r)
	s, err := w.sketch(r, v.Lang)
	if err != nil {
		return err
	}
	d := &taskData{sketch: s, Total: len(s.Form.Sections)}
	d.Lists, d.Open = s.tasks()
	d.General, _ = s.faultsIn(nil, "")
	foreseen, err := w.Node.ForeseeDraft(s.Draft)
	if err != nil {
		return err
	}
	d.Verdict, d.Kinds = foreseen.Decision.Verdict, w.dataKinds(foreseen, s)
	v.At, v.Title, v.Data = "drafts", s.Title, d
	return w.show(rw, http.StatusOK, "tasks", v)
}

// draftRow is one line of the list of drafts.
type draftRow struct {
	*node.Draft
	Title, Name, Subject string
	Open                 int  // sections that need something
	Lost                 bool // of a type that this version of the program no longer has, or has otherwise
}

func (w *Web) draftsPage(rw http.ResponseWriter, r *request) error {
	v := w.view(r)
	drafts, err := w.Node.Drafts(r.Context(), r.caller.actor())
	if err != nil {
		return err
	}
	var rows []draftRow
	for _, d := range drafts {
		row := draftRow{Draft: d, Title: w.title(d.Type, v.Lang), Name: w.peerName(d.Peer)}
		if s, err := w.drawn(d, v.Lang); err != nil {
			row.Lost = true
		} else {
			row.Subject = s.Subject()
			_, row.Open = s.tasks()
		}
		rows = append(rows, row)
	}
	v.At, v.Title, v.Data = "drafts", words[v.Lang]["drafts"], rows
	return w.show(rw, http.StatusOK, "drafts", v)
}

func (w *Web) deletePage(rw http.ResponseWriter, r *request) error {
	v := w.view(r)
	id, err := r.id()
	if err != nil {
		return noDraft()
	}
	d, err := w.Node.Draft(r.Context(), r.caller.actor(), id)
	if err != nil {
		return err
	}
	s, err := w.drawn(d, v.Lang)
	if err != nil { // what cannot be shown can be deleted
		s = &sketch{Draft: d, Title: w.title(d.Type, v.Lang)}
	}
	v.At, v.Title, v.Data = "drafts", words[v.Lang]["delete_draft"], s
	return w.show(rw, http.StatusOK, "delete", v)
}

func (w *Web) deleteDraft(rw http.ResponseWriter, r *request) error {
	id, err := r.id()
	if err != nil {
		return noDraft()
	}
	if err := w.Node.DeleteDraft(r.Context(), r.caller.actor(), id); err != nil {
		return err
	}
	redirect(rw, "/drafts")
	return nil
}

// sectionOf finds the section that the address names.
func (s *sketch) sectionOf(r *request) (*schema.Section, error) {
	if section := s.Form.Section(r.PathValue("section")); section != nil {
		return section, nil
	}
	return nil, &schema.Problem{Kind: schema.NotFound, Code: "not_found", Detail: "The form has no such section.", Fix: "Go back to the list of sections."}
}

// files lists the names of what is attached.
func (s *sketch) files(v schema.Values) (names []string) {
	for _, at := range v.Under("/attachments") {
		if strings.HasSuffix(at, "/name") {
			names = append(names, v[at]...)
		}
	}
	slices.Sort(names)
	return names
}
