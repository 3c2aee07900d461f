package schema

import (
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// Every example survives its form: message to values to message is the same content,
// and the message that the form writes is one that Read accepts.
func TestExamplesSurviveTheirForm(t *testing.T) {
	c := catalogue(t)
	for _, typ := range c.Types() {
		v, err := c.Values(typ.Example)
		if err != nil {
			t.Fatalf("%s: %v", typ.Name, err)
		}
		raw, err := c.Compose(typ.Name, v)
		if err != nil {
			t.Fatalf("%s: %v", typ.Name, err)
		}
		want, _ := parse(typ.Example)
		got, p := parse(raw)
		if p != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%s: the message changed in its form: %v", typ.Name, p)
		}
		if _, err := c.Read(raw); err != nil {
			t.Errorf("%s: %v", typ.Name, err)
		}
		if faults := c.Review(raw, Draft{}); len(faults) > 0 {
			t.Errorf("%s: Read accepts it, Review does not: %v", typ.Name, faults)
		}
		again, err := c.Compose(typ.Name, v)
		if err != nil || string(again) != string(raw) {
			t.Errorf("%s: written twice, it differs", typ.Name)
		}
	}
}

// A draft of any part of an example comes back as it was left.
func TestPartsSurviveTheirForm(t *testing.T) {
	c := catalogue(t)
	types := c.Types()
	rapid.Check(t, func(r *rapid.T) {
		typ := rapid.SampledFrom(types).Draw(r, "type")
		v, err := c.Values(typ.Example)
		if err != nil {
			r.Fatal(err)
		}
		for _, pointer := range slices.Sorted(maps.Keys(v)) {
			if rapid.IntRange(0, 3).Draw(r, pointer) == 0 {
				delete(v, pointer)
			}
		}
		raw, err := c.Compose(typ.Name, v)
		if err != nil {
			r.Fatal(err)
		}
		back, err := c.Values(raw)
		if err != nil {
			r.Fatal(err)
		}
		again, err := c.Compose(typ.Name, back)
		if err != nil || string(again) != string(raw) {
			r.Fatalf("got %s\nwant %s, %v", again, raw, err)
		}
	})
}

func TestHostileValues(t *testing.T) {
	c := catalogue(t)
	many := make([]string, 10_000)
	for i := range many {
		many[i] = fmt.Sprint(i)
	}
	deep := "/body" + strings.Repeat("/persons/0", 1000)
	for _, row := range []struct {
		name string
		v    Values
		code string
	}{
		{"unknown member", Values{"/body/measurs": {"x"}}, "unknown_field"},
		{"no pointer", Values{"body": {"x"}}, "unknown_field"},
		{"the whole", Values{"": {"x"}}, "unknown_field"},
		{"empty token", Values{"/body//offences": {"x"}}, "unknown_field"},
		{"escape", Values{"/body~1offences": {"x"}}, "unknown_field"},
		{"deep", Values{deep: {"x"}}, "unknown_field"},
		{"below a leaf", Values{"/subject/0": {"x"}}, "unknown_field"},
		{"a text for a group", Values{"/body/issuing_authority": {"x"}}, "unknown_field"},
		{"a text for a table", Values{"/body/offences": {"x"}}, "unknown_field"},
		{"a text for a row", Values{"/body/offences/0": {"x"}}, "unknown_field"},
		{"a row of a leaf list", Values{"/languages/0": {"nl"}}, "unknown_field"},
		{"signed row", Values{"/body/offences/+1/facts": {"x"}}, "unknown_field"},
		{"padded row", Values{"/body/offences/01/facts": {"x"}}, "unknown_field"},
		{"far row", Values{"/body/offences/1000/facts": {"x"}}, "unknown_field"},
		{"a name that is content", Values{"/body/Ann Other <a@b>": {"x"}}, "unknown_field"},
		{"twice", Values{"/subject": {"a", "b"}}, "repeated_field"},
		{"ten thousand", Values{"/languages": many}, "too_many_values"},
		{"no UTF-8", Values{"/subject": {"a\xff"}}, "control_character"},
		{"NUL", Values{"/subject": {"a\x00"}}, "control_character"},
		{"C1", Values{"/subject": {"a\u0085"}}, "control_character"},
		{"long", Values{"/subject": {strings.Repeat("x", MaxString+1)}}, "string_too_long"},
	} {
		_, err := c.Compose("mla.request", row.v)
		var p *Problem
		if !errors.As(err, &p) || p.Code != row.code {
			t.Errorf("%s: got %v, want %s", row.name, err, row.code)
		} else if strings.Contains(p.Error(), "Ann") || len(p.Error()) > 400 {
			t.Errorf("%s: the problem repeats what was sent: %v", row.name, p)
		}
	}
	if _, err := c.Compose("no.such", nil); err == nil {
		t.Error("a form of an unknown type was written")
	}
}

