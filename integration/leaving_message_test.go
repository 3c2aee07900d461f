package integration

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/comity-exchange/comity/schema"
)

// chance makes messages and policies from one seed.
type chance struct{ *rand.Rand }

func (r chance) oneIn(n int) bool { return r.IntN(n) == 0 }

// pick gives one of a list.
func pick[T any](r chance, from []T) T { return from[r.IntN(len(from))] }

// letters are the catalogue's examples, which refer to each other by their ids.
type letters struct {
	text  map[string]string // by type
	types map[string]string // by id
	made  int
}

var anyUUID = regexp.MustCompile(`[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}`)

func newLetters(t *testing.T, c *schema.Catalogue) *letters {
	t.Helper()
	l := &letters{text: map[string]string{}, types: map[string]string{}}
	for _, typ := range c.Types() {
		var m struct{ ID string }
		check(t, json.Unmarshal(typ.Example, &m))
		l.text[typ.Name], l.types[m.ID] = string(typ.Example), typ.Name
	}
	return l
}

// thread is the example of a type behind those that it refers to, as drafts of a case of
// their own between two jurisdictions; the last goes from the first of the two.
func (l *letters) thread(t *testing.T, kind string, from, to schema.Jurisdiction) (drafts []map[string]any) {
	t.Helper()
	l.made++
	fresh := map[string]string{}
	for id := range l.types {
		fresh[id] = string(schema.NewID())
	}
	for _, one := range l.before(kind, nil) {
		text := anyUUID.ReplaceAllStringFunc(l.text[one], func(id string) string {
			if own := fresh[id]; own != "" {
				return own
			}
			return id
		})
		m := decoded(t, text)
		delete(m, "created")
		bringFiles(m)
		if number, is := m["case"].(string); is {
			m["case"] = fmt.Sprintf("%s-%d", number, l.made)
		}
		drafts = append(drafts, m)
	}
	home := jurisdictionIn(drafts[len(drafts)-1]["from"])
	for _, m := range drafts {
		ours := jurisdictionIn(m["from"]) == home
		for name, j := range map[string]schema.Jurisdiction{"from": from, "to": to} {
			if !ours {
				j = map[schema.Jurisdiction]schema.Jurisdiction{from: to, to: from}[j]
			}
			_, office, _ := strings.Cut(m[name].(string), "/")
			m[name] = string(j) + "/" + office
		}
	}
	return drafts
}

// bringFiles gives the files that a draft describes.
func bringFiles(m map[string]any) {
	files, _ := m["attachments"].([]any)
	for _, f := range files {
		file := f.(map[string]any)
		delete(file, "size")
		delete(file, "sha256")
		file["data"] = base64.StdEncoding.EncodeToString([]byte("A file."))
	}
}

const (
	production   = "evidence.production.order"
	notification = "evidence.production.notify" // names the order, and goes before it
)

// before lists a type behind all that its example names.
func (l *letters) before(kind string, list []string) []string {
	if kind == production && !slices.Contains(list, notification) {
		list = append(list, notification)
	}
	for _, id := range anyUUID.FindAllString(l.text[kind], -1) {
		named := l.types[id]
		if kind == notification && named == production {
			continue
		}
		if named != "" && named != kind && !slices.Contains(list, named) {
			list = l.before(named, list)
		}
	}
	if slices.Contains(list, kind) {
		return list
	}
	return append(list, kind)
}

func jurisdictionIn(address any) string {
	code, _, _ := strings.Cut(address.(string), "/")
	return code
}

// decoded reads a draft, numbers as they stand.
func decoded(t *testing.T, text string) (m map[string]any) {
	t.Helper()
	d := json.NewDecoder(strings.NewReader(text))
	d.UseNumber()
	check(t, d.Decode(&m))
	return m
}

// objects are a draft's own and all inside it, those of files left out.
func objects(v any, list []map[string]any) []map[string]any {
	switch v := v.(type) {
	case map[string]any:
		list = append(list, v)
		for _, name := range slices.Sorted(mapKeys(v)) {
			if name != "attachments" {
				list = objects(v[name], list)
			}
		}
	case []any:
		for _, element := range v {
			list = objects(element, list)
		}
	}
	return list
}

func mapKeys(m map[string]any) func(func(string) bool) {
	return func(yield func(string) bool) {
		for name := range m {
			if !yield(name) {
				return
			}
		}
	}
}

