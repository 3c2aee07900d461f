package gateway

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"github.com/comity-exchange/comity/schema"
)

// TestEveryExampleTravels sends the example of every type from BE to NL in real pouches.
// Each arrives as it left, is accepted under a policy that lets everything in, and can be shown.
func TestEveryExampleTravels(t *testing.T) {
	be, nl := pair(t)
	c := catalogue()
	all := strings.ReplaceAll(open, "[none]", "["+strings.Join(append(c.Instruments(), "none"), ", ")+"]")
	be.setPolicy(all)
	nl.setPolicy(all)
	be.start()
	nl.start()
	sent := map[schema.ID]Queued{}
	for _, typ := range c.Types() {
		q := travelling(t, typ.Example)
		sent[q.ID] = q
		be.submit("NL", q)
	}
	for id := range sent {
		be.box.wait(t, "the receipt of "+string(id), accepted(id))
	}
	if len(nl.box.inbox) != len(sent) {
		t.Fatalf("%d messages arrived, want %d", len(nl.box.inbox), len(sent))
	}
	for _, got := range nl.box.inbox {
		if !bytes.Equal(got.Raw, sent[got.ID].Raw) {
			t.Errorf("%s arrived with other bytes", got.Message.Type)
		}
		for _, lang := range c.Languages() {
			for _, f := range c.View(got.Message, lang) {
				if f.Label == "" {
					t.Errorf("%s: %s has no label in %s", got.Message.Type, f.Pointer, lang)
				}
			}
		}
	}
}

// travelling is an example under a new id, between the jurisdictions of the test, without its files.
func travelling(t *testing.T, example []byte) Queued {
	t.Helper()
	var m map[string]any
	if err := json.Unmarshal(example, &m); err != nil {
		t.Fatal(err)
	}
	q := Queued{ID: schema.NewID()}
	m["id"], m["from"], m["to"] = q.ID, "BE/desk", "NL/desk"
	delete(m, "attachments")
	var err error
	if q.Raw, err = json.Marshal(m); err != nil {
		t.Fatal(err)
	}
	return q
}
