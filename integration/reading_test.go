package integration

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/url"
	"os"
	"strings"
	"testing"

	"github.com/comity-exchange/comity/node"
	"github.com/comity-exchange/comity/node/web"
	"github.com/comity-exchange/comity/schema"
)

// sensitiveRequest carries the content of a telephone call, sensitivity 4.
func sensitiveRequest(tb testing.TB) map[string]any {
	m := request(tb)
	m["subject"] = "Kanarie"
	m["attachments"] = []any{map[string]any{"name": "call.txt", "media_type": "text/plain", "category": "tel.content", "data": "aGVsbG8="}}
	return m
}

// readingsOf are the readings of a message as an auditor sees them: actor, act, reason, words.
func (w *webPair) readingsOf(tb testing.TB, id schema.ID) (list []string) {
	tb.Helper()
	readings, err := w.admin.Readings(tb.Context(), id, "")
	check(tb, err)
	for _, r := range readings {
		list = append(list, strings.TrimSpace(r.Actor+" "+r.Act+" "+r.Reason+" "+r.Text))
	}
	return list
}

// giveReason says on the pages why a message is opened.
func (w *webPair) giveReason(tb testing.TB, path string) {
	tb.Helper()
	wentTo(tb, w.post(tb, path+"/reason", url.Values{"reason": {"assigned"}}))
}

func TestReadingNeedsReason(t *testing.T) {
	w := newWebPair(t)
	t.Run("on the pages", func(t *testing.T) { reasonOnPages(t, w) })
	t.Run("by token", func(t *testing.T) { reasonByToken(t, w) })
	t.Run("the words are sealed, and go", func(t *testing.T) { reasonSealed(t, w) })
}

func reasonOnPages(t *testing.T, w *webPair) {
	id := send(t, w.be, sensitiveRequest(t))
	opened, err := w.agency.Message(t.Context(), id, node.Out)
	check(t, err)
	path := "/message/out/" + string(id)
	file := path + "/attachments/" + opened.Attachments[0].SHA256
	page := w.page(t, path)
	if !strings.Contains(page, "Why do you open this message?") || !strings.Contains(page, "tel.content") || strings.Contains(page, "Kanarie") {
		t.Errorf("the page does not ask, or shows more than the kind of data: %s", page)
	}
	for _, locked := range []string{file, path + "/proof"} {
		res := w.fetch(t, "GET", locked, nil, "officer")
		if page := text(t, res); res.StatusCode != http.StatusForbidden || !strings.Contains(page, `action="`+path+`/reason"`) || res.Header.Get("Content-Disposition") != "" {
			t.Errorf("%s: got %d %s", locked, res.StatusCode, page)
		}
	}
	if res := w.post(t, path+"/reply", url.Values{"type": {"status.acknowledged"}}); res.StatusCode != http.StatusForbidden {
		t.Errorf("an answer to what was not read: got %d", res.StatusCode)
	}
	for _, form := range []url.Values{{}, {"reason": {"none"}}, {"reason": {"other"}}, {"reason": {"other"}, "text": {" "}}, {"reason": {"other"}, "text": {strings.Repeat("x", 201)}}, {"reason": {"other"}, "text": {"a\u202eb"}}} {
		res := w.post(t, path+"/reason", form)
		if page := text(t, res); res.StatusCode != http.StatusUnprocessableEntity || !strings.Contains(page, "There is a problem") || strings.Contains(page, "Kanarie") {
			t.Errorf("%v: got %d %s", form, res.StatusCode, page)
		}
	}
	if got := w.readingsOf(t, id); len(got) != 1 || got[0] != "agency:test message.read" {
		t.Errorf("before a reason was given: got %q, want the agency's reading alone", got)
	}
	if to := wentTo(t, w.post(t, path+"/reason", url.Values{"reason": {"assigned"}, "text": {"left over"}})); to != path {
		t.Errorf("the form leads to %s", to)
	}
	if page = w.page(t, path); !strings.Contains(page, "Kanarie") {
		t.Errorf("the message is not shown: %s", page)
	}
	for _, free := range []string{file, path + "/proof"} {
		if res := w.fetch(t, "GET", free, nil, "officer"); res.StatusCode != http.StatusOK {
			t.Errorf("%s after the reason: got %d", free, res.StatusCode)
		}
	}
	if res := w.post(t, path+"/printed", nil); res.StatusCode >= 500 {
		t.Errorf("print: got %d", res.StatusCode)
	}
	got := strings.Join(w.readingsOf(t, id), ", ")
	if want := "agency:test message.read, user:test message.read assigned, user:test message.read assigned, user:test message.exported assigned"; !strings.HasPrefix(got, want) {
		t.Errorf("got %s, want %s", got, want)
	}
	w.signIn(t)
	if page = w.page(t, path); strings.Contains(page, "Kanarie") {
		t.Error("a new session is not asked again")
	}
	plain := send(t, w.be, request(t))
	if page = w.page(t, "/message/out/"+string(plain)); strings.Contains(page, "Why do you open") {
		t.Error("a message without such data asks for a reason")
	}
}

