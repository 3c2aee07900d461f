package web

import (
	"fmt"
	"strings"

	"golang.org/x/text/feature/plural"
	"golang.org/x/text/language"
	"golang.org/x/text/message"
	"golang.org/x/text/number"
)

// printers write numbers as each language does, all with Western digits.
var printers = printersOf(languages)

func printersOf(names []string) map[string]*message.Printer {
	list := make(map[string]*message.Printer, len(names))
	for _, name := range names {
		list[name] = message.NewPrinter(language.Make(name + "-u-nu-latn"))
	}
	return list
}

func whole(lang string, n int64) string { return printers[lang].Sprint(number.Decimal(n)) }

// tenths shows one place behind the point.
func tenths(lang string, x float64) string {
	return printers[lang].Sprint(number.Decimal(x, number.Scale(1)))
}

// size shows octets for people.
func size(lang string, n int64) string {
	switch {
	case n < 1<<10:
		return fmt.Sprintf("%d B", n)
	case n < 1<<20:
		return tenths(lang, float64(n)/(1<<10)) + " KiB"
	}
	return tenths(lang, float64(n)/(1<<20)) + " MiB"
}

// daysText shows a median, a dash where there is none.
func daysText(lang string, d float64) string {
	if d < 0 {
		return "–"
	}
	return tenths(lang, d)
}

// pluralSuffixes are what the forms of a counted word end in, by CLDR category. The
// form for "other" is the word itself.
var pluralSuffixes = map[plural.Form]string{plural.Zero: "_zero", plural.One: "_one", plural.Two: "_two", plural.Few: "_few", plural.Many: "_many"}

// counted puts a number into a sentence, which has a form for each category of numbers
// that its language tells apart below a million.
func counted(lang, word string, n int) string {
	form := plural.Cardinal.MatchPlural(language.Make(lang), n, 0, 0, 0, 0)
	text, ok := words[lang][word+pluralSuffixes[form]]
	if !ok {
		text = words[lang][word]
	}
	return strings.Replace(text, "#", whole(lang, int64(n)), 1)
}
