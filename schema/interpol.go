package schema

import (
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// wantedDraft is what a public notice says, as a draft of notice.wanted.
type wantedDraft struct {
	Type     string            `json:"type"`
	Handling map[string]string `json:"handling"`
	Subject  string            `json:"subject"`
	Body     wantedBody        `json:"body"`
}

type wantedBody struct {
	Number    string           `json:"number"`
	Channel   string           `json:"channel"`
	Owner     string           `json:"owner_country,omitempty"`
	Person    wantedPerson     `json:"person"`
	Documents []wantedDocument `json:"judicial_documents"`
}

type wantedPerson struct {
	Name          string         `json:"name"`
	FirstNames    string         `json:"first_names,omitempty"`
	Sex           string         `json:"sex,omitempty"`
	Nationalities []string       `json:"nationalities,omitempty"`
	Born          string         `json:"date_of_birth,omitempty"`
	Birthplace    string         `json:"place_of_birth,omitempty"`
	Languages     []string       `json:"languages,omitempty"`
	Physical      wantedPhysical `json:"physical,omitzero"`
}

type wantedPhysical struct {
	Height int64  `json:"height_cm,omitzero"`
	Weight int64  `json:"weight_kg,omitzero"`
	Eyes   string `json:"eyes,omitempty"`
	Hair   string `json:"hair,omitempty"`
	Marks  string `json:"marks,omitempty"`
}

type wantedDocument struct {
	Kind        string `json:"kind"`
	Country     string `json:"issuing_country"`
	Charge      string `json:"charge"`
	Translation string `json:"charge_translation,omitempty"`
}

var noticeMembers = []string{"_links", "arrest_warrants", "country_of_birth_id", "date_of_birth", "distinguishing_marks", "entity_id", "eyes_colors_id",
	"forename", "hairs_id", "height", "languages_spoken_ids", "name", "nationalities", "place_of_birth", "sex_id", "weight"}

var warrantMembers = []string{"charge", "charge_translation", "issuing_country_id"}

// ImportNotice turns one red notice, as INTERPOL's public notices service gives it
// (JSON, the detail of one notice), into a draft of notice.wanted. The draft holds
// what the notice says and nothing else: the authority, the facts, the reference and
// date of the warrant and the assurances are not public and are for the officer to add.
// Fields that the service is not known to have, and codes that stand for no State or
// language, are refused: each a fault with its pointer into raw.
func ImportNotice(raw []byte) ([]byte, error) {
	if len(raw) > MaxMessage {
		return nil, tooLarge("message_too_large", "", "The notice is larger than 256 KiB.", "Import one notice at a time.")
	}
	tree, p := newReader().whole(raw)
	if p != nil {
		return nil, p
	}
	if tree["_embedded"] != nil {
		return nil, invalid("not_one_notice", "/_embedded", "This is a list of notices.", "Fetch each notice by its own link and import it alone.")
	}
	var in notice
	in.known("", tree, noticeMembers)
	d := wantedDraft{Type: "notice.wanted", Handling: map[string]string{"marking": "unclassified"}, Body: in.body(tree)}
	d.Subject = "Wanted person: INTERPOL notice " + d.Body.Number
	if p := verdict(in.faults); p != nil {
		return nil, p
	}
	out, err := json.Marshal(d, jsontext.WithIndent(" "), json.Deterministic(true))
	return append(out, '\n'), err
}

// body takes everything over; what is wrong becomes a fault.
func (in *notice) body(m map[string]any) wantedBody {
	b := wantedBody{Number: in.must("", m, "entity_id", "line"), Channel: "notice", Documents: in.warrants(m)}
	year, number, ok := strings.Cut(b.Number, "/")
	if b.Number != "" && (!ok || len(year) != 4 || !digits(year) || !digits(number)) {
		in.fault("wrong_value", "/entity_id", "This is not the number of a notice.", "Write it as 1993/27493.")
	}
	b.Person = wantedPerson{Name: in.must("", m, "name", "line"), FirstNames: in.text("", m, "forename", "line"), Sex: in.sex(m), Nationalities: in.nationalities(m),
		Born: in.born(m), Birthplace: in.birthplace(m), Languages: in.languages(m)}
	b.Person.Physical = wantedPhysical{Height: in.height(m), Weight: in.weight(m), Eyes: in.colours(m, "eyes_colors_id"), Hair: in.colours(m, "hairs_id"),
		Marks: in.text("", m, "distinguishing_marks", "text")}
	for _, d := range b.Documents {
		if b.Owner == "" || b.Owner == d.Country {
			b.Owner = d.Country
			continue
		}
		b.Owner = "" // several States want the person; which of them owns the notice is not said
		break
	}
	return b
}

func (in *notice) warrants(m map[string]any) []wantedDocument {
	list, ok := m["arrest_warrants"].([]any)
	if !ok && m["arrest_warrants"] != nil {
		in.fault("wrong_type", "/arrest_warrants", "The value is not a list.", "Write it as a list of warrants.")
		return nil
	}
	if len(list) == 0 {
		in.fault("missing_field", "/arrest_warrants", "A notice without warrant is not a red notice.", "Import only red notices.")
	}
	var out []wantedDocument
	for i, v := range list {
		at := element("/arrest_warrants", i)
		w, ok := v.(map[string]any)
		if !ok {
			in.fault("wrong_type", at, "The value is not an object.", "Write it as an object.")
			continue
		}
		in.known(at, w, warrantMembers)
		d := wantedDocument{"arrest-warrant", in.must(at, w, "issuing_country_id", "line"), in.must(at, w, "charge", "text"), in.text(at, w, "charge_translation", "text")}
		if d.Country != "" {
			in.country(at+"/issuing_country_id", d.Country)
		}
		out = append(out, d)
	}
	return out
}
