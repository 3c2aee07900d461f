package web

import (
	"encoding/json"
	"net/http/httptest"
	"testing"

	"github.com/comity-exchange/comity/schema"
)

// A problem is told in the language that the request accepts, its code and place stay.
func TestProblemsFollowTheLanguage(t *testing.T) {
	w := newWeb(newClock().now)
	p := &schema.Problem{Kind: schema.Invalid, Code: "invalid_message", Detail: "The message breaks a rule.", Fix: "Correct each place named below.",
		Errors: []schema.Problem{{Kind: schema.Invalid, Code: "missing_field", Pointer: "/body/facts", Detail: "A required field is missing.", Fix: "Add the field facts."}}}
	for accept, want := range map[string]string{
		"": "A required field is missing.", "pt": "A required field is missing.", "de-CH, fr;q=0.5": "Ein Pflichtfeld fehlt.", "fr": "Un champ obligatoire manque.", "ar, en;q=0.1": "",
	} {
		r := httptest.NewRequest("POST", "/v1/messages", nil)
		r.Header.Set("Accept-Language", accept)
		rec := httptest.NewRecorder()
		w.refuse(rec, &request{Request: r}, p)
		var got Problem
		if err := json.Unmarshal(rec.Body.Bytes(), &got); err != nil || len(got.Errors) != 1 {
			t.Fatalf("got %s (%v)", rec.Body, err)
		}
		e := got.Errors[0]
		if e.Code != "missing_field" || e.Pointer != "/body/facts" || want != "" && e.Detail != want || want == "" && e.Detail == p.Errors[0].Detail {
			t.Errorf("%q: got %+v, want %q", accept, e, want)
		}
	}
}
