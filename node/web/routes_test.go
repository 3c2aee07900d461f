package web

import (
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/comity-exchange/comity/node"
)

// allowed says again, by hand, who may use what: n nobody in particular, c an agency
// system, and of the users o an officer, a an approver, p an operator, k a keyholder,
// u an auditor. The owner of the socket is all of them. A route that is not here fails.
var allowed = map[string]string{
	"GET /livez":                                   "ncoapku",
	"GET /readyz":                                  "ncoapku",
	"POST /v1/messages":                            "co",
	"GET /v1/messages":                             "coa",
	"GET /v1/messages/{id}":                        "coa",
	"GET /v1/messages/{id}/proof":                  "coa",
	"GET /v1/messages/{id}/attachments/{sha256}":   "coa",
	"GET /v1/messages/{id}/original":               "coa",
	"GET /message/{box}/{id}/original":             "oa",
	"POST /draft/{id}/section/{section}/look":      "o",
	"GET /cases":                                   "oa",
	"GET /peers":                                   "oa",
	"POST /account/stay":                           "oapku",
	"POST /draft/{id}/section/{section}/keep":      "o",
	"GET /v1/types":                                "coapku",
	"GET /v1/types/{type}":                         "coapku",
	"GET /v1/peers":                                "coapku",
	"POST /v1/policy/evaluate":                     "coapku",
	"GET /v1/journal":                              "cpu",
	"GET /admin/status":                            "pku",
	"GET /admin/card":                              "oapku",
	"GET /admin/messages/{id}/trace":               "pu",
	"GET /admin/peers":                             "pu",
	"GET /admin/peers/{code}":                      "pu",
	"POST /v1/messages/{id}/events":                "co",
	"GET /v1/tasks":                                "coa",
	"GET /v1/tasks/{n}":                            "coa",
	"POST /v1/tasks/{n}/done":                      "co",
	"POST /admin/messages/{id}/erase":              "p",
	"GET /admin/messages/{id}/readings":            "pu",
	"POST /admin/peers":                            "p",
	"POST /admin/peers/check":                      "p",
	"POST /admin/peers/{code}/suspend":             "p",
	"POST /admin/peers/{code}/restart":             "p",
	"POST /admin/peers/{code}/resume":              "p",
	"POST /admin/peers/{code}/remove":              "p",
	"POST /admin/peers/{code}/ping":                "p",
	"GET /admin/policy":                            "pu",
	"GET /admin/policies":                          "pu",
	"POST /admin/policy":                           "p",
	"POST /admin/policy/check":                     "pu",
	"GET /admin/users":                             "pu",
	"POST /admin/users":                            "p",
	"POST /admin/users/{name}/roles":               "p",
	"POST /admin/users/{name}/disable":             "p",
	"POST /admin/users/{name}/enable":              "p",
	"POST /admin/users/{name}/token":               "p",
	"POST /admin/users/{name}/link":                "p",
	"POST /admin/users/{name}/revoke":              "p",
	"GET /admin/safety":                            "pu",
	"POST /admin/safety":                           "p",
	"GET /admin/pending":                           "pu",
	"GET /admin/pending/{id}":                      "pu",
	"POST /admin/pending/{id}/confirm":             "p",
	"POST /admin/pending/{id}/reject":              "p",
	"POST /admin/journal/verify":                   "pu",
	"GET /style.css":                               "ncoapku",
	"GET /passkey.js":                              "ncoapku",
	"GET /sign-in":                                 "ncoapku",
	"POST /sign-in/begin":                          "ncoapku",
	"POST /sign-in/finish":                         "ncoapku",
	"GET /sign-in/oidc":                            "ncoapku",
	"GET /sign-in/oidc/back":                       "ncoapku",
	"GET /enrol":                                   "ncoapku",
	"POST /enrol/begin":                            "ncoapku",
	"POST /enrol/finish":                           "ncoapku",
	"GET /account":                                 "oapku",
	"POST /account/sessions/{id}/end":              "oapku",
	"GET /login":                                   "ncoapku",
	"POST /logout":                                 "oapku",
	"GET /{$}":                                     "oapku",
	"GET /inbox":                                   "oa",
	"GET /sent":                                    "oa",
	"GET /message/{box}/{id}":                      "oa",
	"GET /message/{box}/{id}/proof":                "oa",
	"GET /message/{box}/{id}/attachments/{sha256}": "oa",
	"GET /case":                                    "oa",
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
	"POST /v1/messages/{id}/claim":                 "co",
	"POST /v1/messages/{id}/unclaim":               "co",
	"POST /v1/messages/{id}/snooze":                "co",
	"POST /message/{box}/{id}/printed":             "oa",
	"POST /message/{box}/{id}/reason":              "oa",
	"POST /inbox/views":                            "oa",
	"POST /inbox/views/delete":                     "oa",
	"GET /inbox/news":                              "oa",
	"GET /page.js":                                 "ncoapku",
	"GET /overview":                                "oapu",
	"GET /overview/figures":                        "oapu",
	"GET /admin/policies/{version}":                "pu",
	"GET /v1/releases":                             "coa",
	"GET /v1/releases/{id}":                        "coa",
	"GET /v1/releases/{id}/attachments/{sha256}":   "coa",
	"POST /v1/releases/{id}/release":               "a",
	"POST /v1/releases/{id}/return":                "a",
	"POST /v1/releases/{id}/discard":               "a",
	"GET /releases":                                "oa",
	"GET /release/{box}/{id}":                      "oa",
	"GET /release/{box}/{id}/attachments/{sha256}": "oa",
	"POST /release/{box}/{id}/release":             "a",
	"POST /release/{box}/{id}/return":              "a",
}

