package web

import (
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strings"
	"testing"
)

// allowed says again, by hand, who may use what: n nobody in particular, c an
// agency system, o an officer, p the operator. A route that is not here fails.
var allowed = map[string]string{
	"GET /livez":                                   "ncop",
	"GET /readyz":                                  "ncop",
	"POST /v1/messages":                            "cp",
	"GET /v1/messages":                             "cp",
	"GET /v1/messages/{id}":                        "cp",
	"GET /v1/messages/{id}/proof":                  "cp",
	"GET /v1/messages/{id}/attachments/{sha256}":   "cp",
	"GET /v1/types":                                "cp",
	"GET /v1/types/{type}":                         "cp",
	"GET /v1/peers":                                "cp",
	"POST /v1/policy/evaluate":                     "cp",
	"GET /v1/journal":                              "cp",
	"GET /admin/status":                            "p",
	"GET /admin/card":                              "p",
	"GET /admin/messages/{id}/trace":               "p",
	"GET /admin/peers":                             "p",
	"GET /admin/peers/{code}":                      "p",
	"POST /admin/peers":                            "p",
	"POST /admin/peers/check":                      "p",
	"POST /admin/peers/{code}/suspend":             "p",
	"POST /admin/peers/{code}/restart":             "p",
	"POST /admin/peers/{code}/resume":              "p",
	"POST /admin/peers/{code}/remove":              "p",
	"POST /admin/peers/{code}/ping":                "p",
	"GET /admin/policy":                            "p",
	"GET /admin/policies":                          "p",
	"POST /admin/policy":                           "p",
	"POST /admin/policy/check":                     "p",
	"POST /admin/journal/verify":                   "p",
	"GET /style.css":                               "nco",
	"GET /login":                                   "nco",
	"POST /logout":                                 "o",
	"GET /{$}":                                     "o",
	"GET /inbox":                                   "o",
	"GET /sent":                                    "o",
	"GET /message/{box}/{id}":                      "o",
	"GET /message/{box}/{id}/proof":                "o",
	"GET /message/{box}/{id}/attachments/{sha256}": "o",
	"GET /case":                                    "o",
	"GET /write":                                   "o",
	"GET /drafts":                                  "o",
	"POST /drafts":                                 "o",
	"POST /message/{box}/{id}/reply":               "o",
	"GET /draft/{id}":                              "o",
	"GET /draft/{id}/section/{section}":            "o",
	"POST /draft/{id}/section/{section}":           "o",
	"POST /draft/{id}/files":                       "o",
	"GET /draft/{id}/files/{sha256}":               "o",
	"POST /draft/{id}/files/{sha256}":              "o",
	"GET /draft/{id}/check":                        "o",
	"POST /draft/{id}/send":                        "o",
	"GET /draft/{id}/delete":                       "o",
	"POST /draft/{id}/delete":                      "o",
	"POST /message/{box}/{id}/claim":               "o",
	"POST /message/{box}/{id}/unclaim":             "o",
	"POST /message/{box}/{id}/snooze":              "o",
	"POST /v1/messages/{id}/claim":                 "cp",
	"POST /v1/messages/{id}/unclaim":               "cp",
	"POST /v1/messages/{id}/snooze":                "cp",
	"POST /message/{box}/{id}/printed":             "o",
	"GET /inbox/news":                              "o",
	"GET /page.js":                                 "nco",
	"GET /overview":                                "o",
	"GET /overview/figures":                        "o",
}

// TestEveryRouteForEveryRole asks every route as every kind of caller, through both
// doors. The routes' own work is replaced by an answer that shows it was reached.
func TestEveryRouteForEveryRole(t *testing.T) {
	w := newWeb(newClock().now)
	w.AddToken("demo", "secret")
	cookie := signIn(t, w)
	const reached = http.StatusTeapot
	table := slices.Clone(routes)
	for i := range table {
		table[i].serve = func(_ *Web, rw http.ResponseWriter, _ *request) error {
			rw.WriteHeader(reached)
			return nil
		}
	}
	network := w.handler(table, w.visitor, client|officer|public)
	socket := w.handler(table, w.socketOwner, operator|public)
	callers := []struct {
		letter string
		door   http.Handler
		mark   func(*http.Request) *http.Request
		denied []int
	}{
		{"n", network, func(r *http.Request) *http.Request { return r }, []int{401, 404}},
		{"c", network, func(r *http.Request) *http.Request {
			r.Header.Set("Authorization", "Bearer secret")
			return r
		}, []int{403, 404}},
		{"o", network, func(r *http.Request) *http.Request {
			r.AddCookie(cookie)
			return r
		}, []int{403, 404}},
		{"p", socket, func(r *http.Request) *http.Request { return asUser(r, self()) }, []int{404}},
	}
	if len(table) != len(allowed) {
		t.Errorf("the table has %d routes, this test %d", len(table), len(allowed))
	}
	for _, rt := range table {
		who, listed := allowed[rt.pattern]
		if !listed {
			t.Errorf("%s: nobody said who may use it", rt.pattern)
		}
		for _, c := range callers {
			got := ask(c.door, c.mark(sample(rt))).Code
			if strings.Contains(who, c.letter) {
				if got != reached {
					t.Errorf("%s as %s: got %d, want it reached", rt.pattern, c.letter, got)
				}
			} else if !slices.Contains(c.denied, got) {
				t.Errorf("%s as %s: got %d, want one of %v", rt.pattern, c.letter, got, c.denied)
			}
		}
	}
}

