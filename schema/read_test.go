package schema

import (
	"encoding/json"
	"errors"
	"reflect"
	"slices"
	"strings"
	"testing"
)

func TestReadTakesTheCommonPart(t *testing.T) {
	raw := example(t, "mla.response")
	m, err := catalogue(t).Read(raw)
	if err != nil {
		t.Fatal(err)
	}
	if m.ID != "0198f3c2-4a1e-7c3b-9d52-6f1e2a3b4c02" || m.Type != "mla.response" || m.Version != 1 ||
		m.From != "NL/iro" || m.To != "BE/fps-justice" || m.Created.Format("2006-01-02T15:04:05Z07:00") != "2026-12-15T09:30:00Z" ||
		m.Case != "BE-2026-00417" || m.Re != "0198f3c2-4a1e-7c3b-9d52-6f1e2a3b4c01" || m.Instrument != "EIO" ||
		m.Marking != Restricted || !slices.Equal(m.Codes, []string{"H1", "H2"}) || !slices.Equal(m.Languages, []string{"en"}) ||
		m.Subject != "Bank records of two accounts: result" || string(m.Raw) != string(raw) {
		t.Errorf("got %+v", m)
	}
	if len(m.Attachments) != 1 {
		t.Fatalf("got %d attachments, want 1", len(m.Attachments))
	}
	a := m.Attachments[0]
	if a.Name != "operations-2026-04.csv" || a.MediaType != "text/csv" || a.Size != 18231 || a.SHA256[0] != 0x9f ||
		a.Category != "fin.transaction" || a.Pointer != "/attachments/0" {
		t.Errorf("got %+v", a)
	}
	raw[len(raw)-3] = 'X'
	if string(m.Raw) == string(raw) {
		t.Error("the message changes with the caller's buffer")
	}
}

// faultsOf reads and gives "pointer code" of every fault.
func faultsOf(t *testing.T, raw []byte) []string {
	t.Helper()
	_, err := catalogue(t).Read(raw)
	if err == nil {
		return nil
	}
	var p *Problem
	if !errors.As(err, &p) {
		t.Fatalf("got %T, want a Problem", err)
	}
	if len(p.Errors) == 0 {
		return []string{p.Pointer + " " + p.Code}
	}
	var got []string
	for _, f := range p.Errors {
		if f.Detail == "" || f.Fix == "" {
			t.Errorf("%s %s does not say what to do", f.Pointer, f.Code)
		}
		got = append(got, f.Pointer+" "+f.Code)
	}
	return got
}

