package integration

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/comity-exchange/comity/node"
	"github.com/comity-exchange/comity/node/web"
	"github.com/comity-exchange/comity/schema"
)

func TestWebReleases(t *testing.T) {
	w := newWebPair(t)
	apply(t, w.be, hold("send"))
	t.Run("two callers walk a message to its release", func(t *testing.T) { releaseOverHTTP(t, w) })
	t.Run("not one of their own", func(t *testing.T) { ownOverHTTP(t, w) })
	t.Run("and to its return", func(t *testing.T) { returnOverHTTP(t, w) })
	t.Run("pages of the queue", func(t *testing.T) { pagesOfReleases(t, w) })
	t.Run("an officer releases on the page", func(t *testing.T) { releasePages(t, w) })
	t.Run("less than was written", func(t *testing.T) { lessOnTheRelease(t, w) })
	t.Run("script in every field", func(t *testing.T) { scriptInARelease(t, w) })
	t.Run("quarantine", func(t *testing.T) { quarantinePages(t, w) })
}

// submitTo hands a message in over HTTP as the test agency.
func submitTo(t *testing.T, w *webPair, key string) web.Sent {
	t.Helper()
	res := w.fetch(t, "POST", "/v1/messages", withFile(messageOf(t, 4096)), "agency", "Idempotency-Key", key)
	var sent web.Sent
	check(t, json.Unmarshal([]byte(text(t, res)), &sent))
	if res.StatusCode != http.StatusAccepted || sent.State != node.Held {
		t.Fatalf("got %d %s, want 202 held", res.StatusCode, sent.State)
	}
	return sent
}

// wantProblem wants a refusal with a status and a code.
func wantProblem(t *testing.T, res *http.Response, status int, code string) {
	t.Helper()
	if p := problem(t, res); res.StatusCode != status || p.Code != code || p.Fix == "" {
		t.Errorf("got %d %s %q, want %d %s and what to do", res.StatusCode, p.Code, p.Fix, status, code)
	}
}

func releaseOverHTTP(t *testing.T, w *webPair) {
	sent := submitTo(t, w, "release-1")
	path := "/v1/releases/" + string(sent.ID)
	again := w.fetch(t, "POST", "/v1/messages", withFile(messageOf(t, 4096)), "agency", "Idempotency-Key", "release-1")
	if got := text(t, again); !strings.Contains(got, `"state":"held"`) || again.Header.Get("Idempotency-Replayed") != "true" {
		t.Errorf("the same key again: got %s", got)
	}
	own := w.fetch(t, "GET", path, nil, "agency")
	tag := own.Header.Get("ETag")
	if got := text(t, own); own.StatusCode != http.StatusOK || !strings.Contains(got, `"own":true`) {
		t.Errorf("its author gets %d %s", own.StatusCode, got)
	}
	wantProblem(t, w.fetch(t, "POST", path+"/release", nil, "agency", "If-Match", tag), http.StatusForbidden, "role_not_allowed")
	wantProblem(t, w.fetch(t, "POST", path+"/return", []byte(`{"reason":"No."}`), "agency", "If-Match", tag), http.StatusForbidden, "role_not_allowed")
	wantProblem(t, w.fetch(t, "POST", path+"/release", nil, "approver"), http.StatusPreconditionRequired, "no_if_match")
	wantProblem(t, w.fetch(t, "POST", path+"/return", []byte(`{"reason":"No."}`), "approver"), http.StatusPreconditionRequired, "no_if_match")

	r, err := w.admin.OpenRelease(t.Context(), sent.ID, "")
	check(t, err)
	if r.Own || r.Author != "agency:test" || len(r.Attachments) != 1 || !r.Attachments[0].Held || len(r.Decision.Approve) == 0 || len(r.Findings) < len(r.Decision.Approve) || `"`+r.Tag+`"` != tag {
		t.Errorf("the second person sees %+v", r)
	}
	for _, wrong := range []string{"*", strings.Repeat("0", 32), `x"`} {
		_, _, err = w.admin.Release(t.Context(), sent.ID, "", wrong)
		wantCode(t, err, "stale")
	}
	wantProblem(t, w.fetch(t, "POST", "/v1/releases/"+string(schema.NewID())+"/release", nil, "approver", "If-Match", tag), http.StatusNotFound, "not_found")
	wantProblem(t, w.fetch(t, "POST", path+"/release", nil, "approver", "If-Match", `"`+strings.Repeat("0", 32)+`"`), http.StatusPreconditionFailed, "stale")
	apply(t, w.be, append(hold("send"), "# as before\n"...))
	wantProblem(t, w.fetch(t, "POST", path+"/release", nil, "approver", "If-Match", tag), http.StatusPreconditionFailed, "stale")
	r, err = w.admin.OpenRelease(t.Context(), sent.ID, "")
	check(t, err)
	tag = `"` + r.Tag + `"`
	done, _, err := w.admin.Release(t.Context(), sent.ID, "", r.Tag)
	check(t, err)
	if done.State != node.Queued {
		t.Errorf("got %s, want queued", done.State)
	}
	await(t, w.be, sent.ID)
	_, _, err = w.admin.Release(t.Context(), sent.ID, "", r.Tag)
	wantCode(t, err, "not_held")
	res := w.fetch(t, "POST", path+"/release", nil, "approver", "If-Match", tag)
	wantProblem(t, res, http.StatusConflict, "not_held")
	m, err := w.agency.Message(t.Context(), sent.ID, node.Out)
	check(t, err)
	if m.State != node.Accepted || !strings.HasPrefix(m.Releaser, "operator:") || m.Decision.Rule != "careful" {
		t.Errorf("it is %s, released by %q under %q", m.State, m.Releaser, m.Decision.Rule)
	}
}

