package schema

import (
	"slices"
	"strings"
	"testing"
)

// Every field of every type has a label and a form in every language, and every leaf a category.
func TestEveryFieldIsDescribed(t *testing.T) {
	c := catalogue(t)
	for lang := range c.langs {
		for _, typ := range c.Types() {
			list, err := c.Describe(typ.Name, lang)
			if err != nil || len(list) == 0 {
				t.Fatalf("%s in %s: got %d fields (%v)", typ.Name, lang, len(list), err)
			}
			for _, p := range list {
				if p.Label == "" || p.Form == "" || p.Form != "group" && p.Category == "" || strings.Contains(p.Label, "_") {
					t.Errorf("%s in %s: got %+v", typ.Name, lang, p)
				}
			}
		}
	}
}

func TestDescribe(t *testing.T) {
	list, err := catalogue(t).Describe("status.refused", "fr")
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []Property{
		{Pointer: "/body/extent", Label: "Étendue", Form: "code of extents", Required: true, Category: "case.meta"},
		{Pointer: "/body/grounds", Label: "Motif de refus", Form: "group", Many: true, Required: true, Category: "crime.file"},
		{Pointer: "/body/grounds/*/article", Depth: 1, Label: "Article", Form: "line", Required: true, Category: "crime.file"},
		{Pointer: "/body/decided", Label: "Date de la décision", Form: "date", Category: "case.meta"},
	} {
		i := slices.IndexFunc(list, func(p Property) bool { return p.Pointer == want.Pointer })
		if i < 0 || list[i] != want {
			t.Errorf("%s: got %+v, want %+v", want.Pointer, list[max(i, 0)], want)
		}
	}
}
