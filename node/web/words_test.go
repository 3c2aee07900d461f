package web

import (
	"bytes"
	"go/ast"
	"go/parser"
	gotoken "go/token"
	"io/fs"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode"

	"github.com/go-json-experiment/json/jsontext"
	"golang.org/x/text/feature/plural"
	"golang.org/x/text/language"

	"github.com/comity-exchange/comity/schema"
)

// countedWords are said with a number.
var countedWords = []string{"dur_years", "dur_months", "dur_weeks", "dur_days", "dur_hours", "dur_minutes", "dur_seconds", "days_left", "hours_left", "days_late", "hours_late", "put_off_for", "news"}

// wordsInTemplates are those that the templates name.
func wordsInTemplates(t *testing.T) map[string]bool {
	t.Helper()
	used := make(map[string]bool)
	templates, err := fs.Glob(pageFiles, "pages/*.html")
	if err != nil || len(templates) == 0 {
		t.Fatalf("no templates, %v", err)
	}
	for _, name := range templates {
		text, err := fs.ReadFile(pageFiles, name)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range regexp.MustCompile(`\b[tn] "([a-z_.-]+)"`).FindAllStringSubmatch(string(text), -1) {
			used[m[1]] = true
		}
	}
	if len(used) < 100 {
		t.Fatalf("found only %d words in the templates", len(used))
	}
	return used
}

// pluralsOf are the kinds of numbers below a million that a language tells apart, with how many
// of the first thousand are of each.
func pluralsOf(lang string) map[plural.Form]int {
	found := map[plural.Form]int{}
	for n := range 1000 {
		found[plural.Cardinal.MatchPlural(language.Make(lang), n, 0, 0, 0, 0)]++
	}
	return found
}

// keysOf are the keys that a language must have, in order.
func keysOf(lang string, english []string) (keys []string) {
	forms := pluralsOf(lang)
	for _, key := range english {
		if base := strings.TrimSuffix(key, "_one"); base != key && slices.Contains(countedWords, base) {
			continue // follows its word
		}
		keys = append(keys, key)
		if !slices.Contains(countedWords, key) {
			continue
		}
		for _, form := range []plural.Form{plural.Zero, plural.One, plural.Two, plural.Few, plural.Many} {
			if forms[form] > 0 {
				keys = append(keys, key+pluralSuffixes[form])
			}
		}
	}
	return keys
}

// keysInFile are the keys of a file of words, in order.
func keysInFile(t *testing.T, lang string) (keys []string) {
	t.Helper()
	text, err := wordFiles.ReadFile("words/" + lang + ".json")
	if err != nil {
		t.Fatal(err)
	}
	d := jsontext.NewDecoder(bytes.NewReader(text))
	for i := 0; ; i++ {
		token, err := d.ReadToken()
		if err != nil {
			return keys
		}
		if i%2 == 1 && token.Kind() == '"' {
			keys = append(keys, token.String())
		}
	}
}

func TestEveryLanguageHasEveryWord(t *testing.T) {
	english := keysInFile(t, "en")
	for word := range wordsInTemplates(t) {
		if words["en"][word] == "" {
			t.Errorf("a template asks for %q, which no language has", word)
		}
	}
	files, err := os.ReadDir("words")
	if err != nil || len(files) != len(languages) {
		t.Errorf("got %d files, %v, want one for each of %q", len(files), err, languages)
	}
	for _, lang := range languages {
		want, got := keysOf(lang, english), keysInFile(t, lang)
		if slices.Equal(got, want) {
			continue
		}
		for _, key := range want {
			if !slices.Contains(got, key) {
				t.Errorf("%s lacks %q", lang, key)
			}
		}
		for _, key := range got {
			if !slices.Contains(want, key) {
				t.Errorf("%s has %q, which is not needed", lang, key)
			}
		}
		if !t.Failed() {
			t.Errorf("%s has its keys in another order than English", lang)
		}
	}
}

// sameInEnglish lists the words that are spelled as in English.
var sameInEnglish = map[string][]string{
	"fr": {"pages", "digest", "code", "instrument", "urgent", "type", "messages", "family.consultation", "family.extradition", "family.notice", "family.transit", "family.incident"},
	"de": {"digest", "code"},
	"nl": {"digest", "code", "type", "dur_weeks_one"},
	"es": {"digest", "no", "role_auditor"},
	"ar": {"digest"},
}

var placeholder = regexp.MustCompile(`#|\{[a-z]*\}`)

