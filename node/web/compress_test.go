package web

import (
	"bytes"
	"compress/gzip"
	"io"
	"net/http/httptest"
	"strings"
	"testing"
)

func TestPagesAreCompressed(t *testing.T) {
	w := newWeb(newClock().now)
	cookie := signIn(t, w)
	css := w.pages.assets["/style.css"].body
	for _, row := range []struct {
		path, accept string
		want         bool
	}{
		{"/style.css", "gzip, deflate, br", true},
		{"/inbox", "br;q=1.0, gzip;q=0.8", true},
		{"/inbox", "", false},
		{"/inbox", "gzip;q=0", false},
		{"/inbox", "gzip;x", false},
		{"/inbox", "xgzip", false},
		{"/inbox?q=word", "gzip", false},
		{"/case?name=x", "gzip", false},
		{"/v1/types", "gzip", false},
	} {
		r := httptest.NewRequest("GET", row.path, nil)
		r.AddCookie(cookie)
		r.Header.Set("Accept-Encoding", row.accept)
		res := ask(w.Public(), r).Result()
		got := res.Header.Get("Content-Encoding") == "gzip"
		if got != row.want || !strings.HasPrefix(row.path, "/v1/") && !strings.Contains(strings.Join(res.Header.Values("Vary"), ", "), "Accept-Encoding") {
			t.Errorf("%s for %q: compressed is %t, want %t; %v", row.path, row.accept, got, row.want, res.Header)
		}
		body, err := io.ReadAll(res.Body)
		if err != nil || res.ContentLength != int64(len(body)) {
			t.Errorf("%s: got %d octets of %d, %v", row.path, len(body), res.ContentLength, err)
		}
		if row.path == "/style.css" && !bytes.Equal(expand(t, body), css) {
			t.Error("what is compressed is not what was there")
		}
	}
}

// TestLengthsAreBlurred: the same page has many lengths.
func TestLengthsAreBlurred(t *testing.T) {
	text := bytes.Repeat([]byte("the same "), 1000)
	seen := map[int]bool{}
	for range 200 {
		seen[len(compress(text))] = true
	}
	if len(seen) < 20 {
		t.Errorf("got %d lengths, want many", len(seen))
	}
}

func expand(t *testing.T, body []byte) []byte {
	t.Helper()
	z, err := gzip.NewReader(bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(z)
	if err != nil {
		t.Fatal(err)
	}
	return text
}
