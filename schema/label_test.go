package schema

import "testing"

// Every shipped language has a wording for every field, code and text.
func TestEveryLanguageIsComplete(t *testing.T) {
	c := catalogue(t)
	if len(c.langs) < 6 {
		t.Errorf("got the languages %v, want six at least", c.Languages())
	}
	english := c.langs[fallback]
	for lang, l := range c.langs {
		for key := range english.Fields {
			if l.Fields[key] == "" {
				t.Errorf("labels/%s.json lacks the field %q", lang, key)
			}
		}
		for key := range l.Fields {
			if english.Fields[key] == "" {
				t.Errorf("labels/%s.json has a field %q that English has not", lang, key)
			}
		}
		for list, codes := range c.lists {
			for _, code := range codes {
				if l.Codes[list][code] == "" {
					t.Errorf("labels/%s.json lacks %s/%s", lang, list, code)
				}
			}
			if len(l.Codes[list]) != len(codes) {
				t.Errorf("labels/%s.json has %d codes of %s, want %d", lang, len(l.Codes[list]), list, len(codes))
			}
		}
		for key, read := range l.used {
			if !read {
				t.Errorf("labels/%s.json lacks the text %q", lang, key)
			}
		}
	}
}

// What a language lacks is shown in English.
func TestMissingWordingFallsBack(t *testing.T) {
	c, err := load(overlay(t, map[string]string{"labels/pt.json": `{"fields": {"article": "Artigo"}, "codes": {}, "texts": {"types/mla.request/title": "Pedido de auxílio"}}`}))
	if err != nil {
		t.Fatal(err)
	}
	typ, err := c.Type("mla.response")
	if err != nil {
		t.Fatal(err)
	}
	if got := []string{c.Label("pt", "mla.request"), typ.Title["pt"], c.field("pt", "article"), c.field("pt", "reasons")}; got[0] != "Pedido de auxílio" ||
		got[1] != typ.Title["en"] || got[2] != "Artigo" || got[3] != c.field("en", "reasons") {
		t.Errorf("got %q", got)
	}
}