func TestReadRefuses(t *testing.T) {
	type edits = map[string]any
	long := strings.Repeat("x", 201)
	account := "/body/measures/0/bank/accounts/0"
	for _, row := range []struct {
		typ, name string
		edits     edits
		want      []string
	}{
		// the common part
		{"mla.request", "no id", edits{"/id": gone{}}, []string{"/id missing_field"}},
		{"mla.request", "a UUIDv4", edits{"/id": "2b6d7d1c-9d6e-4a6c-8a53-3f6c7f6e0b11"}, []string{"/id bad_id"}},
		{"mla.request", "version as text", edits{"/version": "1"}, []string{"/version wrong_type"}},
		{"mla.request", "another version", edits{"/version": 2}, []string{"/version unknown_version"}},
		{"mla.request", "a lower-case address", edits{"/from": "be/fps-justice"}, []string{"/from bad_address"}},
		{"mla.request", "local time", edits{"/created": "2026-11-23T21:05:52+01:00"}, []string{"/created bad_instant"}},
		{"mla.request", "fractions of a second", edits{"/created": "2026-11-23T21:05:52.5Z"}, []string{"/created bad_instant"}},
		{"mla.request", "re on a request", edits{"/re": "0198f3c2-4a1e-7c3b-9d52-6f1e2a3b4c09"}, []string{"/re not_allowed_here"}},
		{"mla.request", "no instrument", edits{"/instrument": gone{}}, []string{"/instrument missing_field"}},
		{"mla.request", "an unknown instrument", edits{"/instrument": "MAGNA-CARTA"}, []string{"/instrument unknown_instrument"}},
		{"mla.request", "a marking too high", edits{"/handling/marking": "secret"}, []string{"/handling/marking bad_marking"}},
		{"mla.request", "no handling", edits{"/handling": gone{}}, []string{"/handling missing_field"}},
		{"mla.request", "H3 without its text", edits{"/handling/codes": []any{"H3"}}, []string{"/handling/note missing_field"}},
		{"mla.request", "a code twice", edits{"/handling/codes": []any{"H1", "H1"}}, []string{"/handling/codes not_unique"}},
		{"mla.request", "a subject of two lines", edits{"/subject": "a\nb"}, []string{"/subject bad_line"}},
		{"mla.request", "a subject that hides its end", edits{"/subject": "a \u2067b"}, []string{"/subject bad_line"}},
		{"mla.request", "a long subject", edits{"/subject": long}, []string{"/subject too_long"}},
		{"mla.request", "an empty subject", edits{"/subject": ""}, []string{"/subject too_short"}},
		{"mla.request", "a misspelt name", edits{"/langauges": []any{"en"}}, []string{"/langauges unknown_field"}},
		{"mla.request", "a name that may be content", edits{"/Example, Alex\n": 1}, []string{" unknown_field"}},
		{"mla.request", "a wish without reasons", edits{"/urgency/justification": gone{}}, []string{"/urgency/justification missing_field"}},
		{"mla.request", "a body that is text", edits{"/body": "x"}, []string{"/body wrong_type"}},
		{"mla.request", "a name that is null", edits{"/case": nil}, []string{"/case wrong_type"}},
		{"mla.request", "an odd language", edits{"/languages": []any{"english"}}, []string{"/languages/0 bad_language"}},
		// mla.request
		{"mla.request", "no measures", edits{"/body/measures": []any{}}, []string{"/body/measures too_few"}},
		{"mla.request", "an unknown measure", edits{"/body/measures/0/code": "bank-operations"}, []string{"/body/measures/0/bank not_allowed_here", "/body/measures/0/code not_in_list"}},
		{"mla.request", "banking operations without H4", edits{"/body/measures/0/bank": gone{}}, []string{"/body/measures/0/bank missing_field"}},
		{"mla.request", "banking operations without period", edits{"/body/measures/0/bank/period": gone{}}, []string{"/body/measures/0/bank/period missing_field"}},
		{"mla.request", "account information without grounds", edits{"/body/measures/0/code": "bank-account-information", "/body/measures/0/bank/presumed_bank": gone{}}, []string{"/body/measures/0/bank/presumed_bank missing_field"}},
		{"mla.request", "a telephone hearing of a suspect", edits{"/body/measures/0": map[string]any{"code": "telephone-conference", "sought": "x", "heard": "suspected-or-accused",
			"hearing": map[string]any{"reasons": "x", "conducted_by": map[string]any{"name": "x", "country": "BE"}}}}, []string{"/body/measures/0/heard not_in_list"}},
		{"mla.request", "an item that remains without a date", edits{"/body/measures/0": map[string]any{"code": "provisional-measure", "sought": "x",
			"provisional": map[string]any{"item": "x", "disposition": "remain"}}}, []string{"/body/measures/0/provisional missing_field"}},
		{"mla.request", "an IBAN mistyped", edits{account + "/iban": "NL91ABNA0417164301"}, []string{account + "/iban bad_iban"}},
		{"mla.request", "an IBAN with spaces", edits{account + "/iban": "NL91 ABNA 0417 1643 00"}, []string{account + "/iban bad_iban"}},
		{"mla.request", "a field misspelt in an account", edits{account + "/ibn": "x"}, []string{account + "/ibn unknown_field"}},
		{"mla.request", "an account without number", edits{account: map[string]any{"currency": "EUR"}}, []string{account + " missing_field"}},
		{"mla.request", "an authority that needs validation", edits{"/body/issuing_authority/type": "other-competent"}, []string{"/body/validating_authority missing_field"}},
		{"mla.request", "the list of 32 below three years", edits{"/body/offences/0/threshold_3y": false}, []string{"/body/offences/0/threshold_3y wrong_value"}},
		{"mla.request", "a declaration not made", edits{"/body/declarations/accurate_and_correct": false}, []string{"/body/declarations/accurate_and_correct wrong_value"}},
		{"mla.request", "an order without declarations", edits{"/body/declarations": gone{}}, []string{"/body/declarations missing_declaration"}},
		{"mla.request", "a treaty request without purpose", edits{"/instrument": "UNCAC"}, []string{"/body/purpose missing_field"}},
		{"mla.request", "a person with no category", edits{"/body/persons/0/subject": gone{}}, []string{"/body/persons/0/subject missing_field"}},
		{"mla.request", "a date of birth that is none", edits{"/body/persons/0/date_of_birth": "1984-02-30"}, []string{"/body/persons/0/date_of_birth bad_partial_date"}},
		{"mla.request", "a boolean as text", edits{"/body/persons/0/minor": "false"}, []string{"/body/persons/0/minor wrong_type"}},
		{"mla.request", "two faults in their order", edits{"/body/offences/0/facts": gone{}, "/case": 7}, []string{"/body/offences/0/facts missing_field", "/case wrong_type"}},
		{"mla.request", "a height out of range", edits{"/body/persons/0/physical": map[string]any{"height_cm": 1820}}, []string{"/body/persons/0/physical/height_cm out_of_range"}},
		// mla.response
		{"mla.response", "no re", edits{"/re": gone{}}, []string{"/re missing_field"}},
		{"mla.response", "answers itself", edits{"/re": "0198f3c2-4a1e-7c3b-9d52-6f1e2a3b4c02"}, []string{"/re answers_itself"}},
		{"mla.response", "impossible without explanation", edits{"/body/outcome": "impossible", "/body/explanation": gone{}}, []string{"/body/explanation missing_field"}},
		{"mla.response", "executed without results", edits{"/body/items": gone{}}, []string{"/body/items missing_field"}},
		{"mla.response", "an amount in euros and cents", edits{"/body/items/0/transactions/0/amount": 48500.5}, []string{"/body/items/0/transactions/0/amount wrong_type"}},
		{"mla.response", "a currency that is none", edits{"/body/costs/currency": "EURO"}, []string{"/body/costs/currency bad_currency"}},
		{"mla.response", "an attachment with a path", edits{"/attachments/0/name": "../x.csv"}, []string{"/attachments/0/name bad_file_name"}},
		{"mla.response", "an attachment of an unknown category", edits{"/attachments/0/category": "fin"}, []string{"/attachments/0/category not_in_list"}},
		{"mla.response", "a short digest", edits{"/attachments/0/sha256": "9f86"}, []string{"/attachments/0/sha256 bad_sha256"}},
		{"mla.response", "an attachment too large", edits{"/attachments/0/size": MaxAttachment + 1}, []string{"/attachments/0/size attachment_too_large"}},
		{"mla.response", "a negative size", edits{"/attachments/0/size": -1}, []string{"/attachments/0/size attachment_too_large"}},
		{"mla.response", "files that fit no pouch", edits{"/attachments": []any{filed("a", MaxAttachment), filed("b", MaxAttachment)}}, []string{"/attachments/1 parcel_too_large"}},
		{"mla.response", "two files of one name", edits{"/attachments": []any{filed("a.pdf", 1), filed("A.PDF", 1)}}, []string{"/attachments/1/name not_unique"}},
		// status
		{"status.acknowledged", "no reference", edits{"/body/reference": gone{}}, []string{"/body/reference missing_field"}},
		{"status.acknowledged", "forwarded to nobody", edits{"/body/forwarded/authority": gone{}}, []string{"/body/forwarded/authority missing_field"}},
		{"status.acknowledged", "a country that is none", edits{"/body/receiving_authority/country": "UK"}, []string{"/body/receiving_authority/country bad_country"}},
		{"status.refused", "no grounds", edits{"/body/grounds": gone{}}, []string{"/body/grounds missing_field"}},
		{"status.refused", "a ground without article", edits{"/body/grounds/0/article": gone{}}, []string{"/body/grounds/0/article missing_field"}},
		{"status.refused", "a ground that the instrument does not know", edits{"/body/grounds/0/code": "political-offence"}, []string{"/body/grounds/0/code ground_not_in_instrument"}},
		{"status.refused", "a starred ground without consultation", edits{"/body/consultation": gone{}}, []string{"/body/consultation missing_consultation"}},
		{"status.refused", "in part without saying which", edits{"/body/measures": gone{}}, []string{"/body/measures missing_field"}},
		{"status.incomplete", "nothing missing", edits{"/body/missing": gone{}, "/body/manifest_errors": gone{}}, []string{"/body missing_field"}},
		{"status.incomplete", "a pointer that is none", edits{"/body/missing/0/pointer": "body"}, []string{"/body/missing/0/pointer bad_pointer"}},
		{"status.clarified", "no answers", edits{"/body/answers": []any{}}, []string{"/body/answers too_few"}},
		{"status.clarified", "an answer with an override", edits{"/body/answers/0/answer": "x\u202ey"}, []string{"/body/answers/0/answer bad_text"}},
		// notice.wanted
		{"notice.wanted", "a diffusion to nobody", edits{"/body/recipients": gone{}}, []string{"/body/recipients missing_field"}},
		{"notice.wanted", "a political character", edits{"/body/neutral_character": false}, []string{"/body/neutral_character wrong_value"}},
		{"notice.wanted", "a prosecution without maximum penalty", edits{"/body/judicial_documents/0/max_penalty": gone{}}, []string{"/body/judicial_documents missing_item"}},
		{"notice.wanted", "a penalty in words", edits{"/body/judicial_documents/0/max_penalty": "20 years"}, []string{"/body/judicial_documents/0/max_penalty bad_duration"}},
		{"notice.wanted", "a telephone number as dialled at home", edits{"/body/person/phones": []any{"0400000000"}}, []string{"/body/person/phones/0 bad_phone"}},
		{"notice.wanted", "an unknown warning", edits{"/body/person/warnings": []any{"arned"}}, []string{"/body/person/warnings/0 not_in_list"}},
		// information.spontaneous
		{"information.spontaneous", "unlabelled data", edits{"/body/collection": gone{}}, []string{"/body/collection missing_field"}},
		{"information.spontaneous", "a grade that is none", edits{"/body/evaluation/source": "Z"}, []string{"/body/evaluation/source not_in_list"}},
		{"information.spontaneous", "a mail address that is two", edits{"/body/persons/0/emails/0": "a@b.example, c@d.example"}, []string{"/body/persons/0/emails/0 bad_mail"}},
	} {
		t.Run(row.typ+"/"+row.name, func(t *testing.T) {
			if got := faultsOf(t, edited(t, row.typ, row.edits)); !slices.Equal(got, row.want) {
				t.Errorf("got %q, want %q", got, row.want)
			}
		})
	}
}

