package integration

import (
	"bytes"
	"encoding/json"
	"fmt"
	"html"
	"mime/multipart"
	"net/http"
	"net/textproto"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/comity-exchange/comity/node"
	"github.com/comity-exchange/comity/schema"
)

// Officers draft, answer and send from pages that have no script.
func TestWebDrafts(t *testing.T) {
	w := newWebPair(t)
	t.Run("the whole way", func(t *testing.T) { draftWalk(t, w) })
	t.Run("an answer", func(t *testing.T) { draftAnswer(t, w) })
	t.Run("foreseen", func(t *testing.T) { draftForeseen(t, w) })
	t.Run("rows", func(t *testing.T) { draftRows(t, w) })
	t.Run("lengths of time", func(t *testing.T) { draftLengths(t, w) })
	t.Run("files", func(t *testing.T) { draftFiles(t, w) })
	t.Run("sent once", func(t *testing.T) { draftSentOnce(t, w) })
	t.Run("strange texts in every field", func(t *testing.T) { strangeTexts(t, w) })
	t.Run("hostile forms", func(t *testing.T) { hostileForms(t, w) })
	t.Run("nobody else's", func(t *testing.T) { foreignDrafts(t, w) })
	t.Run("deleted", func(t *testing.T) { draftDeleted(t, w) })
	t.Run("policy says no", func(t *testing.T) { draftDenied(t, w) })
}

// post sends a form as a browser does.
func (w *webPair) post(tb testing.TB, path string, form url.Values) *http.Response {
	tb.Helper()
	return w.fetch(tb, "POST", path, []byte(form.Encode()), "officer", "Content-Type", "application/x-www-form-urlencoded", "Sec-Fetch-Site", "same-origin", "Accept-Language", "en")
}

func (w *webPair) page(tb testing.TB, path string) string {
	tb.Helper()
	res := w.fetch(tb, "GET", path, nil, "officer", "Accept-Language", "en")
	if res.StatusCode != http.StatusOK {
		tb.Fatalf("%s: got %d\n%s", path, res.StatusCode, text(tb, res))
	}
	return text(tb, res)
}

// begin starts a draft and gives its address.
func (w *webPair) begin(tb testing.TB, name string) string {
	tb.Helper()
	return wentTo(tb, w.post(tb, "/drafts", url.Values{"peer": {"NL"}, "type": {name}, "instrument": {instrumentOf(tb, name)}}))
}

func instrumentOf(tb testing.TB, name string) string {
	s, _ := example(tb, name)["instrument"].(string)
	return s
}

// wentTo is where a form led.
func wentTo(tb testing.TB, res *http.Response) string {
	tb.Helper()
	if res.StatusCode != http.StatusSeeOther {
		tb.Fatalf("got %d, want 303\n%s", res.StatusCode, text(tb, res))
	}
	return res.Header.Get("Location")
}

// inputs reads the values of a page's form as a browser would post them.
func inputs(page string) url.Values {
	form := url.Values{}
	for _, m := range regexp.MustCompile(`<input type="([a-z-]+)"[^>]* name="([^"]*)" value="([^"]*)"( checked)?`).FindAllStringSubmatch(page, -1) {
		if (m[1] == "radio" || m[1] == "checkbox") && m[4] == "" {
			continue
		}
		form.Add(html.UnescapeString(m[2]), html.UnescapeString(m[3]))
	}
	for _, m := range regexp.MustCompile(`(?s)<textarea id="[^"]*" name="([^"]*)"[^>]*>\n(.*?)</textarea>`).FindAllStringSubmatch(page, -1) {
		form.Add(html.UnescapeString(m[1]), html.UnescapeString(m[2]))
	}
	for _, m := range regexp.MustCompile(`(?s)<select id="[^"]*" name="(/[^"]*)"[^>]*>(.*?)</select>`).FindAllStringSubmatch(page, -1) {
		chosen := regexp.MustCompile(`value="([^"]*)" selected`).FindStringSubmatch(m[2])
		if chosen != nil {
			form.Add(html.UnescapeString(m[1]), html.UnescapeString(chosen[1]))
		} else {
			form.Add(html.UnescapeString(m[1]), "")
		}
	}
	return form
}

