package schema

import (
	"maps"
	"slices"
	"strings"
	"testing"
	"time"
)

// missing are the places at which a draft lacks a field by what Review says.
func missing(t *testing.T, c *Catalogue, raw []byte) (list []string) {
	for _, p := range c.Review(raw, Draft{ID: NewID(), From: "BE", Created: instant(t, "2026-11-23T21:05:52Z")}) {
		if p.Code == "missing_field" && p.Detail != "One of several fields must be there." {
			list = append(list, p.Pointer)
		}
	}
	slices.Sort(list)
	return list
}

// A draft in which nothing is said lacks exactly what its form wants.
func TestEmptyFormNamesWhatIsWanted(t *testing.T) {
	c := catalogue(t)
	for _, typ := range c.Types() {
		raw, err := c.Compose(typ.Name, nil)
		if err != nil {
			t.Fatal(err)
		}
		form, err := c.Form(raw, "en")
		if err != nil {
			t.Fatal(err)
		}
		want := missing(t, c, raw)
		for _, pointer := range want {
			s, i := form.Place(pointer)
			if s == nil || pointer != "/re" && (i == nil || i.Pointer != pointer) {
				t.Errorf("%s: the fault at %s is in no section", typ.Name, pointer)
			}
		}
		got := form.Wanted()
		if !slices.Equal(got, want) || len(want) < 2 {
			t.Errorf("%s: the form wants %v, Review misses %v", typ.Name, got, want)
		}
	}
}

// Whatever leaf is taken out of an example: the form says that it must be there if and
// only if Review misses it, also where only another field, the type's rules or the
// instrument ask for it.
func TestFormWantsWhatReviewMisses(t *testing.T) {
	c := catalogue(t)
	conditional := 0
	for _, typ := range c.Types() {
		whole, err := c.Values(typ.Example)
		if err != nil {
			t.Fatal(err)
		}
		for _, pointer := range slices.Sorted(maps.Keys(whole)) {
			if slices.Contains(filledIn, pointer) || strings.HasPrefix(pointer, "/attachments/") || strings.Contains(pointer, "/1/") || strings.Contains(pointer, "/2/") {
				continue // later rows are as the first
			}
			v := maps.Clone(whole)
			delete(v, pointer)
			raw, err := c.Compose(typ.Name, v)
			if err != nil {
				t.Fatal(err)
			}
			form, err := c.Form(raw, "en")
			if err != nil {
				t.Fatal(err)
			}
			i := form.inputs[pointer]
			if i == nil || i.Kind == GroupInput {
				continue // the row itself, or a field that no form has
			}
			missed := slices.Contains(missing(t, c, raw), pointer)
			if node := typ.shape.at(strings.Split(pointer[1:], "/")); missed && !node.required {
				conditional++
			}
			if i.Wanted && !missed && breaksRule(c, raw) {
				continue // an executable rule misses it, and names the rule
			}
			if i.Wanted != missed {
				t.Errorf("%s %s: wanted %v, missed %v", typ.Name, pointer, i.Wanted, missed)
			}
		}
	}
	if conditional < 20 {
		t.Errorf("only %d fields are asked for on a condition: the test sees too little", conditional)
	}
}

func breaksRule(c *Catalogue, raw []byte) bool {
	return slices.ContainsFunc(c.Review(raw, Draft{ID: NewID(), Created: time.Now()}), func(p Problem) bool { return p.Code == "breaks_rule" })
}

func TestPlaceOfAFault(t *testing.T) {
	c := catalogue(t)
	form, err := c.Form(example(t, "mla.request"), "fr")
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range []struct{ pointer, section, input string }{
		{"/body/offences/0/facts", "body.offences", "/body/offences/0/facts"},
		{"/body/persons/0/nationalities/0", "body.persons", "/body/persons/0/nationalities"},
		{"/body/issuing_authority", "body.issuing_authority", "/body/issuing_authority"},
		{"/body/information", Particulars, "/body/information"},
		{"/handling/marking", Handling, "/handling/marking"},
		{"/handling/codes/1", Handling, "/handling/codes"},
		{"/retention/delete_by", Handling, "/retention/delete_by"},
		{"/urgency", Urgency, "/urgency"},
		{"/to", Addressing, "/to"},
		{"/attachments/0/name", Attachments, ""},
	} {
		s, i := form.Place(row.pointer)
		if s == nil || s.Key != row.section || (i == nil) != (row.input == "") || i != nil && i.Pointer != row.input {
			t.Errorf("%s: got section %v, field %v", row.pointer, s, i)
		}
	}
	for _, pointer := range []string{"", "/body", "/nothing"} {
		if s, _ := form.Place(pointer); s != nil {
			t.Errorf("%q: got section %s, want none", pointer, s.Key)
		}
	}
}