func filed(name string, size int) map[string]any {
	return map[string]any{"name": name, "media_type": "application/pdf", "size": size, "sha256": strings.Repeat("0", 64)}
}

func TestRefusalsSayWhatToDo(t *testing.T) {
	for _, row := range []struct {
		edits map[string]any
		want  string
	}{
		{map[string]any{"/body/measurs": []any{}}, "Did you mean measures?"},
		{map[string]any{"/body/zzz": 1}, "issuing_authority"},
		{map[string]any{"/body/persons/0/subject": "suspct"}, "Did you mean suspect?"},
		{map[string]any{"/body/persons/0/sex": "x"}, "Use one of: F, M, U."},
		{map[string]any{"/instrument": "EI0"}, "EIO"},
		{map[string]any{"/version": 9}, "Use version 1."},
	} {
		_, err := catalogue(t).Read(edited(t, "mla.request", row.edits))
		if err == nil || !strings.Contains(err.Error(), row.want) {
			t.Errorf("got %v, want it to say %q", err, row.want)
		}
	}
}

// A refusal repeats nothing of what the message says.
func TestRefusalsCarryNoContent(t *testing.T) {
	const secret = "Hidden Example Name"
	for _, pointer := range []string{"/id", "/subject/x", "/from", "/created", "/instrument", "/body/persons/0/subject", "/body/persons/0/sex", "/handling/marking",
		"/body/offences/0/list32/0", "/body/persons/0/" + secret, "/" + secret, "/body/measures/0/bank/accounts/0/iban"} {
		edits := map[string]any{pointer: secret + "\u202e"}
		if pointer == "/subject/x" {
			edits = map[string]any{"/subject": []any{secret}}
		}
		_, err := catalogue(t).Read(edited(t, "mla.request", edits))
		if err == nil {
			t.Fatalf("%s: accepted", pointer)
		}
		if strings.Contains(err.Error(), "Hidden") {
			t.Errorf("%s: the refusal repeats content: %v", pointer, err)
		}
	}
}

