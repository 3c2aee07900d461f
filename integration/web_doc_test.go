package integration

import (
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/comity-exchange/comity/node"
	"github.com/comity-exchange/comity/node/web"
)

var httpBlock = regexp.MustCompile("(?s)```http\n(.*?)```")

// TestExamplesOfTheAPI runs every example of API.md against a real node.
func TestExamplesOfTheAPI(t *testing.T) {
	doc, err := os.ReadFile(filepath.Join("..", "node", "web", "API.md"))
	check(t, err)
	w := newWebPair(t)
	m := request(t)
	m["attachments"] = []any{map[string]any{"name": "a.txt", "media_type": "text/plain", "category": "ev.item", "data": "aGVsbG8="}}
	id := send(t, w.be, m)
	opened, err := w.agency.Message(t.Context(), id, node.Out)
	check(t, err)
	tasks, err := w.agency.Tasks(t.Context(), web.TaskFilter{Message: id, Kind: node.Review})
	check(t, err)
	if len(tasks.Items) != 1 {
		t.Fatalf("got %d tasks, want the review that the request asks for", len(tasks.Items))
	}
	apply(t, w.be, hold("send"))
	held, other := submitHeld(t, w.be, "NL"), submitHeld(t, w.be, "NL")
	fill := strings.NewReplacer("{held}", string(held), "{tag}", look(t, w.be, held).Tag, "{other}", string(other), "{other_tag}", look(t, w.be, other).Tag, "{n}", strconv.FormatInt(tasks.Items[0].N, 10), "{id}", string(id), "{sha256}", opened.Attachments[0].SHA256, "{request}", string(encode(t, request(t))),
		"{now}", time.Now().UTC().Format(time.RFC3339))
	blocks := httpBlock.FindAllSubmatch(doc, -1)
	if len(blocks) < 16 {
		t.Fatalf("found only %d examples", len(blocks))
	}
	for _, block := range blocks {
		runExample(t, w, fill.Replace(string(block[1])))
	}
}

// runExample sends one example and holds its answer against the last line:
// "HTTP", the status, and members that the answer has.
func runExample(t *testing.T, w *webPair, block string) {
	parts := strings.Split(strings.TrimSpace(block), "\n\n")
	head := strings.Split(parts[0], "\n")
	method, path, _ := strings.Cut(head[0], " ")
	want := strings.Fields(parts[len(parts)-1])
	var headers []string
	for _, line := range head[1:] {
		name, value, _ := strings.Cut(line, ": ")
		headers = append(headers, name, value)
	}
	var body []byte
	if len(parts) == 3 {
		body = []byte(parts[1])
	}
	who := "agency"
	if method == "POST" && strings.HasPrefix(path, "/v1/releases/") {
		who = "approver" // a person's act
	}
	res := w.fetch(t, method, path, body, who, headers...)
	status, err := strconv.Atoi(want[1])
	if err != nil || want[0] != "HTTP" || res.StatusCode != status {
		t.Errorf("%s: got %d, want %v\n%s", head[0], res.StatusCode, want, text(t, res))
		return
	}
	var answer map[string]json.RawMessage
	for _, member := range want[2:] {
		if answer == nil {
			check(t, json.Unmarshal([]byte(text(t, res)), &answer))
		}
		if _, has := answer[member]; !has {
			t.Errorf("%s: the answer has no %s", head[0], member)
		}
	}
}

// TestOversizeOverRealListener: who says too much is cut off, and others are served.
func TestOversizeOverRealListener(t *testing.T) {
	w := newWebPair(t)
	res := w.fetch(t, "GET", "/livez", nil, "", "X-Long", strings.Repeat("x", 64<<10))
	if res.StatusCode != http.StatusRequestHeaderFieldsTooLarge {
		t.Errorf("got %d, want 431", res.StatusCode)
	}
	if res := w.fetch(t, "GET", "/livez", nil, ""); res.StatusCode != http.StatusOK {
		t.Errorf("others got %d, want 200", res.StatusCode)
	}
}
