package browser

import (
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
	"github.com/rs/zerolog"

	"github.com/comity-exchange/comity/cmd/comity/demo"
	"github.com/comity-exchange/comity/node"
	"github.com/comity-exchange/comity/schema"
)

// house is a demo whose first messages have crossed.
func house(t *testing.T) *demo.Demo {
	t.Helper()
	d, err := demo.Open(t.Context(), "", "test", zerolog.Nop())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { d.Close(t.Context()) })
	return d
}

// settle waits until the sample cases are on the first node's desk.
func settle(t *testing.T, d *demo.Demo) {
	t.Helper()
	for end := time.Now().Add(30 * time.Second); time.Now().Before(end); time.Sleep(200 * time.Millisecond) {
		page, err := d.First().ListDesk(t.Context(), node.DeskFilter{Box: node.In, Limit: 100}, "")
		if err != nil {
			t.Fatal(err)
		}
		if len(page.Items) >= 5 {
			return
		}
	}
	t.Fatal("the sample cases did not arrive")
}

// scene is one page to look at.
type scene struct {
	name, path string
	status     int64
}

// scenes are all pages, of messages one that arrived and one that was sent.
func scenes(t *testing.T, d *demo.Demo) []scene {
	t.Helper()
	list := []scene{{"inbox", "/inbox", 200}, {"nothing-found", "/inbox?q=nowheretobefound", 200}, {"filtered", "/inbox?show=all", 200}, {"sent", "/sent", 200}, {"overview", "/overview", 200}, {"cases", "/cases", 200}, {"peers", "/peers", 200},
		{"account", "/account", 200}, {"sign-in", "/sign-in", 200}, {"enrol", "/enrol", 200},
		{"not-there", "/message/in/0198f3c2-4a1e-7c3b-9d52-000000000000", 404}}
	for _, box := range []node.Box{node.In, node.Out} {
		all, err := d.First().List(t.Context(), node.Filter{Box: box, Limit: 50})
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range all {
			if m.Type == "mla.request" {
				list = append(list, scene{"message-" + string(box), "/message/" + string(box) + "/" + string(m.ID), 200}, scene{"case-" + string(box), "/case?name=" + m.Case, 200})
				break
			}
		}
	}
	held := hold(t, d)
	list = append(list, scene{"reason", asking(t, d), 200})
	return append(list, scene{"releases", "/releases", 200}, scene{"release", "/release/out/" + string(held), 200}, scene{"held", "/message/out/" + string(held), 200})
}

// translations of texts that the sample and the type's example have.
var translations = []schema.Translation{
	{Pointer: "/subject", Language: "ar", Text: "كشوف حسابين مصرفيين في قضية احتيال بالفواتير", Kind: "human", By: "Bureau 12", Date: "2026-11-20"},
	{Pointer: "/body/offences/0/facts", Language: "nl", Text: "Tussen maart en mei 2026 ontving een vennootschap in Brussel facturen die leken op die van haar leverancier en een andere rekening vermeldden.\n\nZij betaalde er drie.", Kind: "human-certified", By: "Sworn translator 4711, Brussels", Date: "2026-11-21"},
	{Pointer: "/body/offences/0/facts", Language: "ar", Text: "بين مارس ومايو 2026 تلقت شركة في بروكسل فواتير تقلد فواتير موردها.", Kind: "machine", By: "Example engine 2", Date: "2026-11-21"},
}

// asking is a message that is opened only with a reason: it holds what was said on a telephone.
func asking(t *testing.T, d *demo.Demo) string {
	t.Helper()
	sample, err := os.ReadFile(d.Sample)
	if err != nil {
		t.Fatal(err)
	}
	var m map[string]any
	if err := json.Unmarshal(sample, &m); err != nil {
		t.Fatal(err)
	}
	m["attachments"] = []any{map[string]any{"name": "call.txt", "media_type": "text/plain", "category": "tel.content", "data": "aGVsbG8="}}
	body, err := json.Marshal(m)
	if err != nil {
		t.Fatal(err)
	}
	done, err := d.First().Submit(t.Context(), node.Submission{Actor: "agency:demo", Body: body})
	if err != nil {
		t.Fatal(err)
	}
	return "/message/out/" + string(done.ID)
}

