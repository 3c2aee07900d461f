package schema

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
)

// Every example yields exactly the categories noted in testdata/categories.
func TestCategoriesOfTheExamples(t *testing.T) {
	c := catalogue(t)
	for _, typ := range c.Types() {
		m, err := c.Read(typ.Example)
		if err != nil {
			t.Errorf("%s: %v", typ.Name, err)
			continue
		}
		want, err := os.ReadFile("testdata/categories/" + typ.Name + ".txt")
		if err != nil {
			t.Error(err)
			continue
		}
		if got := listed(m.Findings); got != string(want) {
			t.Errorf("%s: got\n%swant\n%s", typ.Name, got, want)
		}
	}
}

// listed writes findings one a line: pointer, category, subject, minor.
func listed(found []Finding) string {
	var b strings.Builder
	for _, f := range found {
		line := f.Pointer + " " + f.Category + " " + f.Subject
		if f.Minor {
			line += " minor"
		}
		b.WriteString(strings.TrimSpace(line) + "\n")
	}
	return b.String()
}

func findings(t *testing.T, typ string, edits map[string]any) []Finding {
	t.Helper()
	m, err := catalogue(t).Read(edited(t, typ, edits))
	if err != nil {
		t.Fatal(err)
	}
	return m.Findings
}

func TestWhomDataIsAbout(t *testing.T) {
	type m = map[string]any
	for _, row := range []struct {
		name   string
		person m
		want   []string
	}{
		{"a suspect", m{"subject": "suspect", "name": "x"}, []string{"/name id.name suspect"}},
		{"a victim stands for a category", m{"subject": "victim", "name": "x"}, []string{" person.victim victim", "/name id.name victim"}},
		{"a witness", m{"subject": "witness", "name": "x"}, []string{" person.witness witness", "/name id.name witness"}},
		{"an informant", m{"subject": "informant", "name": "x"}, []string{" intel.source informant", "/name id.name informant"}},
		{"a protected person", m{"subject": "expert", "protected": true, "name": "x"}, []string{" person.protected expert", "/name id.name expert"}},
		{"a minor by flag", m{"subject": "suspect", "minor": true, "name": "x"}, []string{"/name id.name suspect minor"}},
		{"a minor by birth", m{"subject": "suspect", "name": "x", "date_of_birth": "2008-11-24"}, []string{"/name id.name suspect minor", "/date_of_birth id.birth suspect minor"}},
		{"of age since today", m{"subject": "suspect", "name": "x", "date_of_birth": "2008-11-23"}, []string{"/name id.name suspect", "/date_of_birth id.birth suspect"}},
		{"perhaps a minor", m{"subject": "suspect", "name": "x", "date_of_birth": "2008"}, []string{"/name id.name suspect minor", "/date_of_birth id.birth suspect minor"}},
		{"a minor that the flag denies", m{"subject": "suspect", "minor": false, "name": "x", "date_of_birth": "2015-01"}, []string{"/name id.name suspect minor", "/date_of_birth id.birth suspect minor"}},
		{"someone else in the object", m{"subject": "suspect", "name": "x", "mother": "y"}, []string{"/name id.name suspect", "/mother id.family"}},
		{"nested fields", m{"subject": "accused", "residence": m{"city": "x"}, "health": "x"}, []string{"/residence contact.address accused", "/health health accused"}},
	} {
		t.Run(row.name, func(t *testing.T) {
			var got []string
			for _, f := range findings(t, "mla.request", m{"/body/persons": []any{row.person}}) {
				if place, ok := strings.CutPrefix(f.Pointer, "/body/persons/0"); ok {
					f.Pointer = place
					line := listed([]Finding{f})
					if place == "" {
						line = " " + line
					}
					got = append(got, strings.TrimRight(line, "\n"))
				}
			}
			if !slices.Equal(got, row.want) {
				t.Errorf("got %q, want %q", got, row.want)
			}
		})
	}
}

func TestAttachmentsHaveTheirCategory(t *testing.T) {
	stated := filed("a.wsq", 10)
	stated["category"] = "bio.fingerprint"
	harmless := filed("c.txt", 10)
	harmless["category"] = "case.meta" // a file is data whatever its sender calls it
	got := findings(t, "mla.request", map[string]any{"/attachments": []any{stated, filed("b.bin", 10), harmless}})
	want := []Finding{{"/attachments/0", "bio.fingerprint", "", false}, {"/attachments/1", "unstated", "", false}, {"/attachments/2", "case.meta", "", false}}
	if last := got[len(got)-3:]; !slices.Equal(last, want) {
		t.Errorf("got %v, want %v", last, want)
	}
	if s := catalogue(t).Sensitivity("unstated"); s != 4 {
		t.Errorf("an unstated category has sensitivity %d, want 4", s)
	}
}

// F27: a category stands for the place, not for what the sender says. A field that
// bears it cannot be present without being found.
func TestEveryLeafIsCovered(t *testing.T) {
	c := catalogue(t)
	for _, typ := range c.Types() {
		m, err := c.Read(typ.Example)
		if err != nil {
			t.Fatal(err)
		}
		tree, _ := parse(typ.Example)
		leaves := 0
		var walk func(n *node, v any, pointer string)
		walk = func(n *node, v any, pointer string) {
			switch v := v.(type) {
			case map[string]any:
				for _, p := range n.props {
					if member, ok := v[p.name]; ok {
						walk(p, member, pointer+"/"+p.name)
					}
				}
				return
			case []any:
				for i, e := range v {
					walk(n.items, e, element(pointer, i))
				}
				return
			}
			leaves++
			covered := slices.ContainsFunc(m.Findings, func(f Finding) bool {
				return f.Category == n.category && (pointer == f.Pointer || strings.HasPrefix(pointer, f.Pointer+"/"))
			})
			if !covered && n.category != neutral {
				t.Errorf("%s %s: %s is not among the findings", typ.Name, pointer, n.category)
			}
		}
		walk(c.types[typ.Name].shape, tree, "")
		if leaves < 15 {
			t.Errorf("%s: the walk saw only %d leaves", typ.Name, leaves)
		}
	}
}

// Each of the categories that a policy is shown with occurs in some example.
func TestExamplesCarryManyCategories(t *testing.T) {
	seen := map[string]bool{}
	c := catalogue(t)
	for _, typ := range c.Types() {
		m, err := c.Read(typ.Example)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range m.Findings {
			seen[f.Category] = true
		}
	}
	for _, want := range []string{"id.name", "id.birth", "contact.address", "crime.accusation", "fin.account", "bio.fingerprint", "person.victim", "fin.transaction", "intel.method"} {
		if !seen[want] {
			t.Errorf("no example has %s: got %s", want, fmt.Sprint(seen))
		}
	}
}

func TestPurposesAreGathered(t *testing.T) {
	for name, want := range map[string][]string{
		"extradition.request": {"sentence"},
		"asset.freeze.order":  {"confiscation", "compensation"},
		"status.acknowledged": nil,
	} {
		typ, err := catalogue(t).Type(name)
		if err != nil {
			t.Fatal(err)
		}
		m, err := catalogue(t).Read(typ.Example)
		if err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(m.Purposes, want) {
			t.Errorf("%s: got %q, want %q", name, m.Purposes, want)
		}
	}
}