// What a reader must be warned of is carried to Read, which says where it is.
func TestOddValuesAreCarried(t *testing.T) {
	c := catalogue(t)
	for pointer, row := range map[string]struct{ text, code string }{
		"/subject":                                {"abc \u202e def", "bad_line"},
		"/body/information":                       {"abc \u202e def", "bad_text"},
		"/body/main_contact":                      {"<script>", "not_in_list"},
		"/handling/marking":                       {"secret", "bad_marking"},
		"/body/remedies/sought":                   {"yes", "wrong_type"},
		"/body/declarations/accurate_and_correct": {"no", "wrong_value"},
		"/body/persons/0/date_of_birth":           {"1.1.1980", "bad_partial_date"},
	} {
		v, err := c.Values(example(t, "mla.request"))
		if err != nil {
			t.Fatal(err)
		}
		v[pointer] = []string{row.text}
		raw, err := c.Compose("mla.request", v)
		if err != nil {
			t.Fatalf("%s: %v", pointer, err)
		}
		faults := c.Review(raw, Draft{})
		if !slices.ContainsFunc(faults, func(p Problem) bool { return p.Pointer == pointer && p.Code == row.code }) {
			t.Errorf("%s: got %v, want %s", pointer, faults, row.code)
		}
		back, err := c.Values(raw)
		if err != nil || !slices.Equal(back[pointer], []string{row.text}) {
			t.Errorf("%s: got %q, %v, want the text as it was", pointer, back[pointer], err)
		}
	}
}

func TestRows(t *testing.T) {
	c := catalogue(t)
	v := Values{"/body/persons/0/name": {"a"}, "/body/persons/2/name": {"c"}, "/body/persons/2/aliases": {"x", "y"}}
	if at := v.AddRow("/body/persons"); at != "/body/persons/3" {
		t.Fatalf("got %s", at)
	}
	v.RemoveRow("/body/persons", 0)
	raw, err := c.Compose("mla.request", v)
	if err != nil {
		t.Fatal(err)
	}
	tree, _ := parse(raw)
	persons, _ := lookup(tree, "/body/persons")
	want := []any{map[string]any{"name": "c", "aliases": []any{"x", "y"}}, map[string]any{}}
	if !reflect.DeepEqual(persons, want) {
		t.Errorf("got %v, want %v", persons, want)
	}
}

// FuzzCompose: whatever is posted is refused, or becomes JSON that comes back as it was.
func FuzzCompose(f *testing.F) {
	for _, seed := range [][2]string{{"/subject", "x"}, {"/body/persons/0/name", "a\u202eb"}, {"/body/persons/999/aliases", "\x00"}, {"/attachments/0/size", "1e9"}, {"/body", ""}, {"//", "\xff"}, {"/version", "-0"}, {"/body/declarations/accurate_and_correct", "true"}} {
		f.Add(seed[0], seed[1], seed[1])
	}
	c := catalogue(f)
	f.Fuzz(func(t *testing.T, pointer, first, second string) {
		raw, err := c.Compose("mla.request", Values{pointer: {first, second}, "/languages": {first}})
		if err != nil {
			raw, err = c.Compose("mla.request", Values{pointer: {first}})
		}
		if err != nil {
			return
		}
		v, err := c.Values(raw)
		if err != nil {
			t.Fatalf("%q: %v", raw, err)
		}
		if again, err := c.Compose("mla.request", v); err != nil || string(again) != string(raw) {
			t.Fatalf("got %s, %v, want %s", again, err, raw)
		}
		form, err := c.Form(raw, "fr")
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range c.Review(raw, Draft{}) {
			form.Place(p.Pointer)
		}
	})
}
