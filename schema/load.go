package schema

import (
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

// root is where the data files live for the validator: relative references between them resolve.
const root = "schema:///"

// Load compiles the embedded catalogue. It fails only if the data files are wrong.
func Load() (*Catalogue, error) { return load(data) }

// load compiles a catalogue from files laid out like the embedded ones.
func load(fsys fs.FS) (*Catalogue, error) {
	l := loader{fsys: fsys, c: &Catalogue{types: map[string]*Type{}, opens: map[string]*Machine{}}, ruler: ruler{}}
	for _, step := range []func() error{l.read, l.codes, l.labels, l.envelope, l.typeFiles, l.references, l.machines, l.instruments, l.provisionFiles, l.textsRead, l.words} {
		if err := step(); err != nil {
			return nil, fmt.Errorf("load catalogue: %w", err)
		}
	}
	return l.c, nil
}

type loader struct {
	fsys     fs.FS
	c        *Catalogue
	shaper   shaper
	compiler *jsonschema.Compiler
	ruler    ruler
	lists    map[string][]string // codes by list
}

func (l *loader) read() error {
	files, err := readFiles(l.fsys, "message.json", "common.json", "types/*.json", "codes/*.json", "rules/*.json")
	if err != nil {
		return err
	}
	l.shaper.files = files
	l.compiler = jsonschema.NewCompiler()
	l.compiler.DefaultDraft(jsonschema.Draft2020)
	l.compiler.AssertFormat()
	l.compiler.UseLoader(jsonschema.SchemeURLLoader{}) // nothing but these files is ever loaded
	for _, f := range formats {
		l.compiler.RegisterFormat(f.compiled())
	}
	for _, name := range slices.Sorted(maps.Keys(files)) {
		if strings.HasPrefix(name, "rules/") {
			continue // compiled once the types are known
		}
		if err := l.compiler.AddResource(root+name, files[name].tree); err != nil {
			return err
		}
	}
	return nil
}

func (l *loader) codes() error {
	l.lists = map[string][]string{}
	for name, f := range l.shaper.files {
		if strings.HasPrefix(name, "codes/") {
			l.lists[base(name)] = stringsIn(f.tree["enum"])
			if purpose, _ := f.tree["x-purpose"].(bool); purpose {
				l.c.purposes = append(l.c.purposes, stringsIn(f.tree["enum"])...)
			}
		}
	}
	slices.Sort(l.c.purposes)
	l.c.purposes = slices.Compact(l.c.purposes)
	l.c.lists = l.lists
	l.c.sensitivity = map[string]int{}
	levels, _ := l.shaper.files["codes/categories.json"].tree["x-sensitivity"].(map[string]any)
	for _, category := range l.lists["categories"] {
		level, ok := levels[category].(int64)
		if !ok || level < 0 || level > 4 {
			return fmt.Errorf("codes/categories.json: %q has no x-sensitivity from 0 to 4", category)
		}
		l.c.sensitivity[category] = int(level)
	}
	l.c.special = stringsIn(l.shaper.files["codes/categories.json"].tree["x-special"])
	for _, category := range l.c.special {
		if !contains(l.lists["categories"], category) {
			return fmt.Errorf("codes/categories.json: x-special names %q, which is no category", category)
		}
	}
	l.shaper.known = l.c.sensitivity
	l.c.implies = map[string]string{}
	implied, _ := l.shaper.files["codes/subjects.json"].tree["x-implies"].(map[string]any)
	for subject, category := range implied {
		l.c.implies[subject], _ = category.(string)
	}
	return nil
}

func (l *loader) labels() (err error) {
	if l.c.langs, err = readLabels(l.fsys); err != nil {
		return err
	}
	l.shaper.langs = l.c.langs
	if err = checkLabels(l.c.langs, l.lists); err != nil {
		return err
	}
	if l.c.instruments, err = readInstruments(l.fsys, l.c.langs, l.lists); err != nil {
		return err
	}
	if l.c.machines, err = readMachines(l.fsys); err != nil {
		return err
	}
	l.c.calendars, err = readCalendars(l.fsys)
	return err
}

func (l *loader) envelope() (err error) {
	if l.c.shape, err = l.shaper.shape("", "message.json", "", nil, nil); err != nil {
		return err
	}
	if l.c.schema, err = l.compiler.Compile(root + "message.json"); err != nil {
		return err
	}
	l.c.rule = l.ruler.rule(l.c.schema)
	return nil
}

func (l *loader) typeFiles() error {
	for _, name := range slices.Sorted(maps.Keys(l.shaper.files)) {
		if !strings.HasPrefix(name, "types/") {
			continue
		}
		t, err := l.typeFile(name)
		if err != nil {
			return err
		}
		l.c.types[t.Name] = t
		for lang, title := range t.Title {
			l.c.langs[lang].flat[t.Name] = title
		}
	}
	return nil
}

// typeFile compiles one type from its file and its example.
func (l *loader) typeFile(name string) (*Type, error) {
	f := l.shaper.files[name]
	t, err := declared(name, f, l.c.langs)
	if err != nil {
		return nil, err
	}
	if t.Example, err = fs.ReadFile(l.fsys, "examples/"+base(name)+".json"); err != nil {
		return nil, fmt.Errorf("%s: no example: %w", name, err)
	}
	if t.validator, err = l.compiler.Compile(root + name); err != nil {
		return nil, err
	}
	t.rule = l.ruler.rule(t.validator)
	body, err := l.shaper.shape("body", name, "", nil, nil)
	if err != nil {
		return nil, err
	}
	whole := *l.c.shape
	whole.props = slices.Clone(whole.props)
	for i, p := range whole.props {
		if p.name == "body" {
			body.required = p.required
			whole.props[i] = body
		}
	}
	t.shape = &whole
	t.grounds = groundsIn(t.shape, nil)
	return t, nil
}

// declared reads what a type says of itself in x- members.
func declared(name string, f *file, langs map[string]labels) (*Type, error) {
	version, _ := f.tree["x-version"].(int64)
	t := &Type{Version: int(version), Schema: f.raw, Replies: stringsIn(f.tree["x-replies"])}
	t.Name, _ = f.tree["x-type"].(string)
	t.instrument, _ = f.tree["x-instrument"].(string)
	t.instruments = stringsIn(f.tree["x-instruments"])
	t.re, _ = f.tree["x-re"].(string)
	t.consulted, _ = f.tree["x-consultation"].(string)
	t.AnswersAny, _ = f.tree["x-answers-any"].(bool)
	if t.Name != base(name) || t.Version < 1 {
		return nil, fmt.Errorf("%s: x-type must be %q and x-version at least 1", name, base(name))
	}
	for _, rule := range []string{t.instrument, t.re} {
		if rule != "required" && rule != "optional" && rule != "none" {
			return nil, fmt.Errorf("%s: x-instrument and x-re are required, optional or none", name)
		}
	}
	var err error
	if t.Title, err = worded(langs, "types/"+t.Name+"/title", wordings(f.tree["x-title"])); err != nil {
		return nil, fmt.Errorf("%s: x-title: %w", name, err)
	}
	if t.LegalEffect, err = worded(langs, "types/"+t.Name+"/effect", wordings(f.tree["x-legal-effect"])); err != nil {
		return nil, fmt.Errorf("%s: x-legal-effect: %w", name, err)
	}
	return t, nil
}

// references holds that what types name exists.
func (l *loader) references() error {
	for _, t := range l.c.Types() {
		if t.consulted != "" && t.shape.at(strings.Split(t.consulted[1:], "/")) == nil {
			return fmt.Errorf("types/%s.json: x-consultation names %q, which does not exist", t.Name, t.consulted)
		}
		for _, code := range t.instruments {
			if l.c.instruments[code] == nil {
				return fmt.Errorf("types/%s.json: x-instruments names %q, which is no instrument", t.Name, code)
			}
		}
		for _, reply := range t.Replies {
			if l.c.types[reply] == nil {
				return fmt.Errorf("types/%s.json: x-replies names %q, which is no type", t.Name, reply)
			}
		}
	}
	return nil
}

// words gathers the strings that messages repeat.
func (l *loader) words() error {
	l.c.known = map[string]any{}
	for _, list := range l.lists {
		for _, code := range list {
			l.c.known[code] = code
		}
	}
	for _, t := range l.c.types {
		l.c.known[t.Name] = t.Name
		t.shape.each(func(n *node) { l.c.known[n.name] = n.name })
	}
	return nil
}

func stringsIn(v any) []string {
	list, _ := v.([]any)
	out := make([]string, 0, len(list))
	for _, x := range list {
		if s, ok := x.(string); ok {
			out = append(out, s)
		}
	}
	return out
}

func wordings(v any) map[string]string {
	out := map[string]string{}
	m, _ := v.(map[string]any)
	for lang, w := range m {
		out[lang], _ = w.(string)
	}
	return out
}
