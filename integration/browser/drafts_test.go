package browser

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"github.com/comity-exchange/comity/cmd/comity/demo"
	"github.com/comity-exchange/comity/node"
	"github.com/comity-exchange/comity/schema"
)

// draftScenes are the pages on which messages are written: of a draft that is only
// begun, and of one that is whole.
func draftScenes(t *testing.T, d *demo.Demo) []scene {
	t.Helper()
	n := d.First()
	const officer = "user:demo"
	begin := func() string {
		draft, err := n.MakeDraft(t.Context(), officer, node.DraftStart{Type: "mla.request", Peer: "NL", Instrument: "EIO"})
		if err != nil {
			t.Fatal(err)
		}
		return string(draft.ID)
	}
	empty, whole := "/draft/"+begin(), begin()
	typ, err := n.Catalogue.Type("mla.request")
	if err != nil {
		t.Fatal(err)
	}
	values, err := n.Catalogue.Values(typ.Example)
	if err != nil {
		t.Fatal(err)
	}
	_, err = n.ChangeDraft(t.Context(), officer, schema.ID(whole), func(v schema.Values) error {
		for at, texts := range values {
			if at != "/id" && at != "/created" && at != "/from" && at != "/to" && !strings.HasPrefix(at, "/attachments") {
				v[at] = texts
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := n.AttachFile(t.Context(), officer, schema.ID(whole), schema.Attachment{Name: "statement.pdf", MediaType: "application/pdf", Category: "fin.transaction"}, []byte("%PDF")); err != nil {
		t.Fatal(err)
	}
	whole = "/draft/" + whole
	return []scene{{"write", "/write", 200}, {"write-error", "/write?peer=&type=", 200}, {"write-basis", "/write?peer=NL&type=mla.request", 200},
		{"drafts", "/drafts", 200}, {"draft", empty, 200}, {"draft-errors", empty + "/section/body.offences?said=true", 200}, {"draft-addressing", empty + "/section/addressing?said=true", 200},
		{"draft-check-errors", empty + "/check", 200}, {"draft-particulars", whole + "/section/particulars", 200}, {"draft-persons", whole + "/section/body.persons", 200},
		{"draft-measures", whole + "/section/body.measures", 200}, {"draft-files", whole + "/section/attachments", 200}, {"draft-check", whole + "/check", 200}, {"draft-delete", whole + "/delete", 200}}
}

// TestWritingIsForeseen types a name and sees what the policy says to it before anything
// is kept; then it attaches a file.
func TestWritingIsForeseen(t *testing.T) {
	d := house(t)
	draft, err := d.First().MakeDraft(t.Context(), "user:demo", node.DraftStart{Type: "mla.request", Peer: "NL", Instrument: "EIO"})
	if err != nil {
		t.Fatal(err)
	}
	p := newTab(t)
	p.open(d.Nodes[0].Login, 200)
	at := d.Nodes[0].URL + "/draft/" + string(draft.ID) + "/section/"
	p.open(at+"body.persons", 200)
	p.do("add a person", chromedp.Click(`button[value="add /body/persons"]`), chromedp.WaitVisible(`#body-persons-0-name`))
	p.do("type a name", chromedp.SendKeys(`#body-persons-0-name`, "Sample"), chromedp.WaitVisible(`//*[@id="sofar-data"]//b[contains(., "(id.name)")]`, chromedp.BySearch))
	if kept, err := d.First().Draft(t.Context(), "user:demo", draft.ID); err != nil || strings.Contains(string(kept.Raw), "Sample") {
		t.Errorf("typing alone kept it: %v", err)
	}
	file := filepath.Join(t.TempDir(), "statement.txt")
	if err := os.WriteFile(file, []byte("sample"), 0o600); err != nil {
		t.Fatal(err)
	}
	p.open(at+"attachments", 200)
	p.do("attach a file", chromedp.SetUploadFiles(`#file`, []string{file}), chromedp.Click(`.field button`), chromedp.WaitVisible(`.enclosures`))
	p.do("attach it empty", chromedp.Click(`.field button`), chromedp.WaitVisible(`.summary`)) // the form itself tells what is wrong
	for _, said := range p.complaints() {
		t.Error(said)
	}
}
