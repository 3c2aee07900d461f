package integration

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"html"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"github.com/comity-exchange/comity/node"
	"github.com/comity-exchange/comity/schema"
)

func TestWebPages(t *testing.T) {
	w := newWebPair(t)
	t.Run("script in every field", func(t *testing.T) { scriptInEveryField(t, w) })
	t.Run("a message and its way", func(t *testing.T) { messagePage(t, w) })
	t.Run("what binds the data and what is not there", func(t *testing.T) { termsOnThePage(t, w) })
	t.Run("duties, and an erased message", func(t *testing.T) { erasedPage(t, w) })
	t.Run("lists and cases", func(t *testing.T) { listPages(t, w) })
	t.Run("only officers", func(t *testing.T) { onlyOfficers(t, w) })
}

// hostile is put into every field that takes free text. The mark counts how many did.
const hostile = `kanarie"'><script>alert(1)</script><img src=x onerror=alert(1)>{{.}}&lt;`

func scriptInEveryField(t *testing.T, w *webPair) {
	c, err := catalogue()
	check(t, err)
	_, err = w.nl.Node.ApplyPolicy(t.Context(), "operator:test", bytes.ReplaceAll([]byte(openPolicy), []byte("[EIO,"), []byte("[none, EIO,")), nil)
	check(t, err)
	_, err = w.be.Node.ApplyPolicy(t.Context(), "operator:test", bytes.ReplaceAll([]byte(openPolicy), []byte("[EIO,"), []byte("[none, EIO,")), nil)
	check(t, err)
	for _, name := range []string{"mla.request", "information.spontaneous", "notice.wanted"} {
		m := example(t, name)
		m["from"], m["to"], m["case"] = "NL/irc", "BE/fps-justice", `NL-"><script>alert(1)</script>`
		m["subject"] = hostile
		n := poison(t, c, m, m["body"].(map[string]any))
		if n < 3 {
			t.Fatalf("%s: only %d fields took hostile text", name, n)
		}
		m["attachments"] = []any{map[string]any{"name": "a';alert(1)&b=.svg", "media_type": "image/svg+xml", "category": "ev.item", "data": base64.StdEncoding.EncodeToString([]byte("<svg/>"))}}
		id := send(t, w.nl, m)
		w.giveReason(t, "/message/in/"+string(id))
		for _, path := range []string{"/message/in/" + string(id), "/inbox", "/message/in/" + string(id) + "?lang=fr", "/case?name=" + `NL-%22%3E%3Cscript%3Ealert(1)%3C%2Fscript%3E`} {
			res := w.fetch(t, "GET", path, nil, "officer")
			page := text(t, res)
			if res.StatusCode != http.StatusOK || !strings.Contains(page, "kanarie") {
				t.Errorf("%s: got %d without the text", path, res.StatusCode)
			}
			page = ownScript.ReplaceAllString(page, "")
			for _, live := range []string{"<script", "<img", `onerror=alert(1)>{`, "<svg", `kanarie"`} {
				if strings.Contains(page, live) {
					t.Errorf("%s: %q reached the page", path, live)
				}
			}
			if got := res.Header.Get("Content-Security-Policy"); !strings.HasPrefix(got, "default-src 'none'; script-src 'self'; style-src 'self'") {
				t.Errorf("%s: got policy %q", path, got)
			}
		}
		page := text(t, w.fetch(t, "GET", "/message/in/"+string(id), nil, "officer"))
		if shown := strings.Count(page, "kanarie"); shown < n {
			t.Errorf("%s: %d hostile fields, %d shown", name, n, shown)
		}
		sent := text(t, w.fetch(t, "GET", "/v1/messages/"+string(id)+"?box=in", nil, "agency"))
		if !json.Valid([]byte(sent)) {
			t.Errorf("%s: the API's answer is not JSON", name)
		}
	}
}

