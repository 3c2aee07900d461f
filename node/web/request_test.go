package web

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"reflect"
	"strings"
	"testing"

	"github.com/comity-exchange/comity/schema"
)

// refusalOf sends a request to one route whose work only decodes its body.
func refusalOf(t *testing.T, r *http.Request) (status int, p Problem) {
	t.Helper()
	w := newWeb(newClock().now)
	w.AddToken("demo", "secret")
	r.Header.Set("Authorization", "Bearer secret")
	table := []route{{pattern: "POST /thing", who: client, query: []string{"dry_run"}, body: 1000, serve: func(_ *Web, rw http.ResponseWriter, r *request) error {
		if _, err := r.flag("dry_run"); err != nil {
			return err
		}
		var v struct {
			Name string `json:"name"`
			List []struct {
				N int `json:"n"`
			} `json:"list"`
		}
		if err := r.decode(&v); err != nil {
			return err
		}
		return answer(rw, http.StatusOK, v)
	}}, {pattern: "GET /thing", who: client, serve: func(_ *Web, rw http.ResponseWriter, r *request) error { panic("a panic with content") }}}
	res := ask(w.handler(table, w.visitor, network), r).Result()
	if res.StatusCode < 400 {
		return res.StatusCode, p
	}
	if got := res.Header.Get("Content-Type"); got != "application/problem+json" {
		t.Errorf("got content type %q, want application/problem+json", got)
	}
	if err := json.NewDecoder(res.Body).Decode(&p); err != nil {
		t.Fatal(err)
	}
	if p.Status != res.StatusCode || p.Type != "urn:comity:problem:"+p.Code || p.Detail == "" || p.Fix == "" {
		t.Errorf("problem is not whole: %+v", p)
	}
	return res.StatusCode, p
}

func TestRequestsAreReadStrictly(t *testing.T) {
	for _, row := range []struct {
		name, query, media, body string
		status                   int
		code, pointer            string
	}{
		{"sound", "", "application/json", `{"name":"x","list":[{"n":1}]}`, 200, "", ""},
		{"charset given", "?dry_run=true", "application/json; charset=UTF-8", `{}`, 200, "", ""},
		{"unknown parameter", "?x=1", "application/json", `{}`, 400, "unknown_parameter", ""},
		{"parameter twice", "?dry_run=true&dry_run=false", "application/json", `{}`, 400, "repeated_parameter", "dry_run"},
		{"not a flag", "?dry_run=1", "application/json", `{}`, 400, "bad_parameter", "dry_run"},
		{"malformed query", "?%zz", "application/json", `{}`, 400, "bad_query", ""},
		{"no media type", "", "", `{}`, 415, "unsupported_media_type", ""},
		{"a form", "", "application/x-www-form-urlencoded", `{}`, 415, "unsupported_media_type", ""},
		{"another charset", "", "application/json; charset=utf-16", `{}`, 415, "unsupported_media_type", ""},
		{"too large", "", "application/json", `{"name":"` + strings.Repeat("x", 1000) + `"}`, 413, "body_too_large", ""},
		{"not JSON", "", "application/json", `{"name":`, 400, "bad_json", "/name"},
		{"name twice", "", "application/json", `{"name":"a","name":"b"}`, 400, "duplicate_name", "/name"},
		{"other case", "", "application/json", `{"Name":"a"}`, 400, "unknown_member", ""},
		{"unknown member", "", "application/json", `{"list":[{"m":1}]}`, 400, "unknown_member", "/list/0/m"},
		{"content in a name", "", "application/json", `{"Jane Doe":1}`, 400, "unknown_member", ""},
		{"wrong kind", "", "application/json", `{"list":[{"n":"x"}]}`, 400, "bad_json", "/list/0/n"},
		{"something after", "", "application/json", `{} {}`, 400, "bad_json", ""},
		{"not UTF-8", "", "application/json", "{\"name\":\"\xff\"}", 400, "bad_json", "/name"},
		{"very deep", "", "application/json", strings.Repeat("[", 900), 400, "bad_json", ""},
	} {
		r := httptest.NewRequest("POST", "/thing"+row.query, strings.NewReader(row.body))
		if row.media != "" {
			r.Header.Set("Content-Type", row.media)
		}
		status, p := refusalOf(t, r)
		if status != row.status || p.Code != row.code || p.Pointer != row.pointer {
			t.Errorf("%s: got %d %q %q, want %d %q %q", row.name, status, p.Code, p.Pointer, row.status, row.code, row.pointer)
		}
	}
}

func TestBodyWithoutLengthIsBounded(t *testing.T) {
	r := httptest.NewRequest("POST", "/thing", strings.NewReader(strings.Repeat("x", 2000)))
	r.ContentLength = -1
	r.Header.Set("Content-Type", "application/json")
	if status, p := refusalOf(t, r); status != 413 || p.Code != "body_too_large" {
		t.Errorf("got %d %s, want 413 body_too_large", status, p.Code)
	}
}

