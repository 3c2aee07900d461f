package browser

import (
	"os"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/go-json-experiment/json"

	"github.com/comity-exchange/comity/schema"
)

// english are the texts of the program that read otherwise in a language: words of the
// pages, labels of fields and codes, titles of types.
func english(t *testing.T, c *schema.Catalogue, lang string) map[string]bool {
	t.Helper()
	known := map[string]bool{}
	add := func(in, out string) {
		if in != "" && in != out && !strings.ContainsAny(in, "#{") {
			known[in] = true
		}
	}
	en, own := wordsOf(t, "en"), wordsOf(t, lang)
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
