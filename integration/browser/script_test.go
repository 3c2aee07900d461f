package browser

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/network"
	cdpage "github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"

	"github.com/comity-exchange/comity/cmd/comity/demo"
	"github.com/comity-exchange/comity/node"
	"github.com/comity-exchange/comity/pki"
	"github.com/comity-exchange/comity/schema"
)

// TestHostileTexts puts hostile texts into every field of every type that takes them and
// looks at all pages that show them: nothing runs, nothing is fetched from elsewhere, and
// nothing breaks a page of 320 px. F20.
func TestHostileTexts(t *testing.T) {
	texts := hostileTexts()
	if len(texts) < 500 {
		t.Fatalf("got %d texts, want 500", len(texts))
	}
	d := house(t)
	settle(t, d)
	began := time.Now()
	h := &hostile{t: t, n: d.First(), c: d.First().Catalogue, texts: texts, held: map[string]bool{}}
	h.befriend()
	messages := h.messages()
	h.deliver(messages, false)
	types := len(h.c.Types())
	waiting := h.messages()[:types]
	h.deliver(waiting, true)
	for _, text := range texts {
		if refused := strings.ContainsFunc(text, turns) || strings.ContainsFunc(text, broken); h.held[text] == refused {
			t.Errorf("%q: held is %t, want %t", text, h.held[text], !refused)
		}
	}
	t.Logf("%d texts in %d fields of %d types, in %v", len(h.held), h.fields, types, time.Since(began).Round(time.Second))

	p := newTab(t)
	p.open(d.Nodes[0].Login, 200)
	url := d.Nodes[0].URL
	p.guard(url)
	p.look(320, false, false)
	p.lists(url, len(messages))
	for i, m := range slices.Concat(messages[:types], messages[len(texts):]) {
		p.open(url+"/message/in/"+string(m.ID), 200)
		p.justify(string(m.ID))
		p.harmless(string(m.ID))
		p.titled(m.Subject)
		if i < types {
			p.look(320, false, true)
			p.harmless("print " + m.Type)
			p.look(320, false, false)
		}
	}
	for _, m := range waiting {
		p.open(url+"/release/in/"+string(m.ID), 200)
		p.harmless("release " + m.Type)
	}
	for _, path := range h.drafts(d) {
		p.open(url+path, 200)
		p.harmless(path)
	}
	figures(t, p, url)
	p.planted(url)
	t.Logf("all looked at in %v", time.Since(began).Round(time.Second))
}

// turns holds for what no field takes: overrides of the direction and invisible tags.
func turns(c rune) bool {
	return c == 0x202d || c == 0x202e || (c >= 0xe0000 && c <= 0xe007f)
}

// broken holds for what no field takes because it is no writing.
func broken(c rune) bool {
	return c < 0x20 && !strings.ContainsRune("\n\r\t", c) || c >= 0x7f && c <= 0x9f || c&0xfffe == 0xfffe
}

// hostile fills messages with texts.
type hostile struct {
	t      *testing.T
	n      *node.Node
	c      *schema.Catalogue
	texts  []string
	next   int // of texts
	held   map[string]bool
	fields int
	seq    int64 // of the peer's pouches
}

const stranger = "LU"

// befriend pins a peer that is never connected: what comes from it is handed to the node
// as its gateway does.
func (h *hostile) befriend() {
	h.t.Helper()
	now := time.Now()
	root, err := pki.NewRoot(now)
	if err != nil {
		h.t.Fatal(err)
	}
	secrets, err := root.NewOperational(now, time.Hour, time.Hour)
	if err != nil {
		h.t.Fatal(err)
	}
	card, err := root.SignCard(pki.Card{Jurisdiction: stranger, Name: `"><script>window.kanarie=1</script><img src=x onerror=alert(1)>`, Serial: 1, Issued: now, Expires: now.Add(time.Hour),
		Endpoints: []pki.Endpoint{{Addr: "127.0.0.1:1"}}, Accepts: []string{"*"}, Languages: []string{"en"}}, secrets, now)
	if err != nil {
		h.t.Fatal(err)
	}
	if _, err := h.n.AddPeer(h.t.Context(), "operator:demo", card.Text, card.Certificate.Root()); err != nil {
		h.t.Fatal(err)
	}
}

