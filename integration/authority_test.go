package integration

import (
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/comity-exchange/comity/node"
	"github.com/comity-exchange/comity/schema"
)

// messageRoutes says, for every route that leads to one message or to lists of them, a
// request for an example, and which roles may ask: o an officer, a an approver, p an
// operator, u an auditor. {id} is a message that was sent, {in} one that arrived.
var messageRoutes = []struct{ pattern, path, body, roles string }{
	{"GET /v1/messages/{id}", "/v1/messages/{id}", "", "oa"},
	{"GET /v1/messages/{id}", "/v1/messages/{in}?box=in", "", "oa"},
	{"GET /v1/messages/{id}/proof", "/v1/messages/{id}/proof", "", "oa"},
	{"GET /v1/messages/{id}/attachments/{sha256}", "/v1/messages/{id}/attachments/{sha256}", "", "oa"},
	{"GET /v1/messages/{id}/original", "/v1/messages/{less}/original", "", "oa"},
	{"GET /message/{box}/{id}/original", "/message/out/{less}/original", "", "oa"},
	{"POST /v1/messages/{id}/claim", "/v1/messages/{in}/claim", "", "o"},
	{"POST /v1/messages/{id}/unclaim", "/v1/messages/{in}/unclaim", "", "o"},
	{"POST /v1/messages/{id}/snooze", "/v1/messages/{in}/snooze", `{"until":"0001-01-01T00:00:00Z"}`, "o"},
	{"GET /admin/messages/{id}/trace", "/admin/messages/{id}/trace", "", "pu"},
	{"GET /message/{box}/{id}", "/message/out/{id}", "", "oa"},
	{"GET /message/{box}/{id}", "/message/in/{in}", "", "oa"},
	{"GET /message/{box}/{id}/proof", "/message/out/{id}/proof", "", "oa"},
	{"GET /message/{box}/{id}/attachments/{sha256}", "/message/out/{id}/attachments/{sha256}", "", "oa"},
	{"POST /message/{box}/{id}/claim", "/message/in/{in}/claim", "", "o"},
	{"POST /message/{box}/{id}/unclaim", "/message/in/{in}/unclaim", "", "o"},
	{"POST /message/{box}/{id}/printed", "/message/in/{in}/printed", "", "oa"},
	{"POST /message/{box}/{id}/reason", "/message/in/{in}/reason", "", "oa"},
	{"GET /admin/messages/{id}/readings", "/admin/messages/{id}/readings", "", "pu"},
	{"POST /message/{box}/{id}/snooze", "/message/in/{in}/snooze?days=0", "", "o"},
	{"POST /v1/messages/{id}/events", "/v1/messages/{in}/events", `{"event":"execution-started","at":"2026-01-01"}`, "o"},
	{"POST /admin/messages/{id}/erase", "/admin/messages/{id}/erase?box=out", `{"reason":"none"}`, "p"},
	{"GET /v1/releases/{id}", "/v1/releases/{held}", "", "oa"},
	{"GET /v1/releases/{id}/attachments/{sha256}", "/v1/releases/{held}/attachments/{sha256}", "", "oa"},
	{"POST /v1/releases/{id}/release", "/v1/releases/{held}/release", "", "a"},
	{"POST /v1/releases/{id}/return", "/v1/releases/{held}/return", `{"reason":"x"}`, "a"},
	{"POST /v1/releases/{id}/discard", "/v1/releases/{held}/discard", `{"reason":"x"}`, "a"},
	{"GET /release/{box}/{id}", "/release/out/{held}", "", "oa"},
	{"GET /release/{box}/{id}/attachments/{sha256}", "/release/out/{held}/attachments/{sha256}", "", "oa"},
	{"POST /release/{box}/{id}/release", "/release/out/{held}/release", "", "a"},
	{"POST /release/{box}/{id}/return", "/release/out/{held}/return", "", "a"},
	{"GET /v1/tasks", "/v1/tasks", "", "oa"},
	{"GET /v1/releases", "/v1/releases", "", "oa"},
	{"GET /releases", "/releases", "", "oa"},
	{"POST /message/{box}/{id}/reply", "/message/in/{in}/reply", "", "o"},
	{"GET /cases", "/cases", "", "oa"},
	{"GET /case", "/case?name=BE-OWN-1", "", "oa"},
	{"GET /v1/messages", "/v1/messages", "", "oa"},
	{"GET /v1/messages", "/v1/messages?order=due&box=in", "", "oa"},
	{"GET /v1/messages", "/v1/messages?order=due&box=out&q=BE-OWN-1", "", "oa"},
	{"GET /v1/messages", "/v1/messages?re={id}", "", "oa"},
	{"GET /inbox", "/inbox?show=all", "", "oa"},
	{"GET /inbox/news", "/inbox/news", "", "oa"},
	{"GET /sent", "/sent", "", "oa"},
}

// noMessage are the routes whose {id} is none of a message; a draft is its owner's alone.
var noMessage = []string{"GET /draft/{id}", "GET /draft/{id}/section/{section}", "POST /draft/{id}/section/{section}", "POST /draft/{id}/section/{section}/look", "POST /draft/{id}/section/{section}/keep", "POST /draft/{id}/files", "GET /draft/{id}/files/{sha256}",
	"POST /draft/{id}/files/{sha256}", "GET /draft/{id}/check", "POST /draft/{id}/send", "GET /draft/{id}/delete", "POST /draft/{id}/delete",
	"GET /admin/pending/{id}", "POST /admin/pending/{id}/confirm", "POST /admin/pending/{id}/reject", "POST /account/sessions/{id}/end"}

