package web

import (
	"errors"
	"net/http"
	"slices"

	"github.com/comity-exchange/comity/gateway/policy"
	"github.com/comity-exchange/comity/node"
	"github.com/comity-exchange/comity/schema"
)

// checkData is all that somebody sees before a message leaves.
type checkData struct {
	*sketch
	Faults    []fault         // why it cannot be sent
	Verdict   policy.Verdict  // "" if it was not asked for
	Decision  policy.Decision // with its trace
	Rules     []policy.RuleTrace
	Problem   *schema.Problem // why it would not leave, in the reader's language
	WouldPass string          // what keeps the nearest rule from letting it through
	Flaws     []fault         // the parts of Problem, with where they are
	Data      []dataKind
	Content   *messageData
	Ready     bool // may be handed in
}

// dataKind is one data category of a message, and where it stands.
type dataKind struct {
	Label     string
	Sensitive bool
	Release   bool // a second officer must look at it
	Redacted  bool // is taken out before it leaves
	Places    []link
}

// link to the section in which something stands.
type link struct{ Href, Text string }

// sensitiveFrom is the sensitivity from which a category is pointed out.
const sensitiveFrom = 3

func (w *Web) checkPage(rw http.ResponseWriter, r *request) error {
	v := w.view(r)
	s, err := w.sketch(r, v.Lang)
	if err != nil {
		return err
	}
	return w.showCheck(rw, r, http.StatusOK, v, s, nil)
}

func (w *Web) showCheck(rw http.ResponseWriter, r *request, status int, v *view, s *sketch, refused error) error {
	d := &checkData{sketch: s}
	for _, section := range append([]*schema.Section{nil}, s.Form.Sections...) {
		base := ""
		if section != nil {
			base = "/draft/" + string(s.ID) + "/section/" + section.Key + "?said=true"
		}
		list, _ := s.faultsIn(section, base)
		d.Faults = append(d.Faults, list...)
	}
	if len(d.Faults) == 0 {
		if err := w.judge(r, d, v.Lang); err != nil {
			return err
		}
	}
	var p *schema.Problem
	if errors.As(refused, &p) {
		d.Problem = w.Node.Catalogue.Localise(p, v.Lang)
	}
	d.Flaws = s.flawsOf(d.Problem)
	v.At, v.Title, v.Data = "drafts", words[v.Lang]["check"]+" · "+s.Title, d
	if len(d.Faults) > 0 || d.Problem != nil {
		v.Title = words[v.Lang]["error"] + ": " + v.Title
	}
	return w.show(rw, status, "check", v)
}

// flawsOf lists what a problem is about: its parts, or itself if it has a place in the form.
func (s *sketch) flawsOf(p *schema.Problem) (list []fault) {
	if p == nil {
		return nil
	}
	parts := p.Errors
	if len(parts) == 0 && s.where(p.Pointer).Text != "" {
		parts = []schema.Problem{*p}
	}
	for _, e := range parts {
		at := s.where(e.Pointer)
		list = append(list, fault{Href: at.Href, Label: at.Text, Text: e.Detail + " " + e.Fix})
	}
	return list
}

// judge asks what would become of the draft.
func (w *Web) judge(r *request, d *checkData, lang string) error {
	j, err := w.Node.JudgeDraft(r.Context(), r.caller.actor(), d.ID)
	if err != nil {
		return err
	}
	d.Decision, d.Verdict, d.WouldPass = j.Decision, j.Decision.Verdict, wouldPass(j.Decision, lang)
	if d.Problem = w.Node.Catalogue.Localise(j.Problem, lang); d.Problem != nil && d.Problem.Code == "policy_denied" && d.Verdict == policy.Hold {
		d.Problem = nil // told by the verdict
	}
	for _, t := range j.Decision.Trace {
		if len(t.Conditions) > 1 && t.Conditions[0].OK && t.Conditions[1].OK { // for this peer and direction
			d.Rules = append(d.Rules, t)
		}
	}
	d.Ready = d.Problem == nil
	if j.Message == nil {
		return nil
	}
	d.Data = w.dataKinds(j, d.sketch)
	d.Content, err = w.preview(j.Message, lang)
	return err
}

