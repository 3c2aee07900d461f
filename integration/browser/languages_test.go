package browser

import (
	"os"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
	"github.com/go-json-experiment/json"

	"github.com/comity-exchange/comity/schema"
)

// english are the texts of the program that read otherwise in a language: words of the
// pages, sentences of problems, labels of codes, titles of types.
func english(t *testing.T, c *schema.Catalogue, lang string) map[string]bool {
	t.Helper()
	known := map[string]bool{}
	add := func(in, out string) {
		if in != "" && in != out && !strings.ContainsAny(in, "#{") {
			known[in] = true
		}
	}
	en, own := wordsOf(t, "en"), wordsOf(t, lang)
	for sentence, said := range sentencesOf(t, lang) {
		add(sentence, said)
	}
	delete(en, "self") // languages are named in themselves
	for key, text := range en {
		add(text, own[key])
	}
	for _, typ := range c.Types() {
		add(typ.Title["en"], typ.Title[lang])
		add(typ.LegalEffect["en"], typ.LegalEffect[lang])
	}
	for _, list := range []string{"markings", "categories", "handling_codes", "use_conditions", "urgency_reasons", "withheld_reasons"} {
		for _, code := range c.Codes(list) {
			add(c.Label("en", list+"/"+code), c.Label(lang, list+"/"+code))
		}
	}
	for _, text := range own { // "Region" may be right for one word and wrong for another
		delete(known, text)
	}
	return known
}

func wordsOf(t *testing.T, lang string) map[string]string {
	t.Helper()
	text, err := os.ReadFile("../../node/web/words/" + lang + ".json")
	if err != nil {
		t.Fatal(err)
	}
	list := map[string]string{}
	if err := json.Unmarshal(text, &list); err != nil {
		t.Fatal(err)
	}
	return list
}

// sentencesOf are the sentences of problems in a language, by the English ones.
func sentencesOf(t *testing.T, lang string) map[string]string {
	t.Helper()
	if lang == "en" {
		return nil
	}
	text, err := os.ReadFile("../../schema/labels/" + lang + ".json")
	if err != nil {
		t.Fatal(err)
	}
	var labels struct {
		Sentences map[string]string `json:"sentences"`
	}
	if err := json.Unmarshal(text, &labels); err != nil {
		t.Fatal(err)
	}
	return labels.Sentences
}

// inEnglish lists the texts and names of the page, as it stands, that are among those
// known. What a message says is its author's, and stands in bdi or with its own language.
func (p *tab) inEnglish(known map[string]bool) (list []string) {
	p.t.Helper()
	var texts []string
	p.do("read the page", chromedp.Evaluate(`(() => {
		const found = [], walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
		for (let n = walk.nextNode(); n; n = walk.nextNode()) if (!n.parentElement.closest("bdi, code, script, dd[lang], .prose")) found.push(n.data.trim().replace(/[\s:.(,]+$/, ""), n.data.trim());
		for (const e of document.querySelectorAll("[aria-label], [title], [placeholder]")) found.push(e.ariaLabel, e.title, e.placeholder);
		return found.concat(document.title.split(" · ")).filter(s => s);
	})()`, &texts))
	if len(texts) < 20 {
		p.t.Errorf("found only %d texts on the page", len(texts))
	}
	for _, text := range texts {
		if known[text] {
			list = append(list, text)
		}
	}
	return list
}

// TestLanguageMenu chooses a language with the keyboard alone, on a small screen, in
// both directions of writing. The choice holds for the session.
func TestLanguageMenu(t *testing.T) {
	d := house(t)
	rules := axe(t)
	p := newTab(t)
	p.open(d.Nodes[0].Login, 200)
	p.look(320, false, false)
	for _, step := range []struct{ from, to, dir string }{{"en", "ar", "rtl"}, {"ar", "nl", "ltr"}} {
		p.open(with(d.Nodes[0].URL+"/account", "lang="+step.from), 200)
		p.do("open the menu", chromedp.Focus(".tongues summary", chromedp.ByQuery), chromedp.KeyEvent(kb.Enter), chromedp.WaitReady(".tongues[open]", chromedp.ByQuery))
		p.flawless(rules)
		p.picture("languages-" + step.from)
		p.do("close the menu", chromedp.KeyEvent(kb.Escape), chromedp.WaitReady(".tongues:not([open])", chromedp.ByQuery))
		p.do("choose", chromedp.KeyEvent(kb.Enter), chromedp.Focus(".tongues [lang="+step.to+"]", chromedp.ByQuery), chromedp.KeyEvent(kb.Enter),
			chromedp.WaitReady("html[lang="+step.to+"][dir="+step.dir+"]", chromedp.ByQuery))
		p.open(d.Nodes[0].URL+"/sent", 200)
		p.do("look at another page", chromedp.WaitReady("html[lang="+step.to+"] .tongues [aria-current][lang="+step.to+"]", chromedp.ByQuery))
	}
}
