package integration

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/comity-exchange/comity/gateway/policy"
	"github.com/comity-exchange/comity/node"
	"github.com/comity-exchange/comity/node/web"
	"github.com/comity-exchange/comity/schema"
)

func TestWebMessages(t *testing.T) {
	w := newWebPair(t)
	t.Run("one key, one message", func(t *testing.T) { oneKey(t, w) })
	t.Run("racing requests with one key", func(t *testing.T) { racingKeys(t, w) })
	t.Run("submissions that are refused", func(t *testing.T) { refusedSubmissions(t, w) })
	t.Run("dry run", func(t *testing.T) { dryRun(t, w) })
	t.Run("pages of a list", func(t *testing.T) { pagesOfList(t, w) })
	t.Run("one message, its receipt and its ETag", func(t *testing.T) { oneMessage(t, w) })
	t.Run("attachments are only downloaded", func(t *testing.T) { attachments(t, w) })
	t.Run("reference", func(t *testing.T) { reference(t, w) })
}

func oneKey(t *testing.T, w *webPair) {
	body := encode(t, request(t))
	first := w.fetch(t, "POST", "/v1/messages", body, "agency", "Idempotency-Key", "key-1")
	firstText := text(t, first)
	var sent web.Sent
	check(t, json.Unmarshal([]byte(firstText), &sent))
	if first.StatusCode != http.StatusAccepted || sent.State != node.Queued || sent.Decision.Verdict != policy.Allow || first.Header.Get("Location") != "/v1/messages/"+string(sent.ID)+"?box=out" {
		t.Errorf("got %d %s, Location %q", first.StatusCode, firstText, first.Header.Get("Location"))
	}
	_, err := w.be.Node.Await(t.Context(), sent.ID)
	check(t, err)
	again := w.fetch(t, "POST", "/v1/messages", body, "agency", "Idempotency-Key", "key-1")
	if got := text(t, again); again.StatusCode != http.StatusAccepted || got != firstText || again.Header.Get("Idempotency-Replayed") != "true" {
		t.Errorf("the second time: got %d %s, want the first answer %s", again.StatusCode, got, firstText)
	}
	other := request(t)
	other["subject"] = "Another subject"
	res := w.fetch(t, "POST", "/v1/messages", encode(t, other), "agency", "Idempotency-Key", "key-1")
	if p := problem(t, res); res.StatusCode != http.StatusUnprocessableEntity || p.Code != "key_reused" {
		t.Errorf("another body: got %d %s, want 422 key_reused", res.StatusCode, p.Code)
	}
	if res := w.fetch(t, "GET", first.Header.Get("Location"), nil, "agency"); res.StatusCode != http.StatusOK {
		t.Errorf("Location answers %d", res.StatusCode)
	}
}

func racingKeys(t *testing.T, w *webPair) {
	body := encode(t, request(t))
	var mu sync.Mutex
	ids, codes := map[schema.ID]bool{}, map[string]int{}
	var all sync.WaitGroup
	for range 20 {
		all.Go(func() {
			sent, err := w.agency.Send(t.Context(), web.SendRequest{Body: body, Key: "racing"})
			mu.Lock()
			defer mu.Unlock()
			var p *schema.Problem
			switch {
			case err == nil:
				ids[sent.ID] = true
			case errors.As(err, &p) && p.Kind == schema.Conflict:
				codes[p.Code]++
			default:
				codes[err.Error()]++
			}
		})
	}
	all.Wait()
	delete(codes, "still_running")
	if len(ids) != 1 || len(codes) != 0 {
		t.Errorf("got ids %v and %v, want one id and only still_running", ids, codes)
	}
}