// TestEveryRouteIsDescribed: API.md names every address that is not a page.
func TestEveryRouteIsDescribed(t *testing.T) {
	doc, err := os.ReadFile("API.md")
	if err != nil {
		t.Fatal(err)
	}
	text := strings.ReplaceAll(string(doc), "/v1/types/mla.request", "/v1/types/{type}")
	for _, rt := range routes {
		_, path, _ := strings.Cut(rt.pattern, " ")
		if i := strings.LastIndexByte(path, '/'); strings.HasPrefix(path, "/admin/peers/{code}/") {
			path = path[i:] // they share one line
		}
		if !rt.page && !strings.Contains(text, path) {
			t.Errorf("API.md does not name %s", rt.pattern)
		}
	}
}

// sample is a sound request for a route.
func sample(rt route) *http.Request {
	method, path, _ := strings.Cut(rt.pattern, " ")
	path = strings.NewReplacer("{id}", "01990000-0000-7000-8000-000000000001", "{box}", "in", "{sha256}", strings.Repeat("ab", 32),
		"{code}", "NL", "{type}", "mla.request", "{$}", "").Replace(path)
	body := ""
	if rt.body > 0 {
		body = "{}"
	}
	r := httptest.NewRequest(method, path, strings.NewReader(body))
	switch {
	case rt.body > 0:
		r.Header.Set("Content-Type", "application/json")
	case rt.entry > 0:
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	case rt.upload > 0:
		r.Header.Set("Content-Type", "multipart/form-data; boundary=x")
	}
	return r
}

func TestSocketLetsOnlyItsOwnerIn(t *testing.T) {
	w := newWeb(newClock().now)
	for _, row := range []struct {
		name string
		mark func(*http.Request) *http.Request
		want role
	}{
		{"own user", func(r *http.Request) *http.Request { return asUser(r, self()) }, operator},
		{"root", func(r *http.Request) *http.Request { return asUser(r, 0) }, operator},
		{"another user", func(r *http.Request) *http.Request { return asUser(r, self()+1) }, 0},
		{"no socket", func(r *http.Request) *http.Request { return r }, 0},
	} {
		got, err := w.socketOwner(row.mark(httptest.NewRequest("GET", "/admin/status", nil)))
		if err != nil || got.role != row.want {
			t.Errorf("%s: got role %d, %v, want %d", row.name, got.role, err, row.want)
		}
	}
	if got := ask(w.Admin(), asUser(httptest.NewRequest("GET", "/admin/status", nil), self()+1)).Code; got != http.StatusUnauthorized {
		t.Errorf("another user got %d, want 401", got)
	}
}

func TestUnlistedAddressesAndMethods(t *testing.T) {
	w := newWeb(newClock().now)
	for _, row := range []struct {
		method, path, allow string
		want                int
	}{
		{"GET", "/v1/secret", "", 404},
		{"GET", "/admin/status", "", 404}, // not on the network at all
		{"GET", "/v1/messages/../../admin/status", "", 307},
		{"DELETE", "/v1/messages", "GET, POST", 405},
		{"PUT", "/livez", "GET", 405},
	} {
		res := ask(w.Public(), httptest.NewRequest(row.method, row.path, nil)).Result()
		if res.StatusCode != row.want || res.Header.Get("Allow") != row.allow {
			t.Errorf("%s %s: got %d, Allow %q, want %d, %q", row.method, row.path, res.StatusCode, res.Header.Get("Allow"), row.want, row.allow)
		}
	}
}