func reasonByToken(t *testing.T, w *webPair) {
	id := send(t, w.be, sensitiveRequest(t))
	secret := w.person(t, "reader", "", node.Officer)
	path := "/v1/messages/" + string(id)
	status, body := w.as(t, secret, "GET", path, "")
	var p web.Problem
	if err := json.Unmarshal([]byte(body), &p); err != nil || status != http.StatusForbidden || p.Code != node.CodeUnexplained || !strings.Contains(p.Detail, "tel.content") || strings.Contains(body, "Kanarie") {
		t.Errorf("without a reason: got %d %s", status, body)
	}
	for _, row := range []struct {
		header string
		status int
	}{{"assigned", 200}, {"supervision", 200}, {"quality", 200}, {"other: joint team meeting", 200}, {"other", 400}, {"other:", 400}, {"bored", 400}, {"assigned: and more", 400}, {"", 400}} {
		res := w.fetch(t, "GET", path, nil, "", "Authorization", "Bearer "+secret, "Reading-Reason", row.header)
		if got := text(t, res); res.StatusCode != row.status || strings.Contains(got, "Kanarie") != (row.status == 200) {
			t.Errorf("%q: got %d %s", row.header, res.StatusCode, got)
		}
	}
	client := web.New(w.be.URL(), secret)
	defer client.Close()
	if _, err := client.Proof(web.Because(t.Context(), "quality"), id, ""); err != nil {
		t.Errorf("proof with a reason: %v", err)
	}
	if _, err := client.Proof(t.Context(), id, ""); err == nil {
		t.Error("proof without a reason passes")
	}
	got := strings.Join(w.readingsOf(t, id), ", ")
	if want := "user:reader message.read assigned, user:reader message.read supervision, user:reader message.read quality, user:reader message.read other joint team meeting, user:reader message.exported quality"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func reasonSealed(t *testing.T, w *webPair) {
	id := send(t, w.be, sensitiveRequest(t))
	path := "/message/out/" + string(id)
	w.signIn(t)
	wentTo(t, w.post(t, path+"/reason", url.Values{"reason": {"other"}, "text": {"Kanariewoorden"}}))
	w.page(t, path)
	w.page(t, path)
	want := []string{"user:test message.read other Kanariewoorden", "user:test message.read other Kanariewoorden"}
	if got := w.readingsOf(t, id); strings.Join(got, ",") != strings.Join(want, ",") {
		t.Errorf("got %q, want %q", got, want)
	}
	d, err := w.be.Node.TraceAll(t.Context(), id, "")
	check(t, err)
	notes := map[string]bool{}
	for _, s := range d.Steps {
		if strings.Contains(strings.Join([]string{s.Detail["reason"], s.Detail["note"]}, " "), "Kanarie") {
			t.Errorf("the words stand in the journal: %v", s)
		}
		if s.Act == "message.read" {
			notes[s.Detail["note"]] = true
		}
	}
	if len(notes) != 1 || notes[""] {
		t.Errorf("got notes %v, want the words sealed once for the session", notes)
	}
	for _, name := range []string{w.be.Config.DatabasePath(), w.be.Config.DatabasePath() + "-wal"} {
		data, err := os.ReadFile(name)
		check(t, err)
		if bytes.Contains(data, []byte("Kanariewoorden")) {
			t.Errorf("%s holds the words in the clear", name)
		}
	}
	await(t, w.be, id)
	_, err = w.be.Node.Erase(t.Context(), "operator:test", id, node.Out, w.be.Node.Catalogue.Codes("correction_reasons")[0])
	check(t, err)
	if got := w.readingsOf(t, id); len(got) != 2 || got[0] != "user:test message.read other" {
		t.Errorf("after the erasure: got %q, want the readings without the words", got)
	}
}
