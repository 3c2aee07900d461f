package schema

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

// paired is the translation of a text.
func paired(pointer, language, kind string) map[string]any {
	return map[string]any{"pointer": pointer, "language": language, "text": "translated", "kind": kind}
}

// A translated text is what its original is, about the same person.
func TestTranslationsHoldWhatTheirOriginalsHold(t *testing.T) {
	type m = map[string]any
	for _, row := range []struct {
		name, pointer, want string
		person              m
	}{
		{"health", "/body/persons/0/health", "health suspect", m{"subject": "suspect", "name": "x", "health": "y"}},
		{"a note on a victim", "/body/persons/0/role_note", "crime.accusation victim", m{"subject": "victim", "name": "x", "role_note": "y"}},
		{"a child by birth", "/body/persons/0/health", "health suspect minor", m{"subject": "suspect", "name": "x", "date_of_birth": "2015", "health": "y"}},
		{"nobody", "/subject", "crime.file", m{"subject": "suspect", "name": "x"}},
	} {
		t.Run(row.name, func(t *testing.T) {
			list := findings(t, "mla.request", m{"/body/persons": []any{row.person}, "/translations": []any{paired(row.pointer, "fr", "human")}, "/handling/necessity": "x"})
			i := slices.IndexFunc(list, func(f Finding) bool { return f.Pointer == row.pointer })
			got := list[len(list)-1]
			if i < 0 || got.Pointer != "/translations/0/text" {
				t.Fatalf("got %v", list)
			}
			if want := (Finding{got.Pointer, list[i].Category, list[i].Subject, list[i].Minor}); got != want || listed([]Finding{got}) != "/translations/0/text "+row.want+"\n" {
				t.Errorf("got %v, want %v, %s", got, want, row.want)
			}
		})
	}
}

// Every free text of every example can be translated; the translation is found under
// the category of the text, and goes with whatever takes the text away.
func TestEveryTextCanBeTranslated(t *testing.T) {
	c := catalogue(t)
	count, covered := 0, 0
	for _, typ := range c.Types() {
		tree, _ := parse(typ.Example)
		texts, _ := typ.texts(tree)
		for _, pointer := range texts {
			m, err := c.Read(edited(t, typ.Name, map[string]any{"/translations": []any{paired(pointer, "mt", "human")}}))
			if err != nil {
				t.Errorf("%s %s: %v", typ.Name, pointer, err)
				continue
			}
			count++
			n := typ.original(tree, pointer)
			found := slices.ContainsFunc(m.Findings, func(f Finding) bool { return f.Pointer == "/translations/0/text" && f.Category == n.category })
			if found == (n.category == neutral) {
				t.Errorf("%s %s: %s is not found in its translation", typ.Name, pointer, n.category)
			}
			for _, f := range m.Findings {
				if pointer != f.Pointer && !strings.HasPrefix(pointer, f.Pointer+"/") {
					continue
				}
				less, err := c.Redact(m, []Finding{f}, "policy")
				if err != nil {
					continue
				}
				covered++
				if len(less.Translations) > 0 {
					t.Errorf("%s: %s went and the translation of %s stayed", typ.Name, f.Pointer, pointer)
				}
			}
		}
	}
	if count < 200 || covered < 100 {
		t.Errorf("%d texts were translated and %d taken out: the test sees too little", count, covered)
	}
}

// Of what was kept from before a text went from its type, nothing is known.
func TestTranslationOfNothingIsUnstated(t *testing.T) {
	m, err := catalogue(t).Again(edited(t, "mla.request", map[string]any{"/translations": []any{paired("/body/nothing", "fr", "human"), paired("/translations/0/text", "fr", "human")}}))
	if err != nil {
		t.Fatal(err)
	}
	want := []Finding{{"/translations/0/text", unstated, "", false}, {"/translations/1/text", unstated, "", false}}
	if got := m.Findings[len(m.Findings)-2:]; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	less, err := catalogue(t).Redact(m, want[:1], "policy")
	if err != nil || len(less.Translations) > 0 {
		t.Errorf("got %v, %v", less, err)
	}
}

