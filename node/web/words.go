package web

import (
	"embed"
	"net/http"
	"slices"

	"github.com/go-json-experiment/json"
	"golang.org/x/text/language"
)

// languages of the pages; the first is for readers of none of them.
var languages = []string{"en", "fr", "de", "nl", "es", "ar"}

var matcher = matcherOf(languages)

func matcherOf(names []string) language.Matcher {
	tags := make([]language.Tag, len(names))
	for i, name := range names {
		tags[i] = language.Make(name)
	}
	return language.NewMatcher(tags)
}

// languageOf follows the browser.
func languageOf(r *http.Request) string {
	_, i := language.MatchStrings(matcher, r.Header.Get("Accept-Language"))
	return languages[i]
}

// voices are the languages in which problems are told, English first.
type voices struct {
	names []string
	language.Matcher
}

func voicesOf(labelled []string) voices {
	v := voices{names: []string{languages[0]}}
	for _, name := range labelled {
		if name != languages[0] {
			v.names = append(v.names, name)
		}
	}
	v.Matcher = matcherOf(v.names)
	return v
}

// spoken is the language in which the one who asks is told of a problem: the one
// chosen now or on the pages, else what the request accepts.
func (w *Web) spoken(r *request) string {
	if chosen := r.query.Get("lang"); isLanguage(chosen) {
		return chosen
	}
	if s := r.caller.session; s != nil && s.lang != "" {
		return s.lang
	}
	_, i := language.MatchStrings(w.voices, r.Header.Get("Accept-Language"))
	return w.voices.names[i]
}

// rightToLeft tells how a language is written.
func rightToLeft(lang string) bool { return lang == "ar" }

func direction(lang string) string {
	if rightToLeft(lang) {
		return "rtl"
	}
	return "ltr"
}

func isLanguage(s string) bool { return slices.Contains(languages, s) }

//go:embed words/*.json
var wordFiles embed.FS

// words of the pages by language: one file for each, keys in the order of the pages.
// Every language has every word; a counted word has a form for each of the language's
// plural categories (counted).
var words = readWords()

// readWords reads the embedded files; a fault in them is ours and found by every test.
func readWords() map[string]map[string]string {
	all := make(map[string]map[string]string, len(languages))
	for _, lang := range languages {
		text, err := wordFiles.ReadFile("words/" + lang + ".json")
		if err != nil {
			panic("embedded words: " + err.Error())
		}
		list := map[string]string{}
		if err := json.Unmarshal(text, &list); err != nil { // refuses a key that stands twice
			panic("embedded words of " + lang + ": " + err.Error())
		}
		all[lang] = list
	}
	return all
}
