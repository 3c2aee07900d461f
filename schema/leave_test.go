package schema

import (
	"slices"
	"testing"
)

// Every example says of its people who they are, and why its special data is necessary.
func TestEveryExampleMayLeave(t *testing.T) {
	c := catalogue(t)
	special := 0
	for _, typ := range c.Types() {
		m := exampleMessage(t, typ)
		if p := c.Leave(m); p != nil {
			t.Errorf("%s: %v", typ.Name, p)
		}
		if slices.ContainsFunc(m.Findings, func(f Finding) bool { return contains(c.special, f.Category) }) {
			special++
		}
	}
	if special < 8 || len(c.special) != 11 {
		t.Errorf("%d examples have data of the %d special categories: the test sees too little", special, len(c.special))
	}
}

func TestLeave(t *testing.T) {
	type edits = map[string]any
	type list = []any
	account := "/body/measures/0/bank/accounts/1"
	for _, row := range []struct {
		name, typ string
		edits     edits
		code      string
		want      []string
	}{
		{"an account of nobody knows whom", "mla.request", edits{account: edits{"iban": "NL20INGB0001234567"}}, "unlabelled", []string{account + " unlabelled"}},
		{"a company is no person", "mla.request", edits{"/body/companies": list{edits{"name": "x"}}}, "", nil},
		{"health without a reason", "mla.request", edits{"/body/persons/0/health": "x"}, "necessity_missing", []string{"/body/persons/0/health necessity_missing"}},
		{"health with a reason", "mla.request", edits{"/body/persons/0/health": "x", "/handling/necessity": "He needs a doctor."}, "", nil},
		{"both, in the order of their places", "mla.request", edits{account: edits{"number": "1"}, "/body/persons/0/health": "x"}, "unlabelled",
			[]string{account + " unlabelled", "/body/persons/0/health necessity_missing"}},
		{"a file of fingerprints", "mla.request", edits{"/attachments": list{edits{"name": "a.wsq", "media_type": "image/x-wsq", "size": 10, "sha256": filed("a", 1)["sha256"], "category": "bio.fingerprint"}}},
			"necessity_missing", []string{"/attachments/0 necessity_missing"}},
	} {
		t.Run(row.name, func(t *testing.T) {
			m, err := catalogue(t).Read(edited(t, row.typ, row.edits))
			if err != nil {
				t.Fatal(err)
			}
			p := catalogue(t).Leave(m)
			if p == nil {
				if row.code != "" {
					t.Fatalf("it may leave, want %s", row.code)
				}
				return
			}
			if got := reported(p); p.Code != row.code || !slices.Equal(got, row.want) {
				t.Errorf("got %s %q, want %s %q", p.Code, got, row.code, row.want)
			}
		})
	}
}

// a type that passes on intelligence is not valid without how it was collected,
// and where it is an assessment of worth without that.
func TestIntelligenceSaysHowItWasCollected(t *testing.T) {
	for typ, fields := range map[string][]string{
		"intel.report":            {"collection", "evaluation"},
		"intel.response":          {"collection", "evaluation"},
		"information.spontaneous": {"collection"},
		"jit.information":         {"collection"},
	} {
		for _, field := range fields {
			if got := faultsOf(t, edited(t, typ, map[string]any{"/body/" + field: gone{}})); !slices.Contains(got, "/body/"+field+" missing_field") {
				t.Errorf("%s without %s: got %q", typ, field, got)
			}
		}
	}
}
