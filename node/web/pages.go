package web

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"html/template"
	"net/http"
	"net/url"
	"strconv"
	"sync"
	"time"

	"github.com/comity-exchange/comity/schema"
)

//go:embed pages/*.html pages/style.css pages/page.js pages/passkey.js
var pageFiles embed.FS

// pages are the templates, each with the layout, for each language, and what they load.
type pages struct {
	templates map[string]func() *template.Template // by language, "/" and name
	assets    map[string]asset                     // by path
}

// asset is a file that pages load. Its tag stands for this version of it.
type asset struct {
	kind, tag string
	body      []byte
}

// assetKinds lists the files that pages load, by path, with their media types.
var assetKinds = map[string]string{"/style.css": "text/css; charset=utf-8", "/page.js": "text/javascript; charset=utf-8", "/passkey.js": "text/javascript; charset=utf-8"}

// parsed are the pages of this program, whichever node shows them.
var parsed = sync.OnceValue(newPages)

// newPages reads the embedded files; a fault in them is ours and found by every test.
func newPages() *pages {
	p := &pages{templates: make(map[string]func() *template.Template), assets: make(map[string]asset)}
	for path, kind := range assetKinds {
		body, err := pageFiles.ReadFile("pages" + path)
		if err != nil {
			panic("embedded " + path + ": " + err.Error())
		}
		sum := sha256.Sum256(body)
		p.assets[path] = asset{kind, hex.EncodeToString(sum[:8]), body}
	}
	for _, name := range []string{"desk", "message", "original", "reading", "erased", "case", "cases", "peers", "dashboard", "problem", "releases", "release", "signin", "signon", "enrol", "account", "write", "drafts", "tasks", "section", "files", "check", "delete"} {
		p.add(name, "pages/layout.html", "pages/controls.html", "pages/parts.html", "pages/"+name+".html")
	}
	return p
}

// add has a page in each language, parsed when it is first shown: all of them at once
// would be most of the time that a node takes to start.
func (p *pages) add(name string, files ...string) {
	for _, lang := range languages {
		p.templates[lang+"/"+name] = sync.OnceValue(func() *template.Template {
			return template.Must(template.New("layout.html").Funcs(speaking(lang)).ParseFS(pageFiles, files...))
		})
	}
}

// view is what every page knows of its reader.
type view struct {
	Lang   string
	Title  string
	Node   string // name of the node's jurisdiction
	Code   schema.Jurisdiction
	User   string // "" if nobody is signed in
	Reads  bool   // the user may see messages
	Writes bool   // the user may write them
	Counts bool   // the user may see the overview
	Waits  int64  // messages that wait for release, at most maxWaits
	At     string // "inbox", "sent", "cases", "releases", "peers", "overview" or ""
	Asset  map[string]asset
	Path   string // of this page, for the language links
	Data   any
}

// speaking gives the functions of the templates, in one language.
func speaking(lang string) template.FuncMap {
	dates := calendarOf(lang)
	return template.FuncMap{
		"line": line, "prose": prose,
		"t":         func(word string) string { return words[lang][word] },
		"n":         func(word string, n int) string { return counted(lang, word, n) },
		"when":      func(t time.Time) string { return dates.utc(toMinute, t) },
		"exactly":   func(t time.Time) string { return dates.utc(toSecond, t) },
		"left":      func(d time.Duration) string { return left(lang, d) },
		"until":     func(d *due) string { return dates.there(toMinute, d.Local) },
		"day":       dates.day,
		"stamp":     func(t time.Time) string { return t.UTC().Format(time.RFC3339) },
		"languages": func() []string { return languages },
		"worded":    func(format, value string) string { return worded(lang, format, value) },
		"idle":      func() int { return int(sessionIdle.Seconds()) },
		"inc":       func(n int) int { return n + 1 },
		"dir":       func() string { return direction(lang) },
		"size":      func(n int64) string { return size(lang, n) },
		"whole":     func(n int64) string { return whole(lang, n) },
		"days":      func(d float64) string { return daysText(lang, d) },
		"month":     dates.of,
		"per":       func(x float64) string { return strconv.FormatFloat(x, 'f', 2, 64) + "%" },
		"self":      func(lang string) string { return words[lang]["self"] },
	}
}

// maxWaits is as far as is counted what waits for release.
const maxWaits = 99

// view of a request: the language is the one chosen now, in this session, or by the browser.
func (w *Web) view(r *request) *view {
	v := &view{Lang: languageOf(r.Request), Node: w.Node.Self.Name, Code: w.Node.Code(), User: r.caller.name,
		Reads: r.caller.role&pageReaders != 0, Writes: r.caller.role&officer != 0, Counts: r.caller.role&(pageReaders|watchers) != 0, Asset: w.pages.assets, Path: r.URL.Path}
	if v.Reads {
		var err error
		if v.Waits, err = w.Node.WaitingCount(r.Context(), maxWaits); err != nil {
			w.Log.Error().Err(err).Msg("what waits for release was not counted") // the page does without
		}
	}
	if s := r.caller.session; s != nil && s.lang != "" {
		v.Lang = s.lang
	}
	if chosen := r.query.Get("lang"); isLanguage(chosen) {
		v.Lang = chosen
		if r.caller.session != nil {
			w.auth.choose(r.caller.session, chosen)
		}
	}
	if name := r.query.Get("name"); name != "" {
		v.Path += "?" + url.Values{"name": {name}}.Encode() + "&"
	} else {
		v.Path += "?"
	}
	return v
}

// show renders a page as a whole before anything is sent.
func (w *Web) show(rw http.ResponseWriter, status int, page string, v *view) error {
	var out bytes.Buffer
	if err := w.pages.templates[v.Lang+"/"+page]().Execute(&out, v); err != nil {
		return fmt.Errorf("render %s: %w", page, err)
	}
	rw.Header().Set("Content-Language", v.Lang)
	rw.Header().Add("Vary", "Accept-Language")
	sendBytes(rw, status, "text/html; charset=utf-8", out.Bytes())
	return nil
}

// problemPage shows a problem to people.
func (w *Web) problemPage(rw http.ResponseWriter, r *request, status int, p *schema.Problem) {
	v := w.view(r)
	v.Title = words[v.Lang]["problem"]
	if status == http.StatusUnauthorized {
		v.Title = words[v.Lang]["signed_out"]
	}
	v.Data = map[string]any{"SignedOut": status == http.StatusUnauthorized, "Problem": p}
	if err := w.show(rw, status, "problem", v); err != nil {
		w.Log.Error().Err(err).Msg("problem page failed")
		sendBytes(rw, status, "text/plain; charset=utf-8", []byte(p.Detail+"\n"))
	}
}

// asset may be kept by browsers as long as its tag stands in the address.
func (w *Web) asset(rw http.ResponseWriter, r *request) error {
	a := w.pages.assets[r.URL.Path]
	if r.query.Get("v") == a.tag {
		rw.Header().Set("Cache-Control", "public, max-age=31536000, immutable")
	}
	sendBytes(rw, http.StatusOK, a.kind, a.body)
	return nil
}

// Src is the address of an asset with its tag.
func (v *view) Src(path string) string { return path + "?v=" + v.Asset[path].tag }