// messages are one of every type, then as many more as it takes for every text to be
// tried as a subject and as the name of a case.
func (h *hostile) messages() (list []*schema.Message) {
	h.t.Helper()
	var trees []map[string]any
	for _, typ := range h.c.Types() {
		var tree map[string]any
		if err := json.Unmarshal(typ.Example, &tree); err != nil {
			h.t.Fatal(err)
		}
		tree["from"], tree["to"] = stranger+"/office", "BE/fps-justice"
		h.poison(tree, tree, "")
		trees = append(trees, tree)
	}
	for i, text := range h.texts {
		tree := trees[i%len(trees)]
		h.try(tree, func(s any) { tree["subject"] = s }, tree["subject"], text)
		h.try(tree, func(s any) { tree["case"] = s }, "LU-2026-1", h.texts[(i+250)%len(h.texts)])
		m, err := h.read(tree)
		if err != nil {
			h.t.Fatalf("%s: %v", tree["type"], err)
		}
		list = append(list, m)
	}
	return append(list, h.prose()...)
}

// prose is what no single line took, in a field of several lines.
func (h *hostile) prose() (list []*schema.Message) {
	h.t.Helper()
	typ, err := h.c.Type("information.spontaneous")
	if err != nil {
		h.t.Fatal(err)
	}
	for _, text := range h.texts {
		var tree map[string]any
		if err := json.Unmarshal(typ.Example, &tree); err != nil {
			h.t.Fatal(err)
		}
		tree["from"], tree["to"], tree["subject"] = stranger+"/office", "BE/fps-justice", mark
		body := tree["body"].(map[string]any)
		if h.held[text] || !h.try(tree, func(s any) { body["facts"] = s }, body["facts"], text) {
			continue
		}
		m, err := h.read(tree)
		if err != nil {
			h.t.Fatal(err)
		}
		list = append(list, m)
	}
	return list
}

// poison puts the next text into every string below v where the message stays valid.
func (h *hostile) poison(tree map[string]any, v any, at string) {
	one := func(at string, old any, set func(any)) {
		if s, is := old.(string); !is {
			h.poison(tree, old, at)
		} else if at != "/from" && at != "/to" && at != "/type" && at != "/re" && at != "/id" && at != "/created" {
			h.field(tree, set, s)
		}
	}
	switch v := v.(type) {
	case map[string]any:
		names := make([]string, 0, len(v))
		for name := range v {
			names = append(names, name)
		}
		slices.Sort(names)
		for _, name := range names {
			one(at+"/"+name, v[name], func(x any) { v[name] = x })
		}
	case []any:
		for i, old := range v {
			one(at+"/"+strconv.Itoa(i), old, func(x any) { v[i] = x })
		}
	}
}

// field tries texts in one field until it holds one, if it takes writing at all.
func (h *hostile) field(tree map[string]any, set func(any), old string) {
	if !h.try(tree, set, old, "kanarie and some writing") && !h.try(tree, set, old, mark) {
		return // a code, a date, a number
	}
	for range 4 {
		text := h.texts[h.next%len(h.texts)]
		h.next++
		if h.try(tree, set, old, text) {
			h.fields++
			return
		}
	}
}

// try leaves the text in the field if the message is valid with it.
func (h *hostile) try(tree map[string]any, set func(any), old any, text string) bool {
	set(text)
	if _, err := h.read(tree); err != nil {
		set(old)
		return false
	}
	h.held[text] = true
	return true
}

func (h *hostile) read(tree map[string]any) (*schema.Message, error) {
	tree["id"], tree["created"] = schema.NewID(), time.Now().UTC().Format(time.RFC3339)
	text, err := json.Marshal(tree)
	if err != nil {
		return nil, err
	}
	return h.c.Read(text)
}

