package web

import (
	"encoding/hex"
	"errors"
	"net/http"
	"slices"
	"strconv"

	"github.com/comity-exchange/comity/node"
	"github.com/comity-exchange/comity/schema"
)

// enclosure is one file of a draft.
type enclosure struct {
	Name, MediaType, SHA256 string
	Category                string
	Size                    int64
}

// enclose lists the files of a draft and what still fits.
func (d *sectionData) enclose(w *Web, v schema.Values, lang string) {
	text := func(at string) string {
		if len(v[at]) == 1 {
			return v[at][0]
		}
		return ""
	}
	d.Left = schema.MaxParcel - int64(len(d.Raw)) - 2048
	for i := 0; v["/attachments/"+strconv.Itoa(i)+"/sha256"] != nil; i++ {
		at := "/attachments/" + strconv.Itoa(i)
		size, _ := strconv.ParseInt(text(at+"/size"), 10, 64) // we wrote it
		d.Files = append(d.Files, enclosure{text(at + "/name"), text(at + "/media_type"), text(at + "/sha256"), text(at + "/category"), size})
		d.Left -= size + 1024
	}
	d.Left = max(0, min(d.Left, schema.MaxAttachment))
	for _, code := range w.Node.Catalogue.Categories() {
		d.Kinds = append(d.Kinds, schema.Option{Code: code, Label: labelled(w.Node.Catalogue, lang, "categories", code)})
	}
}

// attachFile takes files into a draft. What is too large is told on the same page.
func (w *Web) attachFile(rw http.ResponseWriter, r *request) error {
	v := w.view(r)
	s, err := w.sketch(r, v.Lang)
	if err != nil {
		return err
	}
	u, err := r.readUpload()
	if err == nil {
		err = w.attach(r, s, u)
	}
	var p *schema.Problem
	if errors.As(err, &p) && (p.Kind == schema.TooLarge || p.Code == "no_file" || p.Code == "unknown_category") {
		p = w.Node.Catalogue.Localise(p, v.Lang)
		if s, err = w.sketch(r, v.Lang); err != nil { // some files may have been taken
			return err
		}
		said := fault{"#file", words[v.Lang]["file"], p.Detail + " " + p.Fix}
		if text := words[v.Lang]["file."+p.Code]; text != "" {
			said.Text = text
		}
		return w.showSection(rw, statusOf(p), v, s, s.Form.Section(schema.Attachments), false, []fault{said})
	}
	if err != nil {
		return err
	}
	redirect(rw, "/draft/"+string(s.ID)+"/section/"+schema.Attachments)
	return nil
}

func (w *Web) attach(r *request, s *sketch, u *upload) error {
	if len(u.files) == 0 {
		return &schema.Problem{Kind: schema.Invalid, Code: "no_file", Detail: "No file was chosen.", Fix: "Choose one first."}
	}
	category := u.fields["category"]
	if category != "" && !slices.Contains(w.Node.Catalogue.Categories(), category) {
		return badName("/category", "category", "Choose one of the list.")
	}
	for _, f := range u.files {
		err := w.Node.AttachFile(r.Context(), r.caller.actor(), s.ID, schema.Attachment{Name: f.name, MediaType: f.media, Category: category}, f.data)
		if err != nil {
			return err
		}
	}
	return nil
}

func (r *request) sum() (sum [32]byte, err error) {
	text := r.PathValue("sha256")
	if len(text) != 64 {
		return sum, noDraft()
	}
	if _, err := hex.Decode(sum[:], []byte(text)); err != nil {
		return sum, noDraft()
	}
	return sum, nil
}

// changeFile takes a file out of a draft, or says what data it holds.
func (w *Web) changeFile(rw http.ResponseWriter, r *request) error {
	id, err := r.id()
	if err != nil {
		return noDraft()
	}
	sum, err := r.sum()
	if err != nil {
		return err
	}
	switch category := r.entry.Get("category"); {
	case r.entry.Get("do") == "remove":
		err = w.Node.DetachFile(r.Context(), r.caller.actor(), id, sum)
	case category != "" && !slices.Contains(w.Node.Catalogue.Categories(), category):
		return badName("/category", "category", "Choose one of the list.")
	default:
		_, err = w.Node.ChangeDraft(r.Context(), r.caller.actor(), id, func(v schema.Values) error {
			if !v.Categorise(hex.EncodeToString(sum[:]), category) {
				return noDraft()
			}
			return nil
		})
	}
	if err != nil {
		return err
	}
	redirect(rw, "/draft/"+string(id)+"/section/"+schema.Attachments)
	return nil
}

// draftFile gives a file of a draft back to its author, as a download.
func (w *Web) draftFile(rw http.ResponseWriter, r *request) error {
	id, err := r.id()
	if err != nil {
		return noDraft()
	}
	sum, err := r.sum()
	if err != nil {
		return err
	}
	d, err := w.Node.Draft(r.Context(), r.caller.actor(), id)
	if err != nil {
		return err
	}
	data, err := w.Node.DraftFile(r.Context(), r.caller.actor(), id, sum)
	if err != nil {
		return err
	}
	rw.Header().Set("Content-Disposition", disposition(w.fileName(d, hex.EncodeToString(sum[:]))))
	sendBytes(rw, http.StatusOK, "application/octet-stream", data)
	return nil
}

func (w *Web) fileName(d *node.Draft, sum string) string {
	v, err := w.Node.Catalogue.Values(d.Raw)
	if err != nil {
		return "file"
	}
	for i := 0; v["/attachments/"+strconv.Itoa(i)+"/sha256"] != nil; i++ {
		at := "/attachments/" + strconv.Itoa(i)
		if v[at+"/sha256"][0] == sum && len(v[at+"/name"]) == 1 {
			return v[at+"/name"][0]
		}
	}
	return "file"
}