// ownOverHTTP is an operator who submits, and then decides on nothing.
func ownOverHTTP(t *testing.T, w *webPair) {
	sent, err := w.admin.Send(t.Context(), web.SendRequest{Key: "own-1", Body: messageOf(t, 4096), To: "NL"})
	check(t, err)
	r, err := w.admin.OpenRelease(t.Context(), sent.ID, "")
	check(t, err)
	if !r.Own {
		t.Error("it is not shown as the operator's own")
	}
	_, _, err = w.admin.Release(t.Context(), sent.ID, "", r.Tag)
	wantCode(t, err, "own_message")
	_, err = w.admin.Return(t.Context(), sent.ID, r.Tag, "On second thoughts.")
	wantCode(t, err, "own_message")
	path, tag := "/v1/releases/"+string(sent.ID)+"/release", `"`+r.Tag+`"`
	if res := w.fetch(t, "POST", path, nil, "approver", "If-Match", tag); res.StatusCode != http.StatusOK {
		t.Fatalf("a second person: got %d %s", res.StatusCode, text(t, res))
	}
	wantProblem(t, w.fetch(t, "POST", path, nil, "approver", "If-Match", tag), http.StatusConflict, "not_held")
	await(t, w.be, sent.ID)
}

func returnOverHTTP(t *testing.T, w *webPair) {
	sent := submitTo(t, w, "return-1")
	r, err := w.admin.OpenRelease(t.Context(), sent.ID, node.Out)
	check(t, err)
	_, err = w.admin.Discard(t.Context(), sent.ID, r.Tag, "Not in quarantine.")
	wantCode(t, err, "not_found")
	_, err = w.admin.Return(t.Context(), sent.ID, r.Tag, "")
	wantCode(t, err, "bad_reason")
	const why = "Ask the prosecutor <first>."
	done, err := w.admin.Return(t.Context(), sent.ID, r.Tag, why)
	check(t, err)
	if done.State != node.Returned {
		t.Errorf("got %s, want returned", done.State)
	}
	m, err := w.agency.Message(t.Context(), sent.ID, node.Out)
	check(t, err)
	if m.Reason != why {
		t.Errorf("its author reads %q", m.Reason)
	}
	page := text(t, w.fetch(t, "GET", "/message/out/"+string(sent.ID), nil, "officer"))
	if !strings.Contains(page, "Ask the prosecutor &lt;first&gt;.") || !strings.Contains(page, "Returned to its author") {
		t.Error("the page of the message does not tell why it was returned")
	}
}