// preview is the reading view of a message that has not left.
func (w *Web) preview(m *schema.Message, lang string) (*messageData, error) {
	c := w.Node.Catalogue
	out := &messageData{Marking: c.Label(lang, "markings/"+m.Marking.String()), Fields: tree(c.View(m, lang)), Instrument: m.Instrument, Languages: m.Languages,
		Message: &Message{Item: Item{ID: m.ID, Type: m.Type, Subject: m.Subject, From: m.From, To: m.To, Case: m.Case, Re: m.Re}}}
	if m.Instrument != "" {
		out.Instrument = c.Label(lang, m.Instrument) + " (" + m.Instrument + ")"
	}
	for _, code := range m.Codes {
		out.Codes = append(out.Codes, labelled(c, lang, "handling_codes", code))
	}
	for _, a := range m.Attachments {
		out.Attachments = append(out.Attachments, Attachment{Name: a.Name, MediaType: a.MediaType, Size: a.Size, Category: a.Category})
	}
	var err error
	out.Terms, err = readTerms(c, m, lang)
	return out, err
}

// dataKinds sorts the findings of a message by category, the most sensitive first.
func (w *Web) dataKinds(j *node.Judged, s *sketch) (list []dataKind) {
	c := w.Node.Catalogue
	at := map[string]int{}
	var rank []int
	for _, f := range j.Message.Findings {
		n, there := at[f.Category]
		if !there {
			n = len(list)
			at[f.Category] = n
			level := c.Sensitivity(f.Category)
			list = append(list, dataKind{Label: labelled(c, s.lang, "categories", f.Category), Sensitive: level >= sensitiveFrom})
			rank = append(rank, level)
		}
		list[n].Release = list[n].Release || holds(j.Decision.Approve, f)
		list[n].Redacted = list[n].Redacted || holds(j.Decision.Redact, f)
		where := s.where(f.Pointer)
		if where.Text != "" && !slices.Contains(list[n].Places, where) {
			list[n].Places = append(list[n].Places, where)
		}
	}
	order := make([]int, len(list))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return rank[b] - rank[a] })
	sorted := make([]dataKind, len(list))
	for i, n := range order {
		sorted[i] = list[n]
	}
	return sorted
}

func holds(list []schema.Finding, f schema.Finding) bool {
	return slices.ContainsFunc(list, func(g schema.Finding) bool { return g.Pointer == f.Pointer && g.Category == f.Category })
}

// where tells in words where a pointer leads, with a link to its section.
func (s *sketch) where(pointer string) link {
	section, i := s.Form.Place(pointer)
	if section == nil {
		return link{}
	}
	to := link{"/draft/" + string(s.ID) + "/section/" + section.Key, s.label(section)}
	if i != nil {
		to.Text = s.path(section, i, false)
		to.Href += "#" + idOf(i.Pointer)
	}
	return to
}

// sendDraft hands the message in, once, and shows it.
func (w *Web) sendDraft(rw http.ResponseWriter, r *request) error {
	id, err := r.id()
	if err != nil {
		return noDraft()
	}
	out, err := w.Node.SendDraft(r.Context(), r.caller.actor(), id)
	var p *schema.Problem
	if errors.As(err, &p) && p.Kind != schema.Internal && p.Kind != schema.NotFound {
		v := w.view(r)
		s, missing := w.sketch(r, v.Lang)
		if missing != nil {
			return err
		}
		return w.showCheck(rw, r, statusOf(p), v, s, err)
	}
	if err != nil {
		return err
	}
	redirect(rw, "/message/out/"+string(out.ID))
	return nil
}