func refusedSubmissions(t *testing.T, w *webPair) {
	sound := request(t)
	with := func(change func(map[string]any)) []byte {
		m := request(t)
		change(m)
		return encode(t, m)
	}
	for _, row := range []struct {
		name, path, key string
		body            []byte
		status          int
		code, pointer   string
	}{
		{"no key", "", "", encode(t, sound), 400, "no_idempotency_key", ""},
		{"key with a space", "", "a b", encode(t, sound), 400, "bad_idempotency_key", ""},
		{"long key", "", strings.Repeat("k", 129), encode(t, sound), 400, "bad_idempotency_key", ""},
		{"unknown parameter", "?force=true", "r1", encode(t, sound), 400, "unknown_parameter", ""},
		{"bad recipient", "?to=nl", "r2", encode(t, sound), 400, "bad_jurisdiction", ""},
		{"recipients differ", "?to=FR", "r3", encode(t, sound), 409, "wrong_recipient", "/to"},
		{"not JSON", "", "r4", []byte(`{"type":`), 400, "bad_json", ""},
		{"name twice", "", "r5", []byte(`{"type":"mla.request","type":"mla.request"}`), 400, "duplicate_name", ""},
		{"unknown type", "", "r6", with(func(m map[string]any) { m["type"] = "mla.requests" }), 400, "unknown_type", "/type"},
		{"another sender", "", "r7", with(func(m map[string]any) { m["from"] = "FR/x" }), 403, "wrong_sender", "/from"},
		{"unknown peer", "", "r8", with(func(m map[string]any) { m["to"] = "ES/x" }), 404, "unknown_peer", ""},
		{"too large", "", "r9", make([]byte, schema.MaxDraft+1), 413, "body_too_large", ""},
		{"very deep", "", "r10", []byte(strings.Repeat("[", 100_000)), 400, "not_an_object", ""},
	} {
		headers := []string{}
		if row.key != "" {
			headers = []string{"Idempotency-Key", row.key}
		}
		res := w.fetch(t, "POST", "/v1/messages"+row.path, row.body, "agency", headers...)
		p := problem(t, res)
		if res.StatusCode != row.status || p.Code != row.code || (row.pointer != "" && p.Pointer != row.pointer) || p.Fix == "" {
			t.Errorf("%s: got %d %+v, want %d %s %s", row.name, res.StatusCode, p, row.status, row.code, row.pointer)
		}
	}
	broken := with(func(m map[string]any) { m["body"] = map[string]any{"offences": 1} })
	res := w.fetch(t, "POST", "/v1/messages", broken, "agency", "Idempotency-Key", "r11")
	if p := problem(t, res); res.StatusCode != 400 || len(p.Errors) < 2 || p.Errors[0].Pointer == "" {
		t.Errorf("a body against its schema: got %d %+v, want 400 with every fault and its place", res.StatusCode, p)
	}
}

// dryRun judges and stores nothing; a denial says why, in both forms.
func dryRun(t *testing.T, w *webPair) {
	before := count(t, w)
	sent, err := w.agency.Send(t.Context(), web.SendRequest{Body: encode(t, request(t)), DryRun: true})
	check(t, err)
	if sent.State != "" || sent.Decision.Verdict != policy.Allow || len(sent.Decision.Trace) == 0 || len(sent.Findings) == 0 {
		t.Errorf("got %+v, want allow with trace and findings", sent)
	}
	_, err = w.be.Node.ApplyPolicy(t.Context(), "operator:test", []byte("version: 1\nrules:\n  - {name: little, peers: [NL], direction: send, types: [mla.*], categories: [authority.*], marking: restricted, instruments: [EIO]}\n"))
	check(t, err)
	defer func() {
		_, err := w.be.Node.ApplyPolicy(t.Context(), "operator:test", []byte(openPolicy))
		check(t, err)
	}()
	for _, dry := range []bool{true, false} {
		denied, err := w.agency.Send(t.Context(), web.SendRequest{Body: encode(t, request(t)), DryRun: dry, Key: fmt.Sprint("denied", dry)})
		var p *schema.Problem
		if !errors.As(err, &p) || p.Kind != schema.NotAllowed || p.Code != "policy_denied" {
			t.Fatalf("got %v, want policy_denied", err)
		}
		if denied.Decision.Verdict != policy.Deny || denied.Decision.Closest != "little" || len(denied.Decision.Trace) == 0 {
			t.Errorf("dry %v: got %+v, want the trace of a denial", dry, denied.Decision)
		}
	}
	if got := count(t, w); got != before {
		t.Errorf("%d messages were stored", got-before)
	}
}

func count(t *testing.T, w *webPair) (n int64) {
	counts, err := w.be.Node.Counts(t.Context())
	check(t, err)
	for _, c := range counts {
		n += c.N
	}
	return n
}