// poison puts hostile text into every string of v where the message m stays valid.
func poison(t *testing.T, c *schema.Catalogue, m map[string]any, v any) (n int) {
	try := func(old any, set func(any)) {
		if s, is := old.(string); is {
			set(hostile)
			raw, _, err := c.Complete(encode(t, m), schema.Draft{ID: schema.NewID(), From: "NL", To: "BE", Created: now()})
			check(t, err)
			if _, err := c.Read(raw); err == nil {
				n++
				return
			}
			set(s)
			return
		}
		n += poison(t, c, m, old)
	}
	switch v := v.(type) {
	case map[string]any:
		for name, old := range v {
			try(old, func(x any) { v[name] = x })
		}
	case []any:
		for i, old := range v {
			try(old, func(x any) { v[i] = x })
		}
	}
	return n
}

// ownScript is the one script that every page loads.
var ownScript = regexp.MustCompile(`<script src="/page\.js\?v=[0-9a-f]{16}" defer></script>`)

func messagePage(t *testing.T, w *webPair) {
	w.signIn(t)
	id := send(t, w.be, request(t))
	eventually(t, "a list that tells the article of a time limit with its law", func() bool { // once it is on the desk
		return strings.Contains(text(t, w.fetch(t, "GET", "/sent", nil, "officer", "Accept-Language", "en")), "EIO\u00a016(1)")
	})
	acknowledged := example(t, "status.acknowledged")
	acknowledged["from"], acknowledged["to"], acknowledged["re"] = "NL/irc", "BE/fps-justice", id
	answer := send(t, w.nl, acknowledged)
	page := text(t, w.fetch(t, "GET", "/message/out/"+string(id), nil, "officer", "Accept-Language", "en"))
	for _, want := range []string{`<html lang="en" dir="ltr">`, "Request for mutual legal assistance", "Asks the other State to gather evidence", "Receipt came; the peer&#39;s signature is verified",
		"pouch 1", "Handed in", "State of the request", "EIO\u00a016(1)", "/message/in/" + string(answer), "Download proof", `dir="auto" class="prose"`, "restricted"} {
		if !strings.Contains(strings.ToLower(page), strings.ToLower(want)) {
			t.Errorf("the page lacks %q", want)
		}
	}
	page = text(t, w.fetch(t, "GET", "/message/in/"+string(answer), nil, "officer", "Accept-Language", "en"))
	if !strings.Contains(page, "/message/out/"+string(id)) || !strings.Contains(page, "Arrived; the peer&#39;s signature is verified") {
		t.Error("the answer does not lead back to what it answers, or its arrival is not told")
	}
	french := w.fetch(t, "GET", "/message/out/"+string(id), nil, "officer", "Accept-Language", "fr-BE")
	if page := text(t, french); !strings.Contains(page, `<html lang="fr" dir="ltr">`) || !strings.Contains(page, "Demande d&#39;entraide judiciaire") || french.Header.Get("Content-Language") != "fr" {
		t.Error("a French browser does not get French")
	}
	w.fetch(t, "GET", "/inbox?lang=fr", nil, "officer", "Accept-Language", "en")
	if page := text(t, w.fetch(t, "GET", "/sent", nil, "officer", "Accept-Language", "en")); !strings.Contains(page, `<html lang="fr" dir="ltr">`) {
		t.Error("a chosen language does not stay")
	}
	w.fetch(t, "GET", "/inbox?lang=en", nil, "officer")
	if got := acts(t, w.be, id); !has(got, "user:test message.read") {
		t.Errorf("the reading is not journalled: %v", got)
	}
	proof := w.fetch(t, "GET", "/message/out/"+string(id)+"/proof", nil, "officer")
	if proof.Header.Get("Content-Type") != "application/zip" || !has(acts(t, w.be, id), "user:test message.exported") {
		t.Errorf("the proof is %d %s, or its export is not journalled", proof.StatusCode, proof.Header.Get("Content-Type"))
	}
	for _, path := range []string{"/message/out/1", "/message/odd/" + string(id), "/message/in/" + string(id), "/case?name=none", "/nothing"} {
		res := w.fetch(t, "GET", path, nil, "officer", "Accept", "text/html")
		if res.StatusCode != http.StatusNotFound || !strings.HasPrefix(res.Header.Get("Content-Type"), "text/html") {
			t.Errorf("%s: got %d %s, want a page of status 404", path, res.StatusCode, res.Header.Get("Content-Type"))
		}
	}
}

