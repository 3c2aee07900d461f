package schema_test

import (
	stdjson "encoding/json"
	"fmt"
	"maps"
	"os"
	"path"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/comity-exchange/comity/schema"
)

// A receiver that knows nothing of the strict reader: it takes the bytes with two
// JSON libraries, and reads in the schema files, as they lie there, what each value
// is and whom it is about. Policy must be shown all that it sees. F27.

var catalogue = sync.OnceValues(schema.Load)

// seen is one value that a receiver finds personal, or a person that stands for something.
type seen struct {
	pointer, category, subject string
	minor                      bool
}

// person is whom a part of the message is about.
type person struct {
	subject string
	minor   bool
}

type receiver struct {
	t        testing.TB
	created  time.Time
	all      []seen
	purposes map[string]bool
	top      map[string]any
}

// receive reads the bytes of a message that was accepted.
func receive(t testing.TB, raw []byte) *receiver {
	t.Helper()
	var tree, again any
	if err := json.Unmarshal(raw, &tree); err != nil {
		t.Fatalf("another reader refuses what is accepted: %v", err)
	}
	if err := stdjson.Unmarshal(raw, &again); err != nil || !reflect.DeepEqual(tree, again) {
		t.Fatalf("two readers see two messages: %v", err)
	}
	top := tree.(map[string]any)
	r := &receiver{t: t, top: top, purposes: map[string]bool{}}
	r.created, _ = time.Parse(time.RFC3339, top["created"].(string))
	above := r.value("message.json", "", without(top, "body"), "", "", person{})
	r.value("types/"+top["type"].(string)+".json", "", top["body"], "/body", above, person{})
	r.translations()
	return r
}

// translations hold what their originals hold, about the same person.
func (r *receiver) translations() {
	list, _ := r.top["translations"].([]any)
	for i, one := range list {
		pointer, _ := one.(map[string]any)["pointer"].(string)
		if _, ok := under(r.top, strings.Split(pointer, "/")[1:]).(string); !ok {
			r.t.Fatalf("translation %d is of no text: %s", i, pointer)
		}
		for _, s := range slices.Clone(r.all) {
			if s.pointer == pointer {
				s.pointer = fmt.Sprintf("/translations/%d/text", i)
				r.all = append(r.all, s)
			}
		}
	}
}

// under follows names and numbers, nil if they lead nowhere.
func under(v any, tokens []string) any {
	for _, token := range tokens {
		switch at := v.(type) {
		case map[string]any:
			v = at[token]
		case []any:
			members := map[string]any{}
			for i, e := range at {
				members[fmt.Sprint(i)] = e
			}
			v = members[token]
		default:
			return nil
		}
	}
	return v
}

func without(m map[string]any, name string) map[string]any {
	out := map[string]any{}
	for k, v := range m {
		if k != name {
			out[k] = v
		}
	}
	return out
}

// value notes what stands at a pointer. The outermost category that is written on
// the way to a schema counts; one that writes none has that of what is around it.
func (r *receiver) value(file, place string, v any, pointer, around string, about person) (category string) {
	sch := part(r.t, file, place)
	category, _ = sch["x-category"].(string)
	for {
		ref, ok := sch["$ref"].(string)
		if !ok {
			break
		}
		to, inside, _ := strings.Cut(ref, "#")
		if to != "" {
			file = path.Join(path.Dir(file), to)
		}
		place = inside
		sch = part(r.t, file, place)
		if own, ok := sch["x-category"].(string); ok && category == "" {
			category = own
		}
	}
	if category == "" {
		category = around
	}
	if rule, ok := sch["x-subject"].(map[string]any); ok {
		about = r.person(rule, v, pointer, about)
	}
	switch v := v.(type) {
	case map[string]any:
		if sch["x-attachment"] == true {
			stated, ok := v["category"].(string)
			if !ok {
				stated = "unstated"
			}
			r.all = append(r.all, seen{pointer: pointer, category: stated})
			return category
		}
		for name, member := range v {
			r.value(file, place+"/properties/"+name, member, pointer+"/"+name, category, about)
		}
	case []any:
		for i, element := range v {
			r.value(file, place+"/items", element, fmt.Sprintf("%s/%d", pointer, i), category, about)
		}
	default:
		if code, ok := v.(string); ok && sch["x-purpose"] == true {
			r.purposes[code] = true
		}
		if category != "case.meta" {
			r.all = append(r.all, seen{pointer, category, about.subject, about.minor})
		}
	}
	return category
}

