package schema

import (
	"fmt"
	"io/fs"
	"maps"
	"slices"

	"github.com/go-json-experiment/json"
)

// fallback is the language that is shown where another lacks a wording.
const fallback = "en"

// authored are the languages in which the data files are written: no wording may be
// missing in them. A test holds that the other shipped languages are complete too.
var authored = []string{fallback, "fr"}

// labels are the wordings of one language.
type labels struct {
	Fields    map[string]string            `json:"fields"`
	Codes     map[string]map[string]string `json:"codes"`     // by code list
	Texts     map[string]string            `json:"texts"`     // what data files say, where they do not say it in this language: "types/mla.request/title"
	Sentences map[string]string            `json:"sentences"` // of problems, by the English one; "*" stands for a name, code or number
	flat      map[string]string            // "list/code", bare code, field
	wording   wording                      // of Sentences
	used      map[string]bool              // keys of Texts: true read, false asked for and not there
}

func readLabels(fsys fs.FS) (map[string]labels, error) {
	names, err := fs.Glob(fsys, "labels/*.json")
	if err != nil {
		return nil, err
	}
	langs := map[string]labels{}
	for _, name := range names {
		raw, err := fs.ReadFile(fsys, name)
		if err != nil {
			return nil, fmt.Errorf("read %s: %w", name, err)
		}
		var l labels
		if err := json.Unmarshal(raw, &l, json.RejectUnknownMembers(true)); err != nil {
			return nil, fmt.Errorf("read %s: %w", name, err)
		}
		l.flatten()
		if l.wording, err = wordingOf(l.Sentences); err != nil {
			return nil, fmt.Errorf("read %s: %w", name, err)
		}
		l.used = map[string]bool{}
		langs[base(name)] = l
	}
	if _, ok := langs[fallback]; !ok {
		return nil, fmt.Errorf("read labels: labels/%s.json is missing", fallback)
	}
	return langs, nil
}

// flatten lets a code be asked for with or without its list. Where lists share a
// code, the bare code means the first list by name; fields come last.
func (l *labels) flatten() {
	l.flat = make(map[string]string, 2*len(l.Fields))
	for _, list := range slices.Sorted(maps.Keys(l.Codes)) {
		for code, label := range l.Codes[list] {
			l.flat[list+"/"+code] = label
			if _, taken := l.flat[code]; !taken {
				l.flat[code] = label
			}
		}
	}
	for field, label := range l.Fields {
		if _, taken := l.flat[field]; !taken {
			l.flat[field] = label
		}
	}
}

// checkLabels holds that every code of every list has a wording in the authored languages.
func checkLabels(langs map[string]labels, lists map[string][]string) error {
	for _, lang := range authored {
		for _, list := range slices.Sorted(maps.Keys(lists)) {
			for _, code := range lists[list] {
				if langs[lang].Codes[list][code] == "" {
					return fmt.Errorf("codes/%s.json: %q has no label in labels/%s.json", list, code, lang)
				}
			}
		}
	}
	return nil
}

// worded adds the texts of the label files to what a data file says itself, and holds
// that the authored languages have one; the others fall back. key is the file's name without its ending, and the place.
func worded(langs map[string]labels, key string, own map[string]string) (map[string]string, error) {
	all := maps.Clone(own)
	if all == nil {
		all = map[string]string{}
	}
	for _, lang := range slices.Sorted(maps.Keys(langs)) {
		text := langs[lang].Texts[key]
		switch {
		case all[lang] != "":
		case text != "":
			all[lang] = text
			langs[lang].used[key] = true
		case slices.Contains(authored, lang):
			return nil, fmt.Errorf("there is no text in %s: add it there, or as %q to texts in labels/%s.json", lang, key, lang)
		default:
			all[lang] = own[fallback]
			langs[lang].used[key] = false
		}
	}
	return all, nil
}

// textsRead holds that every text of the label files is somebody's.
func (l *loader) textsRead() error {
	for _, lang := range slices.Sorted(maps.Keys(l.c.langs)) {
		for _, key := range slices.Sorted(maps.Keys(l.c.langs[lang].Texts)) {
			if !l.c.langs[lang].used[key] {
				return fmt.Errorf("labels/%s.json: nobody reads the text %q", lang, key)
			}
		}
	}
	return nil
}

// Label gives the label of a code or field in a language, falling back to English,
// then to the code. Type names and instruments are codes too. A code that several
// lists share is asked for as "list/code".
func (c *Catalogue) Label(lang, code string) string {
	for _, l := range []string{lang, fallback} {
		if label := c.langs[l].flat[code]; label != "" {
			return label
		}
	}
	return code
}

// field gives the label of a field, which may be spelt like a code.
func (c *Catalogue) field(lang, key string) string {
	for _, l := range []string{lang, fallback} {
		if label := c.langs[l].Fields[key]; label != "" {
			return label
		}
	}
	return key
}

// Languages lists those that have labels, by tag.
func (c *Catalogue) Languages() []string { return slices.Sorted(maps.Keys(c.langs)) }