func TestCompressedBodyIsRefused(t *testing.T) {
	r := httptest.NewRequest("POST", "/thing", strings.NewReader("{}"))
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Content-Encoding", "gzip")
	if status, _ := refusalOf(t, r); status != 415 {
		t.Errorf("got %d, want 415", status)
	}
}

func TestBodyWhereNoneBelongs(t *testing.T) {
	if status, p := refusalOf(t, httptest.NewRequest("GET", "/thing", strings.NewReader("{}"))); status != 400 || p.Code != "body_not_expected" {
		t.Errorf("got %d %s, want 400 body_not_expected", status, p.Code)
	}
}

func TestPanicIsAnInternalProblemWithoutItsText(t *testing.T) {
	status, p := refusalOf(t, httptest.NewRequest("GET", "/thing", nil))
	if status != 500 || p.Code != "internal" || strings.Contains(p.Detail+p.Fix, "content") {
		t.Errorf("got %d %+v, want 500 internal without inner text", status, p)
	}
}

func TestCrossSiteRequestsAreRefused(t *testing.T) {
	for _, row := range []struct {
		name, header, value string
		status              int
	}{
		{"fetch from another site", "Sec-Fetch-Site", "cross-site", 403},
		{"fetch from a sibling", "Sec-Fetch-Site", "same-site", 403},
		{"old browser", "Origin", "https://evil.example", 403},
		{"same origin", "Sec-Fetch-Site", "same-origin", 200},
		{"program", "User-Agent", "x", 200},
	} {
		r := httptest.NewRequest("POST", "/thing", strings.NewReader("{}"))
		r.Header.Set("Content-Type", "application/json")
		r.Header.Set(row.header, row.value)
		if status, _ := refusalOf(t, r); status != row.status {
			t.Errorf("%s: got %d, want %d", row.name, status, row.status)
		}
	}
}

func TestBusyNodeAsksToComeAgain(t *testing.T) {
	w := newWeb(newClock().now)
	for range maxBusy {
		w.busy <- struct{}{}
	}
	res := ask(w.Public(), httptest.NewRequest("GET", "/livez", nil)).Result()
	if res.StatusCode != http.StatusServiceUnavailable || res.Header.Get("Retry-After") == "" {
		t.Errorf("got %d, Retry-After %q, want 503 and a time", res.StatusCode, res.Header.Get("Retry-After"))
	}
	<-w.busy
	if got := ask(w.Public(), httptest.NewRequest("GET", "/livez", nil)).Code; got != http.StatusOK {
		t.Errorf("got %d once there is room, want 200", got)
	}
}

// TestKindsSurviveTheWire: a client gets back the kind that the node refused with.
func TestKindsSurviveTheWire(t *testing.T) {
	for kind := schema.Invalid; kind <= schema.Unverified; kind++ {
		p := &schema.Problem{Kind: kind, Code: "some_code", Pointer: "/a", Detail: "D.", Fix: "F.", Errors: []schema.Problem{{Kind: kind, Code: "x", Pointer: "/b", Detail: "E."}}}
		body, err := json.Marshal(problemBody(p, statusOf(p)))
		if err != nil {
			t.Fatal(err)
		}
		got, ok := readProblem(statusOf(p), body).(*schema.Problem)
		if !ok || got.Kind != kind || got.Code != p.Code || got.Pointer != p.Pointer || got.Error() != p.Error() {
			t.Errorf("kind %d: got %+v, want %+v", kind, got, p)
		}
	}
	for code := range exceptions {
		if got := kindOf(statusOf(&schema.Problem{Code: code}), code); got == schema.Internal {
			t.Errorf("%s: its kind is lost", code)
		}
	}
}

// FuzzBody: what the strict reader accepts as the body of a request, the standard
// one reads as the same.
func FuzzBody(f *testing.F) {
	for _, seed := range []string{`{}`, `{"peer":"NL","direction":"send","type":"mla.request","findings":[{"pointer":"/a","category":"id.name","minor":true}]}`,
		`{"peer":"NL","peer":"FR"}`, `{"Peer":"NL"}`, `[1e999999]`, `{"findings":null}`, "\ufeff{}", `{"peer":"\ud800"}`, strings.Repeat(`{"findings":[`, 50),
		`{"text":"version: 1\nrules: []\n"}`, `{"text":1}`, `{"card":"# comity card 1\n","fingerprint":"4f1a"}`, `{"card":"","card":""}`, `{"card":"a"} {}`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		readBoth[Question](t, body)
		readBoth[cardRequest](t, body)
		readBoth[policyRequest](t, body)
	})
}

func readBoth[T any](t *testing.T, body []byte) {
	t.Helper()
	var got, want T
	r := &request{body: body}
	if err := r.decode(&got); err != nil {
		if p, ok := err.(*schema.Problem); !ok || p.Code == "" || p.Fix == "" {
			t.Fatalf("got %v, want a problem that says what to do", err)
		}
		return
	}
	if err := json.Unmarshal(body, &want); err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("read %+v, the standard reader %+v, %v", got, want, err)
	}
}
