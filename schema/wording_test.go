package schema

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Every fault of the tables of broken examples and of the hostile files, and every
// form of a string, is said in every language, with nothing left in English.
func TestFaultsAreSaidInEveryLanguage(t *testing.T) {
	c := catalogue(t)
	for _, p := range everyFault(t, c) {
		for lang, l := range c.langs {
			if lang == fallback || c.provisionOf(&p) != nil {
				continue
			}
			for _, s := range append(sentencesOf(p.Detail), sentencesOf(p.Fix)...) {
				if _, ok := l.wording.sentence(s); !ok {
					t.Errorf("labels/%s.json lacks the sentence %q of %s", lang, s, p.Code)
				}
			}
		}
	}
}

func everyFault(t *testing.T, c *Catalogue) (list []Problem) {
	t.Helper()
	add := func(err error) {
		var p *Problem
		if errors.As(err, &p) {
			list = append(append(list, *p), p.Errors...)
		}
	}
	tables, err := filepath.Glob("testdata/invalid/*.json")
	if err != nil || len(tables) == 0 {
		t.Fatalf("no tables: %v", err)
	}
	for _, file := range tables {
		for _, broken := range invalidCases(t, file) {
			_, err := c.Read(broken.raw(t, base(file)))
			add(err)
		}
	}
	hostile, err := filepath.Glob("testdata/hostile/*")
	if err != nil || len(hostile) == 0 {
		t.Fatalf("no hostile files: %v", err)
	}
	for _, file := range hostile {
		raw, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		_, err = c.Read(raw)
		add(err)
	}
	for _, f := range formats {
		list = append(list, f.problem("/x"))
	}
	for _, p := range travelFaults(t, c) {
		add(p)
	}
	if len(list) < 500 {
		t.Fatalf("only %d faults to look at", len(list))
	}
	return list
}

// The place, the code and the names stay; what is said is in the reader's language.
func TestLocalise(t *testing.T) {
	c := catalogue(t)
	_, err := c.Read(edited(t, "mla.request", map[string]any{"/body/measurs": []any{}, "/body/persons/0/date_of_birth": "1980-13-45", "/subject": strings.Repeat("x", 1<<20)}))
	var long, p *Problem
	if !errors.As(err, &long) || long.Code != "message_too_large" {
		t.Fatalf("got %v, want message_too_large", err)
	}
	_, err = c.Read(edited(t, "mla.request", map[string]any{"/body/measurs": []any{}, "/body/persons/0/date_of_birth": "1980-13-45", "/subject": "abc \u202e def"}))
	if !errors.As(err, &p) || len(p.Errors) != 3 {
		t.Fatalf("got %v, want three faults", err)
	}
	for _, lang := range c.Languages() {
		got := c.Localise(p, lang)
		for i, e := range got.Errors {
			if e.Pointer != p.Errors[i].Pointer || e.Code != p.Errors[i].Code || (lang != fallback) == (e.Detail == p.Errors[i].Detail) {
				t.Errorf("%s: got %+v for %+v", lang, e, p.Errors[i])
			}
		}
		if lang != fallback && c.Localise(long, lang).Detail == long.Detail {
			t.Errorf("%s: %q is not translated", lang, long.Detail)
		}
		if !strings.Contains(got.Error(), "measures") {
			t.Errorf("%s: %q does not name the closest field", lang, got.Error())
		}
	}
	if got := c.Localise(p, "xx"); got != p {
		t.Error("a language that is not there changed the problem")
	}
}

// travelFaults are those of data that may not leave, not be taken out, or not be bound by so much.
func travelFaults(t *testing.T, c *Catalogue) []error {
	t.Helper()
	m, err := c.Read(edited(t, "mla.request", map[string]any{"/body/persons/0/health": "x", "/body/measures/0/bank/accounts/1": map[string]any{"number": "1"}}))
	if err != nil {
		t.Fatal(err)
	}
	_, fixed := c.Redact(m, chosen(m, []string{"/subject crime.file"}), "policy")
	_, reason := c.Redact(m, m.Findings[:1], "whim")
	many := *m
	many.Conditions = make([]Condition, 33)
	_, conditions := c.Inherit(&many, nil)
	many = *m
	many.Restriction = strings.Repeat("x", 5000)
	_, note := c.Inherit(&many, nil)
	return []error{c.Leave(m), fixed, reason, conditions, note}
}
