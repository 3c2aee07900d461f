package web

import (
	"fmt"

	"github.com/go-json-experiment/json"

	"github.com/comity-exchange/comity/schema"
)

// terms are the parts of a message that bind its reader whatever its type:
// urgency, conditions on use, and how long it may be kept.
type terms struct {
	Urgency *struct {
		Reasons       []string `json:"reasons"`
		Emergency     []string `json:"emergency"`
		RequestedBy   string   `json:"requested_by"`
		Justification string   `json:"justification"`
	} `json:"urgency"`
	Handling struct {
		Note       string      `json:"note"`
		Conditions []condition `json:"conditions"`
	} `json:"handling"`
	Retention struct {
		DeleteBy string `json:"delete_by"`
		ReviewBy string `json:"review_by"`
	} `json:"retention"`
}

// condition on the use of a message's data.
type condition struct {
	Code  string `json:"code"`
	Until string `json:"until"`
	Note  string `json:"note"`
	Label string `json:"-"`
}

// readTerms takes the terms from a message that was read strictly, with codes in a language.
func readTerms(c *schema.Catalogue, m *schema.Message, lang string) (*terms, error) {
	t := new(terms)
	if err := json.Unmarshal(m.Raw, t); err != nil {
		return nil, fmt.Errorf("read terms of %s: %w", m.ID, err)
	}
	for i := range t.Handling.Conditions {
		t.Handling.Conditions[i].Label = labelled(c, lang, "use_conditions", t.Handling.Conditions[i].Code)
	}
	if u := t.Urgency; u != nil {
		for i, code := range u.Reasons {
			u.Reasons[i] = labelled(c, lang, "urgency_reasons", code)
		}
		for i, code := range u.Emergency {
			u.Emergency[i] = labelled(c, lang, "emergencies", code)
		}
	}
	return t, nil
}

// labelled shows a code of a list in a language, with the code itself.
func labelled(c *schema.Catalogue, lang, list, code string) string {
	return c.Label(lang, list+"/"+code) + " (" + code + ")"
}