func TestFaultsAreBounded(t *testing.T) {
	persons := make([]any, 64)
	for i := range persons {
		persons[i] = map[string]any{"a": 1, "b": 2, "c": 3, "d": 4, "e": 5, "f": 6, "g": 7, "h": 8, "i": 9}
	}
	_, err := catalogue(t).Read(edited(t, "mla.request", map[string]any{"/body/persons": persons}))
	p, ok := err.(*Problem)
	if !ok || len(p.Errors) != MaxFaults {
		t.Errorf("got %v, want %d faults", err, MaxFaults)
	}
}

// The order of members does not matter to what is refused or found.
func TestReadIsDeterministic(t *testing.T) {
	raw := edited(t, "mla.request", map[string]any{"/x": 1, "/y": 2, "/body/z": 3, "/body/offences/0/w": 4, "/id": 5, "/to": 6})
	first := faultsOf(t, raw)
	for range 20 {
		if got := faultsOf(t, raw); !slices.Equal(got, first) {
			t.Fatalf("got %q, then %q", first, got)
		}
	}
	var tree map[string]any
	if err := json.Unmarshal(example(t, "mla.request"), &tree); err != nil {
		t.Fatal(err)
	}
	sorted, err := json.Marshal(tree) // members in another order
	if err != nil {
		t.Fatal(err)
	}
	a, errA := catalogue(t).Read(sorted)
	b, errB := catalogue(t).Read(example(t, "mla.request"))
	if errA != nil || errB != nil || !slices.Equal(a.Findings, b.Findings) {
		t.Errorf("the findings depend on the order of members: %v %v", errA, errB)
	}
}