func pagesOfReleases(t *testing.T, w *webPair) {
	var want []schema.ID
	for _, key := range []string{"p1", "p2", "p3"} {
		want = append(want, submitTo(t, w, key).ID)
	}
	var got []schema.ID
	var after web.Cursor
	for {
		page, err := w.admin.Releases(t.Context(), after, 2)
		check(t, err)
		for _, i := range page.Items {
			got = append(got, i.ID)
		}
		if after = page.Next; after == "" {
			break
		}
	}
	if len(got) != 3 || got[0] != want[0] || got[1] != want[1] || got[2] != want[2] {
		t.Errorf("got %v, want %v", got, want)
	}
	for _, bad := range []string{"x", "bTE6MQ", "cjE6MDow"} {
		wantProblem(t, w.fetch(t, "GET", "/v1/releases?after="+bad, nil, "agency"), http.StatusBadRequest, "bad_cursor")
	}
	s, err := w.admin.Status(t.Context())
	check(t, err)
	if s.Waiting.Held != 3 || s.Waiting.Nearest.IsZero() {
		t.Errorf("the status says %+v", s.Waiting)
	}
	for _, id := range got {
		r, err := w.admin.OpenRelease(t.Context(), id, "")
		check(t, err)
		_, err = w.admin.Return(t.Context(), id, r.Tag, "Only a test.")
		check(t, err)
	}
}

// post sends a form of a page as the officer.
func post(t *testing.T, w *webPair, path string, form url.Values, headers ...string) *http.Response {
	t.Helper()
	return w.fetch(t, "POST", path, []byte(form.Encode()), "officer", append(headers, "Content-Type", "application/x-www-form-urlencoded")...)
}

// tagOn finds the tag in the forms of a release page.
func tagOn(t *testing.T, page string) string {
	t.Helper()
	_, tag, found := strings.Cut(page, `name="tag" value="`)
	tag, _, _ = strings.Cut(tag, `"`)
	if !found || len(tag) != 32 {
		t.Fatal("the page has no form to decide with")
	}
	return tag
}