// filled are members that a person may have, which policies take out.
var filled = map[string]any{
	"health": "Needs insulin.", "occupation": "Baker", "minor": true, "protected": true, "date_of_birth": "2016-05-01", "sex": "female",
	"phones": []any{"+32 2 555 01 01"}, "emails": []any{"someone@example.org"}, "warnings": []any{"armed"}, "aliases": []any{"Bo"},
	"mother": "An Example", "identity_number": "85.07.30-033.28", "languages": []any{"nl"}, "first_names": "Bo",
}

// filesAnyhow are contents that messages of one pouch may share.
var filesAnyhow = []string{"abc", "A statement.", "A photograph.", strings.Repeat("A record. ", 40)}

// change makes one random change, and may make the draft invalid.
func (r chance) change(c *schema.Catalogue, m map[string]any) {
	inside := objects(m["body"], nil)
	one := pick(r, inside)
	handling := m["handling"].(map[string]any)
	switch r.IntN(10) {
	case 0, 1: // a member is dropped
		if names := slices.Sorted(mapKeys(one)); len(names) > 0 {
			delete(one, pick(r, names))
		}
	case 2, 3, 4: // a person says more, or stands elsewhere in the case
		people := slices.DeleteFunc(inside, func(o map[string]any) bool { _, is := o["subject"]; return !is })
		if len(people) == 0 {
			return
		}
		who := pick(r, people)
		for range 1 + r.IntN(4) {
			name := pick(r, slices.Sorted(mapKeys(filled)))
			who[name] = filled[name]
		}
		if r.oneIn(4) {
			who["subject"] = pick(r, c.Codes("subjects"))
		}
	case 5:
		handling["marking"] = pick(r, []string{"unclassified", "restricted"})
	case 6:
		handling["codes"] = []any{pick(r, []string{"H0", "H1", "H2"})}
		if r.oneIn(3) {
			delete(handling, "codes")
		}
	case 7:
		m["languages"] = []any{pick(r, []string{"nl", "fr", "en"})}
		if r.oneIn(3) {
			delete(m, "languages")
		}
	case 8:
		var files []any
		for i := range 1 + r.IntN(3) {
			file := map[string]any{"name": fmt.Sprintf("%d.txt", i), "media_type": "text/plain", "category": pick(r, c.Categories()),
				"data": base64.StdEncoding.EncodeToString([]byte(pick(r, filesAnyhow)))}
			if r.oneIn(6) {
				delete(file, "category")
			}
			files = append(files, file)
		}
		m["attachments"] = files
	case 9:
		of := pick(r, append(texts(m["body"], "/body", nil), "/subject", "/handling/note"))
		pairs, _ := m["translations"].([]any)
		m["translations"] = append(pairs, map[string]any{"pointer": of, "language": pick(r, []string{"nl", "fr", "mt"}), "text": "In words of another language.",
			"kind": pick(r, c.Codes("translation_kinds")), "by": "A translator"})
	}
}

// texts are the places of all strings.
func texts(v any, pointer string, list []string) []string {
	switch v := v.(type) {
	case map[string]any:
		for _, name := range slices.Sorted(mapKeys(v)) {
			list = texts(v[name], pointer+"/"+name, list)
		}
	case []any:
		for i, element := range v {
			list = texts(element, fmt.Sprint(pointer, "/", i), list)
		}
	case string:
		list = append(list, pointer)
	}
	return list
}

// changed makes random changes to a draft, those that leave it valid. It gives the
// draft and the message that comes of it.
func (r chance) changed(t *testing.T, c *schema.Catalogue, m map[string]any) ([]byte, *schema.Message) {
	t.Helper()
	m["handling"].(map[string]any)["necessity"] = "Without it the person cannot be told from others."
	text := encode(t, m)
	finish := func(text []byte) (*schema.Message, error) {
		made, _, err := c.Finish(text, schema.Draft{ID: schema.NewID(), From: "BE", To: "NL", Created: timeless})
		return made, err
	}
	whole, err := finish(text)
	check(t, err)
	for range r.IntN(10) {
		other := decoded(t, string(text))
		r.change(c, other)
		tried := encode(t, other)
		if made, err := finish(tried); err == nil {
			text, whole = tried, made
		}
	}
	return text, whole
}
