package browser

import (
	"strings"
	"testing"

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