// The officer sees who set a condition, why special data was needed, and what was taken out.
func termsOnThePage(t *testing.T, w *webPair) {
	m := example(t, "information.spontaneous")
	m["from"], m["to"] = "NL/irc", "BE/fps-justice"
	m["handling"] = map[string]any{"marking": "restricted", "necessity": "The doctor must know.",
		"conditions": []any{map[string]any{"code": "no-onward", "set_by": "FR/police", "inherited_from": schema.NewID()}}}
	m["withheld"] = []any{map[string]any{"pointer": "/body/persons/1", "category": "person.victim", "reason": "policy"}}
	id := send(t, w.nl, m)
	w.giveReason(t, "/message/in/"+string(id))
	for path, want := range map[string][]string{
		"?lang=en": {"set by FR/police", "Strictly necessary because", "The doctor must know.", "Withheld from this message", "person.victim", "Policy of the sender", "/body/persons/1"},
		"?lang=fr": {"posée par FR/police", "Strictement nécessaire car", "Retenu de ce message", "Politique de l&#39;expéditeur"},
	} {
		page := text(t, w.fetch(t, "GET", "/message/in/"+string(id)+path, nil, "officer"))
		for _, words := range want {
			if !strings.Contains(page, words) {
				t.Errorf("%s: %q is not on the page", path, words)
			}
		}
	}
}

// erasedPage shows what is owed about a message and, once it is erased, what is left of it.
func erasedPage(t *testing.T, w *webPair) {
	w.signIn(t)
	id := send(t, w.be, request(t))
	path := "/message/out/" + string(id)
	if page := text(t, w.fetch(t, "GET", path, nil, "officer", "Accept-Language", "en")); !strings.Contains(page, "Review whether the data is still needed") {
		t.Error("the page does not tell of the review that is due")
	}
	_, err := w.be.Node.Erase(t.Context(), "operator:test", id, node.Out, "purpose-fulfilled")
	check(t, err)
	page := text(t, w.fetch(t, "GET", path, nil, "officer", "Accept-Language", "en"))
	for _, want := range []string{"Request for mutual legal assistance", "deleted for good", "Content erased", "purpose-fulfilled", "Download proof", string(id)} {
		if !strings.Contains(page, want) {
			t.Errorf("the page of the erased message lacks %q", want)
		}
	}
	if strings.Contains(page, "Bank records") {
		t.Error("the page of the erased message shows its subject")
	}
	if page := text(t, w.fetch(t, "GET", path, nil, "officer", "Accept-Language", "fr")); !strings.Contains(page, "Contenu effacé") {
		t.Error("a French browser does not get French")
	}
	if page := text(t, w.fetch(t, "GET", "/sent", nil, "officer", "Accept-Language", "en")); !strings.Contains(page, `<span class="state denied">Erased</span>`) {
		t.Error("the list does not tell which message was erased")
	}
	for _, address := range []string{"/v1/messages/" + string(id), "/v1/messages/" + string(id) + "/attachments/" + strings.Repeat("ab", 32)} {
		if res := w.fetch(t, "GET", address, nil, "agency"); res.StatusCode != http.StatusGone || !strings.Contains(text(t, res), `"code":"erased"`) {
			t.Errorf("%s: got %d, want 410 erased", address, res.StatusCode)
		}
	}
	if got := acts(t, w.be, id); !has(got, "operator:test message.erased") || !has(got, "operator:test duty.cancelled") {
		t.Errorf("the erasure is not journalled: %v", got)
	}
}

