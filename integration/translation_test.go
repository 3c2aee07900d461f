package integration

import (
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/comity-exchange/comity/gateway/policy"
	"github.com/comity-exchange/comity/node"
	"github.com/comity-exchange/comity/schema"
)

// An original and its translations stay together on their way: written in a form, judged,
// carried, read, taken out.
func TestTranslations(t *testing.T) {
	w := newWebPair(t)
	t.Run("read at the peer", func(t *testing.T) { translationsRead(t, w) })
	t.Run("written in a form", func(t *testing.T) { translationsWritten(t, w) })
	t.Run("taken out", func(t *testing.T) { translationsTakenOut(t, w) })
}

// spontaneous is a message with translations, and with one more.
func spontaneous(t *testing.T, from, to, pointer, language, words string) map[string]any {
	m := example(t, "information.spontaneous")
	m["from"], m["to"] = from, to
	m["body"].(map[string]any)["persons"].([]any)[0].(map[string]any)["health"] = "Needs insulin"
	m["handling"].(map[string]any)["necessity"] = "The doctor must know."
	m["translations"] = append(m["translations"].([]any), map[string]any{"pointer": pointer, "language": language, "text": words, "kind": "machine"})
	return m
}

func translationsRead(t *testing.T, w *webPair) {
	id := send(t, w.nl, spontaneous(t, "NL/irc", "BE/fps-justice", "/body/persons/0/health", "ar", "يحتاج إلى الأنسولين "+hostile))
	d, err := w.be.Node.Open(t.Context(), "officer:test", id, node.In)
	check(t, err)
	if got := d.Message.Translations; len(got) != 5 || got[1].By != "Sworn translator 4711, The Hague" || got[4].Language != "ar" {
		t.Fatalf("got %+v", got)
	}
	w.giveReason(t, "/message/in/"+string(id))
	page := w.page(t, "/message/in/"+string(id))
	for _, want := range [][]string{ // one under the other
		{`<h1 id="subject">`, "Possible use of a Belgian account", `<p class="prose" lang="fr" dir="auto">Usage possible d&#39;un compte belge`, `<p class="badges">`},
		{`lang="en" dir="auto" class="prose">In an investigation`, "French (fr)", "By a certified or sworn translator (human-certified)", "Sworn translator 4711, The Hague", `<time datetime="2026-11-22">`,
			`<p class="prose" lang="fr" dir="auto">Dans une enquête`, "Dutch (nl)", "By a machine (machine)", `<p class="prose" lang="nl" dir="auto">In een onderzoek`, "Why it may be useful"},
		{"Needs insulin", "Arabic (ar)", `<p class="prose" lang="ar" dir="auto">يحتاج إلى الأنسولين kanarie`},
	} {
		rest := page
		for _, part := range want {
			_, behind, found := strings.Cut(rest, part)
			if !found {
				t.Fatalf("the page lacks %q, or it does not come behind what it belongs to", part)
			}
			rest = behind
		}
	}
	if strings.Contains(page, "<img") || strings.Contains(page, "<script>alert") {
		t.Error("a translation reached the page as markup")
	}
	page = text(t, w.fetch(t, "GET", "/message/in/"+string(id)+"?lang=nl", nil, "officer"))
	if !strings.Contains(page, "Vertaling · <bdi>Frans (fr)</bdi> · <bdi>Door een mens (human)</bdi>") {
		t.Error("how a text was translated is not told in the reader's language")
	}
	w.fetch(t, "GET", "/inbox?lang=en", nil, "officer")
	if page := w.page(t, "/inbox?"+url.Values{"show": {"all"}, "q": {"enquete boutique"}}.Encode()); !strings.Contains(page, string(id)) {
		t.Error("a search does not find the words of a translation")
	}
}