// hold leaves a message of the agency, with translations, to wait for a second person.
func hold(t *testing.T, d *demo.Demo) schema.ID {
	t.Helper()
	const careful = `version: 1
rules:
  - {name: careful, peers: [NL], direction: send, types: [mla.*], categories: ["*"], approve: [fin.*], marking: restricted, instruments: [EIO]}
`
	if _, err := d.First().ApplyPolicy(t.Context(), "operator:demo", []byte(careful), nil); err != nil {
		t.Fatal(err)
	}
	raw, err := os.ReadFile(d.Sample)
	if err != nil {
		t.Fatal(err)
	}
	sample := map[string]any{}
	if err := json.Unmarshal(raw, &sample); err != nil {
		t.Fatal(err)
	}
	var pairs []any
	for _, tr := range translations {
		pairs = append(pairs, map[string]any{"pointer": tr.Pointer, "language": tr.Language, "text": tr.Text, "kind": tr.Kind, "by": tr.By, "date": tr.Date})
	}
	sample["translations"] = pairs
	if raw, err = json.Marshal(sample); err != nil {
		t.Fatal(err)
	}
	done, err := d.First().Submit(t.Context(), node.Submission{Actor: "agency:demo", Body: raw})
	if err != nil || done.State != node.Held {
		t.Fatalf("got %+v, %v, want it held", done, err)
	}
	return done.ID
}

// sight is one way of looking.
type sight struct {
	name   string
	width  int64
	dark   bool
	print  bool
	seldom bool // not in every language
}

var sights = []sight{{"wide", 1280, false, false, false}, {"dark", 1280, true, false, true}, {"middle", 768, false, false, true}, {"small", 320, false, false, false}, {"small-dark", 320, true, false, true}, {"print", 1000, false, true, true}}

// TestPages looks at every page in every language and every light: nothing is cut,
// nothing is said on the console, axe finds nothing to object to, and no text of the
// page itself is in English where another language was chosen.
func TestPages(t *testing.T) {
	d := house(t)
	settle(t, d)
	rules := axe(t)
	p := newTab(t)
	p.open(d.Nodes[0].Login, 200)
	url := d.Nodes[0].URL
	known := map[string]map[string]bool{}
	for _, lang := range languages(t, p) {
		known[lang] = english(t, d.First().Catalogue, lang)
	}
	for _, s := range append(scenes(t, d), draftScenes(t, d)...) {
		for _, lang := range languages(t, p) {
			for _, way := range sights {
				closely := lang == "en" || lang == "ar" // one language for each direction of writing
				if way.seldom && !closely {
					continue
				}
				judge := rules
				if way.name == "small" && !closely { // axe has seen it wide; here only its words can be cut
					judge = ""
				}
				name := fmt.Sprintf("%s/%s/%s", s.name, lang, way.name)
				t.Run(name, func(t *testing.T) {
					p.t = t
					p.look(way.width, way.dark, way.print)
					p.open(with(url+s.path, "lang="+lang), s.status)
					p.flawless(judge)
					if way.name == "wide" && lang != "en" {
						for _, text := range p.inEnglish(known[lang]) {
							t.Errorf("in English: %s", text)
						}
					}
					p.picture(name)
				})
			}
		}
	}
	t.Run("signed-out", func(t *testing.T) {
		out := newTab(t)
		out.open(url+"/inbox", 401)
		out.flawless(rules)
		out.picture("signed-out")
	})
}

func with(url, parameter string) string {
	for _, c := range url {
		if c == '?' {
			return url + "&" + parameter
		}
	}
	return url + "?" + parameter
}

// languages that the pages offer.
func languages(t *testing.T, p *tab) (list []string) {
	t.Helper()
	p.do("read the languages", chromedp.Evaluate(`Array.from(document.querySelectorAll(".who [lang]"), e => e.lang)`, &list))
	if len(list) < 6 {
		t.Fatalf("got languages %q", list)
	}
	return list
}

// flawless holds that nothing can be said against the page as it stands.
func (p *tab) flawless(rules string) {
	p.t.Helper()
	for _, flaw := range slices.Concat(p.complaints(), p.cut(), p.violations(rules)) {
		p.t.Error(flaw)
	}
}

