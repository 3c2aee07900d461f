package schema

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// Localise words a problem in another language of the labels. A sentence that the
// language lacks stays in English; names, codes and numbers stay as they are.
func (c *Catalogue) Localise(p *Problem, lang string) *Problem {
	if _, ok := c.langs[lang]; p == nil || !ok || lang == fallback {
		return p
	}
	said := c.localised(*p, lang)
	return &said
}

func (c *Catalogue) localised(p Problem, lang string) Problem {
	if r := c.provisionOf(&p); r != nil {
		p.Detail, p.Fix = r.Says[lang]+strings.TrimPrefix(p.Detail, r.Says[fallback]), r.Fix[lang]
	} else {
		words := c.langs[lang].wording
		p.Detail, p.Fix = words.text(p.Detail), words.text(p.Fix)
	}
	p.Errors = slices.Clone(p.Errors)
	for i := range p.Errors {
		p.Errors[i] = c.localised(p.Errors[i], lang)
	}
	return p
}

// provisionOf is the rule that a problem of code breaks_rule tells of.
func (c *Catalogue) provisionOf(p *Problem) *Provision {
	if p.Code != "breaks_rule" {
		return nil
	}
	for _, r := range c.provisions {
		if strings.HasPrefix(p.Detail, r.Says[fallback]+" ("+r.ID+", ") {
			return r
		}
	}
	return nil
}

// wording is the sentences of problems in one language.
type wording struct {
	whole map[string]string // by English sentence
	open  []opening         // those with a place for a name, the most particular first
}

// opening is a sentence with a place for a name, code or number.
type opening struct {
	before, after string // in English
	said          string // with "*" for the place
}

// wordingOf sorts the sentences of a label file.
func wordingOf(sentences map[string]string) (w wording, err error) {
	w.whole = map[string]string{}
	for english, said := range sentences {
		places := strings.Count(english, "*")
		if places > 1 || places != strings.Count(said, "*") || said == "" {
			return w, fmt.Errorf("the sentence %q: the translation is empty or has not the same places", english)
		}
		if places == 0 {
			w.whole[english] = said
			continue
		}
		before, after, _ := strings.Cut(english, "*")
		w.open = append(w.open, opening{before, after, said})
	}
	slices.SortFunc(w.open, func(a, b opening) int {
		return cmp.Or(len(b.before)+len(b.after)-len(a.before)-len(a.after), cmp.Compare(a.before, b.before))
	})
	return w, nil
}

// text words sentence by sentence.
func (w *wording) text(text string) string {
	said := make([]string, 0, 3)
	for _, s := range sentencesOf(text) {
		words, ok := w.sentence(s)
		if !ok {
			words = s
		}
		said = append(said, words)
	}
	return strings.Join(said, " ")
}

func (w *wording) sentence(s string) (string, bool) {
	if said, ok := w.whole[s]; ok {
		return said, true
	}
	for _, o := range w.open {
		if len(s) > len(o.before)+len(o.after) && strings.HasPrefix(s, o.before) && strings.HasSuffix(s, o.after) {
			return strings.Replace(o.said, "*", s[len(o.before):len(s)-len(o.after)], 1), true
		}
	}
	return "", false
}

// sentencesOf cuts a text behind each full stop or question mark that a space follows.
func sentencesOf(text string) (list []string) {
	for text != "" {
		end := len(text)
		for _, mark := range []string{". ", "? "} {
			if i := strings.Index(text, mark); i >= 0 {
				end = min(end, i+1)
			}
		}
		list = append(list, text[:end])
		text = strings.TrimPrefix(text[end:], " ")
	}
	return list
}