func listPages(t *testing.T, w *webPair) {
	for i := range 51 {
		m := request(t)
		m["case"], m["subject"] = "BE-LIST/1 & more", fmt.Sprintf("Line %d", i)
		_, err := w.be.Node.Submit(t.Context(), submission(t, m))
		check(t, err)
	}
	first := ""
	eventually(t, "all to be placed by their time limit, the newest first", func() bool {
		first = text(t, w.fetch(t, "GET", "/sent?q=Line", nil, "officer"))
		return strings.Contains(first, "Line 50<") && !strings.Contains(first, "Line 0<")
	})
	if !strings.Contains(first, `href="/case?name=BE-LIST%2f1%20%26%20more"`) {
		t.Error("the first page does not link its case")
	}
	_, next, found := strings.Cut(first, `rel="next" href="`)
	next, _, _ = strings.Cut(next, `"`)
	if !found {
		t.Fatal("there is no next page")
	}
	second := text(t, w.fetch(t, "GET", "/sent"+html.UnescapeString(next), nil, "officer"))
	if !strings.Contains(second, "Line 0<") || strings.Contains(second, "Line 50<") {
		t.Error("the second page does not go on with the first")
	}
	asked := request(t)
	asked["from"], asked["to"] = "NL/irc", "BE/fps-justice"
	answer := example(t, "status.acknowledged")
	answer["from"], answer["to"], answer["re"] = "BE/fps-justice", "NL/irc", send(t, w.nl, asked)
	said := string(send(t, w.be, answer))
	eventually(t, "an answer to be among what was sent, and not among what is open", func() bool {
		all, open := text(t, w.fetch(t, "GET", "/sent?type=status.acknowledged", nil, "officer")), text(t, w.fetch(t, "GET", "/sent?show=open&type=status.acknowledged", nil, "officer"))
		return strings.Contains(all, said) && !strings.Contains(open, said)
	})
	if page := text(t, w.fetch(t, "GET", "/case?name=BE-LIST%2F1+%26+more", nil, "officer")); !strings.Contains(page, "Line 0<") || !strings.Contains(page, "Line 50<") {
		t.Error("the case does not show its messages")
	}
}

func onlyOfficers(t *testing.T, w *webPair) {
	for _, path := range []string{"/", "/inbox", "/sent", "/case?name=x", "/message/out/01990000-0000-7000-8000-000000000001"} {
		if res := w.fetch(t, "GET", path, nil, ""); res.StatusCode != http.StatusUnauthorized || !strings.Contains(text(t, res), "login link") {
			t.Errorf("%s signed out: got %d, want 401 and how to sign in", path, res.StatusCode)
		}
		if res := w.fetch(t, "GET", path, nil, "agency"); res.StatusCode != http.StatusForbidden {
			t.Errorf("%s as an agency: got %d, want 403", path, res.StatusCode)
		}
	}
	if res := w.fetch(t, "GET", "/v1/journal", nil, "officer"); res.StatusCode != http.StatusForbidden {
		t.Errorf("/v1/journal as an officer: got %d, want 403", res.StatusCode)
	}
	for _, path := range []string{"/v1/messages", "/v1/journal", "/v1/peers"} {
		if res := w.fetch(t, "GET", path, nil, ""); res.StatusCode != http.StatusUnauthorized {
			t.Errorf("%s as nobody: got %d, want 401", path, res.StatusCode)
		}
	}
	res := w.fetch(t, "POST", "/logout", nil, "officer", "Sec-Fetch-Site", "cross-site")
	if res.StatusCode != http.StatusForbidden || w.fetch(t, "GET", "/inbox", nil, "officer").StatusCode != http.StatusOK {
		t.Errorf("another site signed the officer out: %d", res.StatusCode)
	}
	if res := w.fetch(t, "POST", "/logout", nil, "officer"); res.StatusCode != http.StatusSeeOther {
		t.Errorf("logout: got %d, want 303", res.StatusCode)
	}
	if res := w.fetch(t, "GET", "/inbox", nil, "officer"); res.StatusCode != http.StatusUnauthorized {
		t.Errorf("after logout: got %d, want 401", res.StatusCode)
	}
}