// fill puts the values of an example into a draft, section by section, through its forms.
func (w *webPair) fill(tb testing.TB, draft, name string, leave ...string) {
	tb.Helper()
	c, err := catalogue()
	check(tb, err)
	typ, err := c.Type(name)
	check(tb, err)
	form, err := c.Form(typ.Example, "en")
	check(tb, err)
	values, err := c.Values(typ.Example)
	check(tb, err)
	values["/from"], values["/to"] = []string{"BE/fps-justice"}, []string{"NL/irc"}
	delete(values, "/case")
	for _, s := range form.Sections {
		if s.Key == schema.Attachments || slices.Contains(leave, s.Key) {
			continue
		}
		posted := url.Values{"do": {"later"}}
		for at, texts := range values {
			if s.Owns(at) && texts == nil {
				posted.Add("row", at)
			} else if s.Owns(at) {
				posted[at] = texts
			}
		}
		if got := wentTo(tb, w.post(tb, draft+"/section/"+s.Key, posted)); got != draft {
			tb.Fatalf("section %s led to %s, want the list", s.Key, got)
		}
	}
}

func draftWalk(t *testing.T, w *webPair) {
	page := w.page(t, "/write")
	for _, want := range []string{`<option value="NL"`, "Mutual legal assistance", `value="mla.request"`, "Asks the other State to gather evidence"} {
		if !strings.Contains(page, want) {
			t.Errorf("the page to begin with lacks %q", want)
		}
	}
	if strings.Contains(page, `value="status.acknowledged"`) {
		t.Error("what only answers can be begun without a message to answer")
	}
	if page = w.page(t, "/write?peer=&type="); !strings.Contains(page, "Choose whom to write to") || !strings.Contains(page, "<title>Error: ") {
		t.Error("nothing chosen is not told")
	}
	if page = w.page(t, "/write?peer=NL&type=mla.request"); !strings.Contains(page, `<option value="EIO">`) {
		t.Error("the legal bases are not offered")
	}
	draft := w.begin(t, "mla.request")
	page = w.page(t, draft)
	for _, want := range []string{"Issuing authority", "Incomplete", "Completed", "Optional", "Sections to complete: "} {
		if !strings.Contains(page, want) {
			t.Errorf("the list of sections lacks %q", want)
		}
	}
	// An error: told on top with a link to the field, and at the field.
	form := inputs(w.page(t, draft+"/section/addressing"))
	if got := form.Get("/to"); got != "NL" {
		t.Errorf("the form's own values are not read: to is %q", got)
	}
	form.Set("/to", "somewhere")
	form.Set("do", "save")
	back := wentTo(t, w.post(t, draft+"/section/addressing", form))
	page = w.page(t, back)
	for _, want := range []string{`<div class="summary" role="alert"`, `<a href="#to">`, `<a href="#subject">`, "This is not an address.", `value="somewhere"`, `aria-describedby="to-hint to-error" aria-invalid="true"`, "<title>Error: "} {
		if !strings.Contains(page, want) {
			t.Errorf("the error lacks %q", want)
		}
	}
	if page = text(t, w.fetch(t, "GET", back, nil, "officer", "Accept-Language", "fr")); !strings.Contains(page, "Il y a un problème") || !strings.Contains(page, "Remplissez ce champ") || !strings.Contains(page, `<html lang="fr"`) {
		t.Error("the error is not told in the reader's language")
	}
	if page = w.page(t, draft+"/check"); !strings.Contains(page, draft+"/section/addressing?said=true#to") || strings.Contains(page, `action="`+draft+`/send"`) {
		t.Error("an unfinished draft can be sent, or its check does not lead to what is wrong")
	}
	w.fill(t, draft, "mla.request")
	if page = w.page(t, draft); !strings.Contains(page, "What policy says so far") || !strings.Contains(page, "fin.account") {
		t.Error("the list does not say what data is in the draft so far")
	}
	if !strings.Contains(page, "Everything that is needed is filled in") {
		t.Fatalf("a filled draft is not complete:\n%s", page)
	}
	w.attach(t, draft, "statement.pdf", "fin.transaction", []byte("%PDF-1.7 sample"))
	page = w.page(t, draft+"/check")
	for _, want := range []string{"May leave", "What leaves", "Financial", "statement.pdf", "Rules for this peer", `action="` + draft + `/send"`} {
		if !strings.Contains(page, want) {
			t.Errorf("the check lacks %q", want)
		}
	}
	if page := w.page(t, "/drafts"); !strings.Contains(page, "Ready to check") || !strings.Contains(page, draft) {
		t.Error("the draft is not listed")
	}
	sent := wentTo(t, w.post(t, draft+"/send", nil))
	id := schema.ID(strings.TrimPrefix(sent, "/message/out/"))
	if got := await(t, w.be, id); got.State != node.Accepted || !has(acts(t, w.be, id), "user:test message.submitted") {
		t.Fatalf("got %+v, want it accepted, of the officer", got)
	}
	there, err := w.nl.Node.Open(t.Context(), "user:test", id, node.In)
	check(t, err)
	if len(there.Files) != 1 || there.Message.Attachments[0].Name != "statement.pdf" || string(there.Files[0].Data) != "%PDF-1.7 sample" {
		t.Errorf("the file did not arrive: %+v", there.Message.Attachments)
	}
	if there.Message.Type != "mla.request" || there.Message.To != "NL/irc" {
		t.Errorf("got %s to %s", there.Message.Type, there.Message.To)
	}
	did := acts(t, w.be, schema.ID(strings.TrimPrefix(draft, "/draft/")))
	if !slices.Equal(did, []string{"user:test draft.made", "user:test draft.sent"}) {
		t.Errorf("the journal has %v", did)
	}
	if res := w.fetch(t, "GET", draft, nil, "officer"); res.StatusCode != http.StatusNotFound {
		t.Errorf("a sent draft is still there: %d", res.StatusCode)
	}
}

