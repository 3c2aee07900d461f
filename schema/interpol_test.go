package schema

import (
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"
)

// publicNotice is made by hand in the shape of the public notices service.
const publicNotice = `{
 "entity_id": "2026/90417", "forename": "ROBIN", "name": "SAMPLE", "sex_id": "M", "date_of_birth": "1990/07/03",
 "place_of_birth": "Ghent", "country_of_birth_id": "BE", "nationalities": ["BE", "914"], "languages_spoken_ids": ["FRE", "DUT", "ENG"],
 "height": 1.825, "weight": 84, "eyes_colors_id": ["BRO"], "hairs_id": ["BLA", "GRY"], "distinguishing_marks": "Scar on the left hand",
 "arrest_warrants": [{"issuing_country_id": "BE", "charge": "Diefstal met geweld", "charge_translation": "Robbery with violence"},
  {"issuing_country_id": "BE", "charge": "Heling", "charge_translation": null}],
 "_links": {"self": {"href": "https://notices.example.org/2026-90417"}}
}`

const importedNotice = `{
 "type": "notice.wanted",
 "handling": {
  "marking": "unclassified"
 },
 "subject": "Wanted person: INTERPOL notice 2026/90417",
 "body": {
  "number": "2026/90417",
  "channel": "notice",
  "owner_country": "BE",
  "person": {
   "name": "SAMPLE",
   "first_names": "ROBIN",
   "sex": "M",
   "nationalities": [
    "BE"
   ],
   "date_of_birth": "1990-07-03",
   "place_of_birth": "Ghent, BE",
   "languages": [
    "fr",
    "nl",
    "en"
   ],
   "physical": {
    "height_cm": 183,
    "weight_kg": 84,
    "eyes": "brown",
    "hair": "black, GRY",
    "marks": "Scar on the left hand"
   }
  },
  "judicial_documents": [
   {
    "kind": "arrest-warrant",
    "issuing_country": "BE",
    "charge": "Diefstal met geweld",
    "charge_translation": "Robbery with violence"
   },
   {
    "kind": "arrest-warrant",
    "issuing_country": "BE",
    "charge": "Heling"
   }
  ]
 }
}
`

func TestImportNotice(t *testing.T) {
	got, err := ImportNotice([]byte(publicNotice))
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != importedNotice {
		t.Errorf("got %s\nwant %s", got, importedNotice)
	}
}