// letters of the users' roles in allowed.
var letters = map[string]node.Role{"o": node.Officer, "a": node.Approver, "p": node.Operator, "k": node.Keyholder, "u": node.Auditor}

// TestEveryRouteForEveryRole asks every route as every kind of caller: users by token
// through both doors and by session through the network's, agencies, the socket's
// owner, and nobody. The routes' own work is replaced by an answer that shows it was
// reached. F23.
func TestEveryRouteForEveryRole(t *testing.T) {
	w := newWeb(newClock().now)
	w.AddToken("demo", "secret")
	const reached = http.StatusTeapot
	table := slices.Clone(routes)
	for i := range table {
		if table[i].who == 0 {
			t.Errorf("%s: the table names nobody who may use it", table[i].pattern)
		}
		table[i].serve = func(_ *Web, rw http.ResponseWriter, _ *request) error {
			rw.WriteHeader(reached)
			return nil
		}
	}
	doors := map[door]http.Handler{network: w.handler(table, w.visitor, network), socket: w.handler(table, w.local, socket)}
	type visit struct {
		name, letters string // as in allowed; of several any suffices
		door          door
		mark          func(*http.Request) *http.Request
		denied        int
	}
	bearing := func(secret string) func(*http.Request) *http.Request {
		return func(r *http.Request) *http.Request {
			r.Header.Set("Authorization", "Bearer "+secret)
			return r
		}
	}
	plain := func(r *http.Request) *http.Request { return r }
	knocks := []visit{
		{"nobody", "n", network, plain, 401},
		{"nobody at the socket", "n", socket, plain, 401},
		{"an agency", "c", network, bearing("secret"), 403},
		{"the socket's owner", "noapku", socket, func(r *http.Request) *http.Request { return asUser(r, self()) }, 0},
	}
	for letter, role := range letters {
		enlist(t, w, "test-"+string(role), role)
		token, _, err := w.Node.MakeToken(t.Context(), "operator:test", "test-"+string(role), 0)
		if err != nil {
			t.Fatal(err)
		}
		cookie := signInAs(t, w, "test-"+string(role))
		knocks = append(knocks, visit{string(role) + " by token", letter, network, bearing(token), 403},
			visit{string(role) + " by token at the socket", letter, socket, bearing(token), 403},
			visit{string(role) + " in a session", letter, network, func(r *http.Request) *http.Request {
				r.AddCookie(cookie)
				return r
			}, 403})
	}
	if len(table) != len(allowed) {
		t.Errorf("the table has %d routes, this test %d", len(table), len(allowed))
	}
	for _, rt := range table {
		who, listed := allowed[rt.pattern]
		if !listed {
			t.Errorf("%s: nobody said who may use it", rt.pattern)
		}
		for _, k := range knocks {
			want := k.denied
			_, path, _ := strings.Cut(rt.pattern, " ")
			switch admin := strings.HasPrefix(path, "/admin/"); {
			case admin != (k.door == socket) && !strings.HasPrefix(path, "/v1/") && path != "/livez" && path != "/readyz":
				want = http.StatusNotFound
			case strings.ContainsAny(who, k.letters):
				want = reached
			}
			if got := ask(doors[k.door], k.mark(sample(rt))).Code; got != want {
				t.Errorf("%s as %s: got %d, want %d", rt.pattern, k.name, got, want)
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
	text := strings.NewReplacer("/v1/types/mla.request", "/v1/types/{type}", "{held}", "{id}", "{other}", "{id}").Replace(string(doc))
	for _, rt := range routes {
		_, path, _ := strings.Cut(rt.pattern, " ")
		if i := strings.LastIndexByte(path, '/'); strings.HasPrefix(path, "/admin/peers/{code}/") || strings.HasPrefix(path, "/admin/users/{name}/") {
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
		"{code}", "NL", "{n}", "1", "{name}", "a.weber", "{type}", "mla.request", "{$}", "").Replace(path)
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
	if rt.form != nil {
		r = httptest.NewRequest(method, path, nil)
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
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
		{"own user", func(r *http.Request) *http.Request { return asUser(r, self()) }, everyUser},
		{"root", func(r *http.Request) *http.Request { return asUser(r, 0) }, everyUser},
		{"another user", func(r *http.Request) *http.Request { return asUser(r, self()+1) }, 0},
		{"no socket", func(r *http.Request) *http.Request { return r }, 0},
	} {
		got, err := w.local(row.mark(httptest.NewRequest("GET", "/admin/status", nil)))
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