func draftAnswer(t *testing.T, w *webPair) {
	asked := request(t)
	asked["from"], asked["to"] = "NL/irc", "BE/fps-justice"
	id := send(t, w.nl, asked)
	page := w.page(t, "/message/in/"+string(id))
	if !strings.Contains(page, `<button name="type" value="status.acknowledged" data-key="1">`) || !strings.Contains(page, "Not possible now (") {
		t.Fatal("the message offers no answers, or does not say which are not possible")
	}
	draft := wentTo(t, w.post(t, "/message/in/"+string(id)+"/reply", url.Values{"type": {"status.acknowledged"}}))
	page = w.page(t, draft+"/section/body.reference")
	body := asked["body"].(map[string]any)["issuing_authority"].(map[string]any)
	if !strings.Contains(page, html.EscapeString(body["name"].(string))) {
		t.Error("the answer does not know the authority that asked")
	}
	signed := inputs(w.page(t, draft+"/section/body.receiving_authority"))
	for name, value := range map[string]string{"name": "A. Example", "post": "Liaison officer", "date": time.Now().UTC().Format(time.DateOnly)} {
		signed.Set("/body/receiving_authority/signature/"+name, value)
	}
	signed.Set("do", "save")
	wentTo(t, w.post(t, draft+"/section/body.receiving_authority", signed))
	if page = w.page(t, draft); !strings.Contains(page, "Everything that is needed") || !strings.Contains(page, "/message/in/"+string(id)) {
		t.Errorf("an acknowledgement asks for more, or does not lead back")
	}
	sent := wentTo(t, w.post(t, draft+"/send", nil))
	answer := schema.ID(strings.TrimPrefix(sent, "/message/out/"))
	if got := await(t, w.be, answer); got.State != node.Accepted || !strings.Contains(w.page(t, sent), "/message/in/"+string(id)) {
		t.Errorf("got %+v, want it accepted and leading back to what it answers", got)
	}
	// What the thread does not allow is told before it is sent, and does not leave.
	if page = w.page(t, "/message/in/"+string(id)); strings.Contains(page, `value="status.resumed"`) {
		t.Fatal("a request that was not postponed may be resumed")
	}
	draft = wentTo(t, w.post(t, "/message/in/"+string(id)+"/reply", url.Values{"type": {"status.resumed"}}))
	w.fill(t, draft, "status.resumed")
	if page = w.page(t, draft+"/check"); !strings.Contains(page, "It cannot be sent as it is") || !strings.Contains(page, "reply_not_in_state") || strings.Contains(page, `action="`+draft+`/send"`) {
		t.Error("what is out of turn is not refused on the check page")
	}
	if res := w.post(t, draft+"/send", nil); res.StatusCode != http.StatusConflict || !strings.Contains(text(t, res), "reply_not_in_state") {
		t.Errorf("got %d, want 409 and why", res.StatusCode)
	}
	w.page(t, draft) // still there
}