func releasePages(t *testing.T, w *webPair) {
	w.signIn(t)
	if page := text(t, w.fetch(t, "GET", "/releases?lang=en", nil, "officer")); !strings.Contains(page, "Nothing waits for release") {
		t.Error("the empty queue does not say so")
	}
	sent := submitTo(t, w, "page-1")
	list := text(t, w.fetch(t, "GET", "/releases", nil, "officer"))
	path := "/release/out/" + string(sent.ID)
	for _, want := range []string{path, "Bank account (fin.account)", "agency:test", "Waits for release", "Decide by", `aria-current="page">Releases`} {
		if !strings.Contains(list, want) {
			t.Errorf("the queue lacks %q", want)
		}
	}
	page := text(t, w.fetch(t, "GET", path, nil, "officer"))
	for _, want := range []string{"All that is on this page leaves", "NL91", "statement.txt", "agency:test", "Financial transaction (fin.transaction)", "Release it", "Return it to its author"} {
		if !strings.Contains(page, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
	_, file, _ := strings.Cut(page, `href="`+path+`/attachments/`)
	file, _, _ = strings.Cut(file, `"`)
	if got := text(t, w.fetch(t, "GET", path+"/attachments/"+file, nil, "officer")); got != "abc" {
		t.Errorf("the attachment is %q", got)
	}
	tag := tagOn(t, page)
	for _, row := range []struct {
		name    string
		form    url.Values
		headers []string
		want    int
	}{
		{"no tag", url.Values{}, nil, http.StatusPreconditionFailed},
		{"another tag", url.Values{"tag": {strings.Repeat("0", 32)}}, nil, http.StatusPreconditionFailed},
		{"a field that the page does not have", url.Values{"tag": {tag}, "all": {"yes"}}, nil, http.StatusBadRequest},
		{"from another site", url.Values{"tag": {tag}}, []string{"Sec-Fetch-Site", "cross-site"}, http.StatusForbidden},
	} {
		if res := post(t, w, path+"/release", row.form, row.headers...); res.StatusCode != row.want {
			t.Errorf("%s: got %d, want %d", row.name, res.StatusCode, row.want)
		}
	}
	if res := w.fetch(t, "POST", path+"/release", []byte(`{"tag":"`+tag+`"}`), "officer"); res.StatusCode != http.StatusUnsupportedMediaType {
		t.Errorf("JSON instead of a form: got %d, want 415", res.StatusCode)
	}
	if got := stateOf(t, w.be, sent.ID); got != node.Held {
		t.Fatalf("it is %s, want held", got)
	}
	if res := post(t, w, path+"/release", url.Values{"tag": {tag}}); res.StatusCode != http.StatusSeeOther || res.Header.Get("Location") != "/releases" {
		t.Fatalf("got %d, Location %q: %s", res.StatusCode, res.Header.Get("Location"), text(t, res))
	}
	await(t, w.be, sent.ID)
	if res := post(t, w, path+"/release", url.Values{"tag": {tag}}); res.StatusCode != http.StatusConflict {
		t.Errorf("sent again: got %d, want 409", res.StatusCode)
	}
	if got := acts(t, w.be, sent.ID); !has(got, "user:test message.read") || !has(got, "user:test message.released") {
		t.Errorf("the journal has %v", got)
	}
	own, err := w.be.Node.Submit(t.Context(), node.Submission{Actor: "user:test", Body: messageOf(t, 4096), To: "NL"})
	check(t, err)
	path = "/release/out/" + string(own.ID)
	if page := text(t, w.fetch(t, "GET", path, nil, "officer")); !strings.Contains(page, "You have submitted this message yourself") || strings.Contains(page, `name="tag"`) {
		t.Error("an officer's own message can be decided on")
	}
	seen := look(t, w.be, own.ID)
	if res := post(t, w, path+"/release", url.Values{"tag": {seen.Tag}}); res.StatusCode != http.StatusForbidden {
		t.Errorf("one's own: got %d, want 403", res.StatusCode)
	}
	apply(t, w.be, narrow("send"))
	if page := text(t, w.fetch(t, "GET", "/releases?lang=fr", nil, "officer")); !strings.Contains(page, "Interdit par la politique du jour") || !strings.Contains(page, "Le vôtre") {
		t.Error("the queue does not say in French that the policy of today denies it")
	}
	_, err = w.be.Node.Return(t.Context(), releaser, own.ID, "", look(t, w.be, own.ID).Tag, "Only a test.")
	check(t, err)
	apply(t, w.be, hold("send"))
	w.fetch(t, "GET", "/inbox?lang=en", nil, "officer")
}

// lessOnTheRelease holds a message without some of its parts: who releases it sees what
// is missing, why special data was needed, and the whole of it one link away.
func lessOnTheRelease(t *testing.T, w *webPair) {
	apply(t, w.be, []byte(`version: 1
rules:
  - {name: less, peers: [NL], direction: send, types: ["*"], categories: ["*"], approve: [id.*], redact: [contact.*], marking: restricted, minors: true, instruments: [EIO, EU-2000, COE-1959]}
`))
	m := request(t)
	m["handling"] = map[string]any{"marking": "restricted", "necessity": "Nobody else saw it."}
	out, err := w.be.Node.Submit(t.Context(), submission(t, m))
	check(t, err)
	if out.State != node.Held || len(out.Decision.Redact) == 0 {
		t.Fatalf("got %s, %+v, want it held without its addresses", out.State, out.Decision)
	}
	page := text(t, w.fetch(t, "GET", "/release/out/"+string(out.ID), nil, "officer", "Accept-Language", "en"))
	for _, want := range []string{"Withheld from this message", out.Decision.Redact[0].Category, "Strictly necessary because", "Nobody else saw it.", `href="/message/out/` + string(out.ID) + `/original"`} {
		if !strings.Contains(page, want) {
			t.Errorf("the page of the release lacks %q", want)
		}
	}
}

func scriptInARelease(t *testing.T, w *webPair) {
	c, err := catalogue()
	check(t, err)
	m := example(t, "mla.request")
	m["from"], m["to"], m["subject"] = "BE/fps-justice", "NL/irc", hostile
	n := poison(t, c, m, m["body"].(map[string]any))
	m["attachments"] = []any{map[string]any{"name": "a';alert(1)&b=.svg", "media_type": "image/svg+xml", "category": "fin.transaction", "data": "PHN2Zy8+"}}
	sent, err := w.be.Node.Submit(t.Context(), submission(t, m))
	check(t, err)
	for _, path := range []string{"/releases", "/release/out/" + string(sent.ID)} {
		page := text(t, w.fetch(t, "GET", path, nil, "officer"))
		for _, live := range []string{"<script>", "<img", "<svg", `kanarie"`} {
			if strings.Contains(page, live) {
				t.Errorf("%s: %q reached the page", path, live)
			}
		}
		if shown := strings.Count(page, "kanarie"); shown == 0 || path != "/releases" && shown < n {
			t.Errorf("%s: %d hostile fields, %d shown", path, n, shown)
		}
	}
}

func quarantinePages(t *testing.T, w *webPair) {
	apply(t, w.be, hold("receive"))
	m := request(t)
	m["from"], m["to"] = "NL/irc", "BE/fps-justice"
	let, not := send(t, w.nl, m), send(t, w.nl, m)
	for _, path := range []string{"/message/in/" + string(let), "/v1/messages/" + string(let), "/v1/messages/" + string(let) + "/proof?box=in"} {
		who := "agency"
		if strings.HasPrefix(path, "/message") {
			who = "officer"
		}
		if res := w.fetch(t, "GET", path, nil, who, "If-None-Match", "*"); res.StatusCode != http.StatusNotFound {
			t.Errorf("%s: got %d, want 404 while it is in quarantine", path, res.StatusCode)
		}
	}
	if page := text(t, w.fetch(t, "GET", "/inbox", nil, "officer")); strings.Contains(page, string(let)) {
		t.Error("the inbox shows what is in quarantine")
	}
	path := "/release/in/" + string(let)
	page := text(t, w.fetch(t, "GET", path, nil, "officer"))
	if !strings.Contains(page, "All that is on this page goes to the inbox") || !strings.Contains(page, "Let it into the inbox") || !strings.Contains(page, "Discard it") {
		t.Error("the page does not offer to let it in or to discard it")
	}
	if res := post(t, w, path+"/release", url.Values{"tag": {tagOn(t, page)}}); res.StatusCode != http.StatusSeeOther {
		t.Fatalf("got %d: %s", res.StatusCode, text(t, res))
	}
	if res := w.fetch(t, "GET", "/message/in/"+string(let), nil, "officer"); res.StatusCode != http.StatusOK {
		t.Errorf("after its release: got %d", res.StatusCode)
	}
	path = "/release/in/" + string(not)
	tag := tagOn(t, text(t, w.fetch(t, "GET", path, nil, "officer")))
	if res := post(t, w, path+"/return", url.Values{"tag": {tag}, "reason": {" "}}); res.StatusCode != http.StatusBadRequest {
		t.Errorf("without a reason: got %d, want 400", res.StatusCode)
	}
	if res := post(t, w, path+"/return", url.Values{"tag": {tag}, "reason": {"Not for us."}}); res.StatusCode != http.StatusSeeOther {
		t.Errorf("discard: got %d", res.StatusCode)
	}
	trace, err := w.admin.Trace(t.Context(), not, "")
	check(t, err)
	if trace.State != node.Discarded {
		t.Errorf("it is %s, want discarded", trace.State)
	}
}