// deliver hands messages to the node as they come out of verified pouches.
func (h *hostile) deliver(messages []*schema.Message, quarantined bool) {
	h.t.Helper()
	for some := range slices.Chunk(messages, 100) {
		h.seq++
		now := time.Now().UTC()
		p := &node.Pouch{Box: node.In, Peer: stranger, Epoch: 1, Seq: h.seq, Hash: sha256.Sum256(binary.BigEndian.AppendUint64(nil, uint64(h.seq))), Manifest: []byte("manifest"), Signature: []byte("signature"),
			Committed: now, Receipt: []byte("receipt"), ReceiptSig: []byte("signature"), Settled: now}
		var arrived []node.Arrived
		for _, m := range some {
			arrived = append(arrived, node.Arrived{ID: m.ID, SHA256: sha256.Sum256(m.Raw), Message: m, Quarantined: quarantined})
		}
		if err := h.n.Receive(h.t.Context(), p, arrived); err != nil {
			h.t.Fatal(err)
		}
	}
}

// drafts writes the texts into drafts of some types, and gives the pages that show them.
func (h *hostile) drafts(d *demo.Demo) (paths []string) {
	h.t.Helper()
	const officer = "user:demo"
	for _, name := range []string{"mla.request", "notice.wanted", "fiu.disclosure", "seizure.notification"} {
		draft, err := h.n.MakeDraft(h.t.Context(), officer, node.DraftStart{Type: name, Peer: stranger, Instrument: "EIO"})
		if err != nil {
			h.t.Fatal(err)
		}
		typ, err := h.c.Type(name)
		if err != nil {
			h.t.Fatal(err)
		}
		values, err := h.c.Values(typ.Example)
		if err != nil {
			h.t.Fatal(err)
		}
		changed, err := h.n.ChangeDraft(h.t.Context(), officer, draft.ID, func(v schema.Values) error {
			for _, at := range slices.Sorted(maps.Keys(values)) {
				if at == "/id" || at == "/created" || at == "/from" || at == "/to" || at == "/re" || at == "/type" || at == "/version" || strings.HasPrefix(at, "/attachments") {
					continue
				}
				v[at] = values[at]
				if len(values[at]) > 0 { // a draft takes what the message will not: the form says so
					v[at] = []string{h.writable()}
				}
			}
			return nil
		})
		if err != nil {
			h.t.Fatal(err)
		}
		form, err := h.c.Form(changed.Raw, "en")
		if err != nil {
			h.t.Fatal(err)
		}
		path := "/draft/" + string(draft.ID)
		paths = append(paths, path, path+"/check", path+"/delete")
		for _, s := range form.Sections {
			paths = append(paths, path+"/section/"+s.Key+"?said=true")
		}
	}
	return append(paths, "/drafts")
}

// writable is the next text that can be typed into a form.
func (h *hostile) writable() string {
	for {
		h.next++
		if text := h.texts[h.next%len(h.texts)]; !strings.ContainsFunc(text, broken) {
			return text
		}
	}
}

// guard notes dialogs and whatever is asked of anybody but the node.
func (p *tab) guard(url string) {
	chromedp.ListenTarget(p.ctx, func(event any) {
		switch e := event.(type) {
		case *cdpage.EventJavascriptDialogOpening:
			p.note("dialog: " + e.Message)
			go chromedp.Run(p.ctx, cdpage.HandleJavaScriptDialog(false))
		case *network.EventRequestWillBeSent:
			if !strings.HasPrefix(e.Request.URL, url+"/") && !strings.HasPrefix(e.Request.URL, "data:") { // the icons of Chromium's own controls
				p.note("asked for " + e.Request.URL)
			}
		}
	})
}

// harmless holds that nothing ran on the page, nothing of a text became part of it, and
// nothing is cut or sticks out.
func (p *tab) harmless(at string) {
	p.t.Helper()
	var found []string
	p.do("look for what ran", chromedp.Evaluate(`(() => {
		const found = [];
		if (typeof window.kanarie !== "undefined") found.push("a text made a global variable");
		for (const e of document.querySelectorAll("script:not([src^='/']), iframe, object, embed, base, link:not([href^='/style.css']), meta[http-equiv], img, video, audio, math, marquee, plaintext, xmp, template, style"))
			found.push("there is a " + e.outerHTML.slice(0, 80));
		for (const e of document.querySelectorAll("*"))
			for (const a of e.attributes)
				if (a.name.startsWith("on") || a.name === "style" || (["href", "src", "action", "formaction"].includes(a.name) && !/^[\/#?]/.test(a.value)))
					found.push(e.tagName + " has " + a.name + "=" + a.value.slice(0, 80));
		return found;
	})()`, &found))
	for _, flaw := range slices.Concat(p.complaints(), found, p.cut()) {
		p.picture("hostile")
		p.t.Errorf("%s: %s", at, flaw)
	}
}