func TestViewShowsTranslationsBesideTheirOriginals(t *testing.T) {
	c := catalogue(t)
	m := read(t, c, example(t, "information.spontaneous"))
	for lang, want := range map[string]string{
		"en": "nl Dutch (nl) By a machine (machine)",
		"fr": "nl néerlandais (nl) Par une machine (machine)",
	} {
		fields := c.View(m, lang)
		i := slices.IndexFunc(fields, func(f Field) bool { return f.Pointer == "/body/facts" })
		got := fields[i].Translations
		if len(got) != 2 || got[0].Language != "fr" || !strings.HasPrefix(got[0].Text, "Dans une enquête") || got[0].By != "Sworn translator 4711, The Hague" || got[0].Date != "2026-11-22" {
			t.Fatalf("got %v", got)
		}
		if line := got[1].Language + " " + got[1].Name + " " + got[1].Made; line != want {
			t.Errorf("got %q, want %q", line, want)
		}
	}
	if got := c.Renderings(m, "en")["/subject"]; len(got) != 1 || got[0].Text != "Usage possible d'un compte belge pour le produit d'une fraude" {
		t.Errorf("got %v", got)
	}
	listed := read(t, c, edited(t, "consultation.open", map[string]any{"/body/proposals": []any{"One", "Two"}, "/translations": []any{paired("/body/proposals/1", "fr", "human")}}))
	var got []string
	for _, f := range c.View(listed, "en") {
		if strings.HasPrefix(f.Pointer, "/body/proposals") {
			got = append(got, fmt.Sprintf("%s %s %d", f.Pointer, f.Value, len(f.Translations)))
		}
	}
	if want := []string{"/body/proposals/0 One 0", "/body/proposals/1 Two 1"}; !slices.Equal(got, want) {
		t.Errorf("of a list: got %q, want %q", got, want)
	}
	if !NewFinder("enquete boutique").In(m.Raw) {
		t.Error("a translation is not searched")
	}
}

// EIO 5(2)-(3): a human's translation of every text into a language that the executing
// State takes is as good as a request in it.
func TestLanguagesOfTranslations(t *testing.T) {
	c := catalogue(t)
	texts, _ := c.types["mla.request"].texts(mustParse(t, edited(t, "mla.request", nil)))
	all := func(kind, language string) (list []any) {
		for _, pointer := range texts {
			list = append(list, paired(pointer, language, kind))
		}
		return list
	}
	for _, row := range []struct {
		name         string
		translations []any
		more         map[string]any
		code         string
	}{
		{"all by humans", all("human", "de"), nil, ""},
		{"all certified, Austrian German", all("human-certified", "de-AT"), nil, ""},
		{"by a machine", all("machine", "de"), nil, "language_not_accepted"},
		{"one is missing", all("human", "de")[1:], nil, "language_not_accepted"},
		{"one is by a machine", append(all("human", "de")[1:], paired(texts[0], "de", "machine")), nil, "language_not_accepted"},
		{"into another language", all("human", "fr"), nil, "language_not_accepted"},
		{"beside a text that cannot be translated", all("human", "de"), map[string]any{"/handling/note": "x"}, "language_not_accepted"},
	} {
		t.Run(row.name, func(t *testing.T) {
			edits := map[string]any{"/to": "DE/bfj", "/languages": []any{"en"}, "/translations": row.translations, "/urgency": gone{}, "/handling/conditions": gone{}}
			for k, v := range row.more {
				edits[k] = v
			}
			if got := code(c.Accepted(read(t, c, edited(t, "mla.request", edits)), nil)); got != row.code {
				t.Errorf("got %q, want %q", got, row.code)
			}
		})
	}
}