// noticeWith is the public notice with one member changed; gone takes it out.
func noticeWith(t *testing.T, name string, value any) []byte {
	t.Helper()
	var m map[string]any
	if err := json.Unmarshal([]byte(publicNotice), &m); err != nil {
		t.Fatal(err)
	}
	if m[name] = value; value == (gone{}) {
		delete(m, name)
	}
	raw, err := json.Marshal(m)
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

// What a public notice leaves out is all that the draft still lacks.
func TestImportedDraftLacksOnlyWhatIsNotPublic(t *testing.T) {
	c := catalogue(t)
	draft, err := ImportNotice([]byte(publicNotice))
	if err != nil {
		t.Fatal(err)
	}
	by := Draft{ID: NewID(), From: "BE/federal-police", To: "NL/police", Created: time.Date(2026, 11, 23, 21, 5, 52, 0, time.UTC)}
	_, _, err = c.Finish(draft, by)
	var p *Problem
	if !errors.As(err, &p) {
		t.Fatalf("got %v, want what is missing", err)
	}
	for _, e := range p.Errors {
		if e.Code != "missing_field" && e.Code != "missing_item" {
			t.Errorf("got %s at %s, want only missing fields", e.Code, e.Pointer)
		}
	}
	var m map[string]any
	if err := json.Unmarshal(draft, &m); err != nil {
		t.Fatal(err)
	}
	body := m["body"].(map[string]any)
	for name, value := range map[string]any{"authority": map[string]any{"name": "National Central Bureau Brussels", "country": "BE"}, "purpose": "arrest-for-surrender",
		"legal_status": "wanted-for-prosecution", "facts": "x", "extradition_will_be_sought": true, "neutral_character": true, "valid_until": "2031-11-23"} {
		body[name] = value
	}
	body["person"].(map[string]any)["subject"] = "accused"
	for _, d := range body["judicial_documents"].([]any) {
		for name, value := range map[string]any{"authority": "Court of First Instance of Ghent", "reference": "2026/AW/0098", "date": "2026-10-20", "max_penalty": "P20Y"} {
			d.(map[string]any)[name] = value
		}
	}
	raw, err := json.Marshal(m)
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := c.Finish(raw, by); err != nil {
		t.Errorf("completed by the officer: %v", err)
	}
}

func TestImportNoticeTakesWhatMayBeAbsent(t *testing.T) {
	raw := `{"entity_id": "1993/27493", "name": "SAMPLE", "forename": null, "date_of_birth": "1990", "height": 2, "weight": null, "nationalities": null, "country_of_birth_id": "922",
 "arrest_warrants": [{"issuing_country_id": "BE", "charge": "x"}, {"issuing_country_id": "NL", "charge": "y"}]}`
	got, err := ImportNotice([]byte(raw))
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{`"date_of_birth": "1990"`, `"height_cm": 200`} {
		if !strings.Contains(string(got), want) {
			t.Errorf("got %s, want %s", got, want)
		}
	}
	for _, odd := range []string{"null", "owner_country", "first_names", "922", "place_of_birth"} {
		if strings.Contains(string(got), odd) {
			t.Errorf("got %s, want no %s", got, odd)
		}
	}
}

func TestImportNoticeRefuses(t *testing.T) {
	warrant := func(m map[string]any) []any { return []any{m} }
	for _, row := range []struct {
		why, name string
		value     any
		want      []string
	}{
		{"no number", "entity_id", gone{}, []string{"/entity_id missing_field"}},
		{"another kind of number", "entity_id", "27493", []string{"/entity_id wrong_value"}},
		{"no name", "name", nil, []string{"/name missing_field"}},
		{"a name that is a number", "name", 7, []string{"/name wrong_type"}},
		{"a name with an override", "name", "SAM\u202ePLE", []string{"/name bad_line"}},
		{"a field that is not known", "forenames", "x", []string{"/forenames unknown_field"}},
		{"a yellow notice's field", "date_of_event", "2026/01/01", []string{"/date_of_event unknown_field"}},
		{"a sex that is no code", "sex_id", "X", []string{"/sex_id not_in_list"}},
		{"a day that does not exist", "date_of_birth", "1990/02/30", []string{"/date_of_birth bad_partial_date"}},
		{"a date in another form", "date_of_birth", "1990-07-03", []string{"/date_of_birth bad_partial_date"}},
		{"a country that is none", "nationalities", []string{"BE", "915"}, []string{"/nationalities/1 bad_country"}},
		{"a country of three letters", "country_of_birth_id", "BEL", []string{"/country_of_birth_id bad_country"}},
		{"nationalities that are no list", "nationalities", "BE", []string{"/nationalities wrong_type"}},
		{"a nationality that is no string", "nationalities", []any{"BE", 7}, []string{"/nationalities/1 wrong_type"}},
		{"a language that is none", "languages_spoken_ids", []string{"QQQ"}, []string{"/languages_spoken_ids/0 bad_language"}},
		{"a language that nobody assigned", "languages_spoken_ids", []string{"XQX"}, []string{"/languages_spoken_ids/0 bad_language"}},
		{"a language in lower case", "languages_spoken_ids", []string{"ENG", "ger"}, []string{"/languages_spoken_ids/1 bad_language"}},
		{"a height in centimetres", "height", 182, []string{"/height out_of_range"}},
		{"a height as text", "height", "1.82", []string{"/height wrong_type"}},
		{"half a kilogram", "weight", 84.5, []string{"/weight wrong_type"}},
		{"no weight at all", "weight", 0, []string{"/weight out_of_range"}},
		{"a colour in words", "eyes_colors_id", []string{"brown"}, []string{"/eyes_colors_id/0 not_in_list"}},
		{"no warrant", "arrest_warrants", []any{}, []string{"/arrest_warrants missing_field"}},
		{"warrants that are no list", "arrest_warrants", "x", []string{"/arrest_warrants wrong_type"}},
		{"a warrant that is no object", "arrest_warrants", []any{"x"}, []string{"/arrest_warrants/0 wrong_type"}},
		{"a warrant without charge", "arrest_warrants", warrant(map[string]any{"issuing_country_id": "BE"}), []string{"/arrest_warrants/0/charge missing_field"}},
		{"a warrant of no State", "arrest_warrants", warrant(map[string]any{"issuing_country_id": "914", "charge": "x"}), []string{"/arrest_warrants/0/issuing_country_id bad_country"}},
		{"a field of a warrant that is not known", "arrest_warrants", warrant(map[string]any{"issuing_country_id": "BE", "charge": "x", "charges": "x"}), []string{"/arrest_warrants/0/charges unknown_field"}},
		{"a list of notices", "_embedded", map[string]any{"notices": []any{}}, []string{"/_embedded not_one_notice"}},
	} {
		t.Run(row.why, func(t *testing.T) {
			_, err := ImportNotice(noticeWith(t, row.name, row.value))
			var p *Problem
			if !errors.As(err, &p) {
				t.Fatalf("got %v, want %v", err, row.want)
			}
			if got := reported(p); !slices.Equal(got, row.want) {
				t.Errorf("got %v, want %v", got, row.want)
			}
		})
	}
	for why, raw := range map[string]string{"bad_json": `{"name": `, "not_an_object": `[]`, "duplicate_name": `{"name": "A", "name": "B"}`,
		"message_too_large": `{"name": "` + strings.Repeat("x", MaxMessage) + `"}`} {
		var p *Problem
		if _, err := ImportNotice([]byte(raw)); !errors.As(err, &p) || p.Code != why {
			t.Errorf("got %v, want %s", err, why)
		}
	}
}

// A notice that is refused for several reasons says them all, in their order.
func TestImportNoticeReportsAllFaults(t *testing.T) {
	_, err := ImportNotice([]byte(`{"name": 7, "sex_id": "X", "arrest_warrants": [{"charge": "x"}]}`))
	var p *Problem
	if !errors.As(err, &p) {
		t.Fatal(err)
	}
	want := []string{"/arrest_warrants/0/issuing_country_id missing_field", "/entity_id missing_field", "/name wrong_type", "/sex_id not_in_list"}
	if got := reported(p); !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func FuzzImportNotice(f *testing.F) {
	f.Add([]byte(publicNotice))
	f.Add([]byte(`{"entity_id": "1/2", "arrest_warrants": [null]}`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		draft, err := ImportNotice(raw)
		var p *Problem
		switch {
		case err != nil && !errors.As(err, &p):
			t.Errorf("got %v, want a Problem", err)
		case err == nil && !json.Valid(draft):
			t.Errorf("got a draft that is no JSON: %s", draft)
		}
	})
}