func pagesOfList(t *testing.T, w *webPair) {
	const n = 7
	var want []schema.ID
	for range n {
		m := request(t)
		m["case"] = "BE-PAGES-1"
		want = append([]schema.ID{send(t, w.be, m)}, want...)
	}
	f := web.MessageFilter{Box: node.Out, Case: "BE-PAGES-1", Limit: 3}
	var got []schema.ID
	for pages := 1; ; pages++ {
		page, err := w.agency.Messages(t.Context(), f)
		check(t, err)
		for _, i := range page.Items {
			got = append(got, i.ID)
			if i.Subject == "" || i.From != "BE/fps-justice" || i.State != node.Accepted || i.Settled.IsZero() {
				t.Errorf("item is not whole: %+v", i)
			}
		}
		if f.After = page.Next; f.After == "" {
			if pages != 3 {
				t.Errorf("got %d pages, want 3", pages)
			}
			break
		}
	}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("got %v, want %v", got, want)
	}
	exact := web.MessageFilter{Box: node.Out, Case: "BE-PAGES-1", Limit: n}
	if page, err := w.agency.Messages(t.Context(), exact); err != nil || page.Next != "" || len(page.Items) != n {
		t.Errorf("a page that just fits: %v, next %q", err, page.Next)
	}
	if res := w.fetch(t, "GET", "/v1/messages?case=none", nil, "agency"); text(t, res) != `{"items":[],"next":null}` {
		t.Error("an empty list is not an empty list")
	}
	for query, code := range map[string]string{"limit=0": "bad_parameter", "limit=101": "bad_parameter", "limit=03": "bad_parameter", "after=x": "bad_cursor",
		"box=both": "bad_parameter", "state=lost": "bad_parameter", "peer=nl": "bad_jurisdiction", "re=1": "bad_id", "q=x": "bad_parameter"} {
		if p := problem(t, w.fetch(t, "GET", "/v1/messages?"+query, nil, "agency")); p.Status != 400 || p.Code != code {
			t.Errorf("%s: got %d %s, want 400 %s", query, p.Status, p.Code, code)
		}
	}
}

func oneMessage(t *testing.T, w *webPair) {
	id := send(t, w.be, request(t))
	res := w.fetch(t, "GET", "/v1/messages/"+string(id), nil, "agency")
	tag := res.Header.Get("ETag")
	var m web.Message
	check(t, json.Unmarshal([]byte(text(t, res)), &m))
	sum := sha256.Sum256(m.Message)
	if hex.EncodeToString(sum[:]) != m.SHA256 || int64(len(m.Message)) != m.Size {
		t.Error("the message is not its exact bytes")
	}
	if len(m.Receipts) != 1 || m.Receipts[0].Verdict != "accepted" || m.Receipts[0].Pouch < 1 || m.Receipts[0].Receipt == "" || m.State != node.Accepted || m.Decision.Rule != "out" {
		t.Errorf("got %+v", m)
	}
	if m.Due == nil || m.Due.Clock != "E-ACK" || m.Life == nil || m.Life.State != "delivered" || m.Life.Side != schema.Issuing || len(m.Life.Next) == 0 || len(m.Clocks) < 2 {
		t.Errorf("got due %+v, life %+v, clocks %+v, want the acknowledgement due", m.Due, m.Life, m.Clocks)
	}
	read := "agency:test message.read"
	if got := acts(t, w.be, id); !has(got, read) {
		t.Errorf("the reading is not journalled: %v", got)
	}
	before := len(acts(t, w.be, id))
	if res := w.fetch(t, "GET", "/v1/messages/"+string(id), nil, "agency", "If-None-Match", tag); res.StatusCode != http.StatusNotModified || text(t, res) != "" || res.Header.Get("ETag") != tag {
		t.Errorf("unchanged: got %d, want 304", res.StatusCode)
	}
	if got := len(acts(t, w.be, id)); got != before {
		t.Error("what was not shown was journalled as read")
	}
	acknowledged := example(t, "status.acknowledged")
	acknowledged["from"], acknowledged["to"], acknowledged["re"] = "NL/irc", "BE/fps-justice", id
	send(t, w.nl, acknowledged)
	if res := w.fetch(t, "GET", "/v1/messages/"+string(id), nil, "agency", "If-None-Match", tag); res.StatusCode != http.StatusOK || res.Header.Get("ETag") == tag {
		t.Errorf("answered meanwhile: got %d, want 200 under another ETag", res.StatusCode)
	}
	for path, code := range map[string]string{"/v1/messages/1": "bad_id", "/v1/messages/01990000-0000-7000-8000-000000000001": "not_found", "/v1/messages/" + string(id) + "?box=in": "not_found"} {
		if p := problem(t, w.fetch(t, "GET", path, nil, "agency")); p.Code != code {
			t.Errorf("%s: got %s, want %s", path, p.Code, code)
		}
	}
	trace, err := w.admin.Trace(t.Context(), id, "")
	check(t, err)
	if trace.Message != nil || trace.Subject != "" || len(trace.Steps) < 3 || trace.Receipts[0].Verdict != "accepted" {
		t.Errorf("got %+v, want a way without content", trace)
	}
}