// justify says why a message of the most sensitive data is opened, if its page asks.
func (p *tab) justify(at string) {
	p.t.Helper()
	var asks bool
	p.do("look for the question", chromedp.Evaluate(`document.querySelector("form[action$='/reason']") !== null`, &asks))
	if !asks {
		return
	}
	p.harmless("reason " + at)
	var before, after float64
	p.do("give a reason", chromedp.Evaluate(`performance.timeOrigin`, &before), chromedp.Evaluate(`document.querySelector("#assigned").checked = true; document.querySelector("form[action$='/reason']").requestSubmit()`, nil))
	p.arrive("a reason", before, &after)
}

// titled holds that the page's title is a subject as one line, with nothing hidden in it.
func (p *tab) titled(subject string) {
	p.t.Helper()
	var title string
	p.do("read the title", chromedp.Title(&title))
	if strings.ContainsFunc(title, func(c rune) bool { return c < ' ' || c == 0x7f || turns(c) }) || !strings.HasSuffix(title, "· BE · Comity") || strings.Contains(subject, mark) != strings.Contains(title, mark) {
		p.t.Errorf("the title of %q is %q", subject, title)
	}
}

// lists walks all pages of the inbox, the queue of releases, a search, and a case.
func (p *tab) lists(url string, count int) {
	p.t.Helper()
	rows := 0
	for _, start := range []string{"/inbox?show=all", "/inbox?show=all&q=kanarie", "/releases", "/inbox?show=all&q=%22%3E%3Cscript%3Ealert(1)%3C%2Fscript%3E", "/case?name=%22%3E%3Cscript%3Ekanarie"} {
		for path, pages := start, 0; path != "" && pages < 40; pages++ {
			status := int64(200)
			if strings.HasPrefix(path, "/case") {
				status = 404
			}
			p.open(url+path, status)
			p.harmless(path)
			var more struct {
				Rows int
				Next string
			}
			p.do("read the rows", chromedp.Evaluate(`({rows: document.querySelectorAll(".messages .open").length, next: (document.querySelector("a[rel=next]") || {search: ""}).search})`, &more))
			if start == "/inbox?show=all" {
				rows += more.Rows
			}
			path = ""
			if more.Next != "" {
				path = strings.SplitN(start, "?", 2)[0] + more.Next
			}
		}
	}
	if rows < count {
		p.t.Errorf("the inbox listed %d messages, want %d and more", rows, count)
	}
}

// cell is what a table of figures may hold: no formula, no text of a message.
var cell = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9 .,%:_-]*$`)

func figures(t *testing.T, p *tab, url string) {
	t.Helper()
	var text string
	p.open(url+"/overview", 200)
	p.harmless("/overview")
	p.do("fetch the figures", chromedp.Evaluate(fmt.Sprintf(`fetch("/overview/figures?year=%d").then(r => r.text())`, time.Now().UTC().Year()), &text, awaited))
	rows, err := csv.NewReader(strings.NewReader(text)).ReadAll()
	if err != nil || len(rows) < 50 {
		t.Fatalf("got %d rows, %v", len(rows), err)
	}
	for _, row := range rows {
		for _, c := range row {
			if c != "" && !cell.MatchString(c) || strings.Contains(c, mark) {
				t.Errorf("the figures hold %q", c)
			}
		}
	}
}

// planted runs what the texts tried to run: what noticed nothing before notices this.
func (p *tab) planted(url string) {
	p.t.Helper()
	p.open(url+"/inbox", 200)
	p.do("plant", chromedp.Evaluate(`setTimeout(() => alert("planted")); fetch("https://kanarie.invalid/").catch(() => 0); 0`, nil), chromedp.Sleep(300*time.Millisecond))
	said := strings.Join(p.complaints(), "\n")
	for _, want := range []string{"dialog: planted", "kanarie.invalid"} {
		if !strings.Contains(said, want) {
			p.t.Errorf("%s was not noticed: %s", want, said)
		}
	}
}