// draftForeseen asks what the policy would say while a section is written: the answer is
// about what was typed, and none of it is kept.
func draftForeseen(t *testing.T, w *webPair) {
	draft := w.begin(t, "mla.request")
	at := draft + "/section/body.persons"
	wentTo(t, w.post(t, at, url.Values{"do": {"add /body/persons"}}))
	before := w.page(t, at)
	if !strings.Contains(before, `data-look="`+at+`/look"`) || strings.Contains(before, "id.name") {
		t.Fatal("the section does not ask while it is written, or has a name already")
	}
	form := inputs(before)
	form.Set("/body/persons/0/name", "Sample")
	var got struct {
		Verdict string
		Kinds   []struct{ Label string }
	}
	res := w.post(t, at+"/look", form)
	check(t, json.Unmarshal([]byte(text(t, res)), &got))
	named := slices.ContainsFunc(got.Kinds, func(k struct{ Label string }) bool { return strings.HasSuffix(k.Label, "(id.name)") })
	if res.StatusCode != http.StatusOK || got.Verdict != "May leave" || !named {
		t.Errorf("got %d, %+v, want it allowed and the name found", res.StatusCode, got)
	}
	if w.page(t, at) != before {
		t.Error("asking changed the draft")
	}
	if res := w.post(t, at+"/look", url.Values{"/body/facts": {"x"}}); res.StatusCode != http.StatusBadRequest {
		t.Errorf("a field of another section: got %d, want 400", res.StatusCode)
	}
}