// What is asked for in a language is worded in it, and choices are sorted for its readers.
func TestFormSpeaksTheReadersLanguage(t *testing.T) {
	c := catalogue(t)
	for _, lang := range c.Languages() {
		form, err := c.Form(example(t, "mla.request"), lang)
		if err != nil {
			t.Fatal(err)
		}
		for pointer, i := range form.inputs {
			if i.Label == "" || strings.Contains(i.Label, "_") {
				t.Errorf("%s %s: label %q", lang, pointer, i.Label)
			}
		}
		country := form.inputs["/body/issuing_authority/country"]
		if len(country.Options) < 200 || !slices.ContainsFunc(country.Options, func(o Option) bool { return o.Code == "NL" && o.Label != "" }) {
			t.Errorf("%s: got %d countries", lang, len(country.Options))
		}
		if languages := form.inputs["/languages"]; len(languages.Options) < 100 || !languages.Many {
			t.Errorf("%s: got %d languages", lang, len(languages.Options))
		}
	}
	fr, _ := c.Form(example(t, "mla.request"), "fr")
	if got := fr.inputs["/body/persons/0/date_of_birth"].Hint; !strings.HasPrefix(got, "\u00c9crivez") {
		t.Errorf("got the hint %q, want French", got)
	}
	if got := fr.inputs["/body/measures/0/code"]; got == nil || len(got.Options) < 10 {
		t.Errorf("got %v, want a choice of measures", got)
	}
}

// An answer begins with what it answers and the particulars by which that is known.
func TestBeginAnAnswer(t *testing.T) {
	c := catalogue(t)
	asked, err := c.Read(example(t, "mla.request"))
	if err != nil {
		t.Fatal(err)
	}
	v, err := c.Begin("status.acknowledged", Beginning{From: "NL/irc", To: asked.From, Name: "IRC", Answered: asked, Received: instant(t, "2026-11-24T08:00:00Z")})
	if err != nil {
		t.Fatal(err)
	}
	authority, number := c.particulars(asked)
	for pointer, want := range map[string]string{"/re": string(asked.ID), "/to": string(asked.From), "/case": asked.Case, "/instrument": asked.Instrument,
		"/body/reference/authority": authority, "/body/reference/file_number": number, "/body/reference/date_received": "2026-11-24",
		"/body/receiving_authority/name": "IRC", "/body/receiving_authority/country": "NL"} {
		if got := v[pointer]; want == "" || !slices.Equal(got, []string{want}) {
			t.Errorf("%s: got %q, want %q", pointer, got, want)
		}
	}
	raw, err := c.Compose("status.acknowledged", v)
	if err != nil {
		t.Fatal(err)
	}
	faults := c.Review(raw, Draft{ID: NewID(), Created: asked.Created})
	if len(faults) != 1 || faults[0].Pointer != "/body/receiving_authority/signature" {
		t.Errorf("an acknowledgement needs nothing more than who signs it, but: %v", faults)
	}
	for _, typ := range c.Types() {
		v, err := c.Begin(typ.Name, Beginning{From: "NL/irc", To: asked.From, Name: "IRC", Answered: asked})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := c.Compose(typ.Name, v); err != nil {
			t.Errorf("%s: %v", typ.Name, err)
		}
	}
}

func BenchmarkForm(b *testing.B) {
	c := catalogue(b)
	raw := example(b, "mla.request")
	for b.Loop() {
		if _, err := c.Form(raw, "en"); err != nil {
			b.Fatal(err)
		}
	}
}

// What is foreseen of a whole message is what Read finds in it; of a part, what the part has.
func TestForesee(t *testing.T) {
	c := catalogue(t)
	for _, typ := range c.Types() {
		m, err := c.Read(typ.Example)
		if err != nil {
			t.Fatal(err)
		}
		seen, err := c.Foresee(typ.Example, Draft{})
		if err != nil || !slices.Equal(seen.Findings, m.Findings) || !slices.Equal(seen.Purposes, m.Purposes) || seen.Type != m.Type || seen.To != m.To {
			t.Errorf("%s: %v, or what was foreseen differs", typ.Name, err)
		}
	}
	m, err := c.Foresee([]byte(`{"type":"mla.request","body":{"persons":[{"name":"x"},7]},"attachments":[{"sha256":"`+strings.Repeat("ab", 99)+`"}]}`), Draft{})
	if err != nil || len(m.Findings) != 2 || m.Findings[0].Category != "id.name" || m.Findings[1].Category != "unstated" {
		t.Errorf("got %v, %v", m, err)
	}
}