func attachments(t *testing.T, w *webPair) {
	page := []byte("<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>")
	m := request(t)
	m["attachments"] = []any{map[string]any{"name": "relevé.svg", "media_type": "image/svg+xml", "category": "fin.transaction", "data": base64.StdEncoding.EncodeToString(page)}}
	id := send(t, w.be, m)
	got, err := w.agency.Message(t.Context(), id, node.Out)
	check(t, err)
	if len(got.Attachments) != 1 || !got.Attachments[0].Held || got.Attachments[0].Size != int64(len(page)) {
		t.Fatalf("got attachments %+v", got.Attachments)
	}
	sum := got.Attachments[0].SHA256
	for who, path := range map[string]string{"agency": "/v1/messages/" + string(id) + "/attachments/" + sum, "officer": "/message/out/" + string(id) + "/attachments/" + sum} {
		res := w.fetch(t, "GET", path, nil, who)
		h := res.Header
		if text(t, res) != string(page) || h.Get("Content-Type") != "application/octet-stream" || !strings.HasPrefix(h.Get("Content-Disposition"), "attachment") ||
			h.Get("X-Content-Type-Options") != "nosniff" || h.Get("Content-Security-Policy") != "default-src 'none'; sandbox" {
			t.Errorf("%s: got %d %v", who, res.StatusCode, h)
		}
	}
	res := w.fetch(t, "GET", "/v1/messages/"+string(id)+"/attachments/"+strings.Repeat("ab", 32), nil, "agency")
	if p := problem(t, res); p.Code != "no_attachment" {
		t.Errorf("another digest: got %s, want no_attachment", p.Code)
	}
}

func reference(t *testing.T, w *webPair) {
	types, err := w.agency.Types(t.Context())
	check(t, err)
	if len(types.Items) < 6 || types.Items[0].LegalEffect["fr"] == "" {
		t.Errorf("got %d types", len(types.Items))
	}
	one, err := w.agency.Type(t.Context(), "mla.request")
	check(t, err)
	if !json.Valid(one.Schema) || !json.Valid(one.Example) || len(one.Replies) == 0 {
		t.Errorf("got %+v", one)
	}
	_, err = w.agency.Type(t.Context(), "mla.nothing")
	if p := new(schema.Problem); !errors.As(err, &p) || p.Kind != schema.NotFound {
		t.Errorf("got %v, want not found", err)
	}
	peers, err := w.agency.Peers(t.Context())
	check(t, err)
	if len(peers.Items) != 1 || peers.Items[0].Code != "NL" || peers.Items[0].Link != nil || !peers.Items[0].Mentioned {
		t.Errorf("got %+v", peers)
	}
	q := policy.Question{Peer: "NL", Direction: policy.Send, Type: "mla.request", Instrument: "EIO", Marking: schema.Restricted, Findings: []schema.Finding{{Category: "fin.account"}}}
	d, err := w.agency.ExplainPolicy(t.Context(), q)
	check(t, err)
	if want := w.be.Node.Policy().Explain(q); d.Verdict != want.Verdict || d.Rule != want.Rule || len(d.Trace) != len(want.Trace) {
		t.Errorf("got %+v, want %+v", d, want)
	}
	q.Instrument = "NONSENSE"
	if _, err = w.agency.ExplainPolicy(t.Context(), q); err == nil {
		t.Error("a question with a misspelt instrument was answered")
	}
	journal, err := w.agency.Journal(t.Context(), 0, 2)
	check(t, err)
	if len(journal.Items) != 2 || journal.Items[0].N != 1 || journal.Next != "2" {
		t.Errorf("got %+v", journal)
	}
	if _, err := w.agency.Status(t.Context()); err == nil {
		t.Error("an agency was given the operator's status")
	}
}
