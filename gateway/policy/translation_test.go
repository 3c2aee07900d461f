package policy

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/comity-exchange/comity/schema"
)

// noted is a message with a note on a person's health, and its translation.
func noted(t *testing.T) *schema.Message {
	t.Helper()
	raw, err := catalogue(t).Example("information.spontaneous")
	if err != nil {
		t.Fatal(err)
	}
	var tree map[string]any
	if err := json.Unmarshal(raw, &tree); err != nil {
		t.Fatal(err)
	}
	victim := tree["body"].(map[string]any)["persons"].([]any)[1].(map[string]any)
	victim["health"] = "Needs insulin"
	tree["handling"].(map[string]any)["necessity"] = "The arrest team must know."
	tree["translations"] = append(tree["translations"].([]any), map[string]any{"pointer": "/body/persons/1/health", "language": "fr", "text": "A besoin d'insuline", "kind": "human"})
	if raw, err = json.Marshal(tree); err != nil {
		t.Fatal(err)
	}
	m, err := catalogue(t).Read(raw)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// A translation is judged as what it translates: what may not cross does not cross in
// another language.
func TestTranslationsAreJudgedAsTheirOriginals(t *testing.T) {
	m := noted(t)
	const place = "/translations/4/text"
	const others = "[id.*, contact.*, crime.*, fin.*, intel.*, authority.*, person.*]"
	decide := func(lines ...string) Decision {
		lines = append([]string{"types: [information.spontaneous]", "marking: restricted", "instruments: [EU-2000]"}, lines...)
		return mustParse(t, one(lines...)).Decide(Ask(m, "NL", Send, time.Date(2026, 11, 23, 0, 0, 0, 0, time.UTC)))
	}
	at := func(list []schema.Finding) bool {
		return slices.ContainsFunc(list, func(f schema.Finding) bool {
			return f == schema.Finding{Pointer: place, Category: "health", Subject: "victim", Minor: true}
		})
	}
	if d := decide("minors: true", `categories: ["*"]`); d.Verdict != Allow {
		t.Fatalf("got %s, want allow", d.Verdict)
	}
	for name, lines := range map[string][]string{
		"the category":        {"minors: true", "categories: " + others},
		"the kind of person":  {"minors: true", `categories: ["*"]`, "subjects: [suspect, contact-or-associate]"},
		"somebody under 18":   {"minors: false", `categories: ["*"]`},
		"all but translation": {"minors: true", "categories: [id.*, contact.*, fin.*, intel.*, authority.*, person.*, health]"},
	} {
		d := decide(lines...)
		if d.Verdict != Deny {
			t.Errorf("%s: got %s, want deny", name, d.Verdict)
		}
		if text := d.Text(); name != "all but translation" && !strings.Contains(text, place) {
			t.Errorf("%s: the trace does not name the translation:\n%s", name, text)
		}
	}
	if d := decide("minors: true", "categories: "+others, "approve: [health]"); d.Verdict != Hold || !at(d.Approve) {
		t.Errorf("got %s, %v, want a hold for the translation too", d.Verdict, d.Approve)
	}
	d := decide("minors: true", "categories: "+others, "redact: [health]")
	if d.Verdict != Allow || !at(d.Redact) {
		t.Fatalf("got %s, %v, want the translation taken out too", d.Verdict, d.Redact)
	}
	less, err := catalogue(t).Redact(m, d.Redact, "policy")
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{"insulin", "insuline"} {
		if strings.Contains(string(less.Raw), text) {
			t.Errorf("%s is left", text)
		}
	}
	if len(less.Translations) != len(m.Translations)-1 || !strings.Contains(string(less.Raw), place) {
		t.Errorf("other translations went, or it is not told: %s", less.Raw)
	}
}