func translationsWritten(t *testing.T, w *webPair) {
	draft := w.begin(t, "information.spontaneous")
	w.fill(t, draft, "information.spontaneous", schema.Pairs)
	at := draft + "/section/" + schema.Pairs
	page := w.page(t, draft)
	if !strings.Contains(page, `href="`+at+`"`) || !strings.Contains(page, ">Translations<") {
		t.Fatal("the form has no section for translations")
	}
	form := inputs(w.page(t, at))
	form.Set("do", "add /translations")
	wentTo(t, w.post(t, at, form))
	page = w.page(t, at)
	for _, want := range []string{`<select id="translations-0-pointer" name="/translations/0/pointer"`, `<option value="/subject">Subject (/subject)</option>`,
		`<option value="/body/persons/0/role_note">Person 1 › Other role (/body/persons/0/role_note)</option>`, `<textarea id="translations-0-text"`, `value="human-certified"`, `name="/translations/0/by"`} {
		if !strings.Contains(page, want) {
			t.Errorf("the section lacks %q", want)
		}
	}
	if strings.Contains(page, `<option value="/body/persons/0/name"`) || strings.Contains(page, `<option value="/body/authority`) {
		t.Error("names can be translated")
	}
	// What is missing is told at its field.
	form = inputs(page)
	form.Set("/translations/0/language", "en")
	form.Set("/translations/0/kind", "human")
	form.Set("/translations/0/text", "Titulaire")
	form.Set("do", "save")
	page = w.page(t, wentTo(t, w.post(t, at, form)))
	for _, want := range []string{`<a href="#translations-0-pointer">`, "Choose", "The message itself is written in this language."} {
		if !strings.Contains(page, want) {
			t.Errorf("the error lacks %q", want)
		}
	}
	form = inputs(page)
	form.Set("/translations/0/pointer", "/body/persons/0/role_note")
	form.Set("/translations/0/language", "fr")
	form.Set("do", "save")
	wentTo(t, w.post(t, at, form))
	page = w.page(t, draft+"/check")
	_, page, found := strings.Cut(page, "Holder of the account that received the payments")
	if below, _, under := strings.Cut(page, `<p class="prose" lang="fr" dir="auto">Titulaire</p>`); !found || !under || strings.Contains(below, "<dt>") {
		t.Error("the check does not show the translation under its text")
	}
	// A person that is taken out takes the translation along.
	twin := w.begin(t, "information.spontaneous")
	w.fill(t, twin, "information.spontaneous")
	persons := twin + "/section/body.persons"
	form = inputs(w.page(t, persons))
	form.Set("do", "remove /body/persons/0")
	wentTo(t, w.post(t, persons, form))
	if page := w.page(t, twin+"/section/"+schema.Pairs); strings.Contains(page, "Titulaire") || !strings.Contains(page, "Usage possible") {
		t.Error("the translation of what was removed is still there, or others are not")
	}
	sent := wentTo(t, w.post(t, draft+"/send", nil))
	id := schema.ID(strings.TrimPrefix(sent, "/message/out/"))
	if got := await(t, w.be, id); got.State != node.Accepted {
		t.Fatalf("got %+v, want it accepted", got)
	}
	there, err := w.nl.Node.Open(t.Context(), "officer:test", id, node.In)
	check(t, err)
	want := []schema.Translation{{Pointer: "/body/persons/0/role_note", Language: "fr", Text: "Titulaire", Kind: "human"}}
	if !slices.Equal(there.Message.Translations, want) {
		t.Errorf("got %+v, want %+v", there.Message.Translations, want)
	}
}

func translationsTakenOut(t *testing.T, w *webPair) {
	apply(t, w.nl, []byte(`version: 1
rules:
  - {name: less, peers: [BE], direction: send, types: ["*"], categories: ["*"], redact: [health], marking: restricted, minors: true, instruments: [EIO, EU-2000, COE-1959]}
`))
	out, err := w.nl.Node.Submit(t.Context(), submission(t, spontaneous(t, "NL/irc", "BE/fps-justice", "/body/persons/0/health", "fr", "A besoin d'insuline")))
	check(t, err)
	if out.Decision.Verdict != policy.Allow || len(out.Decision.Redact) != 2 {
		t.Fatalf("got %+v, want the text and its translation taken out", out.Decision)
	}
	await(t, w.nl, out.ID)
	d, err := w.be.Node.Open(t.Context(), "officer:test", out.ID, node.In)
	check(t, err)
	raw := string(d.Message.Raw)
	if strings.Contains(raw, "insulin") || len(d.Message.Translations) != 4 || !strings.Contains(raw, `{"pointer":"/translations/4/text","category":"health","reason":"policy"}`) {
		t.Errorf("the translation crossed, or its going is not told: %s", raw)
	}
	w.giveReason(t, "/message/in/"+string(out.ID))
	if page := w.page(t, "/message/in/"+string(out.ID)); strings.Contains(page, "insulin") || !strings.Contains(page, "/translations/4/text") {
		t.Error("the page shows what was taken out, or does not tell of it")
	}
	apply(t, w.nl, []byte(`version: 1
rules:
  - {name: none, peers: [BE], direction: send, types: ["*"], categories: [id.*, contact.*, crime.*, fin.*, intel.*, authority.*, person.*], marking: restricted, minors: true, instruments: [EU-2000]}
`))
	_, err = w.nl.Node.Submit(t.Context(), submission(t, spontaneous(t, "NL/irc", "BE/fps-justice", "/body/persons/0/health", "fr", "A besoin d'insuline")))
	wantCode(t, err, "policy_denied")
}