func TestWordsAreFitToShow(t *testing.T) {
	for _, lang := range languages {
		forms := pluralsOf(lang)
		for key, text := range words[lang] {
			if text == "" || strings.TrimSpace(text) != text || regexp.MustCompile(`[<>&\n\t]|  |\{\{`).MatchString(text) || strings.IndexFunc(text, hidden) >= 0 {
				t.Errorf("%s %s: %q is not plain text", lang, key, text)
			}
			if lang != "en" && text == words["en"][key] && !strings.HasSuffix(key, "_form") && !slices.Contains(sameInEnglish[lang], key) {
				t.Errorf("%s %s: %q is English", lang, key, text)
			}
			if lang == "ar" && key != "digest" && !strings.HasSuffix(key, "_form") && strings.IndexFunc(text, func(c rune) bool { return unicode.Is(unicode.Arabic, c) }) < 0 {
				t.Errorf("%s %s: %q has no Arabic letter", lang, key, text)
			}
			want := placeholder.FindAllString(words["en"][key], -1)
			for form, suffix := range pluralSuffixes {
				if base := strings.TrimSuffix(key, suffix); base != key && slices.Contains(countedWords, base) {
					if want = []string{"#"}; forms[form] == 1 && !strings.Contains(text, "#") { // one number only: it can be a word
						want = nil
					}
				}
			}
			got := placeholder.FindAllString(text, -1)
			slices.Sort(got)
			slices.Sort(want)
			if !slices.Equal(got, want) {
				t.Errorf("%s %s: got the placeholders %q, want %q", lang, key, got, want)
			}
		}
		if n := len(strings.Fields(words[lang]["months"])); n != 12 {
			t.Errorf("%s has %d months", lang, n)
		}
	}
}

func TestCounted(t *testing.T) {
	for lang, want := range map[string][]string{
		"en": {"0 days left", "1 day left", "2 days left", "3 days left", "11 days left", "100 days left", "1,234 days left"},
		"fr": {"encore 0 jour", "encore 1 jour", "encore 2 jours", "encore 3 jours", "encore 11 jours", "encore 100 jours", "encore 1\u00a0234 jours"},
		"de": {"noch 0 Tage", "noch 1 Tag", "noch 2 Tage", "noch 3 Tage", "noch 11 Tage", "noch 100 Tage", "noch 1.234 Tage"},
		"nl": {"nog 0 dagen", "nog 1 dag", "nog 2 dagen", "nog 3 dagen", "nog 11 dagen", "nog 100 dagen", "nog 1.234 dagen"},
		"es": {"quedan 0 días", "queda 1 día", "quedan 2 días", "quedan 3 días", "quedan 11 días", "quedan 100 días", "quedan 1.234 días"},
		"ar": {"لم يبق أي يوم", "بقي يوم واحد", "بقي يومان", "بقيت 3 أيام", "بقي 11 يوما", "بقي 100 يوم", "بقي 1,234 يوما"},
	} {
		for i, n := range []int{0, 1, 2, 3, 11, 100, 1234} {
			if got := counted(lang, "days_left", n); got != want[i] {
				t.Errorf("%s %d: got %q, want %q", lang, n, got, want[i])
			}
		}
	}
}

// What the pages say of a problem that they find themselves is said in every language.
func TestProblemsOfPagesAreSaidInEveryLanguage(t *testing.T) {
	c := newWeb(newClock().now).Node.Catalogue
	said := 0
	for _, name := range []string{"inbox.go", "draftpage.go", "filepage.go", "formbody.go", "original.go", "signin.go", "throttle.go"} {
		file, err := parser.ParseFile(gotoken.NewFileSet(), name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(file, func(n ast.Node) bool {
			pair, ok := n.(*ast.KeyValueExpr)
			if !ok {
				return true
			}
			key, _ := pair.Key.(*ast.Ident)
			text, _ := pair.Value.(*ast.BasicLit)
			if key == nil || text == nil || key.Name != "Detail" && key.Name != "Fix" {
				return true
			}
			english, err := strconv.Unquote(text.Value)
			if err != nil {
				t.Fatal(err)
			}
			for _, lang := range languages[1:] {
				if got := c.Localise(&schema.Problem{Detail: english}, lang).Detail; got == english {
					t.Errorf("%s: labels/%s.json lacks a sentence of %q", name, lang, english)
				}
			}
			said++
			return true
		})
	}
	if said < 30 {
		t.Errorf("found only %d texts", said)
	}
}
