package web

import (
	"bytes"
	"fmt"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"

	"github.com/comity-exchange/comity/schema"
)

func TestHiddenCharactersAreWrittenOut(t *testing.T) {
	for _, row := range []struct{ in, line, prose string }{
		{"plain 12 €", "plain 12 €", "plain 12 €"},
		{"قاسم", "قاسم", "قاسم"},
		{"a\u202egpj.exe", `a\u202egpj.exe`, `a\u202egpj.exe`},
		{"a\u2066b\u2069", `a\u2066b\u2069`, "a\u2066b\u2069"},
		{"a\nb\tc", `a\u000ab\u0009c`, "a\nb\tc"},
		{"\x1b[31m\x00\x7f\u0085", `\u001b[31m\u0000\u007f\u0085`, `\u001b[31m\u0000\u007f\u0085`},
		{"a\u200bb\ufeff", `a\u200bb\ufeff`, `a\u200bb\ufeff`},
		{"a\U000e0041", `a\U000e0041`, `a\U000e0041`},
		{"\xff", `\ufffd`, `\ufffd`},
		{"שָׁלוֹם", "שָׁלוֹם", "שָׁלוֹם"},
		{"a" + strings.Repeat("\u0e33", 12) + "b\u0301", "a" + strings.Repeat("\u0e33", 10) + `\u0e33\u0e33b` + "\u0301", "a" + strings.Repeat("\u0e33", 10) + `\u0e33\u0e33b` + "\u0301"},
	} {
		if got := line(row.in); got != row.line {
			t.Errorf("line %q: got %q, want %q", row.in, got, row.line)
		}
		if got := prose(row.in); got != row.prose {
			t.Errorf("prose %q: got %q, want %q", row.in, got, row.prose)
		}
	}
}

func TestLanguageFollowsTheBrowser(t *testing.T) {
	for header, want := range map[string]string{"": "en", "fr": "fr", "fr-BE,fr;q=0.9,en;q=0.5": "fr", "en-GB,fr;q=0.5": "en", "nl": "nl", "de-AT": "de", "es-419": "es", "ar-MA,fr;q=0.8": "ar", "fi": "en", ";;;": "en", strings.Repeat("x", 5000): "en"} {
		r := httptest.NewRequest("GET", "/", nil)
		r.Header.Set("Accept-Language", header)
		if got := languageOf(r); got != want {
			t.Errorf("%.20q: got %s, want %s", header, got, want)
		}
	}
}

func TestPagesAreLockedDown(t *testing.T) {
	w := newWeb(newClock().now)
	w.Secure = true
	r := httptest.NewRequest("GET", "/inbox", nil)
	r.Header.Set("Accept-Language", "fr")
	res := ask(w.Public(), r).Result()
	for name, want := range map[string]string{
		"Content-Security-Policy":   "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; require-trusted-types-for 'script'; trusted-types 'none'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
		"X-Content-Type-Options":    "nosniff",
		"Referrer-Policy":           "same-origin",
		"Cache-Control":             "no-store",
		"X-Frame-Options":           "DENY",
		"Strict-Transport-Security": "max-age=63072000",
		"Content-Type":              "text/html; charset=utf-8",
		"Content-Language":          "fr",
	} {
		if got := res.Header.Get(name); got != want {
			t.Errorf("%s: got %q, want %q", name, got, want)
		}
	}
	if res.StatusCode != http.StatusUnauthorized {
		t.Errorf("got %d, want 401", res.StatusCode)
	}
}

func TestEveryPageIsParsed(t *testing.T) {
	p := newPages()
	if len(p.templates) < 15*len(languages) {
		t.Fatalf("got %d pages", len(p.templates))
	}
	for name, parse := range p.templates {
		if parse().Lookup("main") == nil {
			t.Errorf("%s has no main part", name)
		}
	}
}

// The only script that a page may have is one of our files.
func TestPagesHaveNoInlineScriptAndStyle(t *testing.T) {
	templates, err := fs.Glob(pageFiles, "pages/*.html")
	if err != nil || len(templates) == 0 {
		t.Fatalf("no templates, %v", err)
	}
	for _, name := range templates {
		text, err := fs.ReadFile(pageFiles, name)
		if err != nil {
			t.Fatal(err)
		}
		text = bytes.ReplaceAll(text, []byte(`<script src="{{.Src "/page.js"}}" defer></script>`), nil)
		text = bytes.ReplaceAll(text, []byte(`<script src="{{$.Src "/passkey.js"}}" defer></script>`), nil)
		if found := regexp.MustCompile(`(?i)<script|<style|\bstyle=|\bon[a-z]+=|javascript:|https?://`).Find(text); found != nil {
			t.Errorf("%s holds %q", name, found)
		}
	}
}

func TestStylesheetIsKeptByItsTag(t *testing.T) {
	w := newWeb(newClock().now)
	for query, want := range map[string]string{"": "no-store", "?v=" + w.pages.assets["/style.css"].tag: "public, max-age=31536000, immutable", "?v=old": "no-store"} {
		if got := ask(w.Public(), httptest.NewRequest("GET", "/style.css"+query, nil)).Result().Header.Get("Cache-Control"); got != want {
			t.Errorf("%q: got %q, want %q", query, got, want)
		}
	}
}

func TestCursorsAreExact(t *testing.T) {
	for _, n := range []int64{1, 50, 1 << 40} {
		if got, err := readCursor(newCursor(n)); err != nil || got != n {
			t.Errorf("got %d, %v, want %d", got, err, n)
		}
	}
	for _, bad := range []Cursor{"1", "bTE6MQ==", newCursor(0), newCursor(-4), newCursor(5) + "A", "bTE6KzU", "!"} {
		if n, err := readCursor(bad); err == nil {
			t.Errorf("%q was read as %d", bad, n)
		}
	}
}

func FuzzCursor(f *testing.F) {
	f.Add("")
	f.Add(string(newCursor(12)))
	f.Add("bTE6MDEy")
	f.Fuzz(func(t *testing.T, s string) {
		n, err := readCursor(Cursor(s))
		if err == nil && s != "" && string(newCursor(n)) != s {
			t.Errorf("%q was read as %d, which is written %q", s, n, newCursor(n))
		}
	})
}

func TestDispositionIsOneSafeHeader(t *testing.T) {
	for name, want := range map[string]string{
		"statement.pdf":          "attachment; filename=statement.pdf",
		`a"b\c/../d`:             `attachment; filename="a\"b_c_.._d"`,
		"x\r\nSet-Cookie: a":     `attachment; filename="x__Set-Cookie: a"`,
		"photo\u202egpj.exe":     "attachment; filename=photo_gpj.exe",
		"relevé.pdf":             "attachment; filename*=utf-8''relev%C3%A9.pdf",
		strings.Repeat("n", 255): "attachment; filename=" + strings.Repeat("n", 255),
	} {
		if got := disposition(name); got != want {
			t.Errorf("%q: got %q, want %q", name, got, want)
		}
	}
}

func TestFieldsAreNestedByDepth(t *testing.T) {
	var show func(list []*field) string
	show = func(list []*field) (s string) {
		for _, f := range list {
			s += f.Label + "(" + show(f.Nested) + ")"
		}
		return s
	}
	var fields []schema.Field
	for _, d := range []int{0, 1, 2, 1, 0, 5} {
		fields = append(fields, schema.Field{Depth: d, Label: fmt.Sprint(d)})
	}
	if got, want := show(tree(fields)), "0(1(2())1())0(5())"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}
