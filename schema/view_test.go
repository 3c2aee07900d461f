package schema

import (
	"encoding/json"
	"reflect"
	"slices"
	"strings"
	"testing"
)

func viewOf(t *testing.T, typ, lang string) []Field {
	t.Helper()
	c := catalogue(t)
	m, err := c.Read(example(t, typ))
	if err != nil {
		t.Fatal(err)
	}
	return c.View(m, lang)
}

func TestViewShowsFieldsInTheReadersLanguage(t *testing.T) {
	fields := viewOf(t, "mla.request", "fr")
	for _, want := range []Field{
		{"/body/issuing_authority", 0, "Autorité d'émission", "", "", "", nil, ""},
		{"/body/issuing_authority/type", 1, "Type d'autorité", "Juge d'instruction (investigating-judge)", "investigating-judge", "", nil, ""},
		{"/body/offences/0", 0, "Infraction", "", "", "", nil, ""},
		{"/body/offences/0/list32", 1, "Catégorie d'infraction (liste des 32)", "", "", "", nil, ""},
		{"/body/offences/0/threshold_3y", 1, "Maximum d'au moins trois ans dans l'État d'émission", "Oui", "", "", nil, ""},
		{"/body/measures/0/code", 1, "Mesure d'enquête", "Informations sur les opérations bancaires et autres opérations financières (banking-operations)", "banking-operations", "", nil, ""},
		{"/body/measures/0/bank/accounts/1", 2, "Compte 2", "", "", "", nil, ""},
		{"/body/measures/0/bank/accounts/0/iban", 3, "IBAN", "NL91ABNA0417164300", "", "", nil, "iban"},
		{"/body/persons/0/last_known_address/country", 2, "Pays", "Pays-Bas (NL)", "NL", "", nil, "country"},
	} {
		i := slices.IndexFunc(fields, func(f Field) bool { return f.Pointer == want.Pointer })
		if i < 0 {
			t.Errorf("no line for %s", want.Pointer)
			continue
		}
		got := fields[i]
		if strings.HasSuffix(want.Pointer, "/list32") { // official wording, too long to repeat here
			if !strings.HasSuffix(got.Value, "blanchiment des produits du crime (eu32:09)") {
				t.Errorf("got %q", got.Value)
			}
			got.Value = ""
		}
		if !reflect.DeepEqual(got, want) {
			t.Errorf("got %+v\nwant %+v", got, want)
		}
	}
}

func TestViewFollowsTheSchema(t *testing.T) {
	var got []string
	for _, f := range viewOf(t, "status.acknowledged", "en") {
		if f.Depth == 0 {
			got = append(got, f.Label)
		}
	}
	want := []string{"Request concerned", "Receiving authority", "This authority is competent", "Forwarded", "Other information"}
	if !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestViewMarksFreeTextWithItsLanguage(t *testing.T) {
	for _, f := range viewOf(t, "mla.request", "fr") {
		switch f.Pointer {
		case "/body/offences/0/facts":
			if f.Lang != "en" {
				t.Errorf("the facts are marked %q, want en", f.Lang)
			}
		case "/body/issuing_authority/name":
			if f.Lang != "" {
				t.Errorf("a name is marked %q, want nothing", f.Lang)
			}
		}
	}
}

// Every value of every example's body appears on some line, and no label is missing.
func TestViewLeavesNothingOut(t *testing.T) {
	c := catalogue(t)
	for _, typ := range c.Types() {
		tree, p := parse(typ.Example)
		if p != nil {
			t.Fatal(p)
		}
		for _, lang := range []string{"en", "fr"} {
			fields := viewOf(t, typ.Name, lang)
			text := &strings.Builder{}
			for _, f := range fields {
				if f.Label == "" {
					t.Errorf("%s %s: no label", typ.Name, f.Pointer)
				}
				text.WriteString(f.Value + "\n")
			}
			var walk func(v any)
			walk = func(v any) {
				switch v := v.(type) {
				case map[string]any:
					for _, x := range v {
						walk(x)
					}
				case []any:
					for _, x := range v {
						walk(x)
					}
				case string:
					if !strings.Contains(text.String(), v) {
						t.Errorf("%s: a value is not shown in %s: %q", typ.Name, lang, v)
					}
				}
			}
			walk(tree["body"])
		}
	}
}

func TestMoneyIsShownAsWritten(t *testing.T) {
	minor := &node{label: "minor_units"}
	for _, c := range []struct {
		amount   any
		currency any
		want     string
	}{
		{json.Number("4850000"), "EUR", "48\u202f500.00\u00a0EUR"},
		{json.Number("5"), "EUR", "0.05\u00a0EUR"},
		{json.Number("-120"), "EUR", "-1.20\u00a0EUR"},
		{json.Number("9007199254740993"), "EUR", "90\u202f071\u202f992\u202f547\u202f409.93\u00a0EUR"},
		{json.Number("1234"), "JPY", "1\u202f234\u00a0JPY"},
		{json.Number("1234567"), "KWD", "1\u202f234.567\u00a0KWD"},
		{json.Number("1e3"), "EUR", ""},
		{json.Number("1"), nil, ""},
		{json.Number("1"), "???", ""},
	} {
		got, ok := money(minor, c.amount, c.currency)
		if got != c.want || ok != (c.want != "") {
			t.Errorf("%v %v: got %q, want %q", c.amount, c.currency, got, c.want)
		}
	}
	if _, ok := money(&node{label: "quantity"}, json.Number("1"), "EUR"); ok {
		t.Error("what is no amount in minor units is shown as money")
	}
}