// cut lists text that is cut off and what sticks out of the screen. What is typed into
// scrolls in its own box: nothing is cut there, and a cluster of marks has no break.
func (p *tab) cut() []string {
	p.t.Helper()
	var found []string
	p.do("look for cut text", chromedp.Evaluate(`(() => {
		const cut = [];
		if (document.documentElement.scrollWidth > innerWidth + 1) cut.push("the page is " + document.documentElement.scrollWidth + " wide on a screen of " + innerWidth + ": " +
			Array.from(document.querySelectorAll("body *:not(.vh)")).filter(e => e.scrollWidth > e.clientWidth + 1 && e.clientWidth > 0 || e.getBoundingClientRect().right > innerWidth + 1).slice(-2).map(e => e.tagName + "." + e.className + " " + e.textContent.trim().slice(0, 40)).join(", "));
		for (const e of document.querySelectorAll("main *, header *, footer *")) {
			const style = getComputedStyle(e);
			if (e.closest(".vh, svg, select, input, textarea, .scroll") || style.display === "none" || e.offsetParent === null) continue;
			if (e.scrollWidth > e.clientWidth + 1 && e.clientWidth > 0 && style.overflowX !== "visible") cut.push(e.tagName + "." + e.className + ": " + e.textContent.trim().slice(0, 40));
		}
		return cut;
	})()`, &found))
	return found
}

// axe is the text of axe-core, "" if it is not at hand.
func axe(t *testing.T) string {
	t.Helper()
	path := os.Getenv("COMITY_AXE")
	if path == "" {
		if os.Getenv("CI") != "" {
			t.Fatal("COMITY_AXE is not set; the check sets it")
		}
		t.Log("left out: axe-core, because COMITY_AXE is not set")
		return ""
	}
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// violations are what axe has against the page as it stands. The page's own policy is
// in force for everything else.
func (p *tab) violations(rules string) (list []string) {
	p.t.Helper()
	if rules == "" {
		return nil
	}
	var text string
	p.do("judge the page", page.SetBypassCSP(true), chromedp.Evaluate(rules+";0", nil),
		chromedp.Evaluate(`axe.run(document, {resultTypes: ["violations"]}).then(r => JSON.stringify(r.violations.map(v => ({id: v.id, help: v.help, nodes: v.nodes.slice(0, 3).map(n => n.html.slice(0, 160))}))))`,
			&text, awaited), page.SetBypassCSP(false))
	var violations []struct {
		ID, Help string
		Nodes    []string
	}
	if err := json.Unmarshal([]byte(text), &violations); err != nil {
		p.t.Fatal(err)
	}
	for _, v := range violations {
		list = append(list, fmt.Sprintf("axe: %s: %s %q", v.ID, v.Help, v.Nodes))
	}
	return list
}

// TestFlawsAreFound plants a flaw of each kind: what finds nothing else finds these.
func TestFlawsAreFound(t *testing.T) {
	d := house(t)
	rules := axe(t)
	p := newTab(t)
	p.open(d.Nodes[0].Login, 200)
	p.look(320, false, false)
	p.do("plant", chromedp.Evaluate(`document.querySelector("main").insertAdjacentElement("beforeend", Object.assign(document.createElement("img"), {src: "/style.css"}))`, nil),
		chromedp.Evaluate(`(() => { const e = document.createElement("p"); e.textContent = "x".repeat(400); e.style.whiteSpace = "nowrap"; document.querySelector("main").append(e); })()`, nil),
		chromedp.Evaluate(`console.warn("planted"); document.querySelector("main").setAttribute("style", "color: red")`, nil))
	var flaw string
	p.do("hide the focus", chromedp.Evaluate(`(() => { const e = document.querySelector("nav a"); e.focus(); e.style.outline = "none"; })()`, nil), chromedp.Evaluate(seen, &flaw))
	if flaw != "has no outline" {
		t.Errorf("a focus that cannot be seen is %q", flaw)
	}
	if len(p.complaints()) == 0 {
		t.Error("a message on the console was not noticed")
	}
	if len(p.cut()) == 0 {
		t.Error("text that sticks out was not noticed")
	}
	if found := strings.Join(p.violations(rules), " "); rules != "" && !strings.Contains(found, "image-alt") {
		t.Errorf("axe did not object to a picture without words: %s", found)
	}
}
