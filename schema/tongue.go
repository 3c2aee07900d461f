package schema

import (
	"cmp"
	"slices"
	"strings"
	"sync"

	"golang.org/x/text/collate"
	"golang.org/x/text/currency"
	"golang.org/x/text/language"
	"golang.org/x/text/language/display"
)

// written are the scripts and regions that a language alone does not tell.
var written = []string{"pt-BR", "sr-Cyrl", "sr-Latn", "zh-Hans", "zh-Hant"}

// letters calls f with every word of n letters, the first of them the letter first.
func letters(first byte, n int, f func(string)) {
	word := []byte(strings.Repeat(string(first), n))
	for {
		f(string(word))
		i := n - 1
		for ; i >= 0 && word[i] == first+25; i-- {
			word[i] = first
		}
		if i < 0 {
			return
		}
		word[i]++
	}
}

// countries lists ISO 3166-1 by name in a language. The list is shared: do not change it.
func (c *Catalogue) countries(lang string) []Option {
	return c.named("country", lang, func(tag language.Tag) (list []Option) {
		names := display.Regions(tag)
		letters('A', 2, func(code string) {
			if !isCountry(code) {
				return
			}
			if name := names.Name(language.MustParseRegion(code)); name != "" {
				list = append(list, Option{code, name})
			}
		})
		return list
	})
}

// tongues lists the languages of two letters by name in a language.
func (c *Catalogue) tongues(lang string) []Option {
	return c.named("language", lang, func(tag language.Tag) (list []Option) {
		names := display.Tags(tag)
		add := func(code string) {
			if t, err := language.Parse(code); err == nil && t.String() == code && isLanguage(code) {
				if name := names.Name(t); name != "" && !strings.EqualFold(name, code) {
					list = append(list, Option{code, name})
				}
			}
		}
		letters('a', 2, add)
		for _, code := range written {
			add(code)
		}
		return list
	})
}

// named makes a list once for each language, sorted as its readers sort.
func (c *Catalogue) named(what, lang string, list func(language.Tag) []Option) []Option {
	key := what + "/" + lang
	if known, ok := c.choices.Load(key); ok {
		return known.([]Option)
	}
	tag := language.Make(lang)
	options := list(tag)
	order := collate.New(tag)
	slices.SortFunc(options, func(a, b Option) int {
		return cmp.Or(order.CompareString(a.Label, b.Label), strings.Compare(a.Code, b.Code))
	})
	c.choices.Store(key, options)
	return options
}

// currencies lists the legal tenders of today (ISO 4217).
var currencies = sync.OnceValue(func() (list []Option) {
	codes := map[string]bool{}
	for it := currency.Query(); it.Next(); {
		codes[it.Unit().String()] = true
	}
	for code := range codes {
		list = append(list, Option{code, code})
	}
	slices.SortFunc(list, func(a, b Option) int { return strings.Compare(a.Code, b.Code) })
	return list
})
