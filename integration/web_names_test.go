package integration

import (
	"encoding/base64"
	"fmt"
	"mime"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/comity-exchange/comity/node"
)

// fileNames are names that lead elsewhere, end early, or look like others.
var fileNames = []string{"../../etc/passwd", `..\..\windows\win.ini`, "/etc/shadow", `C:\temp\x.pdf`, "....//x.pdf", "%2e%2e%2fx.pdf", ".", "..", ".htaccess", "~root", "CON", "nul.txt", "x.pdf::$DATA", "a/b", `a\b`,
	"x.pdf\x00.exe", "\x00", "x\r\nSet-Cookie: a=b.pdf", "x\n.pdf", "x\t.pdf", "\x1b[31mx.pdf", "x\x7f.pdf", "x\u0085.pdf", "x\u202efdp.exe", "x\u202dfdp.exe", "\u2066x\u2069.pdf", "x\u200b.pdf", "x\ufeff.pdf", "x\u2028.pdf", "x\U000e0041.pdf",
	`"x".pdf`, `x";filename="y.exe`, "x;y.pdf", "x'y.pdf", "<script>alert(1)</script>.pdf", `"><img src=x onerror=alert(1)>.svg`, "x&lt;.pdf", "-rf.pdf", "=1+1.csv", "@SUM.csv", " x.pdf ", "x.pdf.", "x..pdf", "رسالة.pdf", "ﷺ.pdf", "👩‍👩‍👧.pdf",
	strings.Repeat("x", 300) + ".pdf", strings.Repeat("ß", 300), "\xff\xfe.pdf", ""}

// TestHostileFileNames gives such names to uploads and to files of messages: a file is
// kept by its digest, and its name is shown and offered with nothing that misleads. F21.
func TestHostileFileNames(t *testing.T) {
	w := newWebPair(t)
	t.Run("uploads", func(t *testing.T) { hostileUploads(t, w) })
	t.Run("files of messages", func(t *testing.T) { hostileArrivals(t, w) })
}

// offered follows a page's links to files and holds that what comes is the file with that
// content, under a name that is safe to keep.
func offered(t *testing.T, w *webPair, page string, link *regexp.Regexp, want map[string]bool) {
	t.Helper()
	found := link.FindAllStringSubmatch(page, -1)
	for _, m := range found {
		res := w.fetch(t, "GET", m[1], nil, "officer")
		content := text(t, res)
		if res.StatusCode != http.StatusOK || !want[content] {
			t.Errorf("%s: got %d %q", m[1], res.StatusCode, content)
		}
		kind, params, err := mime.ParseMediaType(res.Header.Get("Content-Disposition"))
		if err != nil || kind != "attachment" || len(res.Header.Values("Set-Cookie")) > 0 || res.Header.Get("X-Content-Type-Options") != "nosniff" {
			t.Errorf("%s: got %v, %v", m[1], res.Header, err)
		}
		if name := params["filename"]; strings.ContainsFunc(name, misleading) || name == "." || name == ".." || len(name) > 600 {
			t.Errorf("%s is offered as %q", m[1], name)
		}
		delete(want, content)
	}
	if shown := ownScript.ReplaceAllString(page, ""); strings.Contains(shown, "<script") || strings.Contains(shown, "<img") || strings.ContainsFunc(shown, turning) {
		t.Error("a name became part of the page")
	}
	for content := range want {
		t.Errorf("the file with %q is not offered", content)
	}
}

// misleading holds for what no name of a file on disk may have.
func misleading(c rune) bool {
	return strings.ContainsRune(`/\`, c) || unicode.IsControl(c) || turning(c) || c == 0x2028 || c == 0x2029
}

func turning(c rune) bool {
	return c == 0 || c == 0x1b || c >= 0x202a && c <= 0x202e || c >= 0x2066 && c <= 0x2069 || c >= 0xe0000 && c <= 0xe007f
}

func hostileUploads(t *testing.T, w *webPair) {
	link := regexp.MustCompile(`href="(/draft/[0-9a-f-]{36}/files/[0-9a-f]{64})"`)
	for some := 0; some < len(fileNames); some += 20 {
		draft := w.begin(t, "mla.request")
		want := map[string]bool{}
		for i, name := range fileNames[some:min(some+20, len(fileNames))] {
			content := fmt.Sprint("upload ", some+i)
			res := w.attach(t, draft, name, "", []byte(content))
			if res.StatusCode == http.StatusSeeOther {
				want[content] = true
			} else if res.StatusCode >= 500 || name != "" && name != "." && name != ".." && !strings.ContainsFunc(name, unicode.IsControl) && utf8.ValidString(name) {
				t.Errorf("%q: got %d", name, res.StatusCode)
			}
		}
		offered(t, w, w.page(t, draft+"/section/attachments"), link, want)
	}
}

func hostileArrivals(t *testing.T, w *webPair) {
	link := regexp.MustCompile(`href="(/message/in/[0-9a-f-]{36}/attachments/[0-9a-f]{64})"`)
	taken := 0
	for i, name := range fileNames {
		content := fmt.Sprint("arrival ", i)
		m := request(t)
		m["from"], m["to"] = "NL/irc", "BE/fps-justice"
		m["attachments"] = []any{map[string]any{"name": name, "media_type": "application/pdf", "category": "ev.item", "data": base64.StdEncoding.EncodeToString([]byte(content))}}
		sent, err := w.nl.Node.Submit(t.Context(), submission(t, m))
		if err != nil {
			continue // its own node refuses it, as any would that receives it
		}
		taken++
		if strings.ContainsFunc(name, misleading) {
			t.Errorf("a message may carry a file of the name %q", name)
		}
		if got := await(t, w.nl, sent.ID); got.State != node.Accepted {
			t.Errorf("%q: got %+v", name, got)
			continue
		}
		offered(t, w, w.page(t, "/message/in/"+string(sent.ID)), link, map[string]bool{content: true})
	}
	if taken < 5 || taken == len(fileNames) {
		t.Errorf("%d of %d names were taken", taken, len(fileNames))
	}
	t.Logf("%d of %d names may stand in a message", taken, len(fileNames))
}