func draftRows(t *testing.T, w *webPair) {
	draft := w.begin(t, "mla.request")
	at := draft + "/section/body.persons"
	if page := w.page(t, at); !strings.Contains(page, `value="add /body/persons"`) || strings.Contains(page, `name="/body/persons/0/name"`) {
		t.Fatal("a list that nobody began has a row, or none can be added")
	}
	for i := range 3 {
		form := inputs(w.page(t, at))
		if i > 0 {
			form.Set(fmt.Sprintf("/body/persons/%d/name", i-1), fmt.Sprint("Person ", i-1))
		}
		form.Set("do", "add /body/persons")
		if got, want := wentTo(t, w.post(t, at, form)), fmt.Sprintf("%s#body-persons-%d", at, i); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
	form := inputs(w.page(t, at))
	form.Set("/body/persons/0/aliases", "one")
	form.Add("/body/persons/0/aliases", "two")
	form.Set("do", "add /body/persons/1/documents")
	wentTo(t, w.post(t, at, form))
	form = inputs(w.page(t, at))
	form.Set("/body/persons/1/documents/0/number", "AB 1")
	form.Set("do", "remove /body/persons/0")
	wentTo(t, w.post(t, at, form))
	page := w.page(t, at)
	for _, want := range []string{`name="/body/persons/0/name" value="Person 1"`, `name="/body/persons/0/documents/0/number" value="AB 1"`, `name="/body/persons/1/name"`} {
		if !strings.Contains(page, want) {
			t.Errorf("after the first row was removed the page lacks %q", want)
		}
	}
	if strings.Contains(page, "Person 0") || strings.Contains(page, `name="/body/persons/2/name"`) {
		t.Error("the removed row is still there")
	}
}

// attach posts one file.
func (w *webPair) attach(tb testing.TB, draft, name, category string, data []byte) *http.Response {
	tb.Helper()
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	h := textproto.MIMEHeader{}
	h.Set("Content-Disposition", `form-data; name="file"; filename="`+strings.NewReplacer(`"`, "%22", "\n", "%0A").Replace(name)+`"`)
	h.Set("Content-Type", "application/pdf; charset=x")
	part, err := form.CreatePart(h)
	check(tb, err)
	_, err = part.Write(data)
	check(tb, err)
	check(tb, form.WriteField("category", category))
	check(tb, form.Close())
	return w.fetch(tb, "POST", draft+"/files", body.Bytes(), "officer", "Content-Type", form.FormDataContentType(), "Accept-Language", "en")
}

func draftFiles(t *testing.T, w *webPair) {
	draft := w.begin(t, "mla.request")
	at := draft + "/section/attachments"
	for _, name := range []string{"../../etc/pass\u202ewd<script>.pdf", "../../etc/pass\u202ewd<script>.pdf", `C:\temp\b.pdf`} {
		if got := wentTo(t, w.attach(t, draft, name, "", []byte(name+fmt.Sprint(len(w.page(t, at)))))); got != at {
			t.Errorf("got %s, want %s", got, at)
		}
	}
	wentTo(t, w.attach(t, draft, "same.pdf", "", []byte("same")))
	wentTo(t, w.attach(t, draft, "again.pdf", "", []byte("same")))
	page := w.page(t, at)
	for _, want := range []string{"pass_wd_script_.pdf", "pass_wd_script_ (2).pdf", "b.pdf", "same.pdf", "application/pdf"} {
		if !strings.Contains(page, want) {
			t.Errorf("the files lack %q", want)
		}
	}
	if strings.Contains(ownScript.ReplaceAllString(page, ""), "<script") || strings.Contains(page, "etc/") || strings.Contains(page, "again.pdf") {
		t.Error("a file name is not made safe, or a file stands there twice")
	}
	sum := regexp.MustCompile(`files/([0-9a-f]{64})" download><bdi>same.pdf`).FindStringSubmatch(page)
	if sum == nil {
		t.Fatal("no digest")
	}
	file := w.fetch(t, "GET", draft+"/files/"+sum[1], nil, "officer")
	if got := text(t, file); got != "same" || !strings.HasPrefix(file.Header.Get("Content-Disposition"), "attachment") || file.Header.Get("Content-Type") != "application/octet-stream" {
		t.Errorf("got %q as %s", got, file.Header)
	}
	wentTo(t, w.post(t, draft+"/files/"+sum[1], url.Values{"category": {"fin.account"}, "do": {"keep"}}))
	if page = w.page(t, at); !strings.Contains(page, `value="fin.account" selected`) {
		t.Error("the category does not stay")
	}
	wentTo(t, w.post(t, draft+"/files/"+sum[1], url.Values{"do": {"remove"}}))
	if page = w.page(t, at); strings.Contains(page, "same.pdf") {
		t.Error("a removed file is still there")
	}
	for _, path := range []string{sum[1], strings.Repeat("ab", 32), "zz", strings.Repeat("z", 64)} {
		if res := w.fetch(t, "GET", draft+"/files/"+path, nil, "officer"); res.StatusCode != http.StatusNotFound {
			t.Errorf("file %s: got %d, want 404", path, res.StatusCode)
		}
	}
	for _, row := range []struct {
		size, status int
		want         string
	}{{schema.MaxAttachment + 1, 413, "larger than 512 KiB"}, {3 << 20, 413, "larger than 512 KiB"}, {schema.MaxAttachment, 303, ""}, {schema.MaxAttachment - 1, 413, "do not fit"}} {
		res := w.attach(t, draft, "large.bin", "ev.item", bytes.Repeat([]byte{byte(row.size)}, row.size))
		if page := text(t, res); res.StatusCode != row.status || !strings.Contains(page, row.want) || row.status == 413 && !strings.Contains(page, `<a href="#file">`) {
			t.Errorf("%d octets: got %d, want %d and %q told on the page", row.size, res.StatusCode, row.status, row.want)
		}
	}
	if res := w.attach(t, draft, "x", "no.such", []byte("x")); res.StatusCode != http.StatusBadRequest {
		t.Errorf("a category that does not exist: got %d", res.StatusCode)
	}
	if res := w.fetch(t, "POST", draft+"/files", []byte("--x--"), "officer", "Content-Type", "multipart/form-data; boundary=x", "Accept-Language", "en"); res.StatusCode != http.StatusBadRequest || !strings.Contains(text(t, res), "Choose a file first") {
		t.Errorf("no file: got %d", res.StatusCode)
	}
}

func draftSentOnce(t *testing.T, w *webPair) {
	draft := w.begin(t, "information.spontaneous")
	w.fill(t, draft, "information.spontaneous")
	before, err := w.be.Node.List(t.Context(), node.Filter{Box: node.Out, Limit: 200})
	check(t, err)
	var all sync.WaitGroup
	led := make([]string, 6)
	for i := range led {
		all.Go(func() {
			res := w.post(t, draft+"/send", nil)
			led[i] = fmt.Sprint(res.StatusCode, " ", res.Header.Get("Location"))
		})
	}
	all.Wait()
	led = append(led, fmt.Sprint(303, " ", wentTo(t, w.post(t, draft+"/send", nil)))) // later, from a page left open
	for _, one := range led {
		if one != led[0] || !strings.HasPrefix(one, "303 /message/out/") {
			t.Errorf("got %v, want the same message each time", led)
		}
	}
	after, err := w.be.Node.List(t.Context(), node.Filter{Box: node.Out, Limit: 200})
	check(t, err)
	if len(after) != len(before)+1 {
		t.Errorf("%d messages were sent, want 1", len(after)-len(before))
	}
	// The message became durable, and then the node stopped before it ended the draft.
	draft = w.begin(t, "information.spontaneous")
	m := example(t, "information.spontaneous")
	m["from"], m["to"] = "BE/fps-justice", "NL/irc"
	s := submission(t, m)
	s.Actor, s.Key = "user:test", "draft-"+strings.TrimPrefix(draft, "/draft/")
	done, err := w.be.Node.Submit(t.Context(), s)
	check(t, err)
	if got := wentTo(t, w.post(t, draft+"/send", nil)); got != "/message/out/"+string(done.ID) {
		t.Errorf("got %s, want the message that was sent", got)
	}
	if res := w.fetch(t, "GET", draft, nil, "officer"); res.StatusCode != http.StatusNotFound {
		t.Errorf("the draft of a sent message is still there: %d", res.StatusCode)
	}
}

// strange are texts that break forms, pages and readers.
var strange = []string{`kanarie"'><script>alert(1)</script><img src=x onerror=alert(1)>`, `</textarea><script>x</script>kanarie`, "kanarie\u202egpj.exe", "\u2066kanarie", "kanarie\r\nBcc: x", "  kanarie  ",
	"\nkanarie", "kanarie\x00\x1b[31m\u0085\ufffe", "kanarie قاسم ישראל 田中", "kanarie\U0001f469\u200d\U0001f469", "{{.}}kanarie${x}%00", "kanarie&#x27;&amp;", "-1kanarie", "kanarie" + strings.Repeat("ﷺ", 400)}

// draftLengths types lengths of time as people write them; the message has them by ISO 8601.
func draftLengths(t *testing.T, w *webPair) {
	draft := w.begin(t, "mla.request")
	w.fill(t, draft, "mla.request")
	const penalty = "/body/offences/0/max_penalty"
	at := draft + "/section/body.offences"
	form := inputs(w.page(t, at))
	if got := form.Get(penalty); got != "5 years" {
		t.Errorf("P5Y is shown as %q", got)
	}
	form.Set("do", "save")
	form.Set(penalty, "6 months 3 years")
	wentTo(t, w.post(t, at, form))
	if got := inputs(w.page(t, at)).Get(penalty); got != "3 years 6 months" {
		t.Errorf("got %q", got)
	}
	if page := w.page(t, draft+"/check"); !strings.Contains(page, "3 years 6 months (P3Y6M)") {
		t.Error("the page to check does not show the length")
	}
	form.Set(penalty, "quite long")
	page := w.page(t, wentTo(t, w.post(t, at, form)))
	if got := inputs(page).Get(penalty); got != "quite long" || !strings.Contains(page, "This is not a duration. For example “3 years 6 months”") || strings.Contains(page, "ISO 8601") {
		t.Errorf("got %q, and a page that does not tell how to write it:\n%s", got, page)
	}
}

func strangeTexts(t *testing.T, w *webPair) {
	c, err := catalogue()
	check(t, err)
	seen := map[schema.InputKind]bool{}
	n := 0
	for _, name := range []string{"mla.request", "notice.wanted", "seizure.notification", "fiu.disclosure", "evidence.production.order"} {
		draft := w.begin(t, name)
		w.fill(t, draft, name)
		typ, err := c.Type(name)
		check(t, err)
		form, err := c.Form(typ.Example, "en")
		check(t, err)
		for _, s := range form.Sections {
			if s.Key == schema.Attachments {
				continue
			}
			at := draft + "/section/" + s.Key
			posted := inputs(w.page(t, at))
			carried := map[string]bool{}
			for pointer := range posted {
				if i := form.Input(pointer); i != nil && pointer != "/to" {
					n++
					seen[i.Kind] = true
					posted[pointer] = []string{strange[n%len(strange)]}
					if i.Kind != schema.FlagInput && i.Kind != schema.DeclareInput { // boxes to tick show no text
						carried[pointer] = true
					}
				}
			}
			posted.Set("do", "save")
			page := w.page(t, wentTo(t, w.post(t, at, posted)))
			safe(t, at, page)
			page = w.page(t, at)
			safe(t, at, page)
			if shown := strings.Count(page, "kanarie"); shown < len(carried) {
				t.Errorf("%s: %d strange texts, %d shown again", at, len(carried), shown)
			}
			again := inputs(page)
			for pointer := range carried {
				if len(again[pointer]) == 0 {
					t.Errorf("%s: %s did not come back", at, pointer)
				}
			}
		}
		for _, path := range []string{draft, draft + "/check", "/drafts", draft + "/delete", draft + "?lang=fr", "/drafts?lang=en"} {
			safe(t, path, w.page(t, path))
		}
	}
	for _, file := range []string{w.be.Config.DatabasePath(), w.be.Config.DatabasePath() + "-wal"} {
		stored, err := os.ReadFile(file)
		check(t, err)
		if bytes.Contains(stored, []byte("kanarie")) {
			t.Errorf("a draft lies open in %s", filepath.Base(file))
		}
	}
	for _, kind := range []schema.InputKind{schema.LineInput, schema.TextInput, schema.CodeInput, schema.DateInput, schema.FlagInput, schema.NumberInput, schema.CountryInput, schema.LanguageInput, schema.CurrencyInput, schema.DeclareInput} {
		if !seen[kind] {
			t.Errorf("no field of kind %s was tried", kind)
		}
	}
}

// safe holds that nothing of a text became part of a page.
func safe(t *testing.T, at, page string) {
	t.Helper()
	page = ownScript.ReplaceAllString(page, "")
	for _, live := range []string{"<script", "<img", `kanarie"'`, "\x00", "\x1b", "kanarie\r"} {
		if strings.Contains(page, live) {
			t.Errorf("%s: %q reached the page", at, live)
		}
	}
	if strings.Count(page, "<textarea") != strings.Count(page, "</textarea>") || !strings.HasSuffix(strings.TrimSpace(page), "</html>") {
		t.Errorf("%s: the page is broken", at)
	}
}

func hostileForms(t *testing.T, w *webPair) {
	draft := w.begin(t, "mla.request")
	at := draft + "/section/body.persons"
	before := w.page(t, at)
	many := url.Values{"do": {"later"}}
	for i := range 10_000 {
		many.Add("row", fmt.Sprintf("/body/persons/%d", i))
	}
	for name, row := range map[string]struct {
		form   url.Values
		status int
	}{
		"another section": {url.Values{"/subject": {"x"}}, 400},
		"common part":     {url.Values{"/id": {"x"}}, 400},
		"re":              {url.Values{"/re": {"x"}}, 400},
		"unknown":         {url.Values{"/body/persons/0/nothing": {"x"}}, 400},
		"no pointer":      {url.Values{"x": {"x"}}, 400},
		"prefix":          {url.Values{"/body/personsx": {"x"}}, 400},
		"deep":            {url.Values{"/body/persons/0" + strings.Repeat("/documents/0", 500): {"x"}}, 400},
		"far row":         {url.Values{"/body/persons/4000000000/name": {"x"}}, 400},
		"negative row":    {url.Values{"/body/persons/-1/name": {"x"}}, 400},
		"twice":           {url.Values{"/body/persons/0/name": {"x", "y"}}, 400},
		"no UTF-8":        {url.Values{"/body/persons/0/name": {"\xff"}}, 400},
		"ten thousand":    {many, 413},
		"button":          {url.Values{"do": {"add /body/offences"}}, 400},
		"button of rows":  {url.Values{"do": {"remove /body/persons/x"}}, 400},
		"odd button":      {url.Values{"do": {"drop"}}, 400},
		"huge":            {url.Values{"/body/persons/0/name": {strings.Repeat("x", 2<<20)}}, 413},
		"long":            {url.Values{"/body/persons/0/name": {strings.Repeat("x", 70<<10)}}, 413},
	} {
		if res := w.post(t, at, row.form); res.StatusCode != row.status {
			t.Errorf("%s: got %d, want %d", name, res.StatusCode, row.status)
		}
	}
	if w.page(t, at) != before {
		t.Error("a refused form changed the draft")
	}
	for _, row := range []struct{ path, kind, body string }{{at, "application/json", "{}"}, {at, "multipart/form-data; boundary=x", "--x--"}, {draft + "/files", "application/x-www-form-urlencoded", "a=b"}, {at, "", "a=b"}} {
		if res := w.fetch(t, "POST", row.path, []byte(row.body), "officer", "Content-Type", row.kind); res.StatusCode != http.StatusUnsupportedMediaType {
			t.Errorf("%s as %q: got %d, want 415", row.path, row.kind, res.StatusCode)
		}
	}
	for _, path := range []string{draft + "/section/none", draft + "/section/body.none", "/draft/1", "/draft/01990000-0000-7000-8000-000000000001"} {
		if res := w.fetch(t, "GET", path, nil, "officer"); res.StatusCode != http.StatusNotFound {
			t.Errorf("%s: got %d, want 404", path, res.StatusCode)
		}
	}
	for _, form := range []url.Values{{"peer": {"XX"}, "type": {"mla.request"}}, {"peer": {"NL"}, "type": {"no.such"}}, {"peer": {"NL"}, "type": {"mla.request"}, "instrument": {"<b>"}}, {}} {
		if res := w.post(t, "/drafts", form); res.StatusCode < 400 || res.StatusCode > 499 {
			t.Errorf("%v: got %d", form, res.StatusCode)
		}
	}
	// Another site's page can do nothing of it (F19).
	for _, path := range []string{"/drafts", at, draft + "/send", draft + "/delete", draft + "/files"} {
		res := w.fetch(t, "POST", path, []byte("peer=NL&type=mla.request"), "officer", "Content-Type", "application/x-www-form-urlencoded", "Sec-Fetch-Site", "cross-site")
		if res.StatusCode != http.StatusForbidden {
			t.Errorf("%s from another site: got %d, want 403", path, res.StatusCode)
		}
	}
	w.page(t, draft)
}

func foreignDrafts(t *testing.T, w *webPair) {
	draft := w.begin(t, "mla.request")
	wentTo(t, w.attach(t, draft, "a.pdf", "", []byte("a")))
	mine := w.cookie
	_, err := w.be.Node.AddUser(t.Context(), "operator:test", node.User{Name: "other", Roles: []node.Role{node.Officer}})
	check(t, err)
	res := w.fetch(t, "GET", w.be.Web.LoginLink("other"), nil, "")
	w.cookie = res.Cookies()[0]
	for _, path := range []string{draft, draft + "/section/addressing", draft + "/check", draft + "/delete", draft + "/files/ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb"} {
		if res := w.fetch(t, "GET", path, nil, "officer"); res.StatusCode != http.StatusNotFound {
			t.Errorf("%s of somebody else: got %d, want 404", path, res.StatusCode)
		}
	}
	for _, path := range []string{draft + "/section/addressing", draft + "/send", draft + "/delete", draft + "/files/ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb"} {
		if res := w.post(t, path, url.Values{"do": {"remove"}}); res.StatusCode != http.StatusNotFound {
			t.Errorf("%s of somebody else: got %d, want 404", path, res.StatusCode)
		}
	}
	if res := w.attach(t, draft, "b.pdf", "", []byte("b")); res.StatusCode != http.StatusNotFound {
		t.Errorf("a file into somebody else's draft: got %d, want 404", res.StatusCode)
	}
	if strings.Contains(w.page(t, "/drafts"), draft) {
		t.Error("somebody else's draft is listed")
	}
	w.cookie = mine
	if page := w.page(t, draft+"/section/attachments"); !strings.Contains(page, "a.pdf") || strings.Contains(page, "b.pdf") {
		t.Error("the draft is not as its author left it")
	}
}

func draftDeleted(t *testing.T, w *webPair) {
	draft := w.begin(t, "mla.request")
	if page := w.page(t, draft+"/delete"); !strings.Contains(page, "deleted for good") {
		t.Error("nobody is asked")
	}
	if got := wentTo(t, w.post(t, draft+"/delete", nil)); got != "/drafts" {
		t.Errorf("got %s", got)
	}
	if res := w.post(t, draft+"/delete", nil); res.StatusCode != http.StatusNotFound {
		t.Errorf("deleted twice: got %d, want 404", res.StatusCode)
	}
	if did := acts(t, w.be, schema.ID(strings.TrimPrefix(draft, "/draft/"))); !slices.Equal(did, []string{"user:test draft.made", "user:test draft.deleted"}) {
		t.Errorf("the journal has %v", did)
	}
}

func draftDenied(t *testing.T, w *webPair) {
	draft := w.begin(t, "mla.request")
	w.fill(t, draft, "mla.request")
	_, err := w.be.Node.ApplyPolicy(t.Context(), "operator:test", narrow("send"), nil)
	check(t, err)
	page := w.page(t, draft+"/check")
	if list := w.page(t, draft); !strings.Contains(list, "The policy does not let it leave") {
		t.Error("what policy says so far is not told on the list")
	}
	if !strings.Contains(page, "The policy does not let it leave") || !strings.Contains(page, "does not cover it") || strings.Contains(page, `action="`+draft+`/send"`) {
		t.Error("the check does not say that policy forbids it, and why")
	}
	if res := w.post(t, draft+"/send", nil); res.StatusCode != http.StatusForbidden || !strings.Contains(text(t, res), "policy_denied") {
		t.Errorf("got %d, want 403", res.StatusCode)
	}
	w.page(t, draft)
}
