package web

import (
	"fmt"

	"github.com/go-json-experiment/json"

	"github.com/comity-exchange/comity/schema"
)

// terms are the parts of a message that bind its reader whatever its type:
// urgency, conditions on use, how long it may be kept, and what was withheld from it.
type terms struct {
	Urgency *struct {
		Reasons       []string `json:"reasons"`
		Emergency     []string `json:"emergency"`
		RequestedBy   string   `json:"requested_by"`
		Justification string   `json:"justification"`
	} `json:"urgency"`
	Handling struct {
		Note       string      `json:"note"`
		Necessity  string      `json:"necessity"`
		Conditions []condition `json:"conditions"`
	} `json:"handling"`
	Retention struct {
		DeleteBy string `json:"delete_by"`
		ReviewBy string `json:"review_by"`
	} `json:"retention"`
	Withheld []withheld `json:"withheld"`
}

// withheld is a part that was taken out of a message before it was sent.
type withheld struct {
	Pointer  string `json:"pointer"`
	Category string `json:"category"` // shown with its code
	Reason   string `json:"reason"`   // likewise
}

// condition on the use of a message's data.
type condition struct {
	Code  string `json:"code"`
	Until string `json:"until"`
	Note  string `json:"note"`
	SetBy string `json:"set_by"` // "" if the sender set it
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
	for i, part := range t.Withheld {
		t.Withheld[i].Category = labelled(c, lang, "categories", part.Category)
		t.Withheld[i].Reason = labelled(c, lang, "withheld_reasons", part.Reason)
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