func mustParse(t *testing.T, raw []byte) map[string]any {
	t.Helper()
	tree, p := parse(raw)
	if p != nil {
		t.Fatal(p)
	}
	return tree
}

// The form lets a translation be of a text that is filled in, and says which it is.
func TestFormOfTranslations(t *testing.T) {
	c := catalogue(t)
	form, err := c.Form(example(t, "information.spontaneous"), "en")
	if err != nil {
		t.Fatal(err)
	}
	s := form.Section(Pairs)
	if s == nil || !s.Filled || s.Wanted || len(s.Inputs) != 1 || len(s.Inputs[0].Inputs) != 4 {
		t.Fatalf("got %v", s)
	}
	of := form.Input("/translations/3/pointer")
	if of.Kind != CodeInput || !of.Required || !slices.Contains(of.Options, Option{"/body/persons/0/role_note", "Person 1 › " + form.Input("/body/persons/0/role_note").Label}) ||
		!slices.Contains(of.Options, Option{"/subject", "Subject"}) || slices.ContainsFunc(of.Options, func(o Option) bool {
		return strings.HasPrefix(o.Code, "/body/persons/1") || strings.HasPrefix(o.Code, "/handling")
	}) {
		t.Errorf("got %v", of)
	}
	if at, i := form.Place("/translations/3/pointer"); at != s || i != of {
		t.Errorf("got %v, %v", at, i)
	}
	if kind := form.Input("/translations/0/kind"); len(kind.Options) != 3 || !slices.Equal(kind.Texts, []string{"human"}) {
		t.Errorf("got %v", kind)
	}
}

// Who takes a row or a text of a list out of a form takes its translations along; the
// others follow what they are of.
func TestTranslationsFollowRows(t *testing.T) {
	c := catalogue(t)
	at := func(i int, pointer string) Values {
		place := fmt.Sprintf("/translations/%d", i)
		return Values{place: nil, place + "/pointer": {pointer}, place + "/text": {pointer}}
	}
	v := Values{"/body/persons/0/role_note": {"a"}, "/body/persons/1/role_note": {"b"}, "/body/persons/2/role_note": {"c"}, "/body/proposals": {"x", " ", "y", "z"}}
	for i, pointer := range []string{"/body/persons/0/role_note", "/body/persons/1/role_note", "/body/persons/2/role_note", "/subject", "/translations/0/text", "/body/proposals/0", "/body/proposals/1", "/body/proposals/3"} {
		for k, texts := range at(i, pointer) {
			v[k] = texts
		}
	}
	v.RemoveRow("/body/persons", 1)
	list := func(v Values) (list []string) {
		for i := range 9 {
			place := fmt.Sprintf("/translations/%d", i)
			if texts := v[place+"/pointer"]; texts != nil {
				list = append(list, texts[0]+" "+v[place+"/text"][0])
			}
		}
		return list
	}
	want := []string{"/body/persons/0/role_note /body/persons/0/role_note", "/body/persons/1/role_note /body/persons/2/role_note", "/subject /subject", "/translations/0/text /translations/0/text",
		"/body/proposals/0 /body/proposals/0", "/body/proposals/1 /body/proposals/1", "/body/proposals/3 /body/proposals/3"}
	if got := list(v); !slices.Equal(got, want) {
		t.Errorf("got %q", got)
	}
	settled := v.settled()
	want = append(want[:5:5], "/body/proposals/2 /body/proposals/3")
	if got := list(settled); !slices.Equal(got, want) {
		t.Errorf("got %q", got)
	}
	if len(list(v)) != 7 {
		t.Error("the values themselves were changed")
	}
	raw, err := c.Compose("consultation.open", Values{"/body/proposals": {" ", "y"}, "/translations/0/pointer": {"/body/proposals/1"}})
	if err != nil || !strings.Contains(string(raw), `"/body/proposals/0"`) {
		t.Errorf("got %s, %v", raw, err)
	}
}
