package schema

import "testing"

// EIO 5(2)-(3): in a language that the executing State takes; German only, even if
// urgent; English in Croatia if urgent; any in Austria, which looks at reciprocity.
func TestLanguagesThatAStateAccepts(t *testing.T) {
	c := catalogue(t)
	urgency := map[string]any{"reasons": []any{"imminent-trial-date"}, "requested_by": "2026-12-20", "justification": "x"}
	for _, row := range []struct {
		name, instrument, to string
		languages            []any
		urgent               bool
		told                 []string
		code                 string
	}{
		{"German to Germany", "EIO", "DE/bfj", []any{"de"}, false, nil, ""},
		{"Austrian German to Germany", "EIO", "DE/bfj", []any{"de-AT"}, false, nil, ""},
		{"English to Germany", "EIO", "DE/bfj", []any{"en"}, false, nil, "language_not_accepted"},
		{"urgent, in English, to Germany", "EIO", "DE/bfj", []any{"en"}, true, nil, "language_not_accepted"},
		{"English with a German translation", "EIO", "DE/bfj", []any{"en", "de"}, false, nil, ""},
		{"English to a Germany whose card has it", "EIO", "DE/bfj", []any{"en"}, false, []string{"de", "en"}, ""},
		{"French to a Germany whose card has English", "EIO", "DE/bfj", []any{"fr"}, false, []string{"de", "en"}, "language_not_accepted"},
		{"English to Croatia", "EIO", "HR/x", []any{"en"}, false, nil, "language_not_accepted"},
		{"urgent, in English, to Croatia", "EIO", "HR/x", []any{"en"}, true, nil, ""},
		{"English to Slovenia", "EIO", "SI/x", []any{"en"}, false, nil, ""},
		{"Brazilian Portuguese to Portugal", "EIO", "PT/x", []any{"pt-BR"}, false, nil, ""},
		{"Spanish to Portugal", "EIO", "PT/x", []any{"es"}, false, nil, "language_not_accepted"},
		{"English to Austria, by reciprocity", "EIO", "AT/x", []any{"en"}, false, nil, ""},
		{"English to Italy, where no rule is told", "EIO", "IT/x", []any{"en"}, false, nil, ""},
		{"English to a State of which nothing is known", "EIO", "NL/iro", []any{"en"}, false, nil, ""},
		{"the same under a treaty", "COE-1959", "DE/bfj", []any{"en"}, false, nil, ""},
		{"French to Latvia", "COE-1959", "LV/x", []any{"fr"}, false, nil, "language_not_accepted"},
	} {
		t.Run(row.name, func(t *testing.T) {
			edits := map[string]any{"/instrument": row.instrument, "/to": row.to, "/languages": row.languages, "/body/purpose": "x"}
			if row.urgent {
				edits["/urgency"] = urgency
			} else {
				edits["/urgency"] = gone{}
			}
			m := read(t, c, edited(t, "mla.request", edits))
			p := c.Accepted(m, row.told)
			if got := code(p); got != row.code || (p != nil && p.Pointer != "/languages") {
				t.Errorf("got %v, want %q", p, row.code)
			}
			if p != nil && c.Localise(p, "fr").Detail == p.Detail {
				t.Error("it is not said in French")
			}
		})
	}
	answer := read(t, c, edited(t, "status.refused", map[string]any{"/to": "DE/bfj", "/languages": []any{"fr"}}))
	if p := c.Accepted(answer, nil); p != nil {
		t.Errorf("an answer: got %v", p)
	}
}

func code(p *Problem) string {
	if p == nil {
		return ""
	}
	return p.Code
}
