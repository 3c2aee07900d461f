package auditor

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"
	"time"
)

// question is all of a message that a policy may ask about.
type question struct {
	kind, instrument, marking  string
	codes, purposes, languages []string
	findings                   []finding // each once
}

// finding is a data category that is in the message, whether it is about a person
// under 18, and in which part of the case that person is, "" if it is about nobody.
type finding struct {
	category string
	minor    bool
	subject  string
}

// types are the catalogue's files, as plain JSON trees.
type types struct {
	files   map[string]map[string]any
	implies map[string]any // categories that a person stands for, by kind of data subject
}

func readTypes(dir fs.FS) (*types, error) {
	t := &types{files: map[string]map[string]any{}}
	err := fs.WalkDir(dir, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || path.Ext(name) != ".json" || strings.HasPrefix(name, "testdata/") {
			return err
		}
		raw, err := fs.ReadFile(dir, name)
		if err != nil {
			return err
		}
		var tree map[string]any
		if err := json.Unmarshal(raw, &tree); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		t.files[name] = tree
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read catalogue: %w", err)
	}
	t.implies, _ = t.files["codes/subjects.json"]["x-implies"].(map[string]any)
	if t.files["message.json"] == nil || len(t.implies) == 0 {
		return nil, fmt.Errorf("read catalogue: the folder holds none")
	}
	return t, nil
}

// read opens a message and finds what a policy may ask about.
func (t *types) read(raw []byte) (*question, [32]byte, error) {
	var m struct {
		Type, Instrument, Subject, Created string
		Handling                           struct {
			Marking string
			Codes   []string
		}
		Languages []string
		Body      map[string]any
	}
	var tree map[string]any
	if err := json.Unmarshal(raw, &m); err != nil {
		return nil, [32]byte{}, fmt.Errorf("it is no message: %w", err)
	}
	if err := json.Unmarshal(raw, &tree); err != nil {
		return nil, [32]byte{}, fmt.Errorf("it is no message: %w", err)
	}
	body := "types/" + m.Type + ".json"
	created, err := time.Parse(time.RFC3339, m.Created)
	if err != nil || t.files[body] == nil {
		return nil, [32]byte{}, fmt.Errorf("it is of no known type or time")
	}
	delete(tree, "body")
	w := &walk{types: t, created: created, found: map[finding]bool{}}
	w.visit("message.json", t.files["message.json"], tree, person{})
	w.visit(body, t.files[body], m.Body, person{})
	pairs, _ := tree["translations"].([]any)
	for _, pair := range pairs {
		of, _ := pair.(map[string]any)["pointer"].(string)
		w.translated(strings.Split(of, "/")[1:], tree, m.Body, "types/"+m.Type+".json")
	}
	q := &question{kind: m.Type, instrument: m.Instrument, marking: m.Handling.Marking, codes: m.Handling.Codes, purposes: w.purposes, languages: m.Languages}
	for f := range w.found {
		q.findings = append(q.findings, f)
	}
	slices.SortFunc(q.findings, func(x, y finding) int { return strings.Compare(fmt.Sprint(x), fmt.Sprint(y)) })
	return q, sha256.Sum256([]byte(m.Subject)), nil
}

// person is whom a part of a message is about.
type person struct {
	subject string
	minor   bool
}

// walk goes through schema and content together. SCHEMA, Annotations and Categories.
type walk struct {
	*types
	created  time.Time
	found    map[finding]bool
	purposes []string
}

// visit notes the category that stands at this place. What stands beside a reference
// takes precedence over the block that it names.
func (w *walk) visit(file string, form map[string]any, v any, who person) {
	category, own := form["x-category"].(string)
	about, personal := form["x-subject"].(map[string]any)
	attached, _ := form["x-attachment"].(bool)
	for form["$ref"] != nil {
		file, form = w.follow(file, form["$ref"].(string))
		if c, there := form["x-category"].(string); there && !own {
			category, own = c, true
		}
		if s, there := form["x-subject"].(map[string]any); there && !personal {
			about, personal = s, true
		}
		if a, _ := form["x-attachment"].(bool); a {
			attached = true
		}
		if purpose, _ := form["x-purpose"].(bool); purpose {
			if code, is := v.(string); is {
				w.purposes = append(w.purposes, code)
			}
		}
	}
	object, _ := v.(map[string]any)
	if personal {
		who = w.meet(about, object, who)
	}
	if attached {
		w.attachment(object)
		return
	}
	if own {
		w.note(category, who)
	}
	if properties, _ := form["properties"].(map[string]any); object != nil {
		for name, member := range object {
			if p, known := properties[name].(map[string]any); known {
				w.visit(file, p, member, who)
			}
		}
	}
	if list, is := v.([]any); is {
		items, _ := form["items"].(map[string]any)
		for _, element := range list {
			w.visit(file, items, element, who)
		}
	}
}