// conditional are routes that want more than a caller who may use them: a tag that was
// looked at, a state, a reason of the list.
var conditional = []string{"POST /v1/messages/{id}/events", "POST /admin/messages/{id}/erase", "POST /v1/releases/{id}/release", "POST /v1/releases/{id}/return", "POST /v1/releases/{id}/discard",
	"POST /release/{box}/{id}/release", "POST /release/{box}/{id}/return", "POST /message/{box}/{id}/reply", "POST /message/{box}/{id}/reason"}

// TestMessageRoutesAreListed holds the list above against the table of routes.
func TestMessageRoutesAreListed(t *testing.T) {
	table, err := os.ReadFile(filepath.Join("..", "node", "web", "routes.go"))
	check(t, err)
	found := regexp.MustCompile(`pattern: "([^"]+)"`).FindAllStringSubmatch(string(table), -1)
	if len(found) < 40 {
		t.Fatalf("found only %d routes", len(found))
	}
	for _, f := range found {
		pattern := f[1]
		listed := slices.Contains(noMessage, pattern)
		for _, r := range messageRoutes {
			listed = listed || r.pattern == pattern
		}
		if strings.Contains(pattern, "{id}") && !listed {
			t.Errorf("%s: nobody said whose message it is about", pattern)
		}
	}
}

// TestOwnAndForeignMessages asks each of these routes as people of every role, of the
// message's authority, of another, and of none: what is another's is not there. F23.
func TestOwnAndForeignMessages(t *testing.T) {
	w := newWebPair(t)
	m := request(t)
	m["case"], m["subject"] = "BE-OWN-1", "Kanarie"
	m["attachments"] = []any{map[string]any{"name": "a.txt", "media_type": "text/plain", "category": "ev.item", "data": "aGVsbG8="}}
	id := send(t, w.be, m)
	opened, err := w.agency.Message(t.Context(), id, node.Out)
	check(t, err)
	answer := example(t, "status.acknowledged")
	answer["from"], answer["to"], answer["re"] = "NL/irc", "BE/fps-justice", id
	back := send(t, w.nl, answer)
	apply(t, w.be, []byte(strings.Replace(openPolicy, `send, types: ["*"], `, `send, types: ["*"], redact: [contact.*], `, 1)))
	less := send(t, w.be, m)
	apply(t, w.be, []byte(strings.Replace(openPolicy, `send, types: ["*"], categories`, `send, types: ["*"], approve`, 1)))
	held := submitHeldAs(t, w.be, encode(t, m))
	fill := strings.NewReplacer("{held}", string(held), "{less}", string(less), "{id}", string(id), "{in}", string(back), "{sha256}", opened.Attachments[0].SHA256)
	for letter, role := range map[string]node.Role{"o": node.Officer, "a": node.Approver, "p": node.Operator, "k": node.Keyholder, "u": node.Auditor} {
		for name, authority := range map[string]schema.Address{"own": "BE/fps-justice", "foreign": "BE/other", "all": ""} {
			secret := w.person(t, string(role)+"."+name, authority, role)
			for _, r := range messageRoutes {
				status, text := w.as(t, secret, strings.Fields(r.pattern)[0], fill.Replace(r.path), r.body)
				list := !strings.Contains(r.pattern, "{id}") && r.pattern != "GET /case"
				told := strings.Contains(text, "fps-justice") || strings.Contains(text, opened.Subject)
				if list && !strings.Contains(r.path, "{id}") { // elsewhere the answer may repeat what was asked
					told = told || strings.Contains(text, string(id)) || strings.Contains(text, string(back)) || strings.Contains(text, string(held)) || strings.Contains(text, string(less)) || strings.Contains(text, `"count":1`) || strings.Contains(text, "BE-OWN-1")
				}
				switch who := string(role) + " (" + name + ")"; {
				case !strings.Contains(r.roles, letter):
					if status != http.StatusForbidden || told {
						t.Errorf("%s as %s: got %d, want 403", r.path, who, status)
					}
				case name == "foreign" && list:
					if status != http.StatusOK || told {
						t.Errorf("%s as %s: got %d, and the messages %v", r.path, who, status, told)
					}
				case name == "foreign" && slices.Contains(conditional, r.pattern):
					if status < 400 || told {
						t.Errorf("%s as %s: got %d, and the messages %v", r.path, who, status, told)
					}
				case name == "foreign":
					if status != http.StatusNotFound || told {
						t.Errorf("%s as %s: got %d, want 404 and nothing told", r.path, who, status)
					}
				case slices.Contains(conditional, r.pattern):
					if status == http.StatusForbidden || status == http.StatusNotFound {
						t.Errorf("%s as %s: got %d", r.path, who, status)
					}
				default:
					if status >= 400 || list && !told {
						t.Errorf("%s as %s: got %d, and the messages %v", r.path, who, status, told)
					}
				}
			}
		}
	}
	for _, act := range append(acts(t, w.be, id), acts(t, w.be, back)...) {
		if strings.Contains(act, ".foreign ") {
			t.Errorf("what was refused is journalled as done: %s", act)
		}
	}
}

// as asks by a user's token, over the socket what stands there alone.
func (w *webPair) as(t *testing.T, secret, method, path, body string) (int, string) {
	t.Helper()
	if strings.HasPrefix(path, "/admin/") {
		return w.socket(t, secret, method, path)
	}
	var raw []byte
	if body != "" {
		raw = []byte(body)
	}
	res := w.fetch(t, method, path, raw, "", "Authorization", "Bearer "+secret)
	return res.StatusCode, text(t, res)
}