// person says whom an object is about. What is no object is about somebody else
// than what is around it.
func (r *receiver) person(rule map[string]any, v any, pointer string, about person) person {
	m, ok := v.(map[string]any)
	if !ok {
		return person{}
	}
	member := func(what string) any {
		name, _ := rule[what].(string)
		return m[name]
	}
	if subject, ok := member("category").(string); ok {
		about.subject = subject
	}
	if born, ok := member("born").(string); ok && r.mayBeMinor(born) || member("minor") == true {
		about.minor = true
	}
	implied, _ := part(r.t, "codes/subjects.json", "")["x-implies"].(map[string]any)
	if category, ok := implied[about.subject].(string); ok {
		r.all = append(r.all, seen{pointer, category, about.subject, about.minor})
	}
	if member("protected") == true {
		r.all = append(r.all, seen{pointer, "person.protected", about.subject, about.minor})
	}
	return about
}

// mayBeMinor: on the day of the message the person may not have turned 18. A birth
// date without a day or month is taken as late as it can be.
func (r *receiver) mayBeMinor(born string) bool {
	for _, last := range []string{"", "-31", "-30", "-29", "-28", "-12-31"} {
		if day, err := time.Parse("2006-01-02", born+last); err == nil {
			return day.AddDate(18, 0, 0).After(r.created)
		}
	}
	return false
}

// files of the schema by name, as they lie beside this test.
var files sync.Map

// part of a schema file.
func part(t testing.TB, file, place string) map[string]any {
	t.Helper()
	whole, known := files.Load(file)
	if !known {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if err := stdjson.Unmarshal(text, &whole); err != nil {
			t.Fatal(err)
		}
		files.Store(file, whole)
	}
	for _, token := range strings.Split(place, "/")[1:] {
		m, _ := whole.(map[string]any)
		whole = m[token]
	}
	m, ok := whole.(map[string]any)
	if !ok {
		t.Fatalf("%s#%s: no schema there", file, place)
	}
	return m
}

// missed is what the receiver sees and policy is not shown, "" if there is nothing.
func (r *receiver) missed(findings []schema.Finding) string {
	for _, s := range r.all {
		if !shown(s, findings) {
			return fmt.Sprintf("%s: %s on %q, minor %v, is not among the findings", s.pointer, s.category, s.subject, s.minor)
		}
	}
	return ""
}

// differs names what else policy is shown otherwise than the receiver reads it.
func (r *receiver) differs(m *schema.Message) string {
	handling, _ := r.top["handling"].(map[string]any)
	instrument, _ := r.top["instrument"].(string)
	purposes := map[string]bool{}
	for _, code := range m.Purposes {
		purposes[code] = true
	}
	switch {
	case m.Type != r.top["type"], m.Instrument != instrument:
		return "type or instrument"
	case m.Marking.String() != handling["marking"]:
		return "marking"
	case !slices.Equal(m.Codes, stringsOf(handling["codes"])):
		return "handling codes"
	case !slices.Equal(m.Languages, stringsOf(r.top["languages"])):
		return "languages"
	case !maps.Equal(purposes, r.purposes):
		return "purposes"
	}
	return ""
}

// stringsOf a list as it stands, nil if there is none.
func stringsOf(v any) (out []string) {
	list, _ := v.([]any)
	for _, e := range list {
		out = append(out, e.(string))
	}
	return out
}

// shown says whether a finding stands for what the receiver sees: at its place or
// around it, of the same category, about the same kind of person.
func shown(s seen, findings []schema.Finding) bool {
	for _, f := range findings {
		if f.Category == s.category && f.Subject == s.subject && (f.Minor || !s.minor) &&
			(f.Pointer == s.pointer || strings.HasPrefix(s.pointer, f.Pointer+"/")) {
			return true
		}
	}
	return false
}