// translated notes that a translation holds what the text holds that its pointer names,
// about the same person. Of a text that is not there it is unknown.
func (w *walk) translated(tokens []string, top, body map[string]any, typ string) {
	at := place{file: "message.json", form: w.files["message.json"], v: top}
	switch {
	case len(tokens) > 1 && tokens[0] == "body":
		at, tokens = place{file: typ, form: w.files[typ], v: body}, tokens[1:]
	case len(tokens) != 1 || tokens[0] != "subject":
		w.note("unstated", person{})
		return
	}
	for at = w.enter(at); len(tokens) > 0 && at.form != nil; tokens = tokens[1:] {
		at = w.enter(at.step(tokens[0]))
	}
	if _, text := at.v.(string); !text || at.form == nil {
		w.note("unstated", person{})
		return
	}
	w.note(at.category, at.who)
}

// place is a value on the way to a text, with what is said of it so far.
type place struct {
	file     string
	form     map[string]any
	v        any
	category string
	who      person
}

// enter follows the references at a place. The outermost category counts; without one
// that of what is around it stays.
func (w *walk) enter(at place) place {
	own := false
	for form := at.form; form != nil; {
		if c, there := form["x-category"].(string); there && !own {
			at.category, own = c, true
		}
		if s, there := form["x-subject"].(map[string]any); there {
			object, _ := at.v.(map[string]any)
			at.who = w.meet(s, object, at.who)
		}
		ref, refers := form["$ref"].(string)
		if !refers {
			at.form = form
			break
		}
		at.file, form = w.follow(at.file, ref)
	}
	return at
}

// step goes to a member or an element, nowhere if there is none.
func (at place) step(token string) place {
	next := place{file: at.file, category: at.category, who: at.who}
	switch v := at.v.(type) {
	case map[string]any:
		properties, _ := at.form["properties"].(map[string]any)
		next.form, _ = properties[token].(map[string]any)
		next.v = v[token]
	case []any:
		for i, element := range v {
			if fmt.Sprint(i) == token {
				next.form, _ = at.form["items"].(map[string]any)
				next.v = element
			}
		}
	}
	return next
}

// follow finds the block of a reference, relative to the file that it stands in.
func (w *walk) follow(file, ref string) (string, map[string]any) {
	name, place, _ := strings.Cut(ref, "#")
	if name != "" {
		file = path.Join(path.Dir(file), name)
	}
	block := w.files[file]
	for _, step := range strings.Split(strings.Trim(place, "/"), "/") {
		if step != "" {
			block, _ = block[step].(map[string]any)
		}
	}
	return file, block
}

func (w *walk) note(category string, who person) {
	if category != "case.meta" {
		w.add(category, who)
	}
}

func (w *walk) add(category string, who person) {
	w.found[finding{category, who.minor || who.subject == "minor" || category == "person.minor", who.subject}] = true
}

// meet reads whom an object is about. An x-subject without members means somebody
// else than the person around.
func (w *walk) meet(about, object map[string]any, who person) person {
	if len(about) == 0 {
		return person{}
	}
	name := func(member string) any { s, _ := about[member].(string); return object[s] }
	if s, is := name("category").(string); is {
		who.subject = s
	}
	if minor, _ := name("minor").(bool); minor || w.under18(name("born")) {
		who.minor = true
	}
	if category, is := w.implies[who.subject].(string); is {
		w.note(category, who)
	}
	if hidden, _ := name("protected").(bool); hidden {
		w.note("person.protected", who)
	}
	return who
}

// under18 holds if somebody born then can be under 18 when the message was written:
// of a year or month alone the last day counts.
func (w *walk) under18(born any) bool {
	s, _ := born.(string)
	for _, form := range []struct {
		layout              string
		years, months, days int
	}{{"2006", 1, 0, -1}, {"2006-01", 0, 1, -1}, {"2006-01-02", 0, 0, 0}} {
		if day, err := time.Parse(form.layout, s); err == nil {
			return day.AddDate(form.years, form.months, form.days).AddDate(18, 0, 0).After(w.created)
		}
	}
	return false
}

func (w *walk) attachment(object map[string]any) {
	category, stated := object["category"].(string)
	if !stated {
		category = "unstated"
	}
	w.add(category, person{})
}