func FuzzRead(f *testing.F) {
	for _, seed := range seeds(f) {
		f.Add(seed)
	}
	c := catalogue(f)
	f.Fuzz(func(t *testing.T, raw []byte) {
		m, err := c.Read(raw)
		if err != nil {
			if p, ok := err.(*Problem); !ok || p.Code == "" || p.Fix == "" || len(p.Errors) > MaxFaults {
				t.Fatalf("got %v, want a bounded Problem", err)
			}
			return
		}
		if string(m.Raw) != string(raw) || c.types[m.Type] == nil {
			t.Fatal("the message is not what was read")
		}
		tree, p := parse(raw)
		if p != nil {
			t.Fatal(p)
		}
		for _, found := range m.Findings {
			if _, ok := lookup(tree, found.Pointer); !ok {
				t.Fatalf("found %s at %s, where nothing is", found.Category, found.Pointer)
			}
		}
		if c.schema.Validate(tree) != nil || c.types[m.Type].validator.Validate(tree["body"]) != nil {
			t.Fatal("accepted what the validator refuses")
		}
		c.View(m, "fr")
	})
}

// What was accepted once stays readable when the catalogue has become stricter.
func TestAgainReadsWhatIsKept(t *testing.T) {
	c := catalogue(t)
	for _, typ := range c.Types() {
		want := read(t, c, typ.Example)
		got, err := c.Again(typ.Example)
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%s: got %+v, %v, want what Read gives", typ.Name, got, err)
		}
	}
	for why, raw := range map[string][]byte{
		"a field that is required since": edited(t, "mla.request", map[string]any{"/body/issuing_authority/signature": gone{}}),
		"a rule that is new":             edited(t, "mla.response", map[string]any{"/body/return_required": gone{}}),
		"a code that is gone":            edited(t, "mla.request", map[string]any{"/body/measures/0/code": "lie-detector"}),
		"a list where now is one":        edited(t, "mla.request", map[string]any{"/body/issuing_authority/name": []any{"x"}}),
		"an instrument that is gone":     edited(t, "mla.request", map[string]any{"/instrument": "EEW"}),
	} {
		if _, err := c.Read(raw); err == nil {
			t.Errorf("%s: accepted anew", why)
		}
		m, err := c.Again(raw)
		if err != nil || len(m.Findings) == 0 || m.Subject == "" {
			t.Errorf("%s: got %+v, %v", why, m, err)
			continue
		}
		if fields := c.View(m, "fr"); len(fields) == 0 {
			t.Errorf("%s: nothing to show", why)
		}
	}
	if _, err := c.Again([]byte(`{"type": "mla.reqest"}`)); err == nil {
		t.Error("an unknown type was read")
	}
}
